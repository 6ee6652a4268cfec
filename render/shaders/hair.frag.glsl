in vec2 uv; in vec3 n; in vec3 v; in vec3 diffuse; in vec3 rim; in vec2 gloss; in vec3 tint; in vec2 strand;
uniform sampler2D map;  // strands, coverage in alpha
uniform float cut;
out vec4 o;

void main() {
    vec4 t = texture(map, uv);
    if (t.a < cut) discard;
    vec3 albedo = tint * (t.r * t.r * 1.25);
    // Kajiya and Kay: light leaves a strand as a cone about it; two cones, white from the surface and coloured from within.
    float shift = (t.r - 0.8) * 0.9;
    float first = strand.x + shift, second = first + 0.12;
    vec3 c = albedo * diffuse
        + key.rgb * gloss.x * t.r * (vec3(0.055) * exp2(-65.0 * first * first) + albedo * 2.6 * exp2(-16.0 * second * second))
        + (albedo * 1.5 + 0.012) * rim;
    o = vec4(develop(c), 1.0);
}
