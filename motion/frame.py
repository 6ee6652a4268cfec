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
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft",
    "eyeSquintLeft", "eyeWideLeft",
    "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight",
    "eyeSquintRight", "eyeWideRight",
    "jawForward", "jawRight", "jawLeft", "jawOpen",
    "mouthClose", "mouthFunnel", "mouthPucker", "mouthRight", "mouthLeft", "mouthSmileLeft", "mouthSmileRight",
    "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft", "mouthPressRight",
    "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # in the column order of Live Link Face
INDEX = {name: i for i, name in enumerate(ARKIT)}
LOOK = np.array([INDEX[f"eyeLook{way}{side}"] for side in ("Left", "Right") for way in ("Down", "In", "Out", "Up")])

# What a weight of 1 turns the eye by, measured on the face units our avatars are built from: 22 degrees inward, 21 out,
# 17 down, 11 up.
LOOK_SIDE_RAD, LOOK_DOWN_RAD, LOOK_UP_RAD = 0.38, 0.30, 0.195


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
                f"motion frame has shapes {self.weights.shape}, {self.head.shape}, {self.gaze.shape}; "
                "expected (52,), (3,), (2,)"
            )


def blend(a: MotionFrame, b: MotionFrame, t: float) -> MotionFrame:
    """The frame `t` of the way (0..1) from `a` to `b`; head turns are small enough for linear angles (< 0.6 rad)."""
    return MotionFrame(
        round(a.start + (b.start - a.start) * t),
        a.weights + (b.weights - a.weights) * np.float32(t),
        a.head + (b.head - a.head) * np.float32(t),
        a.gaze + (b.gaze - a.gaze) * np.float32(t),
    )


def look_weights(gaze: np.ndarray) -> np.ndarray:
    """The weights of the LOOK shapes for a gaze.

    Args:
        gaze: [..., 2] pitch, yaw in radians.
    Returns:
        float32 [..., 8] in 0..1, in the order of LOOK; past the reach of a shape it stays at 1.
    """
    pitch, yaw = np.asarray(gaze, np.float32)[..., 0], np.asarray(gaze, np.float32)[..., 1]
    down, up = -pitch / LOOK_DOWN_RAD, pitch / LOOK_UP_RAD
    own_left, own_right = yaw / LOOK_SIDE_RAD, -yaw / LOOK_SIDE_RAD
    # Looking to its own left, the left eye turns out and the right eye in.
    ways = np.stack([down, own_right, own_left, up, down, own_left, own_right, up], -1)
    return ways.clip(0.0, 1.0).astype(np.float32)
