"""Four hair styles, each a function of the scalp: where guides run, as tables of (azimuth, height, off the head).

One rule: tables say where hair goes, strands.py how it looks; randomness only varies locks, never the silhouette.
"""
from __future__ import annotations

import numpy as np

from .mesh import Part, smooth, unit
from .people import Person
from .scalp import Scalp
from .strands import Tone, guides, locks, sheet, through

AROUND, ALONG = 102, 13  # intervals around the head (34 locks of 3), points from root to tip


def _parted(scalp: Scalp, keys: dict, part: tuple, s: np.ndarray, lift: float = 0.0, along: int = ALONG) -> tuple[np.ndarray, np.ndarray]:
    """Guides that leave a parting: root on the part, then through the knots of the table. Curves and outward [G, M, 3]."""
    (x0, z0), (x1, z1) = part
    back = 1 - np.abs(2 * s - 1)  # 0 at the front of the part, 1 at its end on the crown
    root = scalp.over(x0 + (x1 - x0) * back, z0 + (z1 - z0) * back, 0.02 + lift)
    knots = guides(keys, s)
    points = scalp.at(knots[..., 0], knots[..., 1], knots[..., 2] + lift)
    curves = through(np.concatenate([root[:, None], points], 1), along)
    return curves, scalp.outward(curves.copy())


def _waved(curves: np.ndarray, outward: np.ndarray, s: np.ndarray, amplitude: float, length: float, start: float) -> np.ndarray:
    """A wave along each guide, sideways and outwards, coherent between neighbours; it grows from `start` of the length."""
    step = np.linalg.norm(np.diff(curves, axis=1), axis=-1)
    arc = np.concatenate([np.zeros((len(curves), 1)), np.cumsum(step, 1)], 1)
    t = np.linspace(0, 1, curves.shape[1])
    side = unit(np.cross(unit(np.gradient(curves, axis=1)), outward))
    phase = 2 * np.pi * (arc - arc[:, -1:]) / length + 3.0 * np.sin(7 * s)[:, None]
    grow = amplitude * smooth(start, 1.0, t)[None]
    return curves + side * (grow * np.sin(phase))[..., None] + outward * (0.7 * grow * np.cos(phase))[..., None]


BOB_PART = ((0.20, 0.70), (0.04, -0.25))
# place along the parting and around the head -> knots (azimuth, height, off); 0 and 1 are the fronts of the two sides
BOB = {
    0.00: [(-10, 0.80, 0.13), (-34, 0.64, 0.16), (-56, 0.32, 0.15), (-66, -0.15, 0.13), (-68, -0.60, 0.12), (-64, -1.00, 0.03)],
    0.12: [(-22, 0.92, 0.15), (-50, 0.72, 0.18), (-71, 0.33, 0.17), (-80, -0.15, 0.16), (-82, -0.62, 0.15), (-79, -1.05, 0.04)],
    0.25: [(-60, 0.99, 0.15), (-80, 0.72, 0.19), (-94, 0.30, 0.19), (-100, -0.18, 0.18), (-102, -0.65, 0.17), (-100, -1.07, 0.04)],
    0.38: [(-112, 0.99, 0.14), (-120, 0.70, 0.20), (-128, 0.28, 0.20), (-133, -0.20, 0.18), (-135, -0.66, 0.14), (-135, -1.08, 0.00)],
    0.50: [(-172, 0.97, 0.13), (-176, 0.68, 0.19), (-180, 0.28, 0.19), (-180, -0.20, 0.15), (-180, -0.66, 0.09), (-180, -1.09, -0.07)],
    0.62: [(-236, 0.99, 0.14), (-238, 0.70, 0.20), (-231, 0.28, 0.20), (-227, -0.20, 0.18), (-225, -0.66, 0.14), (-225, -1.08, 0.00)],
    0.75: [(-292, 0.97, 0.14), (-276, 0.70, 0.18), (-265, 0.30, 0.18), (-260, -0.18, 0.18), (-258, -0.65, 0.17), (-260, -1.07, 0.04)],
    0.88: [(-326, 0.88, 0.13), (-304, 0.66, 0.17), (-287, 0.32, 0.17), (-280, -0.15, 0.16), (-278, -0.62, 0.15), (-281, -1.05, 0.04)],
    1.00: [(-338, 0.76, 0.10), (-316, 0.58, 0.14), (-299, 0.28, 0.15), (-293, -0.15, 0.13), (-291, -0.60, 0.12), (-295, -1.00, 0.03)],
}


