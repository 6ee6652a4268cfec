"""Eyeballs and upper lashes.

One rule: an eyeball turns about its own centre, so every look shape is a rotation; lashes turn with their lid.
"""
from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from .body import UPPER_RIM, Marks, mirrored
from .mesh import Part, grid_quads, rotation, triangulate, unit
from .source import Source

RINGS, SEGMENTS, REACH = 9, 18, 1.65  # rings from the pole to 1.65 rad: the back of the ball is never seen
SHRUNK, CORNEA = 0.985, 0.055  # of the radius; the cornea's bulge must stay under a closing lid
TURN = {"eyeLookUp": (0, -22), "eyeLookDown": (0, 22), "eyeLookIn": (1, -30), "eyeLookOut": (1, 30)}  # axis, degrees
LASH_ROOTS = 25
LASH_LENGTH = 0.070  # dm


def eyeball(marks: Marks, sign: int) -> Part:
    """One eyeball, its uv the direction seen from the front: (0.5, 0.5) looks along the gaze."""
    rings, turn = np.linspace(0, REACH, RINGS + 1), np.linspace(0, 2 * np.pi, SEGMENTS, endpoint=False)
    polar, around = (x.reshape(-1) for x in np.meshgrid(rings, turn, indexing="ij"))
    direction = np.stack([np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)], -1)
    bulge = 1 + CORNEA * np.exp(-((polar / 0.50) ** 4))
    centre = marks.eye * [sign, 1, 1]
    pos = centre + direction * (marks.eye_radius * SHRUNK * bulge)[:, None]
    side = "Left" if sign > 0 else "Right"
    morphs = {}
    for name, (axis, degrees) in TURN.items():
        turn = rotation(axis, np.radians(degrees) * (sign if axis == 1 else 1))
        morphs[name + side] = (pos - centre) @ turn.T + centre - pos
    tri = triangulate(grid_quads(RINGS + 1, SEGMENTS, closed=True)[:, ::-1])
    return Part("eye", pos, tri[_not_degenerate(pos, tri)], direction[:, :2] * 0.5 + 0.5, morphs=morphs)


def _not_degenerate(pos: np.ndarray, tri: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.cross(pos[tri[:, 1]] - pos[tri[:, 0]], pos[tri[:, 2]] - pos[tri[:, 0]]), axis=1) > 1e-12


def lashes(source: Source, pos: np.ndarray, shapes: dict[str, np.ndarray], marks: Marks, sign: int,
           length: float) -> Part:
    """A curved strip along the upper rim; u counts the lashes, v runs from the root (0) to the tip (1)."""
    rim = np.array(UPPER_RIM) if sign > 0 else mirrored(source, UPPER_RIM)
    knots, at = np.linspace(0, 1, len(rim)), np.linspace(0.04, 0.98, LASH_ROOTS)

    def along(field: np.ndarray) -> np.ndarray:
        return CubicSpline(knots, field[rim])(at)

    centre = marks.eye * [sign, 1, 1]
    root = along(pos)
    out = unit((root - centre) * [1.15, 0.35, 1.0])
    fan = np.array([0.30 * sign, 0, 0]) * (at[:, None] - 0.4)
    reach = LASH_LENGTH * length * np.interp(at, [0, 0.3, 0.8, 1], [0.45, 0.85, 1.20, 0.75])[:, None]
    strip = np.stack([root - out * 0.006, root + reach * (out + fan + [0, 0.02, 0]) * 0.55,
                      root + reach * (out * 0.80 + fan * 1.3 + [0, 0.62, 0])])
    morphs = {}
    for name, offsets in shapes.items():
        moved = along(offsets)
        if np.abs(moved).max() < 1e-4:
            continue
        turned = np.array([(strip[:, k] - root[k]) @ _carrying(root[k] - centre, root[k] + moved[k] - centre).T
                           for k in range(LASH_ROOTS)]).transpose(1, 0, 2)
        morphs[name] = (root + moved + turned - strip).reshape(-1, 3)
    u = np.linspace(0, 4.4, LASH_ROOTS)
    uv = np.stack([np.broadcast_to(u, (3, LASH_ROOTS)), np.broadcast_to([[0.0], [0.5], [1.0]], (3, LASH_ROOTS))], -1)
    return Part("lash", strip.reshape(-1, 3), triangulate(grid_quads(3, LASH_ROOTS)), uv.reshape(-1, 2), morphs=morphs)


def _carrying(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The smallest rotation that takes direction a to direction b (Rodrigues)."""
    a, b = unit(a), unit(b)
    axis, cosine = np.cross(a, b), float(a @ b)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + cross + cross @ cross / (1 + cosine)
