"""What a motion model hears: loudness, pitch and colour of each hop, and each voice's own normal.

One rule: everything is relative to the speaker. A loud hop is one near the 92nd percentile of that voice so far, a low
pitch one below its 26th (Ward & Tsukahara 2000), so that whispers and shouts, basses and sopranos move a face alike.

Letters: P participants, N samples.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import scipy.fft

from dialogue.types import RATE

DECIMATE = 6  # 48 000 / 6 = 8 000 Hz: pitch and vowel colour live below 4 kHz
LOW_HZ, HIGH_HZ = 75.0, 420.0
SILENT_DB = -100.0
# Vowel colour: murmur, open vowels' first formant, second formant of spread vowels, and the hiss of s and sh.
BANDS_HZ = ((80, 450), (450, 1100), (1500, 3200), (3600, 8000))


class Heard(NamedTuple):
    """One hop of sound, for all participants."""

    level_db: np.ndarray  # [P, 2] of the first and the second half, full scale sine = -3
    pitch_hz: np.ndarray  # [P], 0 where there is no voice
    colour: np.ndarray  # [P, 4] share of power in each of BANDS_HZ


def hear(audio: np.ndarray) -> Heard:
    """Listen to one hop, audio float32 [P, N]. Samples that a broken device gives, NaN or beyond full scale, are heard
    as silence or as full scale: taken as they are, one of them would stay in what is learned of a voice for ever."""
    participants, count = audio.shape
    audio = np.nan_to_num(audio, nan=0.0, posinf=1.0, neginf=-1.0).clip(-1.0, 1.0)
    halves = audio[:, : count // 2 * 2].reshape(participants, 2, -1).astype(np.float64)
    level = 10.0 * np.log10((halves**2).mean(-1) + 10.0 ** (SILENT_DB / 10.0))
    pitch, colour = np.zeros(participants), np.full((participants, len(BANDS_HZ)), 1.0 / len(BANDS_HZ))
    for p in np.flatnonzero(level.max(1) > -75.0):  # silence has neither pitch nor colour, and most hops are silent
        pitch[p] = _pitch(audio[p])
        power = np.abs(scipy.fft.rfft(audio[p] * _window(count))) ** 2
        bands = [power[round(low * count / RATE) : round(high * count / RATE)].sum() for low, high in BANDS_HZ]
        colour[p] = np.array(bands) / (sum(bands) + 1e-12)
    return Heard(level, pitch, colour)


def _window(count: int) -> np.ndarray:
    return np.sin(np.pi * (np.arange(count) + 0.5) / count)


def _pitch(sound: np.ndarray) -> float:
    """Hz by autocorrelation, 0 if the best lag explains less than 45 % of the power."""
    rate = RATE // DECIMATE
    small = sound[: len(sound) // DECIMATE * DECIMATE].reshape(-1, DECIMATE).mean(1)
    small = small - small.mean()
    size = scipy.fft.next_fast_len(2 * len(small), real=True)
    match = scipy.fft.irfft(np.abs(scipy.fft.rfft(small, size)) ** 2, size)[: len(small)]
    # Fewer products are summed at longer lags; without this a low voice would be heard an octave up.
    match = match / (np.arange(len(small), 0, -1) / len(small)) / max(match[0], 1e-12)
    first, last = int(rate / HIGH_HZ), min(int(rate / LOW_HZ), len(small) * 2 // 3)
    if last <= first:
        return 0.0
    span = match[first:last]
    # The first lag that is nearly as good as the best one: the best may be a multiple of the period.
    peaks = np.flatnonzero((span[1:-1] >= span[:-2]) & (span[1:-1] > span[2:]) & (span[1:-1] > 0.9 * span.max())) + 1
    lag = first + int(peaks[0]) if len(peaks) else first
    return rate / lag if match[lag] > 0.45 else 0.0


class Voice(NamedTuple):
    """What is normal for one voice so far."""

    loud_db: float = -16.0  # 92nd percentile of its voiced hops
    floor_db: float = -70.0  # the noise below it
    low_hz: float = 120.0  # 26th percentile of pitch
    mid_hz: float = 150.0  # median
    hops: int = 0  # voiced hops learned from

    def sounds(self, level_db: float) -> bool:
        """Is this someone speaking, not the room?"""
        return level_db > max(self.floor_db + 10.0, self.loud_db - 30.0, -58.0)

    def effort(self, level_db: float) -> float:
        """0..1.15: how far the jaw should follow this loudness; 1 is loud for this voice, 0 is 22 dB below."""
        return min(max(1.0 + (level_db - self.loud_db) / 22.0, 0.0), 1.15)


def learn(voice: Voice, level_db: float, pitch_hz: float) -> Voice:
    """The voice after one more hop. Each percentile climbs or falls a small step, so as to rest where it should."""
    floor = voice.floor_db + (0.25 if level_db > voice.floor_db else 0.3 * (level_db - voice.floor_db))
    floor = min(max(floor, -90.0), voice.loud_db - 20.0)  # a second of speech must not become the floor: 25 hops, 6 dB
    voice = voice._replace(floor_db=floor)
    if not voice.sounds(level_db):
        return voice
    if not pitch_hz:  # noise says nothing about how loud this voice is
        return voice
    step = max(0.4, 4.0 / (1 + voice.hops / 10))  # dB: coarse for the first seconds
    loud = max(voice.loud_db + step * ((level_db > voice.loud_db) - 0.08), -45.0)
    if not voice.hops:
        return voice._replace(loud_db=loud, low_hz=pitch_hz * 0.9, mid_hz=pitch_hz, hops=1)
    ratio = max(0.01, 0.08 / (1 + voice.hops / 20))  # of an octave's natural logarithm
    low = voice.low_hz * math.exp(ratio * ((pitch_hz > voice.low_hz) - 0.74))
    mid = voice.mid_hz * math.exp(ratio * ((pitch_hz > voice.mid_hz) - 0.5))
    return voice._replace(loud_db=loud, low_hz=low, mid_hz=mid, hops=voice.hops + 1)
