in vec3 in_position;
in float in_head;

void main() {
    mat4 m = body * (1.0 - in_head) + head * in_head;
    gl_Position = shadow_proj * (m * vec4(in_position, 1.0));
}