def bob(scalp: Scalp, person: Person, rng: np.random.Generator) -> list[Part]:
    """A side-parted bob in soft waves that ends at the jaw and turns in."""
    return _long(scalp, person, rng, BOB, BOB_PART, wave=0.045, length=1.0)


WAVES_PART = ((-0.22, 0.66), (-0.05, -0.20))
WAVES = {
    0.00: [(-34, 0.80, 0.16), (-50, 0.66, 0.20), (-66, 0.44, 0.20), (-78, 0.18, 0.19), (-86, -0.12, 0.18), (-88, -0.42, 0.12)],
    0.12: [(-52, 0.93, 0.18), (-68, 0.72, 0.23), (-82, 0.44, 0.24), (-92, 0.12, 0.23), (-97, -0.20, 0.21), (-96, -0.50, 0.12)],
    0.25: [(-84, 0.98, 0.19), (-96, 0.74, 0.25), (-106, 0.44, 0.26), (-112, 0.08, 0.24), (-115, -0.28, 0.20), (-114, -0.58, 0.08)],
    0.38: [(-128, 0.98, 0.19), (-134, 0.72, 0.27), (-139, 0.42, 0.28), (-143, 0.04, 0.24), (-145, -0.34, 0.16), (-146, -0.66, 0.02)],
    0.50: [(-180, 0.96, 0.19), (-180, 0.70, 0.27), (-180, 0.40, 0.28), (-180, 0.02, 0.22), (-180, -0.36, 0.12), (-180, -0.70, -0.05)],
    0.62: [(-240, 0.98, 0.19), (-232, 0.72, 0.27), (-222, 0.42, 0.28), (-217, 0.04, 0.24), (-215, -0.34, 0.16), (-214, -0.66, 0.02)],
    0.75: [(-294, 0.99, 0.19), (-276, 0.76, 0.26), (-258, 0.44, 0.26), (-249, 0.08, 0.24), (-245, -0.28, 0.20), (-246, -0.58, 0.08)],
    0.88: [(-338, 0.93, 0.19), (-308, 0.78, 0.24), (-284, 0.48, 0.24), (-270, 0.12, 0.23), (-263, -0.20, 0.21), (-264, -0.50, 0.12)],
    1.00: [(-358, 0.82, 0.17), (-328, 0.76, 0.22), (-304, 0.52, 0.22), (-287, 0.20, 0.20), (-275, -0.12, 0.18), (-272, -0.42, 0.12)],
}


def waves(scalp: Scalp, person: Person, rng: np.random.Generator) -> list[Part]:
    """Short full waves brushed back from the face, over the tops of the ears."""
    return _long(scalp, person, rng, WAVES, WAVES_PART, wave=0.075, length=0.62)


def _long(scalp: Scalp, person: Person, rng: np.random.Generator, keys: dict, part: tuple, *, wave: float, length: float) -> list[Part]:
    """A sheet all around, a darker one under it, and locks that lie on top."""
    tone = Tone.of(person.look)
    t = np.linspace(0, 1, ALONG)
    hang = smooth(0.35, 1.0, t)
    s = np.linspace(0, 1, AROUND + 1)
    curves, outward = _parted(scalp, keys, part, s)
    over = sheet(_waved(curves, outward, s, wave, length, 0.25), outward, tone, rng, groove=0.045, ragged=0.05, sway=hang)
    s = np.linspace(0.01, 0.99, 49)
    curves, outward = _parted(scalp, keys, part, s, lift=-0.06)
    under = sheet(curves, outward, tone, rng, groove=0.02, shade=0.62, ragged=0.04, sway=hang)
    s = np.sort(np.concatenate([rng.uniform(0.01, 0.46, 17), rng.uniform(0.54, 0.99, 17)]))
    curves, outward = _parted(scalp, keys, part, s, lift=0.035, along=ALONG)
    curves = _waved(curves, outward, s, wave * 1.15, length, 0.25)
    free = locks(curves, outward, rng.uniform(0.13, 0.22, len(s)), tone, rng, shade=1.06, sway=hang)
    return [over, under, free]


