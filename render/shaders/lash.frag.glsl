in vec2 uv; in vec3 n; in vec3 v; in vec3 diffuse; in vec3 rim; in vec2 gloss;
out vec4 o;

void main() {
    float across = uv.x * 9.0, hair = abs(fract(across) - 0.5), width = 0.55 * (1.0 - uv.y);
    float single = smoothstep(width, width - 0.28, hair);
    // far away the hairs run together: draw their mean instead of a comb
    float cover = mix(single, 0.9 * width + 0.12, smoothstep(0.18, 0.45, fwidth(across))) * smoothstep(1.02, 0.50, uv.y);
    cover += smoothstep(0.50, 0.12, uv.y);  // the line along the lid
    o = vec4(0.050, 0.032, 0.028, clamp(cover, 0.0, 1.0) * 0.92);
}
