"""Bakes how much sky each vertex sees, from depth maps in many directions.

One rule: a surface that a shape uncovers is baked uncovered: the mouth with its lips apart, the lids shut.
The only file here that needs a GL context; it makes one and releases it.
"""
from __future__ import annotations

import moderngl
import numpy as np

from .mesh import Part, vertex_normals

SIZE, RADIUS, DIRECTIONS = 512, 2.7, 96  # texels; dm around the head; directions on the sphere
LIFT, SLACK = 0.02, 0.0016  # dm off the surface, depth units forgiven: else it shades itself
CENTRE = np.array([0, 6.9, 0.6])
TEETH_LIT = 0.36  # the least a tooth gets: behind a parted lip it is dim, never black
KEPT = {"skin": 0.85, "hair": 0.65, "cloth": 0.8, "eye": 1.0, "mouth": 1.0, "lash": 0.0}  # of the darkness, by taste
LIPS_APART = {"jawOpen": 0.5, "mouthUpperUpLeft": 0.5, "mouthUpperUpRight": 0.5, "mouthLowerDownLeft": 0.5,
              "mouthLowerDownRight": 0.5, "mouthStretchLeft": 0.4, "mouthStretchRight": 0.4}
DEPTH_ONLY = "#version 330\nin vec3 at; uniform mat4 view; void main() { gl_Position = view * vec4(at, 1.0); }"
LIDS_SHUT = {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}


def bake(parts: list[Part]) -> None:
    """Fills `occlusion` of every part; lashes cast none."""
    ctx = moderngl.create_standalone_context(backend="egl")
    try:
        posed = {}
        for name, weights in (("lids", LIDS_SHUT), ("lips", LIPS_APART)):
            moved = [p.pos + sum((w * p.morphs[k] for k, w in weights.items() if k in p.morphs), np.zeros(3))
                     for p in parts]
            # hair and clothes keep the normals they were made with: they already follow the head
            normal = [vertex_normals(m, p.tri, p.weld) if p.morphs else p.normal for m, p in zip(moved, parts)]
            posed[name] = _sky(ctx, moved, normal, [p.tri for p in parts], [p.material != "lash" for p in parts])
    finally:
        ctx.release()
    for part, shut, apart in zip(parts, posed["lids"], posed["lips"]):
        sky = (1 - KEPT[part.material] * (1 - np.clip(shut * 1.08, 0, 1))) * (1 - part.inside)
        least = TEETH_LIT if part.material == "mouth" else 0.0
        part.occlusion = _smoothed(sky + np.clip(apart * 1.7 + 0.10, least, 1) * part.inside, part)


def _smoothed(value: np.ndarray, part: Part) -> np.ndarray:
    """Once over the triangles around each point; seams of the uv stay closed."""
    weld = np.arange(len(value)) if part.weld is None else np.unique(part.weld, return_inverse=True)[1]
    total, count = np.zeros(weld.max() + 1), np.zeros(weld.max() + 1)
    mean = value[part.tri].mean(1)
    for corner in range(3):
        total += np.bincount(weld[part.tri[:, corner]], mean, len(total))
        count += np.bincount(weld[part.tri[:, corner]], minlength=len(total))
    return np.clip(0.35 * value + 0.65 * (total / np.maximum(count, 1))[weld], 0, 1)


def _sky(ctx: moderngl.Context, pos: list, normal: list, tri: list, casts: list) -> list[np.ndarray]:
    """For each part the cosine-weighted share of directions [V] that nothing blocks; light from above counts more."""
    points, normals = np.concatenate(pos), np.concatenate(normal)
    starts = np.r_[0, np.cumsum([len(p) for p in pos])]
    solid = np.concatenate([t + s for t, s, c in zip(tri, starts, casts) if c])
    program = ctx.program(vertex_shader=DEPTH_ONLY, fragment_shader="#version 330\nvoid main() {}")
    vertices, indices = ctx.buffer(points.astype("f4").tobytes()), ctx.buffer(solid.astype("i4").tobytes())
    array = ctx.vertex_array(program, [(vertices, "3f", "at")], indices)
    depth = ctx.depth_texture((SIZE, SIZE))
    target = ctx.framebuffer(depth_attachment=depth)
    ctx.enable(moderngl.DEPTH_TEST)
    seen, total = np.zeros(len(points)), np.zeros(len(points))
    for k in range(DIRECTIONS):  # a Fibonacci sphere, without what comes from far below
        up = 1 - 2 * (k + 0.5) / DIRECTIONS
        if up < -0.7:
            continue
        turn, flat = 2 * np.pi * k * 0.618034, np.sqrt(1 - up * up)
        d = np.array([np.cos(turn) * flat, up, np.sin(turn) * flat])
        view = _view(d)
        target.use()
        target.clear(depth=1.0)
        program["view"].write(view.T.astype("f4").tobytes())
        array.render()
        near = np.frombuffer(depth.read(alignment=1), "f4").reshape(SIZE, SIZE)
        at = np.c_[points + normals * LIFT, np.ones(len(points))] @ view.T
        column, row = np.clip(((at[:, :2] * 0.5 + 0.5) * SIZE).astype(int), 0, SIZE - 1).T
        weight = np.maximum(normals @ d, 0) * (1 + 0.5 * up)
        seen += weight * (at[:, 2] * 0.5 + 0.5 < near[row, column] + SLACK)
        total += weight
    for thing in (array, vertices, indices, target, depth, program):
        thing.release()
    return np.split(seen / np.maximum(total, 1e-6), starts[1:-1])


def _view(direction: np.ndarray) -> np.ndarray:
    """Orthographic view of the head from far out along a direction, depth 1..16 dm."""
    up = np.array([0, 1.0, 0]) if abs(direction[1]) < 0.95 else np.array([1.0, 0, 0])
    side = np.cross(-direction, up)
    side /= np.linalg.norm(side)
    turn = np.eye(4)
    turn[:3, :3] = np.stack([side, np.cross(side, -direction), direction])
    turn[:3, 3] = -turn[:3, :3] @ (CENTRE + direction * 8)
    lens = np.diag([1 / RADIUS, 1 / RADIUS, -2 / 15, 1.0])
    lens[2, 3] = -17 / 15
    return lens @ turn
