// The slab in front of everybody: its top from behind the chests to the front edge, then the edge itself.
out vec2 at;      // metres across and towards the audience
out float front;  // 1 on the edge

void main() {
    int row = gl_VertexID >> 1;  // back, front edge, its foot
    at = vec2((gl_VertexID & 1) == 0 ? -3.0 : 3.0, row == 0 ? -0.06 : TABLE_EDGE);
    front = row == 2 ? 1.0 : 0.0;
    gl_Position = view_proj * vec4(at.x, TABLE_Y - (row == 2 ? TABLE_DEEP : 0.0), at.y, 1.0);
}
