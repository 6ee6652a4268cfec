"""Hair as sculpted surfaces: sheets through ordered guides, and rounded locks that lie on them.

One rule: a silhouette is clean because neighbours are ordered: a sheet is one surface, grooved into locks, never a heap
of strips; only the last of its length breaks into strands (the picture's alpha does that).
Letters: G guides, M points along one.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from .mesh import Part, grid_quads, smooth, triangulate, unit, vertex_normals
from .people import Look

PICTURE_COLUMNS = 4  # locks side by side in the strand picture
ROOT_V = 0.04  # sheets that start under other hair skip the picture's broken root edge


@dataclass(frozen=True)
class Tone:
    """The colour of hair: root to tip, brightness by lock, and a temple colour that fades in by mask [0..1]."""

    root: tuple[float, float, float]
    tip: tuple[float, float, float]
    grey: tuple[float, float, float] | None = None

    @classmethod
    def of(cls, look: Look) -> Tone:
        return cls(look.hair, look.hair_tip, look.temple)

    def at(self, t: np.ndarray, shade: np.ndarray, grey: np.ndarray | float = 0.0) -> np.ndarray:
        k = smooth(0.0, 1.0, t)[..., None]
        colour = np.asarray(self.root) * (1 - k) + np.asarray(self.tip) * k
        if self.grey is not None:
            g = np.broadcast_to(grey, t.shape)[..., None]
            colour = colour * (1 - g) + np.asarray(self.grey) * (0.8 + 0.3 * k) * g
        return np.clip(colour * np.asarray(shade)[..., None], 0, 1)


def guides(keys: dict[float, list[tuple[float, ...]]], s: np.ndarray) -> np.ndarray:
    """Knots [G, K, C] at places s between key guides, which all have K knots of C numbers."""
    places = sorted(keys)
    return PchipInterpolator(places, np.array([keys[p] for p in places], float))(s)


def through(points: np.ndarray, count: int) -> np.ndarray:
    """Curves [G, count, 3] through points [G, K, 3], evenly spaced by length."""
    out = np.zeros((len(points), count, 3))
    for g, p in enumerate(points):
        length = np.r_[0, np.cumsum(np.maximum(np.linalg.norm(np.diff(p, axis=0), axis=1), 1e-6))]
        fine = PchipInterpolator(length, p)(np.linspace(0, length[-1], 60))
        fine[1:-1] = (fine[:-2] + 2 * fine[1:-1] + fine[2:]) / 4
        walked = np.r_[0, np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1))]
        at = np.linspace(0, walked[-1], count)
        out[g] = np.stack([np.interp(at, walked, fine[:, k]) for k in range(3)], -1)
    return out


def sheet(curves: np.ndarray, outward: np.ndarray, tone: Tone, rng: np.random.Generator, *, per_lock: int = 3,
          groove: float = 0.03, shade: float = 1.0, ragged: float = 0.05, start_v: float = ROOT_V,
          grey: np.ndarray | float = 0.0, sway: np.ndarray | float = 0.0) -> Part:
    """One surface through ordered guides, grooved into locks.

    Args:
        curves: [G, M, 3], G - 1 a multiple of per_lock; outward: [G, M, 3] away from the head.
        groove: dm between the crest and the valley of a lock, growing from the root.
        ragged: how much locks differ in length, as a share.
        grey, sway: [G, M] or a number.
    """
    count, along, _ = curves.shape
    t = np.linspace(0, 1, along)
    lock = np.minimum(np.arange(count) // per_lock, (count - 1) // per_lock - 1)
    across = (np.arange(count) - lock * per_lock) / per_lock
    locks = lock.max() + 1
    crest = np.sin(np.pi * across)  # 0 in the valleys, 1 on the crest
    depth = groove * rng.uniform(0.6, 1.3, locks)[lock] * crest
    pos = curves + outward * (depth[:, None] * smooth(0.12, 0.65, t)[None])[..., None]  # smooth at the parting
    # a lock's crest hangs lower than its sides, and locks end at different heights
    reach = 1 + ragged * (rng.uniform(-1, 0.3, locks)[lock] + 0.6 * crest - 0.3)
    stretch = t[None] * reach[:, None]
    pos = np.stack([[np.interp(stretch[g], t, pos[g, :, k]) if reach[g] <= 1 else _extended(stretch[g], t, pos[g, :, k])
                     for k in range(3)] for g in range(count)]).transpose(0, 2, 1)
    tri = triangulate(grid_quads(count, along))
    flat = pos.reshape(-1, 3)
    normal = vertex_normals(flat, tri)
    if (normal * outward.reshape(-1, 3)).sum() < 0:
        tri, normal = tri[:, ::-1], -normal
    level = vertex_normals(curves.reshape(-1, 3), tri)
    normal = unit(0.5 * normal + 0.5 * level)  # the light sees softer grooves than the silhouette
    tangent = unit(np.gradient(pos, axis=1)).reshape(-1, 3)
    # the picture's columns go back and forth, so that neighbours share their edge
    tile = rng.integers(0, PICTURE_COLUMNS, locks)[lock]
    u = (tile + 0.04 + 0.92 * np.where(lock % 2, 1 - across, across)) / PICTURE_COLUMNS
    uv = np.stack(np.broadcast_arrays(u[:, None], (start_v + (1 - start_v) * t)[None]), -1).reshape(-1, 2)
    bright = shade * (1 + 0.09 * rng.standard_normal(locks)[lock] + 0.07 * (crest - 0.6))
    grid = np.broadcast_to(t, (count, along))
    colour = tone.at(grid, np.broadcast_to(bright[:, None], grid.shape),
                     np.broadcast_to(grey, grid.shape)).reshape(-1, 3)
    return Part("hair", flat, tri, uv, normal=normal, tangent=tangent, colour=colour,
                sway=np.broadcast_to(sway, grid.shape).reshape(-1))


def _extended(at: np.ndarray, t: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Linear interpolation that goes on past the end in the last direction."""
    beyond = np.maximum(at - t[-1], 0) * (y[-1] - y[-2]) / (t[-1] - t[-2])
    return np.interp(at, t, y) + beyond


