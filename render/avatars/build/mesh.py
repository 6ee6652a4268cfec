"""A part of a bust and the few mesh operations everything else is made of.

One rule: lengths are the base mesh's decimetres, +Y up, +Z forward, until glb.py turns them into metres.
Letters: V vertices, T triangles, Q quads.
"""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp


@dataclass
class Part:
    """A piece of surface that is drawn with one material.

    Attributes:
        material: one of glb.MATERIALS.
        pos: float [V, 3]; tri: int [T, 3], counter-clockwise seen from outside.
        uv: float [V, 2], v = 0 at the bottom of the picture.
        head: float [V] or a number; 1 follows the head, 0 stays with the body.
        colour: sRGB [V, 3] or one colour; multiplies the material's picture.
        weld: int [V]; vertices that are one point of the surface share a number (they differ only in uv).
        normal, tangent: float [V, 3]; without a normal it is computed.
        occlusion: float [V], filled by occlusion.py; 1 is open sky.
        inside, ears: float [V]: how far a vertex lies in the mouth; how much light comes through the ear there.
        sway: float [V]; 0 at the roots of the hair, 1 at a free tip.
        morphs: ARKit name -> offsets [V, 3] at weight 1.
    """

    material: str
    pos: np.ndarray
    tri: np.ndarray
    uv: np.ndarray | None = None
    head: np.ndarray | float = 1.0
    colour: np.ndarray | tuple = (1.0, 1.0, 1.0)
    weld: np.ndarray | None = None
    normal: np.ndarray | None = None
    tangent: np.ndarray | None = None
    occlusion: np.ndarray | float = 1.0
    inside: np.ndarray | float = 0.0
    ears: np.ndarray | float = 0.0
    sway: np.ndarray | float = 0.0
    morphs: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.pos)
        self.uv = np.zeros((n, 2)) if self.uv is None else self.uv
        self.colour = np.broadcast_to(np.asarray(self.colour, float), (n, 3))
        for name in ("head", "occlusion", "inside", "ears", "sway"):
            setattr(self, name, np.broadcast_to(np.asarray(getattr(self, name), float), (n,)))
        if self.normal is None:
            self.normal = vertex_normals(self.pos, self.tri, self.weld)


def unit(v: np.ndarray) -> np.ndarray:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)


def smooth(lo: float, hi: float, x: np.ndarray) -> np.ndarray:
    """0 below lo, 1 above hi, without a kink between."""
    t = np.clip((x - lo) / (hi - lo), 0, 1)
    return t * t * (3 - 2 * t)


def triangulate(quad: np.ndarray) -> np.ndarray:
    return np.concatenate([quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]])


