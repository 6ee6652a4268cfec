// Any surface of a foreign file: its own colour under our light.
in vec2 uv; in vec3 n; in vec3 v; in vec3 diffuse; in vec3 rim; in vec2 gloss; in vec3 tint;
uniform sampler2D map;
uniform vec4 base;
uniform float cut;
out vec4 o;

void main() {
    vec4 t = texture(map, uv) * base;
    if (t.a < cut) discard;
    vec3 N = normalize(n), V = normalize(v);
    float nh = dot(N, normalize(key_dir.xyz + V));
    float graze = 1.0 - max(dot(N, V), 0.0);
    vec3 c = linear(t.rgb) * tint * diffuse + key.rgb * (lobe(nh, 40.0) * 0.06 * gloss.x) + rim * (graze * graze);
    o = vec4(develop(c), t.a);
}
