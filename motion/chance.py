"""Chance that can be rolled back: every draw is a function of its key, and drift is a function of time.

One rule: nothing here remembers anything. Two runs that ask the same question get the same answer, in any order, so a
model state needs no generator inside. Source: the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).

Letters: P participants, C channels, K partials.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

_WORD = (1 << 64) - 1


class Draw(IntEnum):
    """What is decided. Each decision has draws of its own, so that adding one leaves the others as they were."""

    BLINK = 1
    BLINK_KIND = 2
    GAZE_SWITCH = 3
    GAZE_TIME = 4
    GAZE_SIDE = 5
    GAZE_HEIGHT = 6
    GAZE_POINT = 7
    NOD = 8
    NOD_SHAPE = 9
    SMILE = 10
    BROW = 11
    TILT = 12
    ACCENT = 13
    LAUGH = 14
    MIRROR = 15
    FLOW = 16


def uniform(*key: int) -> float:
    """A number in 0..1, the same one for the same key."""
    z = 0
    for part in key:
        z = (z ^ (part & _WORD)) + 0x9E3779B97F4A7C15 & _WORD
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _WORD
        z = (z ^ z >> 27) * 0x94D049BB133111EB & _WORD
        z ^= z >> 31
    return (z >> 11) / (1 << 53)


def between(low: float, high: float, *key: int) -> float:
    return low + (high - low) * uniform(*key)


def lognormal(mean: float, spread: float, *key: int) -> float:
    """A positive number with that mean; `spread` is the deviation of its logarithm (0.5: mostly within a factor 2)."""
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(*key, 0)))
    normal = radius * math.cos(2.0 * math.pi * uniform(*key, 1))
    return mean * math.exp(spread * normal - spread * spread / 2.0)


def normals(count: int, *key: int) -> np.ndarray:
    """float32 [count] of mean 0 and deviation 1. Philox is itself a function of its key: nothing is remembered."""
    word = int(uniform(*key) * (1 << 53))
    return np.random.Generator(np.random.Philox(key=word)).standard_normal(count, np.float32)


@dataclass(frozen=True)
class Drift:
    """Endless movement without repetition: for each channel of each participant K partials, power falling as 1/f."""

    frequency: np.ndarray  # [P, C, K] Hz
    phase: np.ndarray  # [P, C, K] radians
    amplitude: np.ndarray  # [P, C, K]; each channel has a standard deviation of 1

    def at(self, time_s: float) -> np.ndarray:
        """[P, C] values around 0."""
        return (self.amplitude * np.sin(2.0 * np.pi * self.frequency * time_s + self.phase)).sum(-1)


def drift(rng: np.random.Generator, shape: tuple[int, int], low_hz: float, high_hz: float, slope: float = 1.0) -> Drift:
    """A Drift between two frequencies; `slope` 1 is pink (power 1/f), 2 is brown."""
    partials = 14  # spaced by less than a factor 1.7 over four octaves and a half: no beat is heard out
    steps = (np.arange(partials) + rng.uniform(0, 1, (*shape, partials))) / partials
    frequency = low_hz * (high_hz / low_hz) ** steps
    # Partials sit evenly on a logarithmic axis, where each stands for a band as wide as its frequency: power f * f**-slope.
    amplitude = frequency ** ((1.0 - slope) / 2.0)
    amplitude *= np.sqrt(2.0 / (amplitude**2).sum(-1, keepdims=True))
    return Drift(frequency, rng.uniform(0, 2 * np.pi, (*shape, partials)), amplitude)
