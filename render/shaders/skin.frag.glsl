in vec2 uv; in vec3 n; in vec3 v; in vec3 diffuse; in vec3 rim; in vec2 gloss;
uniform sampler2D map;  // colour, gloss in alpha
out vec4 o;

void main() {
    vec4 t = texture(map, uv);
    vec3 N = normalize(n), V = normalize(v);
    float nv = max(dot(N, V), 0.0);
    float nh = dot(N, normalize(key_dir.xyz + V));
    // Two layers: a broad sheen of the skin and a narrow one of the oil on it.
    float moist = min(t.a * 3.0, 1.0);  // none on a shaven scalp
    float spec = lobe(nh, 18.0) * 0.050 * moist + lobe(nh, 52.0) * 0.13 * t.a + lobe(nh, 140.0) * 0.34 * t.a * t.a;
    float graze = 1.0 - nv;
    graze *= graze; graze *= graze;
    vec3 c = linear(t.rgb) * diffuse + key.rgb * (spec * gloss.x) + rim * (graze * moist);
    o = vec4(develop(c), 1.0);
}