def swept(scalp: Scalp, person: Person, rng: np.random.Generator) -> list[Part]:
    """Short sides that grey, a longer top swept up from the forehead and back."""
    tone = Tone.of(person.look)
    az = np.linspace(52, 308, 91)
    knots = np.stack([np.stack([az + 0 * az, 0.86 + 0 * az, 0.03 + 0 * az], -1),
                      np.stack([az, 0.66 + 0 * az, 0.075 + 0 * az], -1),
                      np.stack([az, 0.45 + 0 * az, 0.075 + 0 * az], -1),
                      np.stack([az, 0.5 * (0.45 + scalp.hairline(az)), 0.06 + 0 * az], -1),
                      np.stack([az, scalp.hairline(az) + 0.01, 0.012 + 0 * az], -1)], 1)
    back = np.sign(180 - az) * np.clip(np.abs(180 - az) / 60, 0, 1)
    knots[:, :, 0] += back[:, None] * np.array([0, 2, 5, 8, 11])  # combed towards the nape
    curves = through(scalp.at(knots[..., 0], knots[..., 1], knots[..., 2]), 8)
    outward = scalp.outward(curves.copy())
    height = curves[..., 1] - scalp.eye_y
    beside = smooth(0.62, 0.10, height) * smooth(-30, -10, -np.abs(np.abs(scalp.azimuth(curves)) - 85) + 22)
    sides = sheet(curves, outward, tone, rng, groove=0.018, ragged=0.10, grey=beside, shade=0.95)

    def over_top(u: np.ndarray, lift: float, along: int) -> tuple[np.ndarray, np.ndarray]:
        edge = scalp.at(52 * u, scalp.hairline(52 * u) + 0.02, -0.005) - scalp.centre
        x, z = edge[:, 0], edge[:, 2]
        plan = [(x, z, 0.0 * u)]
        for share, out, drift in ((0.10, 0.13, 0.0), (0.28, 0.24, -0.03), (0.52, 0.24, -0.08), (0.78, 0.18, -0.10), (1.0, 0.09, -0.11)):
            end = -0.62 + 0.10 * u**2
            plan.append((x * (1 + 0.10 * np.sin(np.pi * share)) * (1 - 0.12 * share) + drift, z + (end - z) * share,
                         (out + lift) * (1 - 0.35 * u**2)))
        points = np.stack([np.stack(p, -1) for p in plan], 1)
        p = scalp.over(points[..., 0], points[..., 1], points[..., 2])
        p[:, 0] = edge + scalp.centre
        curves = through(p, along)
        return curves, scalp.outward(curves.copy())

    u = np.linspace(-1, 1, 40)
    curves, outward = over_top(u, 0.0, 11)
    top = sheet(curves, outward, tone, rng, groove=0.05, ragged=0.08, start_v=0.0, sway=0.25 * np.linspace(0, 1, 11))
    u = np.sort(rng.uniform(-0.95, 0.95, 26))
    curves, outward = over_top(u, 0.045, 9)
    free = locks(curves, outward, rng.uniform(0.13, 0.20, len(u)), tone, rng, shade=1.05, bulge=0.3, sway=0.25 * np.linspace(0, 1, 9))
    return [sides, top, free]


def curls(scalp: Scalp, person: Person, rng: np.random.Generator) -> list[Part]:
    """Short natural curls: a close cap and rounded coils that stand on it, tight at the sides, fuller on top."""
    tone = Tone.of(person.look)
    az, rows = np.linspace(-180, 180, 61), 9
    low, level = scalp.hairline(az), np.linspace(0, 1, rows) ** 0.9
    height = low[:, None] + 0.012 + (scalp.top - 0.004 - low[:, None]) * level[None]
    full = np.clip((height - 0.30) / 0.55, 0, 1)
    off = (0.020 + 0.085 * full) * smooth(-0.02, 0.16, height - low[:, None])
    curves = scalp.at(np.broadcast_to(az[:, None], height.shape), height, off)
    cap = sheet(curves, scalp.outward(curves.copy()), tone, rng, groove=0.0, ragged=0.0, shade=0.75)
    points, count = [], 0
    for band in np.arange(0.0, 1.0, 0.045):  # rings of coils from the crown down, like a sunflower
        h = scalp.top - 0.004 - band * (scalp.top + 0.70)
        around = np.arange(0, 360, 6.5 / max(0.12, np.sin(np.radians(min(90, 20 + 150 * band))))) + 137.5 * count
        count += 1
        line = scalp.hairline(around)
        keep = h > line + 0.03
        points.append(np.stack([around, np.full(len(around), h) + rng.normal(0, 0.012, len(around))], -1)[keep])
    place = np.concatenate(points)
    full = np.clip((place[:, 1] - 0.30) / 0.55, 0, 1)
    edge = smooth(0.0, 0.22, place[:, 1] - scalp.hairline(place[:, 0]))
    off = (0.012 + 0.075 * full) * edge
    centre = scalp.at(place[:, 0] + rng.normal(0, 1.2, len(place)), place[:, 1], off)
    return [cap, _coils(centre, scalp.outward(centre.copy()), (0.048 + 0.022 * full) * (0.6 + 0.4 * edge), tone, rng)]


