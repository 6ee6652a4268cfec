"""Hair as sculpted surfaces: sheets through ordered guides.

One rule: a silhouette is an edge of the geometry, never of a picture: a sheet is one surface, grooved into locks, whose
valleys end before its crests and whose rim turns in.
Letters: G guides, M points along one.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from .mesh import Part, grid_quads, smooth, triangulate, unit, vertex_normals
from .people import Look

SPREAD = 18  # guides of a sheet that the strand picture spans once; it repeats without a seam
WARMER = np.array([0.55, 0.15, -0.25])  # how strands of a saturated colour differ: redder or duller
RIM = ((0.018, -0.030), (0.012, -0.085))  # dm down and outwards of the rows that turn a sheet's end in


@dataclass(frozen=True)
class Tone:
    """The colour of hair: root to tip, brightness by lock, and a temple colour that fades in by mask [0..1]."""

    root: tuple[float, float, float]
    tip: tuple[float, float, float]
    grey: tuple[float, float, float] | None = None

    @classmethod
    def of(cls, look: Look) -> Tone:
        return cls(look.hair, look.hair_tip, look.temple)

    def at(self, t: np.ndarray, shade: np.ndarray, grey: np.ndarray | float = 0.0,
           warm: np.ndarray | float = 0.0) -> np.ndarray:
        k = smooth(0.0, 1.0, t)[..., None]
        colour = np.asarray(self.root) * (1 - k) + np.asarray(self.tip) * k
        strength = np.ptp(self.tip) / max(self.tip)
        colour = colour * (1 + strength * np.broadcast_to(warm, t.shape)[..., None] * WARMER)
        if self.grey is not None:
            g = np.broadcast_to(grey, t.shape)[..., None]
            colour = colour * (1 - g) + np.asarray(self.grey) * (0.9 + 0.2 * k) * g
        return np.clip(colour * np.asarray(shade)[..., None], 0, 1)


def guides(keys: dict[float, list[tuple[float, ...]]], s: np.ndarray) -> np.ndarray:
    """Knots [G, K, C] at places s between key guides, which all have K knots of C numbers."""
    places = sorted(keys)
    return PchipInterpolator(places, np.array([keys[p] for p in places], float))(s)


def through(points: np.ndarray, count: int) -> np.ndarray:
    """Curves [G, count, 3] through points [G, K, 3], evenly spaced by length and without a kink."""
    out = np.zeros((len(points), count, 3))
    for g, p in enumerate(points):
        length = np.r_[0, np.cumsum(np.maximum(np.linalg.norm(np.diff(p, axis=0), axis=1), 1e-6))]
        fine = PchipInterpolator(length, p)(np.linspace(0, length[-1], 80))
        fine[1:-1] = gaussian_filter1d(np.r_[2 * fine[:1] - fine[6:0:-1], fine, 2 * fine[-1:] - fine[-2:-8:-1]], 3.0,
                                       axis=0)[6:-6][1:-1]  # mirrored about its ends, which stay
        walked = np.r_[0, np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1))]
        at = np.linspace(0, walked[-1], count)
        out[g] = np.stack([np.interp(at, walked, fine[:, k]) for k in range(3)], -1)
    return out


def sheet(curves: np.ndarray, outward: np.ndarray, tone: Tone, rng: np.random.Generator, *,
          locks: tuple[int, int] = (3, 6), groove: float = 0.03, shade: float = 1.0, ragged: float = 0.04,
          notch: float = 0.04, rim: float = 1.0, grey: np.ndarray | float = 0.0,
          sway: np.ndarray | float = 0.0) -> Part:
    """One surface through ordered guides, grooved into locks of uneven width.

    Args:
        curves: [G, M, 3]; outward: [G, M, 3] away from the head.
        locks: least and greatest number of guides a lock spans.
        groove: dm between the crest and the valley of a lock, growing from the root.
        ragged: how much locks differ in length; notch: how much sooner a valley ends; both as shares.
        rim: size of the turned-in end, 0 for none.
        grey, sway: [G, M] or a number.
    """
    count, along, _ = curves.shape
    t = np.linspace(0, 1, along)
    starts = np.r_[0, np.cumsum(rng.integers(locks[0], locks[1] + 1, count))]
    lock = np.searchsorted(starts, np.arange(count), "right") - 1
    across = (np.arange(count) - starts[lock]) / np.diff(starts)[lock]
    crest = np.sin(np.pi * across)  # 0 in the valleys, 1 on the crest
    many = lock.max() + 1
    border = np.minimum(np.arange(count), count - 1 - np.arange(count))
    depth = groove * rng.uniform(0.5, 1.4, many)[lock] * crest * smooth(0, 5, border)  # flat beside the face
    deep = smooth(0.12, 0.65, t) * (1 - 0.6 * smooth(0.8, 1.0, t))  # smooth at the parting, gathered at the ends
    pos = curves + outward * (depth[:, None] * deep[None])[..., None]
    reach = 1 + ragged * rng.uniform(-1, 0.5, many)[lock] + notch * (np.sqrt(crest) - 1)
    stretch = t[None] * (1 + (reach - 1)[:, None] * smooth(0.3, 1.0, t)[None])
    pos = np.stack([[np.interp(stretch[g], t, pos[g, :, k]) if reach[g] <= 1 else _extended(stretch[g], t, pos[g, :, k])
                     for k in range(3)] for g in range(count)]).transpose(0, 2, 1)
    grid = np.broadcast_to(t, (count, along))
    grey, sway = (np.broadcast_to(x, grid.shape) for x in (grey, sway))
    down = gaussian_filter1d(unit(pos[:, -1] - pos[:, -2]), 3.0, axis=0, mode="nearest")  # one fold, not a ruffle
    for fall, out in RIM if rim else ():
        row = pos[:, along - 1] + rim * (down * fall + outward[:, -1] * out)
        pos = np.concatenate([pos, row[:, None]], 1)
    extra = pos.shape[1] - along
    outward, grid, grey, sway = (np.concatenate([x, np.repeat(x[:, -1:], extra, 1)], 1)
                                 for x in (outward, grid, grey, sway))
    tri = triangulate(grid_quads(count, pos.shape[1]))
    flat = pos.reshape(-1, 3)
    normal = vertex_normals(flat, tri)
    if (normal * outward.reshape(-1, 3)).sum() < 0:
        tri, normal = tri[:, ::-1], -normal
    level = gaussian_filter1d(normal.reshape(pos.shape), 2.5, axis=0, mode="nearest").reshape(-1, 3)
    normal = unit(0.45 * normal + 0.55 * unit(level))  # the light sees softer grooves than the silhouette
    tangent = unit(np.gradient(pos, axis=1)).reshape(-1, 3)
    uv = np.stack(np.broadcast_arrays((np.arange(count) / SPREAD)[:, None], grid), -1).reshape(-1, 2)
    single = gaussian_filter1d(rng.standard_normal(count), 0.6)
    bright = shade * (1 + 0.05 * rng.standard_normal(many)[lock] + 0.05 * single + 0.09 * (crest - 0.6))
    warm = 0.10 * rng.standard_normal(many)[lock] + 0.08 * single
    spread = lambda x: np.broadcast_to(x[:, None], grid.shape)  # noqa: E731
    colour = tone.at(grid, spread(bright), grey, spread(warm)).reshape(-1, 3)
    return Part("hair", flat, tri, uv, normal=normal, tangent=tangent, colour=colour, sway=sway.reshape(-1))


def _extended(at: np.ndarray, t: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Linear interpolation that goes on past the end in the last direction."""
    beyond = np.maximum(at - t[-1], 0) * (y[-1] - y[-2]) / (t[-1] - t[-2])
    return np.interp(at, t, y) + beyond
