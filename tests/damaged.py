"""A conversation to damage: two faces that speak in turn, and what can go wrong with a copy of the first one."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from motion.frame import FPS, INDEX
from motion.visemes import shape

TURN = 5 * FPS


@dataclass(frozen=True)
class Talk:
    truth: np.ndarray  # [T, 57] of the first
    partner: np.ndarray  # [T, 57]
    speaking: np.ndarray  # bool [T] the first
    lips: np.ndarray  # [T] how far the first one's lips are apart


def talk(turns: int = 12, seed: int = 3) -> Talk:
    """Jaw and lips move while a face speaks, brows and head also while it listens."""
    rng, frames = np.random.default_rng(seed), turns * TURN
    speaking = np.arange(frames) // TURN % 2 == 0
    faces = []
    for said in (speaking, ~speaking):
        motion = np.zeros((frames, 57))
        gate = gaussian_filter1d(said.astype(float), 2.0)[:, None]
        syllables = np.abs(gaussian_filter1d(rng.normal(size=(frames, 3)), 1.6, axis=0)) * gate
        lips = shape(mouthUpperUp=0.5, mouthLowerDown=0.5)
        mouth = (shape(jawOpen=1.2), shape(mouthPucker=0.8, mouthFunnel=0.8), lips)
        motion[:, :52] += syllables @ np.stack(mouth)
        slow = gaussian_filter1d(rng.normal(size=(frames, 8)), 6.0, axis=0) * (0.4 + 0.6 * gate)
        rest = (shape(browInnerUp=0.4), shape(mouthSmile=0.4, cheekSquint=0.28), shape(eyeSquint=0.3, browOuterUp=0.15))
        motion[:, :52] += slow[:, :3] @ np.stack(rest)
        motion[:, 52:] = 0.3 * slow[:, 3:] + 0.05 * (said[:, None] - 0.5)
        faces.append(motion)
    return Talk(*faces, speaking, faces[0][:, INDEX["jawOpen"]])


def late(x: np.ndarray, frames: int) -> np.ndarray:
    return np.concatenate([np.repeat(x[:1], frames, 0), x[: len(x) - frames]])


def half(x: np.ndarray) -> np.ndarray:
    return x.mean(0) + 0.5 * (x - x.mean(0))


def frozen(x: np.ndarray, when: np.ndarray) -> np.ndarray:
    """At its own mean of that time, the kindest place to freeze."""
    return np.where(when if x.ndim == 1 else when[:, None], x[when].mean(0), x)


def jittered(x: np.ndarray, seed: int = 9) -> np.ndarray:
    """Nearly right, as no model is better: 5 % of each channel's deviation as noise."""
    return x + 0.05 * x.std(0) * np.random.default_rng(seed).normal(size=x.shape)
