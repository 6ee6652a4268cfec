// Poses a vertex and lights it: diffuse light and shadow are soft, so one value a vertex is enough and a fragment stays cheap.

in vec3 in_position;
in vec3 in_normal;
in float in_head;
in vec4 in_shade;   // occlusion, inside of the mouth, light through the ears, sway
in vec2 in_uv;
in vec3 in_colour;
#ifdef HAIR
in vec3 in_tangent;
#endif

uniform sampler2DShadow shadow_map;

#ifdef HAIR
#define INSIDE 0.7   // of the light does not reach the inner side of hair, and of a collar
#else
#define INSIDE 0.3
#endif

#ifdef HAIR
out vec4 where;     // texture place, highlight coordinate along the strand, strength of the white highlight
out vec4 lit;       // colour under all diffuse light, strength of the coloured highlight; few outputs, because triangles are many
#else
out vec2 uv;
out vec3 n;
out vec3 v;
out vec3 diffuse;   // light on the surface, still to be multiplied by its colour
out vec3 rim;       // light from behind that grazing views catch
out vec2 gloss;     // how much of the key arrives, occlusion
#ifdef TINT
out vec3 tint;
#endif
#ifdef EYE
out vec3 at;
#endif
#endif

const vec2 DISC[8] = vec2[](
    vec2(-0.94, 0.10), vec2(-0.45, -0.70), vec2(-0.31, 0.66), vec2(0.05, -0.15),
    vec2(0.38, 0.88), vec2(0.42, -0.91), vec2(0.92, 0.35), vec2(0.70, -0.32));

float reached(vec3 p, vec3 normal) {
    vec4 q = shadow_proj * vec4(p + normal * NORMAL_BIAS, 1.0);
    vec3 s = q.xyz * 0.5 + 0.5;
    float sum = 0.0;
    for (int i = 0; i < 8; i++)
        sum += textureLod(shadow_map, vec3(s.xy + DISC[i] * PENUMBRA, s.z - DEPTH_BIAS), 0.0);
    return sum * 0.125;
}

