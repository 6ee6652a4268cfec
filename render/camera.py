"""Where people sit and where the camera stands: seats, shots, views. No GL.

One rule: everything is a pure function of the seats, the shot and the time, so that two processes rendering alternate
frames see the same room. All cameras stay on one side of the line between the people (z > 0): whoever sits left looks
right in every shot.

Metres, +Y up, the audience looks along -Z; eyes are at y = 0. Angles in radians as in motion.frame (yaw to one's own left,
which is +X for someone who faces +Z, so a person at the left of the picture has a positive yaw).
Source: the 180 degree rule, lead room and head room of any film school; people who look at each other in profile show half
a face, so seats are "cheated": body, head and eyes each take a part of the way towards the partner.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from motion.frame import FPS, HOP
from render.errors import SceneError, unknown

RATE = FPS * HOP  # samples a second
SIDES = ("left", "middle", "right")
SHOTS = ("wide", "two-shot", "single", "over-shoulder")
GAP = 0.66  # metres between two seats: shoulders are 0.42 wide and seen turned, so 0.15 stays free between them
DRIFT_M, DRIFT_S = 0.006, 17.0  # the camera breathes by 6 mm, once in 17 s: felt, not seen


@dataclass(frozen=True)
class Shot:
    """What the camera shows: one of SHOTS, with the index of the participant it is about where there is one."""

    kind: str
    subject: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in SHOTS:
            raise SceneError(unknown("shot", self.kind, SHOTS))
        if self.kind in ("single", "over-shoulder") and self.subject is None:
            raise SceneError(f"a {self.kind} shot has no subject; expected the index of a participant: Shot('{self.kind}', 0)")


@dataclass(frozen=True)
class Placement:
    """One seat in the room: where the eyes are, how the body is turned, and what head and gaze add to look at the partner."""

    position: tuple[float, float, float]
    yaw: float
    head: tuple[float, float]  # pitch, yaw
    gaze: tuple[float, float]  # pitch, yaw


@dataclass(frozen=True)
class View:
    """A camera: where it stands, what it looks at, and the vertical angle it sees."""

    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    fov: float


def placements(sides: Sequence[str | None]) -> tuple[Placement, ...]:
    """A place for each participant; a side of None takes the next free one from left to right.

    Raises:
        SceneError: a side does not exist.
    """
    for side in sides:
        if side is not None and side not in SIDES:
            raise SceneError(unknown("seat", side, SIDES))
    count = len(sides)
    if count == 1:
        side = {"left": 1.0, "right": -1.0}.get(sides[0] or "middle", 0.0)
        return (Placement((-0.1 * side, 0.0, 0.0), 0.3 * side, (0.0, 0.06 * side), (0.0, 0.05 * side)),)
    rank = {"left": 0, None: 1, "middle": 1, "right": 2}
    order = sorted(range(count), key=lambda i: (rank[sides[i]], i))
    out: list[Placement | None] = [None] * count
    for place, i in enumerate(order):
        x = place - (count - 1) / 2  # -0.5 and 0.5 for two
        turn = -2 * x / (count - 1)  # 1 for the leftmost, -1 for the rightmost
        out[i] = Placement((x * GAP, 0.0, 0.12 * (1 - abs(turn)) * -1), 0.54 * turn, (0.0, 0.22 * turn), (0.0, 0.17 * turn))
    return tuple(p for p in out if p is not None)


def view(shot: Shot, seats: Sequence[Placement], aspect: float, at: int = 0) -> View:
    """The camera for a shot.

    Args:
        aspect: width over height of the picture.
        at: samples since the session began, for the slow drift.
    Raises:
        SceneError: the subject is not one of the seats.
    """
    if shot.subject is not None and not 0 <= shot.subject < len(seats):
        raise SceneError(f"shot of participant {shot.subject}; expected 0..{len(seats) - 1}")
    xs = [seat.position[0] for seat in seats]
    middle = (min(xs) + max(xs)) / 2
    if shot.kind in ("wide", "two-shot") or len(seats) == 1:
        width = max(xs) - min(xs) + (0.95 if shot.kind == "wide" else 0.46)
        height = max(width / aspect, 0.50)
        return _drift(View((middle, 0.03, 3.2), (middle, -0.17 * height, 0.0), 2 * np.arctan(height / 2 / 3.2)), at)
    seat = seats[shot.subject]
    toward = 1.0 if seat.yaw >= 0 else -1.0  # where the partner is
    if shot.kind == "single":
        angle, distance, height, lead = 0.50 * toward, 2.2, 0.46, 0.07
    else:
        angle, distance, height, lead = 0.66 * toward, 1.9, 0.56, 0.10
    x, y, z = seat.position
    eye = (x + distance * np.sin(angle), y + 0.02, z + distance * np.cos(angle))
    right = np.cos(angle), -np.sin(angle)  # of the camera, in x and z
    target = (x + lead * toward * right[0], y - 0.13 * height, z + lead * toward * right[1])
    return _drift(View(eye, target, 2 * np.arctan(height / 2 / distance)), at)


def _drift(view: View, at: int) -> View:
    phase = 2 * np.pi * at / RATE / DRIFT_S
    move = DRIFT_M * np.array([np.sin(phase), 0.5 * np.sin(0.7 * phase), 0.0])  # sideways, never turned: the far wall stands still
    return View(tuple((move + view.eye).tolist()), tuple((move + view.target).tolist()), float(view.fov))
