in vec2 at; in float front;
uniform vec3 wood;
out vec4 o;

void main() {
    float grain = sin(at.y * 160.0 + 2.5 * sin(at.x * 3.1)) * 0.035 + sin(at.y * 47.0 + sin(at.x * 1.7) * 3.0) * 0.05;
    float depth = smoothstep(-0.02, 0.20, at.y);  // chests take the light from the far part
    vec3 c = linear(wood) * (1.0 + grain) * mix(0.35, 1.0, depth) * (sky.rgb + key.rgb * 0.45);
    c += key.rgb * 0.035 * depth;
    c = mix(c, c * 0.28, smoothstep(0.0, 0.02, front));
    o = vec4(develop(c), 1.0);
}
