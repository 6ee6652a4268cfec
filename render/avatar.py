"""From a motion frame to a posed face: morphs, head, eyes, hair. Pure numpy, no GL.

One rule: a pose is a function of the frame, the seat, the time and the hair's state, and that state is an argument.
Whoever renders only every other frame still runs `swing` over all of them and gets the same hair.

Letters: M moving vertices. Angles as in motion.frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motion.frame import FPS, HOP, LOOK, MotionFrame, look_weights
from render.bust import Bust
from render.camera import Placement

RATE = FPS * HOP
HAIR_HZ, HAIR_DAMPING = 1.9, 0.30  # a bob swings about twice a second and comes to rest after two swings
HAIR_LIMIT = 0.16  # radians behind the head; more would pass through the cheeks
BREATH_S = 4.2  # 14 breaths a minute, a person at rest
BREATH_M, BREATH_RAD = 0.0016, 0.004


@dataclass(frozen=True)
class Sway:
    """The hair of one head at one moment: where it hangs and how it moves, radians and radians a second."""

    at: int
    angle: tuple[float, float, float]
    speed: tuple[float, float, float] = (0.0, 0.0, 0.0)


def swing(sway: Sway | None, frame: MotionFrame) -> Sway:
    """The hair one frame later: a damped spring that follows the head. None, or a time before, starts at rest.

    The step is exact for a head that holds still in between, so it is stable at any frame rate.
    """
    head = frame.head.astype(float)
    if sway is None or frame.start <= sway.at:
        return Sway(frame.start, tuple(head.tolist()))
    dt = (frame.start - sway.at) / RATE
    omega = 2 * np.pi * HAIR_HZ
    decay, wave = HAIR_DAMPING * omega, omega * np.sqrt(1 - HAIR_DAMPING**2)
    off, speed = np.array(sway.angle) - head, np.array(sway.speed)
    fade, c, s = np.exp(-decay * dt), np.cos(wave * dt), np.sin(wave * dt)
    other = (speed + decay * off) / wave
    angle = fade * (off * c + other * s)
    speed = fade * ((other * wave - off * decay) * c - (off * wave + other * decay) * s)
    return Sway(frame.start, tuple((head + angle).tolist()), tuple(speed.tolist()))


@dataclass(frozen=True)
class Pose:
    """What the GPU needs of one seat for one picture. Matrices are float64 [4, 4], world from bust."""

    moving: np.ndarray  # float32 [M, 6]: positions and normals of the bust's touched vertices
    body: np.ndarray
    head: np.ndarray
    lag: np.ndarray  # where the tips of the hair hang
    lids: (
        np.ndarray
    )  # float32 [2, 4]: upper lid a + b x + c x^2 and the lower one, in eye radii over the eye centre; left, right


def rotation(pitch: float, yaw: float, roll: float) -> np.ndarray:
    """[3, 3] for angles as motion.frame means them: up, own left, own left."""
    (cp, sp), (cy, sy), (cr, sr) = ((np.cos(a), np.sin(a)) for a in (pitch, yaw, roll))
    up = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    left = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    tilt = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    return left @ up @ tilt


def about(turn: np.ndarray, pivot: np.ndarray) -> np.ndarray:
    """[4, 4] that turns about a point."""
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = turn, pivot - turn @ pivot
    return out


class Poser:
    """One bust's rest state, ready to be posed many times; holds arrays only, and no state between calls."""

    def __init__(self, bust: Bust) -> None:
        self.bust = bust
        self.rest = np.concatenate([bust.position, bust.normal], 1)[bust.touched]
        self._lids = [_lid_rows(bust, side) for side in (1, -1)]

    def pose(self, frame: MotionFrame, seat: Placement, sway: Sway | None, at: int) -> Pose:
        """Pose the bust in its seat.

        Args:
            frame: weights are clipped to 0..1; its eyeLook weights are replaced, because the seat moves the gaze.
            sway: the hair's state after this frame, or None for hair that follows the head rigidly.
            at: samples, for the breath.
        """
        weights = np.clip(frame.weights, 0.0, 1.0).astype(np.float32)
        weights[LOOK] = look_weights(frame.gaze + np.float32(seat.gaze))
        moving = self.rest + (self.bust.morphs @ weights).reshape(-1, 6)
        return Pose(moving, *self._matrices(frame, seat, sway, at), self._lid_lines(moving))

    def _matrices(self, frame: MotionFrame, seat: Placement, sway: Sway | None, at: int) -> tuple[np.ndarray, ...]:
        place = np.eye(4)
        place[:3, :3], place[:3, 3] = rotation(0.0, seat.yaw, 0.0), seat.position
        breath = np.sin(2 * np.pi * at / RATE / BREATH_S + 5.0 * seat.position[0])  # nobody breathes in step
        chest = about(rotation(BREATH_RAD * breath, 0.0, 0.0), np.array([0.0, -0.35, -0.05]))
        chest[1, 3] += BREATH_M * breath
        neck = np.eye(4)
        neck[1, 3] = 0.4 * BREATH_M * breath
        pitch, yaw, roll = frame.head.astype(float) + [seat.head[0], seat.head[1], 0.0]
        head = place @ neck @ about(rotation(pitch, yaw, roll), self.bust.pivot.astype(float))
        behind = np.zeros(3) if sway is None else HAIR_LIMIT * np.tanh((np.array(sway.angle) - frame.head) / HAIR_LIMIT)
        lag = head @ about(rotation(*behind), self.bust.pivot.astype(float))
        return place @ chest, head, lag

    def _lid_lines(self, moving: np.ndarray) -> np.ndarray:
        out = np.empty((2, 4), np.float32)
        for k, (rows, fit, centre) in enumerate(self._lids):
            # without lashes the lid is taken as it rests on most open eyes
            out[k, :3] = fit @ ((moving[rows, 1] - centre) / self.bust.eye_radius) if len(rows) else (0.55, 0.0, -0.4)
            out[k, 3] = -0.62
        return out


def _lid_rows(bust: Bust, side: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Rows of `touched` where the upper lashes of one eye grow, and the matrix that fits a parabola to them."""
    centre = bust.eye * [side, 1, 1]
    ids = [part.triangles.reshape(-1) for part in bust.parts if part.kind == "lash"]
    rows = np.zeros(0, np.int64)
    if ids:
        near = np.unique(np.concatenate(ids))
        p = bust.position[near]
        roots = (bust.uv[near, 1] < 0.25) & (np.abs(p[:, 0] - centre[0]) < 1.6 * bust.eye_radius)
        rows = np.flatnonzero(np.isin(bust.touched, near[roots & (p[:, 1] > centre[1] - 0.3 * bust.eye_radius)]))
    if len(rows) < 6:
        return np.zeros(0, np.int64), np.zeros((3, 0)), float(centre[1])
    x = (bust.position[bust.touched[rows], 0] - centre[0]) / bust.eye_radius
    fit = np.linalg.pinv(np.stack([np.ones_like(x), x, x * x], 1))
    return rows, fit.astype(np.float32), float(centre[1])