def compact(pos: np.ndarray, face: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Only the vertices that faces use: (their ids, positions, renumbered faces)."""
    used, inverse = np.unique(face, return_inverse=True)
    return used, pos[used], inverse.reshape(face.shape)


def vertex_normals(pos: np.ndarray, tri: np.ndarray, weld: np.ndarray | None = None) -> np.ndarray:
    """Area-weighted smooth normals [V, 3]; welded vertices share theirs."""
    weld = np.arange(len(pos)) if weld is None else np.unique(weld, return_inverse=True)[1]
    face = np.cross(pos[tri[:, 1]] - pos[tri[:, 0]], pos[tri[:, 2]] - pos[tri[:, 0]])
    total = np.zeros((weld.max() + 1, 3))
    for corner in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(weld[tri[:, corner]], face[:, axis], len(total))
    return unit(total[weld])


def split_by_uv(quad: np.ndarray, quad_uv: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Splits vertices at the seams of the uv layout: (position id, uv id) per new vertex, and triangles."""
    pairs, inverse = np.unique(np.stack([quad.ravel(), quad_uv.ravel()], -1), axis=0, return_inverse=True)
    return pairs[:, 0], pairs[:, 1], triangulate(inverse.reshape(-1, 4))


def grid_quads(rows: int, columns: int, closed: bool = False) -> np.ndarray:
    """Quads of a rows x columns grid of vertices, row by row; `closed` joins the last column to the first."""
    ids = np.arange(rows * columns).reshape(rows, columns)
    right = np.roll(ids, -1, 1) if closed else ids[:, 1:]
    left = ids if closed else ids[:, :-1]
    return np.stack([left[:-1], right[:-1], right[1:], left[1:]], -1).reshape(-1, 4)


def loft(rows: np.ndarray, closed: bool = True) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A surface through rings [R, N, 3], from below over the outside to the inside: positions, triangles, uv."""
    rows = np.asarray(rows)
    if closed:
        rows = np.concatenate([rows, rows[:, :1]], 1)  # the seam is doubled: u runs from 0 to 1
    count, around, _ = rows.shape
    uv = np.stack(np.meshgrid(np.linspace(0, 1, around), np.linspace(0, 1, count)), -1).reshape(-1, 2)
    return rows.reshape(-1, 3), triangulate(grid_quads(count, around)), uv


def catmull_clark(quad: np.ndarray, count: int) -> tuple[sp.csr_matrix, np.ndarray]:
    """One Catmull-Clark step as a sparse matrix [new V, old V], and the new quads. Borders stay borders."""
    faces = len(quad)
    edge = np.sort(np.stack([quad, np.roll(quad, -1, 1)], -1).reshape(-1, 2), 1)
    edges, inverse = np.unique(edge, axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    edge_of = inverse.reshape(faces, 4)
    face_of = np.repeat(np.arange(faces), 4)

    def ones(rows, columns, shape, value=1.0):
        return sp.csr_matrix((np.full(len(rows), value), (rows, columns)), shape)

    to_face = ones(face_of, quad.reshape(-1), (faces, count), 0.25)
    faces_of_edge = ones(inverse, face_of, (len(edges), faces))
    middle = ones(np.repeat(np.arange(len(edges)), 2), edges.reshape(-1), (len(edges), count), 0.5)
    shared = np.bincount(inverse, minlength=len(edges))
    border = shared == 1
    to_edge = (sp.diags(np.where(border, 1.0, 0.5)) @ middle
               + sp.diags(np.where(border, 0.0, 0.5) / shared) @ faces_of_edge @ to_face)
    edges_of_vertex = ones(edges.reshape(-1), np.repeat(np.arange(len(edges)), 2), (count, len(edges)))
    faces_of_vertex = ones(quad.reshape(-1), face_of, (count, faces))
    valence = np.maximum(np.asarray(edges_of_vertex.sum(1)).ravel(), 1)
    around = sp.diags(1 / np.maximum(np.bincount(quad.reshape(-1), minlength=count), 1)) @ faces_of_vertex @ to_face
    beside = sp.diags(1 / valence) @ edges_of_vertex @ middle
    same = sp.identity(count, format="csr")
    inner = sp.diags(1 / valence) @ around + sp.diags(2 / valence) @ beside + sp.diags((valence - 3) / valence) @ same
    on_border = np.zeros(count, bool)
    on_border[edges[border].reshape(-1)] = True
    border_edges = edges_of_vertex @ sp.diags(border.astype(float))
    along = sp.diags(1 / np.maximum(np.asarray(border_edges.sum(1)).ravel(), 1)) @ (border_edges @ middle)
    to_vertex = (sp.diags((~on_border).astype(float)) @ inner
                 + sp.diags(on_border.astype(float)) @ (0.5 * same + 0.5 * along))
    centre = np.repeat((count + len(edges) + np.arange(faces))[:, None], 4, 1)
    new = np.stack([quad, count + edge_of, centre, count + np.roll(edge_of, 1, 1)], -1)
    return sp.vstack([to_vertex, to_edge, to_face]).tocsr(), new.reshape(-1, 4)


def affine_fit(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The 4 x 3 matrix that best takes points [V, 3] to targets [V, 3]; apply with `carry`."""
    return np.linalg.lstsq(np.c_[source, np.ones(len(source))], target, rcond=None)[0]


def carry(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return np.c_[points, np.ones(len(points))] @ matrix


def rotation(axis: int, angle: float) -> np.ndarray:
    """Right-handed rotation by radians about x (0), y (1) or z (2)."""
    c, s = np.cos(angle), np.sin(angle)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    out = np.eye(3)
    out[i, i], out[i, j], out[j, i], out[j, j] = c, -s, s, c
    return out


def cast(pos: np.ndarray, tri: np.ndarray, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """The farthest hit of each ray [N, 3] with the triangles, as a distance [N]; NaN where there is none.

    Source: Moeller and Trumbore, Fast Minimum Storage Ray-Triangle Intersection, 1997.
    """
    a, b, c = (pos[tri[:, k]] for k in range(3))
    e1, e2 = b - a, c - a
    out = np.full(len(origins), np.nan)
    for k, (o, d) in enumerate(zip(origins, directions)):
        h = np.cross(d, e2)
        det = np.einsum("ij,ij->i", e1, h)
        inverse = 1 / np.where(np.abs(det) < 1e-12, np.inf, det)
        s = o - a
        u = np.einsum("ij,ij->i", s, h) * inverse
        q = np.cross(s, e1)
        v = (q @ d) * inverse
        t = np.einsum("ij,ij->i", e2, q) * inverse
        hit = (u >= -1e-6) & (v >= -1e-6) & (u + v <= 1 + 1e-6) & (t > 1e-6)
        if hit.any():
            out[k] = t[hit].max()
    return out
