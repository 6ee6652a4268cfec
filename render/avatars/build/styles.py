"""Four hair styles, each a function of the scalp: where guides run, as tables of (azimuth, height, off the head).

One rule: tables say where hair goes, strands.py how it looks; randomness only varies locks, never the silhouette.
"""
from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from .mesh import Part, smooth, unit
from .people import Person
from .scalp import Scalp
from .strands import Tone, guides, locks, sheet, through

AROUND, ALONG = 84, 20  # intervals around the head (28 locks of 3), points from root to tip


def _parted(scalp: Scalp, keys: dict, part: tuple, s: np.ndarray, lift: float = 0.0, along: int = ALONG,
            hang: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Guides from a root on the parting through the knots of the table. Curves and outward [G, M, 3]."""
    (x0, z0), (x1, z1) = part
    back = 1 - np.abs(2 * s - 1)  # 0 at the front of the part, 1 at its end on the crown
    root = scalp.over(x0 + (x1 - x0) * back, z0 + (z1 - z0) * back, 0.04 + 0.06 * back + lift)
    knots = guides(keys, s)
    points = scalp.at(knots[..., 0], knots[..., 1], knots[..., 2] + lift, hang)
    curves = through(np.concatenate([root[:, None], points], 1), along)
    return curves, scalp.outward(curves.copy())


def _waved(curves: np.ndarray, outward: np.ndarray, s: np.ndarray, amplitude: float, length: float,
           start: float) -> np.ndarray:
    """A wave along each guide, sideways and outwards, alike in neighbours; it grows from `start` of the length."""
    step = np.linalg.norm(np.diff(curves, axis=1), axis=-1)
    arc = np.concatenate([np.zeros((len(curves), 1)), np.cumsum(step, 1)], 1)
    t = np.linspace(0, 1, curves.shape[1])
    side = unit(np.cross(unit(np.gradient(curves, axis=1)), outward))
    phase = 2 * np.pi * (arc - arc[:, -1:]) / length + 3.0 * np.sin(7 * s)[:, None]
    grow = amplitude * smooth(start, 1.0, t)[None]
    return curves + side * (grow * np.sin(phase))[..., None] + outward * (0.7 * grow * np.cos(phase))[..., None]


def _risen(curves: np.ndarray, outward: np.ndarray, height: float, land: float = 0.0) -> np.ndarray:
    """Free locks leave the parting inside the sheet and come to lie `height` above it; a share `land` comes back."""
    t = np.linspace(0, 1, curves.shape[1])
    rise = -0.02 + (height + 0.02) * smooth(0.0, 0.45, t) * (1 - land * smooth(0.55, 1.0, t))
    return curves + outward * rise[None, :, None]


BOB_PART = ((0.20, 0.53), (0.04, -0.25))
# place along the parting and around the head -> knots (azimuth, height, off); 0 and 1 are the fronts of the two sides
BOB = {
    0.00: [(-8, 0.73, 0.06), (-32, 0.55, 0.09), (-55, 0.25, 0.11),
           (-66, -0.15, 0.13), (-68, -0.60, 0.12), (-64, -1.00, 0.03)],
    0.12: [(-20, 0.92, 0.12), (-50, 0.72, 0.18), (-71, 0.33, 0.17),
           (-80, -0.15, 0.16), (-82, -0.62, 0.15), (-79, -1.05, 0.04)],
    0.25: [(-60, 0.99, 0.11), (-80, 0.72, 0.19), (-94, 0.30, 0.19),
           (-100, -0.18, 0.18), (-102, -0.65, 0.17), (-100, -1.07, 0.04)],
    0.38: [(-112, 0.99, 0.11), (-120, 0.70, 0.20), (-128, 0.28, 0.20),
           (-133, -0.20, 0.18), (-135, -0.66, 0.14), (-135, -1.08, 0.00)],
    0.50: [(-172, 0.97, 0.11), (-176, 0.68, 0.19), (-180, 0.28, 0.19),
           (-180, -0.20, 0.15), (-180, -0.66, 0.09), (-180, -1.09, -0.07)],
    0.62: [(-236, 0.99, 0.11), (-238, 0.70, 0.20), (-231, 0.28, 0.20),
           (-227, -0.20, 0.18), (-225, -0.66, 0.14), (-225, -1.08, 0.00)],
    0.75: [(-292, 0.97, 0.11), (-276, 0.70, 0.18), (-265, 0.30, 0.18),
           (-260, -0.18, 0.18), (-258, -0.65, 0.17), (-260, -1.07, 0.04)],
    0.88: [(-326, 0.88, 0.11), (-304, 0.66, 0.17), (-287, 0.32, 0.17),
           (-280, -0.15, 0.16), (-278, -0.62, 0.15), (-281, -1.05, 0.04)],
    1.00: [(-338, 0.72, 0.05), (-318, 0.54, 0.08), (-301, 0.24, 0.11),
           (-293, -0.15, 0.13), (-291, -0.60, 0.12), (-295, -1.00, 0.03)],
}


def bob(scalp: Scalp, person: Person, rng: np.random.Generator) -> list[Part]:
    """A side-parted bob in soft waves that ends at the jaw and turns in."""
    return _long(scalp, person, rng, BOB, BOB_PART, wave=0.045, length=1.0)


WAVES_PART = ((-0.22, 0.52), (-0.05, -0.20))
WAVES = {
    0.00: [(-32, 0.72, 0.04), (-48, 0.56, 0.08), (-61, 0.34, 0.11),
           (-71, 0.10, 0.14), (-77, -0.14, 0.16), (-79, -0.42, 0.11)],
    0.12: [(-52, 0.93, 0.18), (-68, 0.72, 0.23), (-82, 0.44, 0.24),
           (-92, 0.12, 0.23), (-97, -0.20, 0.21), (-96, -0.50, 0.12)],
    0.25: [(-84, 0.98, 0.19), (-96, 0.74, 0.25), (-106, 0.44, 0.26),
           (-112, 0.08, 0.24), (-115, -0.28, 0.20), (-114, -0.58, 0.08)],
    0.38: [(-128, 0.98, 0.19), (-134, 0.72, 0.27), (-139, 0.42, 0.28),
           (-143, 0.04, 0.24), (-145, -0.34, 0.16), (-146, -0.66, 0.02)],
    0.50: [(-180, 0.96, 0.19), (-180, 0.70, 0.27), (-180, 0.40, 0.28),
           (-180, 0.02, 0.22), (-180, -0.36, 0.12), (-180, -0.70, -0.05)],
    0.62: [(-240, 0.98, 0.19), (-232, 0.72, 0.27), (-222, 0.42, 0.28),
           (-217, 0.04, 0.24), (-215, -0.34, 0.16), (-214, -0.66, 0.02)],
    0.75: [(-294, 0.99, 0.19), (-276, 0.76, 0.26), (-258, 0.44, 0.26),
           (-249, 0.08, 0.24), (-245, -0.28, 0.20), (-246, -0.58, 0.08)],
    0.88: [(-338, 0.93, 0.19), (-308, 0.78, 0.24), (-284, 0.48, 0.24),
           (-270, 0.12, 0.23), (-263, -0.20, 0.21), (-264, -0.50, 0.12)],
    1.00: [(-357, 0.72, 0.03), (-328, 0.60, 0.07), (-304, 0.37, 0.11),
           (-290, 0.11, 0.14), (-283, -0.14, 0.16), (-281, -0.42, 0.11)],
}


def waves(scalp: Scalp, person: Person, rng: np.random.Generator) -> list[Part]:
    """Short full waves brushed back from the face, over the tops of the ears."""
    return _long(scalp, person, rng, WAVES, WAVES_PART, wave=0.055, length=0.78)


def _long(scalp: Scalp, person: Person, rng: np.random.Generator, keys: dict, part: tuple, *, wave: float,
          length: float) -> list[Part]:
    """A sheet all around, a darker one under it, and locks that lie on top."""
    tone = Tone.of(person.look)
    t = np.linspace(0, 1, ALONG)
    hang = smooth(0.35, 1.0, t)
    s = np.linspace(0, 1, AROUND + 1)
    curves, outward = _parted(scalp, keys, part, s)
    over = sheet(_waved(curves, outward, s, wave, length, 0.25), outward, tone, rng, groove=0.035, ragged=0.045,
                 sway=hang)
    s = np.linspace(0.01, 0.99, 37)
    curves, outward = _parted(scalp, keys, part, s, lift=-0.06, along=11)
    under = sheet(curves, outward, tone, rng, groove=0.02, shade=0.62, ragged=0.04,
                  sway=smooth(0.35, 1.0, np.linspace(0, 1, 11)))
    s = np.sort(np.concatenate([rng.uniform(0.01, 0.46, 15), rng.uniform(0.54, 0.99, 15)]))
    curves, outward = _parted(scalp, keys, part, s, along=15)
    curves = _risen(curves, outward, 0.045)
    curves = _waved(curves, outward, s, wave * 1.15, length, 0.25)
    free = locks(curves, outward, rng.uniform(0.13, 0.22, len(s)), tone, rng, shade=1.05,
                 sway=smooth(0.35, 1.0, np.linspace(0, 1, 15)))
    return [over, under, free]


SWEPT_PART = ((0.37, 0.50), (0.12, -0.25))
SWEPT = {
    0.00: [(12, 0.67, 0.012), (-10, 0.63, 0.015), (-32, 0.67, 0.015), (-49, 0.54, 0.012), (-59, 0.35, 0.006)],
    0.06: [(8, 0.80, 0.130), (-16, 0.80, 0.165), (-42, 0.72, 0.130), (-62, 0.48, 0.060), (-70, 0.12, 0.014)],
    0.15: [(-6, 0.90, 0.150), (-36, 0.87, 0.165), (-62, 0.70, 0.110), (-76, 0.38, 0.055), (-80, -0.12, 0.012)],
    0.27: [(-40, 0.93, 0.120), (-75, 0.82, 0.125), (-92, 0.60, 0.080), (-98, 0.36, 0.050), (-100, 0.17, 0.010)],
    0.40: [(-110, 0.92, 0.100), (-122, 0.75, 0.100), (-128, 0.44, 0.070), (-131, 0.04, 0.050), (-132, -0.46, 0.012)],
    0.50: [(-172, 0.90, 0.090), (-178, 0.68, 0.090), (-180, 0.34, 0.070), (-180, -0.12, 0.050), (-180, -0.64, 0.012)],
    0.62: [(-242, 0.90, 0.090), (-237, 0.68, 0.085), (-232, 0.39, 0.065), (-229, 0.01, 0.050), (-228, -0.46, 0.012)],
    0.75: [(-290, 0.86, 0.070), (-274, 0.69, 0.070), (-264, 0.50, 0.060), (-260, 0.33, 0.045), (-260, 0.17, 0.010)],
    0.88: [(-316, 0.80, 0.055), (-300, 0.66, 0.055), (-289, 0.43, 0.050), (-283, 0.14, 0.040), (-280, -0.12, 0.012)],
    1.00: [(-328, 0.70, 0.012), (-317, 0.60, 0.012), (-308, 0.50, 0.012), (-303, 0.41, 0.010), (-301, 0.34, 0.006)],
}


def swept(scalp: Scalp, person: Person, rng: np.random.Generator) -> list[Part]:
    """A short cut with a side parting, the front swept up and across, grey beside the ears."""
    tone, along = Tone.of(person.look), 13
    t = np.linspace(0, 1, along)

    def grey(curves: np.ndarray) -> np.ndarray:
        low = smooth(0.62, 0.0, curves[..., 1] - scalp.eye_y)
        temples = smooth(65, 20, np.abs(np.abs(scalp.azimuth(curves)) - 80))
        return 0.85 * low * temples * rng.uniform(0.6, 1.15, (len(curves), 1))

    s = np.r_[np.linspace(0, 0.12, 25)[:-1], np.linspace(0.12, 1, 73)]
    curves, outward = _parted(scalp, SWEPT, SWEPT_PART, s, along=along, hang=False)
    cap = sheet(curves, outward, tone, rng, groove=0.03, ragged=0.06, grey=np.clip(grey(curves), 0, 1), sway=0.15 * t)
    s = np.sort(np.concatenate([rng.uniform(0.03, 0.28, 26), rng.uniform(0.30, 0.97, 26)]))
    curves, outward = _parted(scalp, SWEPT, SWEPT_PART, s, along=10, hang=False)
    curves = _risen(curves, outward, 0.012, land=0.7)
    free = locks(curves, outward, rng.uniform(0.11, 0.17, len(s)), tone, rng, shade=1.05, bulge=0.25, tip=0.95,
                 grey=np.clip(grey(curves), 0, 1), sway=0.2 * np.linspace(0, 1, 10))
    return [cap, free]


def curls(scalp: Scalp, person: Person, rng: np.random.Generator) -> list[Part]:
    """Short natural curls: a close cap and rounded coils that stand on it, tight at the sides, fuller on top."""
    tone = Tone.of(person.look)
    az, rows = np.linspace(-180, 180, 34), 7
    # the cap ends above the painted hairline and above the ears: below it the cut fades into the skin
    low = np.maximum(scalp.hairline(az) + 0.05, np.interp(np.abs(np.abs(az) - 92), [14, 30], [0.26, -1.0]))
    height = low[:, None] + (scalp.top - 0.004 - low[:, None]) * np.linspace(0, 1, rows)[None] ** 0.9
    full = np.clip((height - 0.30) / 0.55, 0, 1)
    off = (0.012 + 0.085 * full) * smooth(-0.04, 0.20, height - low[:, None])
    curves = scalp.at(np.broadcast_to(az[:, None], height.shape), height, off, hang=False)
    cap = sheet(curves, scalp.outward(curves.copy()), tone, rng, groove=0.0, ragged=0.0, shade=0.85)
    coils, gap = _scattered(scalp, rng)
    above = coils[:, 1] - scalp.eye_y
    azimuth = scalp.azimuth(coils)
    edge = smooth(-0.03, 0.20, above - scalp.hairline(azimuth))
    full = np.clip((above - 0.30) / 0.55, 0, 1)
    outward = scalp.outward(coils.copy())
    centre = coils + outward * ((0.008 + 0.079 * full) * edge)[:, None]
    return [cap, _coils(centre, outward, gap * (0.72 + 0.22 * full) * (0.65 + 0.35 * edge), tone, rng)]


def _scattered(scalp: Scalp, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points [N, 3] of the scalp and the free space around each: close in front, where one looks, wider at the back."""
    many = 9000
    lift = np.degrees(np.arcsin(rng.uniform(-0.8, 1.0, many)))
    turn = rng.uniform(-180, 180, many)
    r, az, el = scalp.radius(turn, lift), np.radians(turn), np.radians(lift)
    p = scalp.centre + r[:, None] * np.stack([np.sin(az) * np.cos(el), np.sin(el), np.cos(az) * np.cos(el)], -1)
    above = p[:, 1] - scalp.eye_y
    ear = (np.abs(np.abs(turn) - 98) < 25) & (above < 0.22)
    p = p[(above > scalp.hairline(turn)) & ~ear]
    gap = np.interp(p[:, 2] - scalp.centre[2], [-0.6, 0.3], [0.102, 0.086])
    tree, alive, kept = cKDTree(p), np.ones(len(p), bool), []
    for k in range(len(p)):
        if alive[k]:
            kept.append(k)
            alive[tree.query_ball_point(p[k], gap[k])] = False
    return p[kept], gap[kept]


def _coils(centre: np.ndarray, outward: np.ndarray, radius: np.ndarray, tone: Tone, rng: np.random.Generator) -> Part:
    """Rounded nubs, six-sided, each leaning its own way: a curl seen from outside."""
    count, sides = len(centre), 6
    lean = unit(outward + rng.normal(0, 0.22, centre.shape))
    a = unit(np.cross(lean, rng.standard_normal(centre.shape)))
    b = np.cross(lean, a)
    rings = ((1.0, -0.50), (0.86, 0.58))  # radius, height, in radii
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    pos, normal = [], []
    for k, (wide, high) in enumerate(rings):
        round_ = np.cos(turn + 0.5 * k)[None, :, None] * a[:, None] + np.sin(turn + 0.5 * k)[None, :, None] * b[:, None]
        pos.append(centre[:, None] + radius[:, None, None] * (wide * round_ + high * lean[:, None]))
        normal.append(unit(round_ * (1.0 - 0.3 * k) + lean[:, None] * (0.25 + 0.6 * k)))
    pos.append(centre[:, None] + radius[:, None, None] * lean[:, None])
    normal.append(lean[:, None])
    p, n = np.concatenate(pos, 1), np.concatenate(normal, 1)
    ring = np.arange(sides)
    after, size = (ring + 1) % sides, 2 * sides + 1
    each = np.concatenate([np.stack([ring, after, sides + ring], -1),
                           np.stack([after, sides + after, sides + ring], -1),
                           np.stack([sides + ring, sides + after, np.full(sides, 2 * sides)], -1)])
    tri = (each[None] + (np.arange(count) * size)[:, None, None]).reshape(-1, 3)
    flat, flat_normal = p.reshape(-1, 3), n.reshape(-1, 3)
    facing = np.cross(flat[tri[:, 1]] - flat[tri[:, 0]], flat[tri[:, 2]] - flat[tri[:, 0]])
    if (facing * flat_normal[tri[:, 0]]).sum() < 0:
        tri = tri[:, ::-1]
    level = np.r_[np.full(sides, 0.10), np.full(sides, 0.65), 0.85]
    u = np.r_[np.tile(ring / sides * 0.9 + 0.05, 2), 0.5] / 4
    uv = np.stack(np.broadcast_arrays((u + 0.25 * rng.integers(0, 4, count)[:, None]), level), -1).reshape(-1, 2)
    # a light band around each: wound hair, not a pebble
    ringed = np.r_[np.full(sides, 0.70), np.full(sides, 1.12), 0.86]
    bright = (1 + 0.14 * rng.standard_normal(count))[:, None] * ringed
    grid = np.broadcast_to(level, (count, size))
    # wound, and one way at the tip
    tangent = unit(np.cross(flat_normal, np.repeat(lean, size, 0)) + 0.7 * np.repeat(a, size, 0))
    return Part("hair", flat, tri, uv, normal=flat_normal, tangent=tangent,
                colour=tone.at(grid, bright).reshape(-1, 3), sway=0.1)


# name -> (function, hairline of scalp.py)
STYLES = {"bob": (bob, "soft"), "waves": (waves, "soft"), "swept": (swept, "high"), "curls": (curls, "round")}
