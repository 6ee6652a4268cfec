"""Speech that begins and ends with sound.

One rule: the first and the last sample lie next to something audible, so that a pause written as 0.3 s is heard as
0.3 s.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agents.tts import Speech
from dialogue.types import RATE

WINDOW = RATE // 200  # 5 ms
KEEP = RATE * 15 // 1000  # left before the first and after the last audible window
SHORTEST = RATE // 100  # of a phone: 10 ms
AUDIBLE_DB = -46.0  # below the loudest window: softer than any phone of a spoken sentence


def audible(samples: np.ndarray) -> tuple[int, int]:
    """The span [start, end) that holds all audible sound with KEEP samples around; (0, 0) if there is none."""
    windows = len(samples) // WINDOW
    power = (samples[: windows * WINDOW].reshape(windows, WINDOW) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > max(power.max(initial=0.0) * 10 ** (AUDIBLE_DB / 10), 1e-9))
    if not len(loud):
        return 0, 0
    return max(int(loud[0]) * WINDOW - KEEP, 0), min(int(loud[-1] + 1) * WINDOW + KEEP, len(samples))


def trimmed(speech: Speech) -> Speech:
    """The speech without the silence around it, faded over KEEP at both ends; times move along and stay inside."""
    start, end = audible(speech.samples)
    if speech.phones:  # some voices say a th so softly that only the lips show it
        start = max(min(start, speech.phones[0].end - SHORTEST), 0)
        end = min(max(end, speech.phones[-1].start + SHORTEST), len(speech.samples))
    samples = speech.samples[start:end].copy()
    fade = min(KEEP, len(samples) // 2)
    ramp = np.sin(np.linspace(0, np.pi / 2, fade, dtype=np.float32)) ** 2
    samples[:fade] *= ramp
    samples[len(samples) - fade :] *= ramp[::-1]

    def moved(thing):
        inside = [min(max(t - start, 0), len(samples)) for t in (thing.start, thing.end)]
        return replace(thing, start=inside[0], end=inside[1])

    return Speech(samples, tuple(map(moved, speech.words)), tuple(map(moved, speech.phones)))
