in vec2 uv; in vec3 n; in vec3 v; in vec3 diffuse; in vec3 rim; in vec2 gloss;
out vec4 o;

void main() {
    // u runs from the inner corner to 4.4 at the outer: lashes fan out, no two of one length
    float across = uv.x * 7.0 - (uv.x - 1.6) * 0.55 * uv.y * uv.y, one = floor(across);
    float length_ = 0.72 + 0.28 * fract(sin(one * 12.9898) * 43758.5453);
    float hair = abs(fract(across) - 0.5), width = 0.46 * (1.0 - uv.y / length_);
    float single = smoothstep(width, width - 0.30, hair);
    // far away the hairs run together: draw their mean instead of a comb
    float cover = mix(single, 0.9 * width + 0.12, smoothstep(0.18, 0.45, fwidth(across))) * smoothstep(1.02, 0.50, uv.y);
    cover += smoothstep(0.40, 0.08, uv.y);  // the line along the lid
    cover *= smoothstep(0.0, 0.4, uv.x) * smoothstep(4.4, 3.7, uv.x);
    o = vec4(0.050, 0.032, 0.028, clamp(cover, 0.0, 1.0) * 0.92);
}
