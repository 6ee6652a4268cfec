"""One moment of one face: 52 ARKit weights, head and gaze. numpy only, so that render never loads a model.

Angles are in radians, right-handed, seen from the avatar: pitch up, yaw to its own left and roll to its own left are
positive. Zero head and zero gaze look straight at the partner; where the partner sits is the scene's business.
Source of the names: Apple ARKit, ARFaceAnchor.BlendShapeLocation.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FPS = 25  # motion frames a second, as DualTalk; the renderer interpolates to any rate
HOP = 48_000 // FPS  # 1920 samples, 40 ms

ARKIT = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft", "eyeWideLeft",
    "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight", "eyeSquintRight", "eyeWideRight",
    "jawForward", "jawRight", "jawLeft", "jawOpen",
    "mouthClose", "mouthFunnel", "mouthPucker", "mouthRight", "mouthLeft", "mouthSmileLeft", "mouthSmileRight",
    "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft", "mouthPressRight",
    "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # in the column order of Live Link Face
INDEX = {name: i for i, name in enumerate(ARKIT)}


@dataclass(frozen=True)
class MotionFrame:
    """weights float32 [52] in 0..1 in ARKIT order; head float32 [3] pitch, yaw, roll; gaze float32 [2] pitch, yaw of
    the eyes in the head. The eyeLook* weights follow the gaze; a renderer that moves the gaze must set them anew."""

    start: int
    weights: np.ndarray
    head: np.ndarray
    gaze: np.ndarray

    def __post_init__(self) -> None:
        if self.weights.shape != (len(ARKIT),) or self.head.shape != (3,) or self.gaze.shape != (2,):
            raise ValueError(
                f"motion frame has shapes {self.weights.shape}, {self.head.shape}, {self.gaze.shape}; expected (52,), (3,), (2,)"
            )


def blend(a: MotionFrame, b: MotionFrame, t: float) -> MotionFrame:
    """The frame `t` of the way (0..1) from `a` to `b`; head turns are small enough for linear angles (< 0.6 rad)."""
    return MotionFrame(
        round(a.start + (b.start - a.start) * t),
        a.weights + (b.weights - a.weights) * np.float32(t),
        a.head + (b.head - a.head) * np.float32(t),
        a.gaze + (b.gaze - a.gaze) * np.float32(t),
    )
