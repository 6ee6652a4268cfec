"""From the base mesh to one person's body at rest: identity, posture, and the landmarks everything else refers to.

One rule: all people share the neck joint, so that constants measured on one hold for all.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from .mesh import compact, rotation, smooth, triangulate
from .source import Source

ARM_DEG = 30  # the A-pose's arms are lowered by this: no frame shows a cut sleeve
NARROWED = 0.20  # of the width of the shoulders: two people fit side by side, and a larger head is a friendlier one
BOTTOM = 4.25  # dm; below this the bust is cut
# Vertex numbers of the base mesh, which is fixed: where the lips touch on the mid plane (upper, lower), and the rims of
# the left eye's lids from the inner to the outer corner.
LIPS_MEET = (474, 523)
UPPER_RIM = (6886, 6844, 6841, 6838, 6785, 6784, 6790, 6793, 6796, 6802, 6805)
LOWER_RIM = (6837, 6834, 6831, 6828, 6825, 6820, 6817, 6814, 11693)


@dataclass(frozen=True)
class Marks:
    """Points of one face in dm. Left is the person's own left, +x."""

    eye: np.ndarray  # centre of the left eyeball
    eye_radius: float
    nose: np.ndarray
    mouth: np.ndarray  # on the mid plane, where the lips meet
    chin: np.ndarray
    head: np.ndarray  # the joint the head turns about
    neck: np.ndarray
    top: float  # y of the crown

    @property
    def origin(self) -> np.ndarray:
        return np.array([0, self.eye[1], self.head[2]])


def at_rest(source: Source, identity: tuple[tuple[str, float], ...]) -> np.ndarray:
    """The whole base mesh [V, 3] as this person."""
    base = source.base.pos
    pos = base + sum(weight * source.target(name) for name, weight in identity)
    pos = _arms_lowered(source, pos)
    neck = source.groups["joint-neck"]
    pos += base[neck].mean(0) - pos[neck].mean(0)
    below_neck = smooth(0.0, 1.3, base[neck].mean(0)[1] + 0.35 - pos[:, 1])
    pos[:, 0] *= 1 - NARROWED * below_neck
    return pos


def _arms_lowered(source: Source, pos: np.ndarray) -> np.ndarray:
    out = pos.copy()
    for side, sign in (("L", 1), ("R", -1)):
        weight = sum(w for bone, (_, w) in source.bones.items() if source.below(bone, f"upperarm01.{side}"))
        weight = np.clip(weight + 0.5 * source.bones[f"shoulder01.{side}"][1], 0, 1)
        pivot = pos[source.groups[f"joint-{side.lower()}-shoulder"]].mean(0)
        turn = rotation(2, -np.radians(ARM_DEG) * sign)
        out += weight[:, None] * ((pos - pivot) @ turn.T + pivot - pos)
    return out


def landmarks(source: Source, pos: np.ndarray) -> Marks:
    base, groups = source.base, source.groups
    skin = np.unique(base.quad[base.group == "body"])
    front = skin[(np.abs(pos[skin, 0]) < 0.12) & (pos[skin, 1] > 6.0)]
    nose = pos[front[np.argmax(pos[front, 2])]] * [0, 1, 1]
    face = front[pos[front, 2] > nose[2] - 0.6]
    chin = pos[face[np.argmin(pos[face, 1])]] * [0, 1, 1]
    ball = pos[groups["helper-l-eye"]]
    eye = ball.mean(0)
    return Marks(
        eye=eye, eye_radius=float(np.linalg.norm(ball - eye, axis=1).mean()), nose=nose,
        mouth=pos[list(LIPS_MEET)].mean(0) * [0, 1, 1], chin=chin, head=pos[groups["joint-head"]].mean(0) * [0, 1, 1],
        neck=pos[groups["joint-neck"]].mean(0), top=float(pos[skin, 1].max()))


def mirrored(source: Source, ids: tuple[int, ...]) -> np.ndarray:
    """The same vertices on the other side; the base mesh is symmetric."""
    base = source.base
    skin = np.unique(base.quad[base.group == "body"])
    distance, nearest = cKDTree(base.pos[skin]).query(base.pos[list(ids)] * [-1, 1, 1])
    if distance.max() > 1e-3:
        raise ValueError(f"the base mesh is not symmetric: a mirrored vertex is {distance.max():.4f} dm off; "
                         "expected less than 0.001")
    return skin[nearest]


def surface(source: Source, pos: np.ndarray, low: float, high: float, ears: bool = False) -> tuple[np.ndarray,
                                                                                                   np.ndarray]:
    """Skin between two heights, by default without the ears (they would kink the hair): positions and triangles."""
    base = source.base
    quad, uv = base.quad[base.group == "body"], base.quad_uv[base.group == "body"]
    centre = pos[quad].mean(1)
    keep = (centre[:, 1] > low) & (centre[:, 1] <= high)
    if not ears:
        keep &= source.mask_at("ears", 3, base.uv[uv].mean(1)) < 0.3
    _, points, quad = compact(pos, quad[keep])
    return points, triangulate(quad)
