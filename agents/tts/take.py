"""From what a network says to speech: sound at our rate, with the times of its words and phones.

One rule: times follow the sound through everything that is done to it here.

Letters: N samples, S symbols.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.loudness import limited
from agents.tts import Speech
from agents.tts.align import POWER_FRAME, Leads, timed
from agents.tts.misaki import CONSONANTS, PUNCTUATION, VOWELS
from agents.tts.reading import Spoken
from agents.tts.trim import trimmed
from dialogue.types import RATE

EAGER_AFTER_VOWEL, EAGER = 0.85, 0.35  # how much of a space sounds as the next consonant; measured, all families
KOKORO_LIKE = Leads(50, {**dict.fromkeys("bdɡ", 40), **dict.fromkeys("sʃ", 54)})  # hibari learned its times from Kokoro


@dataclass(frozen=True)
class Take:
    """What a network says: samples float32 [N] at `rate`; frames float [S + 2] of 25 ms for pad, symbols, pad."""

    samples: np.ndarray
    rate: float
    frames: np.ndarray

    def played(self, speed: float) -> Take:
        """As from a tape at another speed: higher and quicker above 1."""
        return Take(self.samples, self.rate * speed, self.frames / speed)


def joined(part: list[Spoken]) -> str:
    """The symbols of a part, words apart."""
    return " ".join(word.phones for word in part if word.phones)


def eager(symbols: str, frames: np.ndarray) -> np.ndarray:
    """The frames [S + 2] with most of each space given to the consonant that begins the next word: where words touch
    nobody is silent, and what sounds there is that consonant already. A vowel leaves the space to the word before.
    """
    out = frames.copy()
    for i, (before, space, after) in enumerate(zip(symbols, symbols[1:], symbols[2:]), start=1):
        if space == " " and after in CONSONANTS and before not in PUNCTUATION:
            share = EAGER_AFTER_VOWEL if before in VOWELS else EAGER
            out[i + 2] += share * out[i + 1]
            out[i + 1] *= 1.0 - share
    return out


def speech(part: list[Spoken], take: Take, leads: Leads, gain: float) -> Speech:
    """A part as it is heard."""
    samples = at_rate(take.samples, take.rate)
    symbols = joined(part)
    times = timed(part, symbols, eager(symbols, take.frames), power(samples), leads)
    return trimmed(Speech(limited(samples, gain), times.words, times.phones))


def at_rate(samples: np.ndarray, rate: float) -> np.ndarray:
    """Samples at another rate to RATE."""
    import soxr

    return soxr.resample(samples, rate, RATE, quality="HQ").astype(np.float32, copy=False)


def power(samples: np.ndarray) -> np.ndarray:
    """float32 [F] of frames of 12.5 ms; the last may be cut short."""
    whole = np.pad(samples, (0, -len(samples) % POWER_FRAME))
    return (whole.reshape(-1, POWER_FRAME) ** 2).mean(axis=1)
