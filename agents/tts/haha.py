"""A laugh cut from a recorded "ha", for voices whose networks give nothing but sound.

One rule: it has the rhythm of agents.tts.laugh and is made of the voice's own breath and vowel.

Each burst is the breath before the vowel and the vowel's beginning, played a little quicker at first, as on a tape:
only half of the rise in pitch that a laugh has, since the throat would shrink with it.
"""

from __future__ import annotations

import numpy as np

from agents.tts import Speech
from agents.tts.laugh import Bout
from agents.tts.take import at_rate
from agents.tts.trim import trimmed
from dialogue.types import RATE, Phone

OF_PITCH = 0.5  # of the laugh's own rise, as powers
VOWEL = 0.58  # of a burst; the rest is breath
SOFTER_DB = 4.0  # than agents.tts.laugh asks for: a whole "ha" is as loud as a stressed word
EDGE = RATE // 80  # 12.5 ms
WINDOW = RATE // 200  # 5 ms
VOICED_DB = -8.0  # below the loudest window; breath is softer


def laughter(ha: Speech, kind: Bout, rng: np.random.Generator) -> Speech:
    """A bout.

    Args:
        ha: said by the voice: two phones, breath and vowel.
    """
    onset = _onset(ha)
    count = int(rng.integers(kind.bursts[0], kind.bursts[1] + 1))
    pieces: list[np.ndarray] = []
    phones: list[Phone] = []
    at = 0
    for k in range(count):
        way = k / max(count - 1, 1)
        length = round(RATE * float(np.interp(way, (0, 1), kind.period_s)) * rng.uniform(0.95, 1.05))
        breath = length - round(VOWEL * length)
        pitch = float(np.interp(way, (0, 1), kind.pitch)) ** OF_PITCH * rng.uniform(0.98, 1.02)
        level_db = kind.level_db - SOFTER_DB + kind.fall_db * k + rng.uniform(-1.0, 1.0)
        pieces.append(_burst(ha.samples, pitch, onset, breath, length) * np.float32(10 ** (level_db / 20)))
        phones.append(Phone("h", at, at + breath))
        phones.append(Phone("ʌ", at + breath, at + length, stressed=k == 0))
        at += length
    samples = np.concatenate(pieces)
    loudest = np.abs(samples).max()
    if loudest > 0.8:
        samples *= np.float32(0.8 / loudest)
    return trimmed(Speech(samples, (), tuple(phones)))


def _onset(ha: Speech) -> int:
    """Where the vowel's voice begins. A phone's time may be a frame off, and half a breath would turn voiced."""
    first = ha.phones[0].start // WINDOW
    windows = ha.samples[first * WINDOW : len(ha.samples) // WINDOW * WINDOW].reshape(-1, WINDOW)
    power = (windows**2).mean(axis=1)
    return (first + int(np.argmax(power >= power.max() * 10 ** (VOICED_DB / 10)))) * WINDOW


def _burst(samples: np.ndarray, pitch: float, onset: int, breath: int, length: int) -> np.ndarray:
    """float32 [length]: the sound from `breath` samples before the onset on, faded in and out."""
    played = at_rate(samples, RATE * pitch)
    first = round(onset / pitch) - breath
    out = np.pad(played[max(first, 0) : first + length], (max(-first, 0), length))[:length]
    out[breath:] *= np.geomspace(1.0, 0.56, length - breath, dtype=np.float32)  # -5 dB
    ramp = np.linspace(0, 1, EDGE, dtype=np.float32)
    out[:EDGE] *= ramp
    out[length - EDGE :] *= ramp[::-1]
    return out