def locks(curves: np.ndarray, outward: np.ndarray, width: np.ndarray, tone: Tone, rng: np.random.Generator, *,
          taper: tuple[float, ...] = (0.35, 1.0, 0.9, 0.12), bulge: float = 0.22, shade: float = 1.0, tip: float = 0.92,
          grey: np.ndarray | float = 0.0, sway: np.ndarray | float = 0.0, roundness: float = 0.75) -> Part:
    """Free locks three vertices wide, rounded across and tapering: curves [N, M, 3], width [N] in dm."""
    count, along, _ = curves.shape
    t = np.linspace(0, 1, along)
    tangent = unit(np.gradient(curves, axis=1))
    side = unit(np.cross(tangent, outward))
    face = unit(np.cross(side, tangent))
    half = 0.5 * np.interp(t, np.linspace(0, 1, len(taper)), taper)[None] * np.broadcast_to(width, (count,))[:, None]
    middle = curves + face * (half * 2 * bulge)[..., None]
    pos = np.stack([curves - side * half[..., None], middle, curves + side * half[..., None]], 2)
    normal = np.stack([unit(face - roundness * side), face, unit(face + roundness * side)], 2)
    ids = np.arange(count * along * 3).reshape(count, along, 3)
    quad = np.stack([ids[:, :-1, :-1], ids[:, :-1, 1:], ids[:, 1:, 1:], ids[:, 1:, :-1]], -1).reshape(-1, 4)
    tri, flat, flat_normal = triangulate(quad), pos.reshape(-1, 3), normal.reshape(-1, 3)
    facing = np.cross(flat[tri[:, 1]] - flat[tri[:, 0]], flat[tri[:, 2]] - flat[tri[:, 0]])
    if (facing * flat_normal[tri[:, 0]]).sum() < 0:
        tri = tri[:, ::-1]
    column = rng.integers(0, PICTURE_COLUMNS, count)
    u = (column[:, None, None] + np.array([0.05, 0.5, 0.95])) / PICTURE_COLUMNS
    v = ROOT_V + (tip - ROOT_V) * t
    uv = np.stack(np.broadcast_arrays(u, v[None, :, None]), -1).reshape(-1, 2)
    bright = shade * (1 + 0.08 * rng.standard_normal(count))
    grid = np.broadcast_to(t[None, :, None], (count, along, 3))
    spread = lambda x: np.broadcast_to(np.asarray(x, float)[..., None] if np.ndim(x) else x, grid.shape)  # noqa: E731
    colour = tone.at(grid, bright[:, None, None] * np.array([0.94, 1.06, 0.94]) * np.ones_like(grid),
                     spread(grey)).reshape(-1, 3)
    return Part("hair", flat, tri, uv, normal=flat_normal, tangent=np.repeat(tangent[:, :, None], 3, 2).reshape(-1, 3),
                colour=colour, sway=spread(sway).reshape(-1))