void main() {
    mat4 m = body * (1.0 - in_head) + head * in_head;
#ifdef HAIR
    float sway = in_shade.w * in_shade.w;
    m = m * (1.0 - sway) + lag * sway;
#endif
    vec3 p = (m * vec4(in_position, 1.0)).xyz;
    vec3 N = normalize(mat3(m) * in_normal), to_camera = camera.xyz - p;
    gl_Position = view_proj * vec4(p, 1.0);
    float ao = in_shade.x;
#if defined(HAIR) || defined(CLOTH)
    // Just past the horizon a normal is laid on to it, or the far side would edge every outline with its own light;
    // what is seen from behind lies in the shade.
    float past = min(dot(N, normalize(to_camera)), 0.0);
    N = normalize(N - past * normalize(to_camera));
    float inner = smoothstep(-0.15, -0.55, past);
    ao *= 1.0 - INSIDE * inner;
#elif defined(MOUTH) || defined(PLAIN)
    if (dot(N, to_camera) < 0.0) N = -N;
#endif
#ifndef HAIR
    n = N;
    v = to_camera;
    uv = in_uv;
#endif
    float reaching = reached(p, N);
    float nl = dot(N, key_dir.xyz);
    float warm_nl = clamp(dot(N, warm_dir.xyz) * 0.85 + 0.15, 0.0, 1.0);
    float cool_nl = clamp(dot(N, cool_dir.xyz) * 0.85 + 0.15, 0.0, 1.0);
    vec3 around = mix(ground.rgb, sky.rgb, N.y * 0.5 + 0.5);
    float fill_nl = clamp(dot(N, fill_dir.xyz) * 0.6 + 0.4, 0.0, 1.0);

#if defined(SKIN)
    float inside = in_shade.y;
    reaching = max(reaching, inside * 0.55);
    // Light enters skin and leaves it elsewhere: it wraps around, red the farthest, and shadows glow at their edge.
    const vec3 WRAP = vec3(0.50, 0.27, 0.20);
    vec3 d = clamp((nl + WRAP) / (1.0 + WRAP), 0.0, 1.0);
    d *= mix(d, vec3(1.0), 0.50);
    vec3 shadow = vec3(mix(reaching, sqrt(reaching), 0.7), reaching, reaching) + vec3(0.055, 0.014, 0.007) * (1.0 - reaching);
    vec3 occluded = vec3(mix(ao, sqrt(ao), 0.75), ao, mix(ao, ao * ao, 0.15));
    diffuse = key.rgb * d * shadow * mix(vec3(1.0), occluded, 0.5)
        + fill.rgb * fill_nl * occluded
        + around * occluded
        + (warm.rgb * warm_nl + cool.rgb * cool_nl) * 0.35 * ao
        + vec3(0.75, 0.16, 0.06) * in_shade.z * (warm_nl + cool_nl + 0.25) * 0.34;
    diffuse *= mix(1.0, 0.60, inside * (1.0 - ao));
    rim = (warm.rgb * warm_nl + cool.rgb * cool_nl) * 0.55 + around * 0.12;
    rim *= ao * (1.0 - inside);
    gloss = vec2(reaching * clamp(nl * 3.0, 0.0, 1.0) * ao * (1.0 - 0.5 * inside), ao);
#elif defined(HAIR)
    vec3 tint = linear(in_colour), V = normalize(to_camera);
    float d = clamp((nl + 0.35) / 1.35, 0.0, 1.0);
    float deep = mix(0.14, 1.0, ao * ao), edge = 1.0 - max(dot(N, V), 0.0);
    vec3 diffuse = key.rgb * d * mix(0.25, 1.0, reaching) * mix(0.40, 1.0, ao) + around * 1.05 * deep + fill.rgb * fill_nl * deep;
    vec3 rim = (warm.rgb * warm_nl + cool.rgb * cool_nl) * (edge * edge * 1.15 + 0.08) * ao;
    float band = d * mix(0.15, 1.0, reaching) * ao * ao;
    lit = vec4(tint * (diffuse * 1.25 + rim * 1.5), 2.6 * band * key.g / (0.3 + diffuse.g));
    vec3 T = normalize(mat3(m) * in_tangent);
    where = vec4(in_uv, dot(T, normalize(key_dir.xyz + V)), band * 0.055);
#elif defined(CLOTH)
    tint = linear(in_colour);
    float d = clamp((nl + 0.22) / 1.22, 0.0, 1.0);
    diffuse = key.rgb * d * mix(0.34, 1.0, reaching) * mix(0.5, 1.0, ao) + around * ao + fill.rgb * fill_nl * ao;
    vec3 V = normalize(v);
    float edge = 1.0 - max(dot(N, V), 0.0);
    rim = (vec3(0.20) + warm.rgb * warm_nl + cool.rgb * cool_nl) * edge * edge * ao;
    gloss = vec2(reaching, ao);
#elif defined(MOUTH)
    tint = linear(in_colour);
    vec3 d = clamp((nl + vec3(0.55, 0.45, 0.42)) / vec3(1.55, 1.45, 1.42), 0.0, 1.0);
    float a = ao * (0.4 + 0.6 * ao);
    diffuse = (key.rgb * d * mix(0.55, 1.0, reaching) + around * 1.15 + fill.rgb * 0.5) * a;
    rim = vec3(0.0);
    gloss = vec2(a, ao);
#elif defined(EYE)
    at = p;
    vec3 d = clamp((nl + vec3(0.55, 0.42, 0.38)) / vec3(1.55, 1.42, 1.38), 0.0, 1.0);
    diffuse = key.rgb * d * mix(0.60, 1.0, reaching) + mix(ground.rgb, sky.rgb, 0.62) + fill.rgb * 0.5;
    rim = vec3(0.0);
    gloss = vec2(reaching, 1.0);
#elif defined(LASH)
    diffuse = rim = vec3(0.0);
    gloss = vec2(0.0);
#else
    tint = linear(in_colour);
    float d = clamp((nl + 0.2) / 1.2, 0.0, 1.0);
    diffuse = key.rgb * d * mix(0.25, 1.0, reaching) + around * ao + fill.rgb * fill_nl * ao;
    rim = (warm.rgb * warm_nl + cool.rgb * cool_nl) * 0.3 * ao;
    gloss = vec2(reaching * ao, ao);
#endif
#ifdef HAIR
    lit.rgb *= eye_size.w * (1.0 - 0.6 * inner);
    where.w *= eye_size.w;
#else
    diffuse *= eye_size.w;
    rim *= eye_size.w;
    gloss *= eye_size.w;
#endif
}
