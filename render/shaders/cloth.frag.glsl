in vec2 uv; in vec3 n; in vec3 v; in vec3 diffuse; in vec3 rim; in vec2 gloss; in vec3 tint;
out vec4 o;

void main() {
    float across = abs(fract(uv.x * 9.0) - 0.5) * 2.0;                                  // ribs
    float along = abs(fract(uv.y * 22.0 + floor(uv.x * 9.0) * 0.5) - 0.5) * 2.0;        // stitches
    vec3 albedo = tint * (1.0 - eye_size.z * (0.30 * (1.0 - across) * (1.0 - across) + 0.06 * along));
    o = vec4(develop(albedo * diffuse + (albedo * 0.8 + 0.03) * rim), 1.0);
}
