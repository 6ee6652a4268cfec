// One pixel for each tile of the picture: white where the tile or its rim holds an edge.
uniform sampler2D map;
uniform vec2 pixel;
out vec4 o;

void main() {
    vec2 corner = floor(gl_FragCoord.xy) * TILE;
    float low = 1.0, high = 0.0;
    for (int y = 0; y < 5; y++)
        for (int x = 0; x < 5; x++) {
            float g = textureLod(map, (corner + vec2(x, y) * 2.0) * pixel, 0.0).g;  // the mean of four pixels
            low = min(low, g);
            high = max(high, g);
        }
    o = vec4(step(0.035, high - low));
}
