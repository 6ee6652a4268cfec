// Smooths edges along their direction. Source: Timothy Lottes, FXAA (NVIDIA 2009), the console variant, rewritten;
// green stands for brightness.
uniform sampler2D map;
uniform vec2 pixel;
out vec4 o;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    vec3 here = texelFetch(map, at, 0).rgb;
    float nw = texelFetch(map, at + ivec2(-1, -1), 0).g, ne = texelFetch(map, at + ivec2(1, -1), 0).g;
    float sw = texelFetch(map, at + ivec2(-1, 1), 0).g, se = texelFetch(map, at + ivec2(1, 1), 0).g;
    float low = min(here.g, min(min(nw, ne), min(sw, se))), high = max(here.g, max(max(nw, ne), max(sw, se)));
    vec2 t = gl_FragCoord.xy * pixel;
    vec2 along = vec2(-((nw + ne) - (sw + se)), (nw + sw) - (ne + se));
    along *= 1.0 / (min(abs(along.x), abs(along.y)) + max((nw + ne + sw + se) * 0.03, 0.008));
    along = clamp(along, -6.0, 6.0) * pixel;
    vec3 near = 0.5 * (textureLod(map, t - along * (1.0 / 6.0), 0.0).rgb + textureLod(map, t + along * (1.0 / 6.0), 0.0).rgb);
    vec3 far = near * 0.5 + 0.25 * (textureLod(map, t - along * 0.5, 0.0).rgb + textureLod(map, t + along * 0.5, 0.0).rgb);
    vec3 smooth_ = far.g < low || far.g > high ? near : far;
    o = vec4(high - low < max(0.04, high * 0.08) ? here : smooth_, 1.0);
}
