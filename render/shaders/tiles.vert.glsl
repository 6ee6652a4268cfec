// One square point for each tile that holds an edge; the others are thrown out of the picture.
uniform sampler2D tiles;
uniform ivec2 across;   // tiles in a row, tiles in a column
uniform vec2 pixel_size;

void main() {
    ivec2 at = ivec2(gl_VertexID % across.x, gl_VertexID / across.x);
    vec2 place = (vec2(at) + 0.5) * TILE * pixel_size * 2.0 - 1.0;
    gl_PointSize = TILE;
    gl_Position = texelFetch(tiles, at, 0).r > 0.5 ? vec4(place, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
}