def _coils(centre: np.ndarray, outward: np.ndarray, radius: np.ndarray, tone: Tone, rng: np.random.Generator) -> Part:
    """Rounded nubs, six-sided, each leaning its own way: a curl seen from outside."""
    count, sides = len(centre), 6
    lean = unit(outward + rng.normal(0, 0.28, centre.shape))
    a = unit(np.cross(lean, rng.standard_normal(centre.shape)))
    b = np.cross(lean, a)
    rings = ((0.85, -0.4), (1.0, 0.45), (0.62, 1.05))  # radius, height, in radii
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    pos, normal = [], []
    for k, (wide, high) in enumerate(rings):
        round_ = np.cos(turn + 0.5 * k)[None, :, None] * a[:, None] + np.sin(turn + 0.5 * k)[None, :, None] * b[:, None]
        pos.append(centre[:, None] + radius[:, None, None] * (wide * round_ + high * lean[:, None]))
        normal.append(unit(round_ * (1.1 - 0.4 * k) + lean[:, None] * (0.3 + 0.5 * k)))
    pos.append(centre[:, None] + radius[:, None, None] * 1.3 * lean[:, None])
    normal.append(lean[:, None])
    p, n = np.concatenate(pos, 1), np.concatenate(normal, 1)
    ring = np.arange(sides)
    tri = [np.stack([r * sides + ring, r * sides + (ring + 1) % sides, (r + 1) * sides + ring], -1) for r in (0, 1)]
    tri += [np.stack([r * sides + (ring + 1) % sides, (r + 1) * sides + (ring + 1) % sides, (r + 1) * sides + ring], -1) for r in (0, 1)]
    tri.append(np.stack([2 * sides + ring, 2 * sides + (ring + 1) % sides, np.full(sides, 3 * sides)], -1))
    each = np.concatenate(tri)
    size = 3 * sides + 1
    tri = (each[None] + (np.arange(count) * size)[:, None, None]).reshape(-1, 3)
    flat, flat_normal = p.reshape(-1, 3), n.reshape(-1, 3)
    facing = np.cross(flat[tri[:, 1]] - flat[tri[:, 0]], flat[tri[:, 2]] - flat[tri[:, 0]])
    if (facing * flat_normal[tri[:, 0]]).sum() < 0:
        tri = tri[:, ::-1]
    level = np.r_[np.full(sides, 0.15), np.full(sides, 0.5), np.full(sides, 0.8), 0.85]
    u = np.r_[np.tile(ring / sides * 0.9 + 0.05, 3), 0.5] / 4
    uv = np.stack(np.broadcast_arrays((u + 0.25 * rng.integers(0, 4, count)[:, None]), level), -1).reshape(-1, 2)
    bright = 1 + 0.14 * rng.standard_normal(count)
    grid = np.broadcast_to(level, (count, size))
    tangent = unit(np.cross(flat_normal, np.repeat(lean, size, 0)) + 1e-6)
    return Part("hair", flat, tri, uv, normal=flat_normal, tangent=tangent,
                colour=tone.at(grid, np.broadcast_to(bright[:, None], grid.shape)).reshape(-1, 3), sway=0.1)


STYLES = {"bob": (bob, "soft"), "waves": (waves, "soft"), "swept": (swept, "high"), "curls": (curls, "round")}  # with hairline
