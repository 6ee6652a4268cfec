in vec2 uv; in vec3 n; in vec3 v; in vec3 diffuse; in vec3 rim; in vec2 gloss;
out vec4 o;

void main() {
    float hair = abs(fract(uv.x * 7.0) - 0.5), width = 0.55 * (1.0 - uv.y);
    float cover = smoothstep(width, width - 0.30, hair) * smoothstep(1.05, 0.55, uv.y) + smoothstep(0.42, 0.10, uv.y);
    o = vec4(0.055, 0.035, 0.030, clamp(cover, 0.0, 1.0) * 0.90);
}
