"""Glasses: two rounded rims, a bridge and temples, as thin tubes. Clothes that follow the head and nothing else."""
from __future__ import annotations

import numpy as np

from .body import Marks
from .mesh import Part, grid_quads, triangulate, unit

THICK = 0.013  # dm; half the thickness of the frame
SIDES = 5


def spectacles(marks: Marks, colour: tuple[float, float, float]) -> list[Part]:
    front = marks.eye[2] + marks.eye_radius + 0.145
    out = []
    turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    for sign in (1, -1):
        centre = np.array([sign * (marks.eye[0] + 0.005), marks.eye[1] - 0.045, front])
        # a rounded square, a little fuller below, bent around the face
        x = 0.205 * np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** 0.82
        y = 0.170 * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** 0.85
        bend = -0.42 * (centre[0] + x - sign * 0.08) ** 2
        out.append(_tube(np.stack([centre[0] + x, centre[1] + y, front + bend], -1), colour, closed=True))
        outer = np.array([sign * (marks.eye[0] + 0.205), marks.eye[1] + 0.03, front - 0.085])
        ear = np.array([sign * (marks.eye[0] + 0.42), marks.eye[1] + 0.02, marks.head[2] + 0.25])
        out.append(_tube(np.stack([outer + (ear - outer) * t + [sign * 0.07 * np.sin(np.pi * t) ** 0.7, 0, 0]
                                   for t in np.linspace(0, 1, 9)]), colour))
    inner = marks.eye[0] - 0.200
    arc = np.linspace(-1, 1, 9)
    out.append(_tube(np.stack([arc * inner, marks.eye[1] + 0.015 + 0.035 * (1 - arc**2),
                               front + 0.02 - 0.02 * arc**2], -1), colour))
    return out


def _tube(path: np.ndarray, colour: tuple, closed: bool = False) -> Part:
    along = unit(np.roll(path, -1, 0) - np.roll(path, 1, 0)) if closed else unit(np.gradient(path, axis=0))
    reference = np.array([0, 0, 1.0]) if closed or np.ptp(path[:, 2]) < 0.1 else np.array([0, 1.0, 0])
    side = unit(np.cross(along, reference))
    up = np.cross(side, along)
    turn = np.linspace(0, 2 * np.pi, SIDES, endpoint=False)
    ring = np.cos(turn)[None, :, None] * side[:, None] + np.sin(turn)[None, :, None] * up[:, None]
    pos = (path[:, None] + THICK * ring).reshape(-1, 3)
    ids = np.arange(len(path) * SIDES).reshape(len(path), SIDES)
    following = np.roll(ids, -1, 0) if closed else ids[1:]
    ids = ids if closed else ids[:-1]
    quad = np.stack([ids, np.roll(ids, -1, 1), np.roll(following, -1, 1), following], -1).reshape(-1, 4)
    tri = triangulate(quad)
    facing = np.cross(pos[tri[:, 1]] - pos[tri[:, 0]], pos[tri[:, 2]] - pos[tri[:, 0]])
    if (facing * ring.reshape(-1, 3)[tri[:, 0]]).sum() < 0:
        tri = tri[:, ::-1]
    return Part("cloth", pos, tri, colour=colour, normal=ring.reshape(-1, 3), head=1.0)
