// Smooths edges along their direction. Source: Timothy Lottes, FXAA (NVIDIA 2009), the console variant, rewritten.
in vec2 t;
uniform sampler2D map;
uniform vec2 pixel;
out vec4 o;

float luma(vec3 c) { return dot(c, vec3(0.299, 0.587, 0.114)); }

void main() {
    vec3 here = texture(map, t).rgb;
    float m = luma(here);
    float nw = luma(texture(map, t + vec2(-0.75, -0.75) * pixel).rgb), ne = luma(texture(map, t + vec2(0.75, -0.75) * pixel).rgb);
    float sw = luma(texture(map, t + vec2(-0.75, 0.75) * pixel).rgb), se = luma(texture(map, t + vec2(0.75, 0.75) * pixel).rgb);
    float low = min(m, min(min(nw, ne), min(sw, se))), high = max(m, max(max(nw, ne), max(sw, se)));
    if (high - low < 0.05) { o = vec4(here, 1.0); return; }
    vec2 along = vec2(-((nw + ne) - (sw + se)), (nw + sw) - (ne + se));
    along *= 1.0 / (min(abs(along.x), abs(along.y)) + max((nw + ne + sw + se) * 0.03, 0.008));
    along = clamp(along, -6.0, 6.0) * pixel;
    vec3 near = 0.5 * (texture(map, t + along * (1.0 / 3.0 - 0.5)).rgb + texture(map, t + along * (2.0 / 3.0 - 0.5)).rgb);
    vec3 far = near * 0.5 + 0.25 * (texture(map, t - along * 0.5).rgb + texture(map, t + along * 0.5).rgb);
    float l = luma(far);
    o = vec4(l < low || l > high ? near : far, 1.0);
}
