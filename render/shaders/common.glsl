// Blocks and curves every shader shares. Light is linear; pictures and vertex colours are sRGB.

layout(std140) uniform Camera { mat4 view_proj; vec4 camera; };

layout(std140) uniform Light {
    vec4 key;           // rgb; its direction belongs to the figure, because each sits in a light of its own
    vec4 fill_dir; vec4 fill;
    vec4 warm_dir; vec4 warm;   // rim lights from behind, left and right
    vec4 cool_dir; vec4 cool;
    vec4 sky; vec4 ground;
};

layout(std140) uniform Figure {
    mat4 body; mat4 head; mat4 lag; mat4 shadow_proj;
    vec4 key_dir;
    vec4 eye_up; vec4 eye_side; vec4 eye_centre;    // frame of the head, and between the eyes
    vec4 lid_left; vec4 lid_right;                  // upper lid over the eye: a + b x + c x^2, and the lower one
    vec4 eye_size;                                  // half the gap, radius; depth of a rib; how much light arrives
};

vec3 linear(vec3 c) { return c * (c * (c * 0.305306 + 0.682171) + 0.012523); }  // sRGB decode, error below 0.002

// Film curve and sRGB encode in one quotient; its numbers are in render/program.py.
vec3 develop(vec3 c) {
    c = max(c, 0.0);
    return min(c * (TONE_A * c + TONE_B) / (c * (TONE_A * c + TONE_C) + TONE_D), 1.0);
}

float lobe(float x, float sharpness) { return exp2(sharpness * (x - 1.0)); }  // a highlight without pow
