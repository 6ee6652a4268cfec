in vec2 uv; in vec3 n; in vec3 v; in vec3 diffuse; in vec3 rim; in vec2 gloss; in vec3 tint;
out vec4 o;

void main() {
    float nh = dot(normalize(n), normalize(key_dir.xyz + normalize(v)));
    o = vec4(develop(tint * diffuse + key.rgb * (lobe(nh, 90.0) * 0.30 * gloss.x)), 1.0);
}
