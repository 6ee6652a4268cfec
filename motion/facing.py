"""Turning to one partner or another, where more than two talk: what is added to a face that a model made.

One rule: models know one partner, who is straight ahead; whom that is, and where they sit, is told here as one angle. So a
nod or a look aside happens beside whomever a face is turned to, and a model of two serves three.

Eyes jump and the head follows, as in motion/gaze.py. To another person the head goes further than to a point that is only
glanced at: eyes held far aside look sly.
Angles in radians, yaw to the own left.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from motion.frame import FPS, LOOK, MotionFrame, look_weights
from motion.gaze import LARGE, in_head

HEAD_SHARE = 0.6  # of the way; HEAD_SHARE of motion/gaze.py is a glance's, 0.34
STIFF = 8.5  # of the spring that turns the head, as the models' own: it arrives about 350 ms after the eyes
FIRST = 0.62  # of a large shift in its first frame: 40 ms are too short for all of it


class Facing(NamedTuple):
    """Whom one face is turned to: the angle, and how far eyes and head have come."""

    aim: float = 0.0
    eye: float = 0.0
    head: float = 0.0
    speed: float = 0.0  # of the head, radians a second


def face(before: Facing, aim: float) -> Facing:
    """One frame on the way to an aim."""
    far = abs(aim - before.eye) > LARGE and aim != before.aim
    eye = before.eye + (aim - before.eye) * (FIRST if far else 1.0)
    pull = STIFF * STIFF * (HEAD_SHARE * aim - before.head) - 2.0 * STIFF * before.speed
    speed = before.speed + pull / FPS
    return Facing(aim, eye, before.head + speed / FPS, speed)


def turned(frame: MotionFrame, facing: Facing) -> MotionFrame:
    """The frame with head and eyes turned that far."""
    if facing == Facing():
        return frame
    head = frame.head + np.float32([0.0, facing.head, 0.0])
    gaze = in_head(frame.head[:2] + frame.gaze + np.float32([0.0, facing.eye]), head).astype(np.float32)
    weights = frame.weights.copy()
    weights[LOOK] = look_weights(gaze)
    return replace(frame, weights=weights, head=head, gaze=gaze)
