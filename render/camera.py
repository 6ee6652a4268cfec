"""Where people sit and where the camera stands: seats, shots, views. No GL.

One rule: everything is a pure function of the seats, the shot and the time, so that two processes rendering alternate
frames see the same room. All cameras stay on one side of the line between the people (z > 0): whoever sits left looks
right in every shot.

Metres, +Y up, the audience looks along -Z; eyes are at y = 0. Angles in radians as in motion.frame (yaw to one's own
left, which is +X for someone who faces +Z, so a person at the left of the picture has a positive yaw).
Source: the 180 degree rule, lead room and head room of any film school; people who look at each other in profile show
half a face, so seats are "cheated": body, head and eyes each take a part of the way towards the partner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from motion.frame import FPS, HOP
from render.errors import SceneError, unknown

RATE = FPS * HOP  # samples a second
SIDES = ("left", "middle", "right")
SHOTS = ("wide", "two-shot", "single", "over-shoulder")
GAP = 0.46  # metres between two seats: shoulders are 0.44 wide and seen turned by 30 degrees, so 0.08 stays free
TABLE_EDGE, TABLE_DEEP = 0.44, 1.5  # towards the audience, and from there down: nobody sees below it
TABLE_Y = -0.262  # busts end at -0.30: a table hides that, and every frame below its edge
ASIDE = 0.6  # how far who sits in the middle turns to a neighbour
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
            raise SceneError(
                f"a {self.kind} shot has no subject; expected the index of a participant: Shot('{self.kind}', 0)"
            )


@dataclass(frozen=True)
class Placement:
    """A seat in the room: where the eyes are, how the body is turned, what head and gaze add to look at the partner."""

    position: tuple[float, float, float]
    yaw: float
    head: tuple[float, float]  # pitch, yaw
    gaze: tuple[float, float]  # pitch, yaw
    dim: float = 1.0  # how much of the light reaches it; a shoulder in the foreground takes less


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
        out[i] = Placement((x * GAP, 0.0, -0.12 * (1 - abs(turn))), 0.52 * turn, (0.0, 0.24 * turn), (0.0, 0.13 * turn))
    return tuple(p for p in out if p is not None)


def blocking(shot: Shot, seats: Sequence[Placement]) -> tuple[Placement, ...]:
    """The seats as they stand in one shot. Over a shoulder, its owner turns away from the camera and makes room."""
    _somebody(shot, seats)
    if shot.kind != "over-shoulder" or len(seats) < 2:
        return tuple(seats)
    owner = partner(shot.subject, seats)
    out = list(seats)
    seat = out[owner]
    toward = _side(seats[shot.subject])
    x, y, z = seat.position
    out[owner] = replace(
        seat, position=(x + 0.115 * toward, y - 0.015, z - 0.005), yaw=seat.yaw - 0.62 * toward, dim=0.62
    )
    return tuple(out)


def shown(shot: Shot, seats: Sequence[Placement]) -> tuple[int, ...]:
    """Who may be in the picture: a single is of one person, whoever else the lens would catch steps out of it."""
    return (shot.subject,) if shot.kind == "single" else tuple(range(len(seats)))


def partner(subject: int, seats: Sequence[Placement]) -> int:
    """Who sits nearest to the subject on the side it looks at."""
    x, toward = seats[subject].position[0], _side(seats[subject])
    return min(
        (i for i in range(len(seats)) if i != subject), key=lambda i: abs(seats[i].position[0] - x - GAP * toward)
    )


def glances(seats: Sequence[Placement], aspect: float) -> np.ndarray:
    """What yaw head and eyes add to their seat's own to look at another seat, or at the audience: radians
    [S, S + 1], the last column for the camera of a two-shot."""
    out, camera = np.zeros((len(seats), len(seats) + 1)), view(Shot("two-shot"), seats, aspect).eye
    for i, seat in enumerate(seats):
        usual = seat.yaw + seat.head[1] + seat.gaze[1]
        aside = max(abs(usual), ASIDE)  # cheated, as the seats are: nobody turns into profile
        beside = np.sign([other.position[0] - seat.position[0] for other in seats])
        out[i, :-1] = np.where(beside, beside * aside - usual, 0.0)
        out[i, -1] = np.arctan2(camera[0] - seat.position[0], camera[2] - seat.position[2]) - usual
    return out


def _somebody(shot: Shot, seats: Sequence[Placement]) -> None:
    if shot.subject is not None and not 0 <= shot.subject < len(seats):
        raise SceneError(f"shot of participant {shot.subject}; expected 0..{len(seats) - 1}")


def _side(seat: Placement) -> float:
    """1 where the partner is at +X, -1 where at -X."""
    return 1.0 if seat.yaw >= 0 else -1.0


def view(shot: Shot, seats: Sequence[Placement], aspect: float, at: int = 0) -> View:
    """The camera for a shot.

    Args:
        aspect: width over height of the picture.
        at: samples since the session began, for the slow drift.
    Raises:
        SceneError: the subject is not one of the seats.
    """
    _somebody(shot, seats)
    xs = [seat.position[0] for seat in seats]
    middle, spread = (min(xs) + max(xs)) / 2, max(xs) - min(xs)
    if shot.kind in ("wide", "two-shot") or len(seats) == 1:
        under, beside = (0.16, 0.62) if shot.kind == "wide" else (0.055, 0.36)
        least = (0.17 - TABLE_Y) / (1 - under)  # hair ends at 0.14
        height = max((spread + beside) / aspect, least)
        # Where three share a narrow picture there is room to spare: a third of it for the table, or faces sit too low.
        spare = 0.0 if shot.kind == "wide" else (height - least) / 3
        distance, bottom = 2.6, TABLE_Y - under * height - spare
        return _drift(_facing((middle, bottom + height / 2, 0.0), 0.0, distance, height, 0.05), at)
    seat, toward = seats[shot.subject], _side(seats[shot.subject])
    x, y, z = seat.position
    if shot.kind == "single":  # 29 degrees round: the face is 14 degrees off, the eyes 7 past the lens
        height, angle, lead = 0.385, 0.50 * toward, 0.045 * toward
        return _drift(_facing((x + lead, y - 0.042, z), angle, 1.7, height, 0.03), at)
    height, angle, lead = 0.44, 0.98 * toward, 0.085 * toward
    return _drift(
        _facing((x + lead * np.cos(angle), y - 0.020, z - lead * np.sin(angle)), angle, 1.45, height, 0.05), at
    )


def _facing(target: tuple[float, float, float], angle: float, distance: float, height: float, lift: float) -> View:
    """A camera `distance` away, `angle` round from the front, `lift` above its target; it sees `height` metres."""
    x, y, z = target
    eye = (x + distance * float(np.sin(angle)), y + lift, z + distance * float(np.cos(angle)))
    return View(eye, (float(x), float(y), float(z)), 2 * float(np.arctan(height / 2 / distance)))


def _drift(view: View, at: int) -> View:
    phase = 2 * np.pi * at / RATE / DRIFT_S
    move = DRIFT_M * np.array(
        [np.sin(phase), 0.5 * np.sin(0.7 * phase), 0.0]
    )  # sideways, never turned: the far wall stands still
    return View(tuple((move + view.eye).tolist()), tuple((move + view.target).tolist()), float(view.fov))
