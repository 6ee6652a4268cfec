"""Four hair styles, each a function of the scalp: where guides run, as tables of (azimuth, height, off the head).

One rule: tables say where hair goes, strands.py how it looks; chance only varies locks, never the silhouette.
"""
from __future__ import annotations

import numpy as np
from scipy.spatial import ConvexHull

from .maps import coils, noise, strands
from .mesh import Part, smooth, unit, vertex_normals
from .people import Person
from .scalp import Scalp
from .strands import Tone, guides, sheet, through

AROUND, ALONG = 96, 31  # intervals around the head, points from root to tip


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


BOB_PART = ((0.20, 0.53), (0.04, -0.25))
# place along the parting and around the head -> knots (azimuth, height, off); 0 and 1 are the fronts of the two sides
BOB = {
    0.00: [(-4, 0.66, 0.02), (-30, 0.54, 0.06), (-55, 0.25, 0.10),
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
    1.00: [(-341, 0.68, 0.02), (-320, 0.55, 0.05), (-301, 0.24, 0.10),
           (-293, -0.15, 0.13), (-291, -0.60, 0.12), (-295, -1.00, 0.03)],
}


def bob(scalp: Scalp, person: Person, rng: np.random.Generator) -> list[Part]:
    """A side-parted bob in soft waves that ends at the jaw and turns in."""
    return _long(scalp, person, rng, BOB, BOB_PART, wave=0.050, length=1.0)


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
    """A sheet all around and a darker one under it."""
    tone = Tone.of(person.look)
    t = np.linspace(0, 1, ALONG)
    hang = smooth(0.35, 1.0, t)
    s = np.linspace(0, 1, AROUND + 1)
    curves, outward = _parted(scalp, keys, part, s)
    over = sheet(_waved(curves, outward, s, wave, length, 0.25), outward, tone, rng, groove=0.045, ragged=0.018,
                 notch=0.025, rim=0.7, sway=hang)
    s = np.linspace(0.03, 0.97, 25)
    curves, outward = _parted(scalp, keys, part, s, lift=-0.07, along=20)
    curves = _waved(curves, outward, s, wave, length, 0.25)
    under = sheet(curves[:, :-1], outward[:, :-1], tone, rng, groove=0.0, shade=0.6, ragged=0.0, notch=0.0, rim=0,
                  sway=smooth(0.35, 1.0, np.linspace(0, 1, 19)))
    return [over, under]


SWEPT_PART = ((0.37, 0.50), (0.12, -0.25))
SWEPT = {
    0.00: [(12, 0.67, 0.012), (-10, 0.63, 0.015), (-32, 0.67, 0.015), (-49, 0.54, 0.008), (-59, 0.35, -0.02)],
    0.06: [(8, 0.80, 0.130), (-16, 0.80, 0.165), (-42, 0.72, 0.130), (-62, 0.48, 0.045), (-70, 0.10, -0.02)],
    0.15: [(-6, 0.90, 0.150), (-36, 0.87, 0.165), (-62, 0.70, 0.110), (-76, 0.38, 0.040), (-80, -0.14, -0.02)],
    0.27: [(-40, 0.93, 0.120), (-75, 0.82, 0.125), (-92, 0.60, 0.080), (-98, 0.36, 0.040), (-100, 0.15, -0.02)],
    0.40: [(-110, 0.92, 0.100), (-122, 0.75, 0.100), (-128, 0.44, 0.070), (-131, 0.04, 0.045), (-132, -0.50, -0.02)],
    0.50: [(-172, 0.90, 0.090), (-178, 0.68, 0.090), (-180, 0.34, 0.070), (-180, -0.12, 0.045), (-180, -0.68, -0.02)],
    0.62: [(-242, 0.90, 0.090), (-237, 0.68, 0.085), (-232, 0.39, 0.065), (-229, 0.01, 0.045), (-228, -0.50, -0.02)],
    0.75: [(-290, 0.86, 0.070), (-274, 0.69, 0.070), (-264, 0.50, 0.060), (-260, 0.33, 0.035), (-260, 0.15, -0.02)],
    0.88: [(-316, 0.80, 0.055), (-300, 0.66, 0.055), (-289, 0.43, 0.050), (-283, 0.14, 0.030), (-280, -0.14, -0.02)],
    1.00: [(-328, 0.70, 0.012), (-317, 0.60, 0.012), (-308, 0.50, 0.012), (-303, 0.41, 0.004), (-301, 0.34, -0.02)],
}


def swept(scalp: Scalp, person: Person, rng: np.random.Generator) -> list[Part]:
    """A short cut with a side parting, the front swept up and across, grey beside the ears."""
    tone, along = Tone.of(person.look), 20
    t = np.linspace(0, 1, along)

    def grey(curves: np.ndarray) -> np.ndarray:
        low = smooth(0.62, 0.0, curves[..., 1] - scalp.eye_y)
        temples = smooth(65, 20, np.abs(np.abs(scalp.azimuth(curves)) - 80))
        return 0.85 * low * temples * rng.uniform(0.6, 1.15, (len(curves), 1))

    s = np.r_[np.linspace(0, 0.12, 31)[:-1], np.linspace(0.12, 1, 89)]
    curves, outward = _parted(scalp, SWEPT, SWEPT_PART, s, along=along, hang=False)
    cap = sheet(curves, outward, tone, rng, locks=(2, 6), groove=0.028, ragged=0.05, notch=0.05, rim=0,
                grey=np.clip(grey(curves), 0, 1), sway=0.15 * t)
    # the clipped ends take the colour of the skin they lie on
    clipped = np.tile(0.55 * smooth(0.74, 1.0, t), len(curves))[:, None]
    cap.colour = cap.colour * (1 - clipped) + 0.72 * np.asarray(person.look.skin) * clipped
    return [cap]


CURL_POINTS = 6400  # on the whole sphere; hair takes about half: 4 mm between neighbours
CURL_TILE = 0.85  # dm that the picture of coils spans
# azimuth away from the front -> dm over the painted hairline where the curls begin; beside the ears the cut fades in
CURL_LINE = ((0, 40, 62, 76, 112, 130, 180), (0.02, 0.02, 0.08, 0.34, 0.34, 0.10, 0.06))
FULLNESS = ((0.0, 0.10, 0.35, 0.75), (-0.02, 0.040, 0.095, 0.165))  # dm over where curls begin -> dm off the scalp


def curls(scalp: Scalp, person: Person, rng: np.random.Generator) -> list[Part]:
    """Short natural curls: one soft surface in small uneven clumps, tight at the sides, fuller on top.

    The picture holds the single coils. The border dips into the skin where stubble is painted, so no edge shows.
    """
    k = np.arange(CURL_POINTS) + 0.5
    up = 1 - 2 * k / CURL_POINTS  # a Fibonacci sphere
    turn = 360 * ((k * 0.618034) % 1) - 180
    lift = np.degrees(np.arcsin(up))
    azimuth, elevation = np.radians(turn), np.radians(lift)
    way = np.stack([np.sin(azimuth) * np.cos(elevation), up, np.cos(azimuth) * np.cos(elevation)], -1)
    skin = scalp.radius(turn, lift)
    above = scalp.above_hairline(scalp.centre + skin[:, None] * way) - np.interp(np.abs(turn), *CURL_LINE)
    kept = (above > -0.06) & (lift > -65)
    way, above, skin = way[kept], above[kept], skin[kept]
    at = scalp.centre + skin[:, None] * way
    clump = 0.62 * noise(at, 0.105, person.seed) + 0.38 * noise(at, 0.055, person.seed + 1) - 0.5
    off = np.interp(above, *FULLNESS) + 0.085 * clump * smooth(0.0, 0.2, above)
    pos = at + off[:, None] * way
    tri = ConvexHull(way).simplices
    longest = np.linalg.norm(way[tri] - way[np.roll(tri, 1, 1)], axis=-1).max(1)
    tri = tri[longest < 0.16]  # the hull also closes the face and the neck
    facing = np.cross(pos[tri[:, 1]] - pos[tri[:, 0]], pos[tri[:, 2]] - pos[tri[:, 0]])
    back = (facing * way[tri[:, 0]]).sum(1) < 0
    tri[back] = tri[back][:, ::-1]
    normal = unit(0.6 * vertex_normals(pos, tri) + 0.4 * way)
    crown = unit(np.array([0, 1.0, -0.35]))
    side = np.array([1.0, 0, 0])
    ahead = np.cross(side, crown)
    arc = np.arccos(np.clip(way @ crown, -1, 1))[:, None]
    flat = np.stack([way @ side, way @ ahead], -1)
    uv = unit(flat) * arc * 0.95 / CURL_TILE  # unrolled from the crown: 0.95 dm a radian
    tone = Tone.of(person.look)
    bright = 1 + 0.55 * clump
    colour = tone.at(np.clip(0.5 + 1.1 * clump, 0, 1), bright)
    # tangents that stand on the head keep the strand highlights away: such hair is matte
    return [Part("hair", pos, tri, uv, normal=normal, tangent=way, colour=colour, sway=0.1)]


# name -> (function, hairline of scalp.py, picture of maps.py)
STYLES = {"bob": (bob, "soft", strands), "waves": (waves, "soft", strands), "swept": (swept, "high", strands),
          "curls": (curls, "round", coils)}
