"""Where the eyes go: to the partner, away at the start of a turn, back at its end, and never quite still.

One rule: gaze is planned in the room (0, 0 is the partner's face) and the eyes get what the head leaves over, so a nod
never drags the eyes off the partner (vestibulo-ocular reflex).

Sources: Kendon 1967 and Argyle 1976 for how much (a speaker about half of the time, a listener three quarters); Ho et
al. 2015 for turns that begin averted and end on the listener; Bavelas et al. 2002 for the listener who looks while
looked at.
Angles in radians: pitch up, yaw to the own left.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dialogue.types import Emotion, Role
from motion.chance import Draw, between, lognormal, uniform
from motion.frame import FPS

LOOKS_S = {Role.SPEAKING: 3.0, Role.LISTENING: 4.0, Role.IDLE: 2.8}  # mean time on the partner
AWAYS_S = {Role.SPEAKING: 2.4, Role.LISTENING: 1.9, Role.IDLE: 1.7}  # mean time off
FACE = (
    (0.0, 0.026),
    (0.0, -0.026),
    (-0.042, 0.0),
)  # the partner's left eye, right eye, mouth from a metre and a quarter
LARGE = 0.16  # 9 degrees: from here on a shift takes two frames, the head comes along, and often a blink
HEAD_SHARE = 0.34  # of an averted direction; the eyes bear the rest
ON_PARTNER = 0.12  # 7 degrees: within this of the partner's face counts as looking at it
CAMERA = 0.46  # from the partner to the camera of a single shot, seats being cheated towards the audience
REACH = np.array([0.42, 0.55])  # how far eyes turn in a head, pitch and yaw


class Gaze(NamedTuple):
    """Where one participant looks."""

    aim: tuple[float, float] = (0.0, 0.0)  # the direction it is turned to; exactly 0, 0 is the partner
    until: int = 0  # frame of the next decision
    point: tuple[float, float] = (0.0, 0.0)  # small offset: which part of the face, and fixational jitter
    point_until: int = 0
    eye: tuple[float, float] = (0.0, 0.0)  # where the eyes are by now, in the room
    shift: float = 0.0  # size of the shift that began in this frame
    held: bool = False  # the aim was told by a cue or a turn's edge; chance waits until `until`

    @property
    def away(self) -> bool:
        return self.aim != (0.0, 0.0)


class Scene(NamedTuple):
    """What one participant's gaze has to know of a frame. Frames until are None beyond the look-ahead."""

    role: Role
    starts_in: int | None  # until the own turn begins
    ends_in: int | None  # until the own turn ends
    watched: bool  # some partner looks at us
    partner_away: bool  # the one who speaks looks away
    emotion: Emotion
    camera: int  # which side of the own face the audience is on: -1 right, 1 left
    told: str = ""  # a cue: look-away or look-camera
    restless: float = 1.0  # how often eyes leave the partner, against the ordinary


def look(gaze: Gaze, frame: int, scene: Scene, key: tuple[int, int]) -> Gaze:
    """Advance one frame; `key` is seed and participant."""
    before = gaze
    draw = (*key, Draw.GAZE_SWITCH, frame)
    if scene.told == "look-camera":
        gaze = gaze._replace(aim=(-0.01, CAMERA * scene.camera), until=frame + round(1.3 * FPS), held=True)
    elif scene.told == "look-away":
        gaze = avert(gaze, frame, 1.6, scene, key)
    elif not gaze.held and scene.starts_in == 5 and uniform(*draw, 1) < 0.66:
        # Planning the turn: eyes leave a fifth of a second before the first word.
        gaze = avert(gaze, frame, lognormal(1.3, 0.35, *draw, 2), scene, key)
    elif scene.ends_in is not None and scene.ends_in <= 9 and gaze.away and not (gaze.held and frame < gaze.until):
        gaze = gaze._replace(
            aim=(0.0, 0.0), until=frame + round((0.36 + lognormal(1.4, 0.3, *draw, 3)) * FPS), held=True
        )
    elif frame >= gaze.until:
        gaze = _decide(gaze, frame, scene, key)
    elif (
        gaze.away
        and not gaze.held
        and scene.role is Role.LISTENING
        and not scene.partner_away
        and gaze.until - frame > 8
    ):
        # Looked at while looking away: most listeners return within a third of a second.
        if uniform(*draw, 4) < 0.09:
            gaze = gaze._replace(until=frame + 4)
    return _move(gaze, before, frame, key)


