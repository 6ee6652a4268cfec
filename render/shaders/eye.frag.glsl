in vec2 uv; in vec3 n; in vec3 v; in vec3 at; in vec3 diffuse; in vec3 rim; in vec2 gloss;
uniform sampler2D map;  // white and iris, iris mask in alpha
out vec4 o;

void main() {
    vec3 N = normalize(n), V = normalize(v);
    vec2 q = uv - 0.5;
    float mask = texture(map, uv).a;
    // The iris lies behind the cornea: seen from the side it shifts against the rim, and shrinks a little.
    vec2 slope = vec2(dot(V, eye_side.xyz), dot(V, eye_up.xyz)) - vec2(dot(N, eye_side.xyz), dot(N, eye_up.xyz));
    vec4 t = texture(map, uv + mask * (q * -0.06 - slope * 0.030));
    vec3 albedo = linear(t.rgb);

    vec3 from = at - eye_centre.xyz;
    float x = dot(from, eye_side.xyz), h = dot(from, eye_up.xyz);
    float radius = eye_size.y;
    vec4 lid = x > 0.0 ? lid_left : lid_right;
    x = (x - sign(x) * eye_size.x) / radius;
    h /= radius;
    float upper = lid.x + x * (lid.y + x * lid.z);
    // The upper lid and its lashes shade the ball; the lower lid darkens it a little.
    float shade = smoothstep(upper + 0.12, upper - 0.62, h) * 0.66 + 0.34;
    shade *= smoothstep(lid.w - 0.20, lid.w + 0.35, h) * 0.30 + 0.70;
    float corner = 1.0 - 0.34 * smoothstep(0.55, 1.0, length(q) * 2.0);

    vec3 c = albedo * diffuse * (shade * corner * 0.84);
    // Light that entered the cornea gathers in the iris opposite the key.
    float gathered = clamp(dot(N, normalize(vec3(-key_dir.x, -key_dir.y, key_dir.z))), 0.0, 1.0);
    c += albedo * (t.a * 0.75 * gathered * gathered * shade);
    // A window for a catchlight, high on the key's side, cut by the lid; a weak one across from the room.
    vec3 R = reflect(-V, N);
    vec3 right = normalize(cross(vec3(0.0, 1.0, 0.0), V));
    vec2 r = vec2(dot(R, right), R.y) - vec2(sign(dot(key_dir.xyz, right)) * 0.42, 0.50);
    float window = smoothstep(0.235, 0.185, max(abs(r.x), abs(r.y * 0.86))) * (0.80 + 0.20 * smoothstep(0.014, 0.030, abs(r.x)));
    c += vec3(1.75, 1.68, 1.58) * window * mix(0.45, 1.0, mask) * smoothstep(upper + 0.06, upper - 0.14, h);
    vec2 r2 = vec2(dot(R, right), R.y) - vec2(sign(dot(key_dir.xyz, right)) * -0.50, -0.36);
    c += vec3(0.10, 0.11, 0.13) * smoothstep(0.30, 0.10, length(r2)) * mask;
    float graze = 1.0 - max(dot(N, V), 0.0);
    c += vec3(0.10) * (graze * graze * graze * graze * shade);
    o = vec4(develop(c), 1.0);
}
