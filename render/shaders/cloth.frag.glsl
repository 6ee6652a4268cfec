in vec2 uv; in vec3 n; in vec3 v; in vec3 diffuse; in vec3 rim; in vec2 gloss; in vec3 tint;
out vec4 o;

void main() {
    float rib = uv.x * 9.0, across = abs(fract(rib) - 0.5) * 2.0;
    float seen = clamp(1.7 - 2.8 * fwidth(rib), 0.0, 1.0);                              // ribs of two pixels would flicker
    float along = abs(fract(uv.y * 22.0 + floor(rib) * 0.5) - 0.5) * 2.0;        // stitches
    vec3 albedo = tint * (1.0 - eye_size.z * (0.30 * mix(0.33, (1.0 - across) * (1.0 - across), seen) + 0.06 * along));
    o = vec4(develop(albedo * diffuse + (albedo * 0.8 + 0.03) * rim), 1.0);
}
