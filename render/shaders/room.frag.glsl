in vec2 t;
uniform sampler2D map;
uniform vec4 window;  // scale and offset into the panorama
out vec4 o;

void main() { o = texture(map, t * window.xy + window.zw); }
