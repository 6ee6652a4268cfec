"""From what a network says to speech: sound at our rate, with the times of its words and phones.

One rule: a network is asked for sound and for how long it dwells on each symbol, and for nothing else; so every network
that tells both is a voice.

Letters: N samples, S symbols.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.loudness import limited
from agents.tts import Speech
from agents.tts.align import POWER_FRAME, Leads, timed
from agents.tts.reading import Spoken
from agents.tts.trim import trimmed
from dialogue.types import RATE


@dataclass(frozen=True)
class Take:
    """What a network says: samples float32 [N] at `rate`; frames float [S + 2] of 25 ms for pad, symbols, pad."""

    samples: np.ndarray
    rate: float  # samples a second; more than the network's own makes a voice higher and quicker, as a tape does
    frames: np.ndarray


def joined(part: list[Spoken]) -> str:
    """The symbols of a part, words apart."""
    return " ".join(word.phones for word in part if word.phones)


def speech(part: list[Spoken], take: Take, leads: Leads, gain: float) -> Speech:
    """A part as it is heard."""
    samples = at_rate(take.samples, take.rate)
    times = timed(part, joined(part), take.frames, power(samples), leads)
    return trimmed(Speech(limited(samples, gain), times.words, times.phones))


def at_rate(samples: np.ndarray, rate: float) -> np.ndarray:
    """Samples at another rate to RATE."""
    import soxr

    return soxr.resample(samples, rate, RATE, quality="HQ").astype(np.float32, copy=False)


def power(samples: np.ndarray) -> np.ndarray:
    """float32 [F] of frames of 12.5 ms; the last may be cut short."""
    whole = np.pad(samples, (0, -len(samples) % POWER_FRAME))
    return (whole.reshape(-1, POWER_FRAME) ** 2).mean(axis=1)
