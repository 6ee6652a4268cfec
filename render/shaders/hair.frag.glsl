in vec4 where; in vec4 lit;
uniform sampler2D map;  // light and dark strands
out vec4 o;

void main() {
    float t = texture(map, where.xy).r;
    vec3 c = lit.rgb * (t * t);
    // Kajiya and Kay: light leaves a strand as a cone about it; two cones, white from the surface and coloured from within.
    float first = where.z + (t - 0.8) * 0.9, second = first + 0.12;
    c += key.rgb * (where.w * t * exp2(-65.0 * first * first)) + c * (lit.a * exp2(-16.0 * second * second));
    o = vec4(develop(c), 1.0);
}
