"""Passing movements of head and face: nods, shakes, tilts, beats, smiles, raised brows, shrugs, winks.

One rule: a gesture is a value that knows when it starts and how it goes; whoever decides it, a cue of the screenplay,
an accent of the voice or a pause of the other, puts it into the actor's list; `perform` adds up what runs.

Sources: nods of 2.6-6.5 Hz with falling amplitude, Hale et al. 2020; beats on stressed syllables, Munhall et al. 2004.
Angles in radians: pitch up, yaw and roll to the own left are positive.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from dialogue.types import RATE
from motion.chance import Draw, between, uniform
from motion.expressions import LAUGH
from motion.frame import ARKIT
from motion.visemes import shape


class Gesture(NamedTuple):
    """kind is a key of FACES or HEADS; `size` 1 is an ordinary one; `rate` in Hz where it repeats; `side` -1 or 1."""

    kind: str
    start: int
    end: int
    size: float = 1.0
    rate: float = 0.0
    side: int = 1


# What the face does meanwhile: weights, and the shares of the time that fade in and out.
FACES: dict[str, tuple[np.ndarray, float, float]] = {
    "smile": (shape(mouthSmile=0.46, cheekSquint=0.42, eyeSquint=0.20, mouthDimple=0.08, browOuterUp=0.05), 0.28, 0.5),
    "grin": (LAUGH * 0.85, 0.2, 0.55),
    "raise-brows": (shape(browInnerUp=0.60, browOuterUp=0.74, eyeWide=0.22), 0.25, 0.42),
    "frown": (shape(browDown=0.80, eyeSquint=0.22, noseSneer=0.10, mouthPress=0.10), 0.25, 0.4),
    "wink": (
        shape(
            eyeBlinkLeft=0.98, cheekSquintLeft=0.60, mouthSmileLeft=0.42, mouthSmileRight=0.14, browOuterUpRight=0.30
        ),
        0.28,
        0.42,
    ),
    "shrug": (
        shape(
            browInnerUp=0.40,
            browOuterUp=0.45,
            mouthShrugLower=0.55,
            mouthShrugUpper=0.16,
            mouthFrown=0.32,
            mouthPress=0.22,
            mouthSmile=-0.1,
        ),
        0.25,
        0.4,
    ),
    "interest": (shape(browInnerUp=0.22, browOuterUp=0.26, eyeWide=0.10), 0.3, 0.5),
    "press": (shape(mouthPress=0.30, mouthRollLower=0.16, mouthRollUpper=0.10), 0.3, 0.4),
}
# What the head does meanwhile.
HEADS = ("nod", "shake", "tilt", "beat", "shrug", "wink", "raise-brows", "chin")


def envelope(share: float, rise: float, fall: float) -> float:
    """0 at both ends, 1 between, soft: `rise` and `fall` are shares of the whole time."""
    if not 0.0 < share < 1.0:
        return 0.0
    inside = min(share / rise, (1.0 - share) / fall, 1.0)
    return inside * inside * (3.0 - 2.0 * inside)


def perform(gestures: tuple[Gesture, ...], at: int) -> tuple[np.ndarray, np.ndarray]:
    """Face weights [52] and head [3] of all gestures that run at that moment."""
    face, head = np.zeros(len(ARKIT), np.float32), np.zeros(3)
    for g in gestures:
        if not g.start < at < g.end:
            continue
        share = (at - g.start) / (g.end - g.start)
        if g.kind in FACES:
            weights, rise, fall = FACES[g.kind]
            face += np.float32(g.size * envelope(share, rise, fall)) * weights
        if g.kind in HEADS:
            head += _head(g, share, (at - g.start) / RATE)
    return face, head


def _head(g: Gesture, share: float, time_s: float) -> tuple[float, float, float]:
    swing = 2.0 * math.pi * g.rate * time_s
    match g.kind:
        case "nod":
            # Down and back, each cycle 0.72 of the one before; the rate counts cycles.
            depth = 0.72 ** (g.rate * time_s) * envelope(share, 0.12, 0.3)
            return (-g.size * depth * (0.62 - 0.62 * math.cos(swing)), 0.0, 0.0)
        case "shake":
            return (0.0, g.side * g.size * envelope(share, 0.2, 0.4) * math.sin(swing), 0.0)
        case "tilt":
            return (
                -0.012 * g.size,
                0.02 * g.side * g.size * envelope(share, 0.3, 0.4),
                0.13 * g.side * g.size * envelope(share, 0.3, 0.4),
            )
        case "beat":
            # Rises a little, falls on the vowel, returns: an accent has a preparation.
            lift = math.exp(-(((share - 0.22) / 0.14) ** 2))
            return (
                -g.size * (math.exp(-(((share - 0.52) / 0.17) ** 2)) - 0.35 * lift),
                0.25 * g.side * g.size * envelope(share, 0.4, 0.5),
                0.0,
            )
        case "chin":
            return (g.size * envelope(share, 0.3, 0.5), 0.0, 0.0)
        case "shrug":
            return (-0.02 * g.size, 0.0, 0.10 * g.side * g.size * envelope(share, 0.3, 0.4))
        case "wink":
            return (-0.03 * g.size * envelope(share, 0.3, 0.5), 0.0, 0.06 * g.size * envelope(share, 0.3, 0.5))
        case _:
            return (0.03 * g.size * envelope(share, 0.25, 0.5), 0.0, 0.0)


def _lasting(kind: str, at: int, seconds: float, **more: float) -> Gesture:
    return Gesture(kind, at, at + round(seconds * RATE), **more)


def nod(at: int, key: tuple[int, ...], strength: float = 1.0) -> Gesture:
    """A nod as listeners make them: one to three cycles; the faster, the smaller."""
    cycles = 1 + (uniform(*key, Draw.NOD_SHAPE, 0) < 0.66) + (uniform(*key, Draw.NOD_SHAPE, 1) < 0.3)
    rate = between(2.6, 4.6, *key, Draw.NOD_SHAPE, 2)
    size = strength * between(0.055, 0.095, *key, Draw.NOD_SHAPE, 3) * (2.8 / rate)
    return _lasting("nod", at, cycles / rate + 0.12, size=size, rate=rate)


def from_cue(name: str, at: int, key: tuple[int, ...]) -> tuple[Gesture, ...]:
    """The gestures of a cue; none for those that another part performs (laughs, blink, gaze) and for unknown names."""
    side = 1 if uniform(*key, Draw.TILT) < 0.5 else -1
    match name:
        case "nod":
            return (_lasting("nod", at, 0.95, size=0.115, rate=2.7),)
        case "shake":
            return (_lasting("shake", at, 1.35, size=0.17, rate=1.9, side=side),)
        case "tilt":
            return (_lasting("tilt", at, 2.0, side=side),)
        case "smile":
            return (_lasting("smile", at, 3.2, size=1.1),)
        case "wink":
            return (_lasting("wink", at, 0.62),)
        case "frown":
            return (_lasting("frown", at, 1.9),)
        case "raise-brows":
            return (_lasting("raise-brows", at, 1.2, size=1.2),)
        case "shrug":
            return (_lasting("shrug", at, 1.3, side=side),)
    return ()