def _decide(gaze: Gaze, frame: int, scene: Scene, key: tuple[int, int]) -> Gaze:
    draw = (*key, Draw.GAZE_TIME, frame)
    if gaze.away:
        seconds = lognormal(LOOKS_S[scene.role] / scene.restless, 0.55, *draw)
        return gaze._replace(aim=(0.0, 0.0), until=frame + max(round(seconds * FPS), 8), held=False)
    if scene.ends_in is not None or (scene.role is Role.LISTENING and scene.watched and uniform(*draw, 5) < 0.6):
        return gaze._replace(until=frame + round(0.8 * FPS), held=False)
    return avert(gaze, frame, lognormal(AWAYS_S[scene.role], 0.45, *draw), scene, key)._replace(held=False)


def avert(gaze: Gaze, frame: int, seconds: float, scene: Scene, key: tuple[int, int]) -> Gaze:
    """Look somewhere else: down aside when occupied, up aside when thoughtful, down when sad; rather to the side of the
    audience, where the face stays visible, but never level with it, which would be a look into the camera."""
    side = scene.camera if uniform(*key, Draw.GAZE_SIDE, frame) < 0.6 else -scene.camera
    height = uniform(*key, Draw.GAZE_HEIGHT, frame)
    up = {Emotion.THOUGHTFUL: 0.62, Emotion.SAD: 0.05, Emotion.HAPPY: 0.32}.get(scene.emotion, 0.24)
    # Seats are turned to the audience, so eyes that pass the partner on the far side soon reach their corner.
    yaw = between(0.15, 0.30 if side == scene.camera else 0.23, *key, Draw.GAZE_SIDE, frame, 1)
    if height < up:
        pitch = between(0.07, 0.16, *key, Draw.GAZE_HEIGHT, frame, 1)
    else:
        pitch = -between(0.08, 0.24, *key, Draw.GAZE_HEIGHT, frame, 1)
    return gaze._replace(aim=(pitch, side * yaw), until=frame + max(round(seconds * FPS), 7), held=True)


def _move(gaze: Gaze, before: Gaze, frame: int, key: tuple[int, int]) -> Gaze:
    """The eyes jump towards where they should be: in one frame, or in two when it is far."""
    if frame >= gaze.point_until or gaze.aim != before.aim:
        pick = FACE[int(uniform(*key, Draw.GAZE_POINT, frame) * len(FACE))] if not gaze.away else (0.0, 0.0)
        jitter = tuple(between(-0.009, 0.009, *key, Draw.GAZE_POINT, frame, i) for i in (1, 2))
        rest = round(lognormal(0.55 if not gaze.away else 0.8, 0.5, *key, Draw.GAZE_POINT, frame, 3) * FPS)
        gaze = gaze._replace(point=(pick[0] + jitter[0], pick[1] + jitter[1]), point_until=frame + max(rest, 5))
    goal = np.array(gaze.aim) + gaze.point
    step = goal - gaze.eye
    distance = float(np.hypot(*step))
    eye = gaze.eye + step * (0.62 if distance > LARGE and not before.shift else 1.0)
    began = distance if gaze.aim != before.aim else 0.0
    return gaze._replace(eye=(float(eye[0]), float(eye[1])), shift=began)


def in_head(eye: np.ndarray, head: np.ndarray) -> np.ndarray:
    """The eyes in the head [..., 2] that look at `eye` [..., 2] in the room while `head` [..., 3] is turned."""
    return np.clip(eye - head[..., :2], -REACH, REACH)


def on_partner(head: np.ndarray, gaze: np.ndarray) -> np.ndarray:
    """Does a face with that head [..., 3] and gaze [..., 2] look at the partner?"""
    return np.hypot(*np.moveaxis(head[..., :2] + gaze, -1, 0)) < ON_PARTNER
