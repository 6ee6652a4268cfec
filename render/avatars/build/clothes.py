"""Clothes: the base mesh's tights as a sweater or cardigan, cut at a neckline, and collars lofted around the neck.

One rule: the cut edge of a garment is jagged, so a band always covers it; body faces under clothes are dropped.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from .body import BOTTOM, Marks, surface
from .mesh import Part, cast, catmull_clark, compact, loft, triangulate, vertex_normals
from .people import Clothes
from .source import Source

AROUND = 40  # columns of a collar


@dataclass(frozen=True)
class Garment:
    parts: list[Part]
    hides: Callable[[np.ndarray], np.ndarray]  # points [N, 3] -> is the skin there covered


@dataclass(frozen=True)
class _Neck:
    """The neck as a vertical axis; phi is the angle around it, 0 in front."""

    pos: np.ndarray
    tri: np.ndarray
    z: float
    line: Callable[[np.ndarray], np.ndarray]  # phi -> height of the garment's edge

    def phi(self, p: np.ndarray) -> np.ndarray:
        return np.arctan2(p[..., 0], p[..., 2] - self.z)

    def ring(self, rise: float | np.ndarray, out: float | np.ndarray, phi: np.ndarray | None = None,
             line: Callable | None = None) -> np.ndarray:
        """Points [N, 3] at `rise` above the line and `out` off the skin."""
        closed = phi is None
        phi = np.linspace(0, 2 * np.pi, AROUND, endpoint=False) if closed else phi
        y = (line or self.line)(phi) + rise
        direction = np.stack([np.sin(phi), 0 * phi, np.cos(phi)], -1)
        r = cast(self.pos, self.tri, np.stack([0 * phi, y, 0 * phi + self.z], -1), direction)
        r = np.where(np.isnan(r), np.nanmedian(r), r)
        r = np.minimum(r, np.median(r) * 1.3 + 0.5 * np.clip(self.line(phi + np.pi) - y, 0, 1))
        for _ in range(3):
            ends = (r[-2:], r[:2]) if closed else (r[:1].repeat(2), r[-1:].repeat(2))
            r = np.convolve(np.r_[ends[0], r, ends[1]], [0.1, 0.2, 0.4, 0.2, 0.1], "valid")
        return np.stack([np.sin(phi) * (r + out), y, self.z + np.cos(phi) * (r + out)], -1)


def dress(source: Source, pos: np.ndarray, marks: Marks, clothes: Clothes) -> Garment:
    points, tri = surface(source, pos, 4.6, 6.7)
    inner = np.abs(points[tri].mean(1)[:, 0]) < 1.2
    throat, side = marks.chin[1] - clothes.throat, marks.neck[1] + clothes.side

    def line(phi: np.ndarray) -> np.ndarray:
        front, back = np.clip(np.cos(phi), 0, 1) ** 1.2, np.clip(-np.cos(phi), 0, 1)
        return side + (throat - side) * front + 0.06 * back

    neck = _Neck(points, tri[inner], marks.neck[2] + 0.14, line)
    parts, cut, margin = STYLES[clothes.style](source, pos, neck, clothes)

    def hides(p: np.ndarray) -> np.ndarray:
        under = p[..., 1] < line(neck.phi(p)) - margin
        return under & ((p[..., 1] < marks.neck[1] - 0.2) | (p[..., 2] < neck.z + 0.55))

    follow = source.head_weight[np.unique(source.base.quad[source.base.group == "body"])]
    tree = cKDTree(pos[np.unique(source.base.quad[source.base.group == "body"])])
    for part in parts:  # a collar follows the head a little, as far as `head` allows
        part.head = follow[tree.query(part.pos)[1]] * part.head
    return Garment(parts, hides)


def _loose(source: Source, pos: np.ndarray, neck: _Neck, ease: float, line: Callable) -> tuple[np.ndarray, np.ndarray]:
    """The tights above the waist, `ease` dm off them, and near the line off the skin. Points and triangles."""
    base = source.base
    quad = base.quad[(base.group == "helper-tights") & (pos[base.quad].mean(1)[:, 1] > BOTTOM - 0.05)]
    _, points, quad = compact(pos, quad)
    refine, quad = catmull_clark(quad, len(points))
    points, tri = refine @ points, triangulate(quad)
    points = points + vertex_normals(points, tri) * ease
    distance, nearest = cKDTree(neck.pos).query(points)
    near = np.clip(1 - (line(neck.phi(points)) - points[:, 1]) / 0.40, 0, 1) * (points[:, 1] > 4.9)
    near *= np.clip((1.15 - np.hypot(points[:, 0], points[:, 2] - neck.z)) / 0.5, 0, 1)
    onto = neck.pos[nearest]
    onto = onto + (points - onto) * np.minimum(1, ease / np.maximum(distance, 1e-6))[:, None]
    return points + (onto - points) * near[:, None], tri


def _cut(neck: _Neck, points: np.ndarray, tri: np.ndarray, colour: tuple, line: Callable, drop: float,
         keep: Callable | None = None) -> Part:
    """A garment between a line and the bottom; what sticks out is pulled on to them, so that the edges are straight."""
    edge = line(neck.phi(points)) - drop
    below = (points[:, 1] < edge)[tri].any(1) & (points[tri][:, :, 1] > BOTTOM).any(1)
    if keep is not None:
        below &= keep(points[tri].mean(1))
    points = np.c_[points[:, 0], np.clip(points[:, 1], BOTTOM, np.maximum(edge, BOTTOM)), points[:, 2]]
    _, points, tri = compact(points, tri[below])
    uv = np.stack([np.arctan2(points[:, 0], points[:, 2]) * 3.0, points[:, 1]], -1)
    return Part("cloth", points, tri, uv, colour=colour, head=1.0)


def _body(source: Source, pos: np.ndarray, neck: _Neck, colour: tuple, ease: float, drop: float) -> Part:
    return _cut(neck, *_loose(source, pos, neck, ease, neck.line), colour, neck.line, drop)


def _band(rows: list[np.ndarray], colour: tuple, ribs: float, head: float, closed: bool = True) -> Part:
    pos, tri, uv = loft(np.array(rows), closed)
    return Part("cloth", pos, tri, uv * [ribs, 1.0], colour=colour, head=head)


def turtleneck(source: Source, pos: np.ndarray, neck: _Neck, c: Clothes) -> tuple[list[Part], float, float]:
    profile = ((-0.14, 0.01), (-0.07, 0.055), (-0.01, 0.09), (0.07, 0.11), (0.15, 0.105), (0.21, 0.085), (0.235, 0.055),
               (0.20, 0.03), (0.10, 0.01))
    roll = _band([neck.ring(rise, out) for rise, out in profile], c.trim, 14, 0.45)
    return [roll, _body(source, pos, neck, c.colour, 0.035, 0.03)], 0.03, 0.14


def crew(source: Source, pos: np.ndarray, neck: _Neck, c: Clothes) -> tuple[list[Part], float, float]:
    profile = ((-0.13, 0.035), (-0.07, 0.085), (-0.01, 0.092), (0.035, 0.065), (0.03, 0.012))
    band = _band([neck.ring(rise, out) for rise, out in profile], c.trim, 16, 0.15)
    return [band, _body(source, pos, neck, c.colour, 0.035, 0.09)], 0.09, 0.14


def _collar(neck: _Neck, colour: tuple, size: float = 1.0, lift: float = 0.0) -> list[Part]:
    """A shirt collar: the fall with two points, the fold, the stand, open at the throat; and the shirt front below."""
    rows = []
    for opening, rise, out, drop in ((0.42, -0.08, 0.195, 0.16), (0.27, 0.03, 0.170, 0.09), (0.12, 0.15, 0.125, 0.05),
                                     (0.03, 0.195, 0.080, 0.06), (0.0, 0.17, 0.035, 0.08), (0.0, 0.02, 0.012, 0.10)):
        phi = np.linspace(opening, 2 * np.pi - opening, AROUND + 5)
        end = np.minimum(phi - opening, 2 * np.pi - opening - phi)
        rise = rise + lift * np.sin(phi) ** 2 * (rise < 0.1)  # over the slope of the shoulders
        rows.append(neck.ring(size * (rise - drop * np.exp(-((end / 0.34) ** 2))),
                              size * (out + 0.03 * np.exp(-((end / 0.3) ** 2))), phi))
    fall = _band(rows, colour, 0.02, 0.25, closed=False)
    phi = np.linspace(-np.pi, np.pi, AROUND, endpoint=False)
    front = np.exp(-((phi / 0.30) ** 2))  # the buttoned band closes the throat between the points
    under = [neck.ring(rise + 0.10 * front * (rise > -0.1), out + 0.02 * front * (rise < 0.05), phi) for rise, out in
             ((-0.16, 0.016), (-0.04, 0.020), (0.02, 0.020), (0.05, 0.005))]
    under = [np.concatenate([row, row[:1]]) for row in under]
    return [fall, _band(under, tuple(0.95 * np.array(colour)), 0.02, 0.15, closed=False)]


def shirt(source: Source, pos: np.ndarray, neck: _Neck, c: Clothes) -> tuple[list[Part], float, float]:
    """A white shirt collar out of a crew-neck sweater."""
    profile = ((-0.14, 0.03), (-0.09, 0.105), (-0.04, 0.11), (-0.005, 0.085), (-0.02, 0.03))
    band = _band([neck.ring(rise, out) for rise, out in profile], c.trim, 16, 0.1)
    return [*_collar(neck, (0.93, 0.94, 0.96)), band, _body(source, pos, neck, c.colour, 0.055, 0.06)], 0.03, 0.10


def cardigan(source: Source, pos: np.ndarray, neck: _Neck, c: Clothes) -> tuple[list[Part], float, float]:
    """A blouse with a small collar under a cardigan whose edges meet in a V."""
    def front(phi: np.ndarray, wide: float) -> np.ndarray:
        return np.clip(1 - np.abs((phi + np.pi) % (2 * np.pi) - np.pi) / wide, 0, 1)

    def vee(phi: np.ndarray) -> np.ndarray:
        return neck.line(phi) - 0.035 - 0.04 * front(phi, 1.6) - 0.93 * front(phi, 1.15) ** 1.1

    knit = _loose(source, pos, neck, 0.06, neck.line)
    on_knit = replace(neck, pos=knit[0], tri=knit[1][np.abs(knit[0][knit[1]].mean(1)[:, 0]) < 1.3])
    profile = ((-0.09, -0.01), (-0.06, 0.035), (0.0, 0.045), (0.05, 0.03), (0.045, -0.03))
    darker = tuple(0.86 * np.array(c.colour))
    thick = 0.25 + 0.75 * front(np.linspace(0, 2 * np.pi, AROUND, endpoint=False), 1.5)  # thin under the collar
    edge = _band([on_knit.ring(rise * thick, out * thick, line=vee) for rise, out in profile], darker, 26, 0.1)
    blouse = _cut(neck, *_loose(source, pos, neck, 0.03, neck.line), c.trim, neck.line, 0.06,
                  lambda p: (p[:, 1] > vee(neck.phi(p)) - 0.25) & (p[:, 2] > neck.z))
    return [*_collar(neck, c.trim, 0.9, 0.055), blouse, edge, _cut(neck, *knit, c.colour, vee, 0.02)], 0.03, 0.10


STYLES = {"turtleneck": turtleneck, "crew": crew, "shirt": shirt, "cardigan": cardigan}
