// One triangle that covers everything, at the far end of the depth range.
out vec2 t;

void main() {
    t = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
    gl_Position = vec4(t * 2.0 - 1.0, 0.999999, 1.0);
}
