"""Teeth, gums and tongue: two smooth arches whose gaps are painted, fitted behind the lips of one person.

One rule: the arches follow the inside of the lips, not a dentist's curve: the corners of a smile show teeth, not a dark
wedge. Heights rise towards the back, because a smile lifts the corners of the mouth by 9 mm and the middle by 3.
Built in the coordinates of the base mesh (dm) and carried to the person by the same affine map as its helper teeth.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from .mesh import Part, affine_fit, carry, grid_quads, triangulate
from .source import Source

ENAMEL, SHADOW, GUM, TONGUE = ((0.965, 0.945, 0.903), (0.80, 0.70, 0.62), (0.80, 0.45, 0.43), (0.74, 0.39, 0.39))
SEGMENTS = 4  # columns a tooth
# the inside of the base mesh's lips at rest, less 0.3 mm: half width -> depth
ARCH_X = (0.0, 0.06, 0.12, 0.17, 0.22, 0.262, 0.292, 0.305, 0.31)
ARCH_Z = (1.498, 1.490, 1.466, 1.425, 1.365, 1.290, 1.200, 1.090, 1.000)


@dataclass(frozen=True)
class Arch:
    """widths and heights from the central incisor to the first molar; edge is the biting edge on the mid plane."""

    widths: tuple[float, ...]
    heights: tuple[float, ...]
    edge: float
    back: float  # behind the lips
    rise: float  # of the edge at 0.25 dm from the mid plane
    up: bool


UPPER = Arch((0.088, 0.070, 0.078, 0.072, 0.070, 0.100), (0.138, 0.126, 0.134, 0.122, 0.114, 0.106), 6.556, 0.0,
             0.050, True)
LOWER = Arch((0.056, 0.061, 0.069, 0.071, 0.071, 0.105), (0.088, 0.088, 0.094, 0.086, 0.082, 0.078), 6.548, 0.034,
             0.030, False)


def parts(source: Source, pos: np.ndarray, shapes: dict[str, np.ndarray]) -> list[Part]:
    base = source.base
    out = []
    for arch, group in ((UPPER, "helper-upper-teeth"), (LOWER, "helper-lower-teeth")):
        ids = source.groups[group]
        points, tri, colour = _arch(arch)
        helper = base.pos[ids]
        morphs = {name: carry(points, affine_fit(helper, d[ids]))
                  for name, d in shapes.items() if np.abs(d[ids]).max() > 1e-4}
        fitted = carry(points, affine_fit(helper, pos[ids]))
        out.append(Part("mouth", fitted, tri, colour=colour, inside=1.0, morphs=morphs))
    used, inverse = np.unique(base.quad[base.group == "helper-tongue"], return_inverse=True)
    lowered = np.array([0, -0.045, -0.02])  # clear of the upper teeth
    out.append(Part("mouth", pos[used] + lowered, triangulate(inverse.reshape(-1, 4)), colour=TONGUE, inside=1.0,
                    morphs={name: d[used] for name, d in shapes.items() if np.abs(d[used]).max() > 1e-4}))
    return out


def _arch(arch: Arch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One row of teeth with its gum, as a grid: columns along the arch, rows from behind the edge to above the gum."""
    x = np.linspace(0, ARCH_X[-1], 600)
    z = PchipInterpolator(ARCH_X, ARCH_Z)(x) - arch.back
    along = np.r_[0, np.cumsum(np.hypot(np.diff(x), np.diff(z)))]
    ends = np.r_[0, np.cumsum(arch.widths)]
    right = np.concatenate([np.linspace(a, b, SEGMENTS, endpoint=False) for a, b in zip(ends, ends[1:])] + [ends[-1:]])
    s = np.concatenate([-right[:0:-1], right])
    tooth = np.minimum(np.searchsorted(ends, np.abs(s) + 1e-9, "right") - 1, len(arch.widths) - 1)
    within = (np.abs(s) - ends[tooth]) / np.array(arch.widths)[tooth]  # 0..1 across its tooth
    gap = np.abs(2 * within - 1) ** 4  # 1 between two teeth
    height = np.interp(np.abs(s), (ends[:-1] + ends[1:]) / 2, arch.heights)
    cx, cz = np.interp(np.abs(s), along, x) * np.sign(s), np.interp(np.abs(s), along, z)
    tx, tz = np.gradient(cx), np.gradient(cz)
    length = np.hypot(tx, tz)
    nx, nz = -tz / length, tx / length
    sign = 1.0 if arch.up else -1.0  # towards the gum
    edge = arch.edge + arch.rise * (cx / 0.25) ** 2
    rows, colours = [], []
    pale = (1.0 if arch.up else 0.88) - 0.035 * tooth  # darker towards the back, and below
    # (height in crowns, outwards in dm, how deep the gaps cut, shade): from behind the biting edge up to the neck
    crown = ((0.10, -0.055, 0.0, 0.80), (0.0, -0.012, 1.0, 0.97), (0.05, 0.0, 1.0, 1.0), (0.35, 0.008, 0.8, 1.0),
             (0.72, 0.006, 0.9, 0.95), (1.0, -0.006, 1.0, 0.82))
    for level, out, cut, shade in crown:
        rounding = 0.0055 * gap * (level < 0.3)
        scallop = -0.020 * gap * (level > 0.9)
        y = edge + sign * (level * height + rounding + scallop)
        depth = out - 0.010 * gap * cut
        rows.append(np.stack([cx + nx * depth, y, cz + nz * depth], -1))
        tint = np.outer(pale * shade, ENAMEL) * (1 - 0.6 * (gap * cut * (level > 0))[:, None]) + np.outer(
            0.6 * gap * cut * (level > 0) * pale, SHADOW)
        colours.append(tint)
    # above the necks of the teeth
    for level, out, shade in ((0.0, 0.004, 1.0), (0.06, 0.010, 1.02), (0.13, -0.01, 0.9)):
        y = edge + sign * (height + level - 0.020 * gap * (level < 0.05))
        rows.append(np.stack([cx + nx * out, y, cz + nz * out], -1))
        colours.append(np.tile(np.array(GUM) * shade, (len(s), 1)))
    quad = grid_quads(len(rows), len(s))
    return np.concatenate(rows), triangulate(quad if arch.up else quad[:, ::-1]), np.clip(np.concatenate(colours), 0, 1)
