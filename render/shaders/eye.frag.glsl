in vec2 uv; in vec3 n; in vec3 v; in vec3 at; in vec3 diffuse; in vec3 rim; in vec2 gloss;
uniform sampler2D map;  // white and iris, iris mask in alpha
out vec4 o;

void main() {
    vec3 N = normalize(n), V = normalize(v);
    vec2 q = uv - 0.5;
    float mask = texture(map, uv).a;
    // The iris lies behind the cornea: seen from the side it shifts against the rim, and shrinks a little.
    vec2 slope = vec2(dot(V, eye_side.xyz), dot(V, eye_up.xyz)) - vec2(dot(N, eye_side.xyz), dot(N, eye_up.xyz));
    vec4 t = texture(map, uv + mask * (q * -0.06 - vec2(slope.x, -slope.y) * 0.030));
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
    // A window for a catchlight, high on the key's side, cut by the lid; a weak one across from the room. They ride on the
    // iris more than a mirror would: an eye that looks aside would lose them, and with them its life.
    float side = dot(key_dir.xyz, eye_side.xyz) < 0.0 ? -1.0 : 1.0;
    vec2 r = q - vec2(side * 0.080, -0.092) - vec2(slope.x, -slope.y) * 0.06;
    vec2 r4 = r * r * r * r;
    float window = smoothstep(0.064, 0.040, sqrt(sqrt(r4.x + r4.y)));
    c += vec3(1.65, 1.60, 1.52) * key.rgb * window * smoothstep(upper + 0.06, upper - 0.10, h) * mix(0.5, 1.0, gloss.x);
    vec2 r2 = q - vec2(side * -0.115, 0.120) - vec2(slope.x, -slope.y) * 0.06;
    c += sky.rgb * (0.26 * smoothstep(0.085, 0.02, length(r2)));
    float graze = 1.0 - max(dot(N, V), 0.0);
    c += vec3(0.10) * (graze * graze * graze * graze * shade);
    o = vec4(develop(c), 1.0);
}
