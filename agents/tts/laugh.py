"""A laugh from the same throat: the model's own "ha", taken apart into frames and played as a bout.

One rule: it is speech sound put in the rhythm of laughter, so it has the speaker's formants and pitch.

A bout is a row of bursts, each a breath ("h") and a short voiced vowel. Bursts come at 4.5-5.5 a second and slow
down; pitch starts well above speaking pitch and falls, within each burst and over the bout; every burst is softer
than the one before.
Sources: Bachorowski, Smoski & Owren 2001 (JASA 110): about 4.4 calls a second, f0 well above that of speech, mostly
unarticulated central vowels; Provine & Yong 1991: notes of about 75 ms every 210 ms, decrescendo.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.tts.vocoder import BINS, DB, F0, FRAMES, UNVOICED, Parts, octaves
from dialogue.types import RATE, Phone

HA = "hˈʌ."  # what the network says for one burst
BREATH = 6  # frames before the vowel's voice: the model's own [h]
STEADY = 12  # frames after it that hold a clear vowel
SAMPLES = RATE // FRAMES  # in a frame


@dataclass(frozen=True)
class Bout:
    """The plan of a kind of laugh."""

    bursts: tuple[int, int]  # fewest, most
    period_s: tuple[float, float]  # from burst to burst, first and last
    pitch: tuple[float, float]  # times speaking pitch, first and last burst
    level_db: float
    fall_db: float  # from burst to burst
    tilt_db: float  # per octave; dark where the lips stay nearly closed


KINDS = {
    "laughs": Bout((4, 6), (0.185, 0.225), (1.5, 1.08), 7.0, -1.6, 0.0),
    "chuckles": Bout((2, 3), (0.180, 0.210), (1.2, 0.98), -2.0, -2.0, -2.5),
}


def bout(ha: Parts, kind: Bout, rng: np.random.Generator) -> tuple[Parts, tuple[Phone, ...]]:
    """The spectral parts of a laugh, and the phones that move the lips with it.

    Args:
        ha: one "ha" as the network says it.
    """
    onset = int(np.flatnonzero(ha.f0 > UNVOICED)[0])
    count = int(rng.integers(kind.bursts[0], kind.bursts[1] + 1))
    frames: list[np.ndarray] = []  # which frame of `ha` sounds
    f0: list[np.ndarray] = []
    gain: list[np.ndarray] = []
    phones: list[Phone] = []
    at = 0
    for k in range(count):
        way = k / max(count - 1, 1)
        length = round(FRAMES * _between(kind.period_s, way) * rng.uniform(0.95, 1.05))
        vowel = round(length * rng.uniform(0.54, 0.62))
        breath = length - vowel
        source = onset + 1 + np.minimum(np.arange(vowel), STEADY)
        frames += [onset - 1 - np.minimum(np.arange(breath)[::-1], BREATH - 1), source]
        fall = np.linspace(1.05, 0.88, vowel)
        pitch = F0 * _between(kind.pitch, way) * rng.uniform(0.97, 1.03) * fall
        f0 += [np.zeros(breath), pitch]
        level = kind.level_db + kind.fall_db * k + rng.uniform(-1.0, 1.0)
        gain += [level + np.linspace(-6.0, 0.0, breath), level + np.linspace(0.0, -5.0, vowel)]
        middle = at + breath
        at += length
        phones.append(Phone("h", (at - length) * SAMPLES, middle * SAMPLES))
        phones.append(Phone("ʌ", middle * SAMPLES, at * SAMPLES, stressed=k == 0))
    index = np.concatenate(frames)
    louder = ((np.concatenate(gain)[None, :] + kind.tilt_db * octaves()) * DB).astype(np.float32)
    return (
        Parts(
            harmonic=ha.harmonic[:, index] + louder,
            harmonic_phase=ha.harmonic_phase[:, index],
            noise=ha.noise[:, index] + louder,
            free=ha.free[:, index] + louder,
            free_phase=rng.uniform(0, 2 * np.pi, (BINS, at)).astype(np.float32),  # frames repeat; their noise must not
            f0=np.concatenate(f0).astype(np.float32),
        ),
        tuple(phones),
    )


def _between(ends: tuple[float, float], way: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * way
