"""What a trained motion model hears: 64 log-mel bands every 10 ms, relative to how loud the voice is.

One rule: causal, and the same in any chunking. Sound is taken in blocks of 40 ms, and each block is the same arithmetic
whether it comes alone or with an hour of others; what one block leaves for the next is the state.

The bands lie below 7600 Hz and the transform has bins of 20 Hz at either rate, so sound at 16 kHz (a corpus) and at
48 kHz (a conversation) give the same features, and nothing is resampled on the way in. A band's value is its level
against the voice's own loudness, so a distant microphone moves a face like a near one.

Letters: P participants, T blocks, N samples.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import scipy.fft

from dialogue.types import RATE

BANDS = 64
LOW_HZ, HIGH_HZ = 60.0, 7600.0  # below 8000: sound at 16 kHz has nothing there that sound at 48 kHz has not
BLOCK_HZ, PER_BLOCK = 25, 4  # a block is 40 ms, four columns of mel
CHUNK = 250  # blocks whose windows lie in memory at once
BIN_HZ = 20  # with the 25 ms window padded to 50: at 40 Hz the lowest bands would fall between bins
RATES = (16_000, RATE)
# A voice's loudness is the 92nd percentile of its level: it climbs 9 dB a second at most, and falls .8.
LOUD_SHARE, LOUD_STEP_DB, LOUD_START_DB = 0.92, 0.10, -30.0
LOUDEST_DB, SOFTEST_DB = 0.0, -55.0
QUIET_DB, RANGE_DB = -62.0, 30.0  # what is softer, or further below the voice, teaches nothing about it
SCALE_DB, FLOOR, CEILING = 15.0, -4.0, 2.0  # a feature of 0 is the voice's loudness, -4 is 60 dB below


@dataclass(frozen=True)
class Ears:
    """What listening carries from block to block; replaced, never changed."""

    tail: np.ndarray  # float32 [P, N] the last 15 ms, which the next window still covers
    rest: np.ndarray  # float32 [P, <block] sound that is no whole block yet
    loud_db: np.ndarray  # float64 [P] the voice's loudness
    learned: np.ndarray  # int64 [P] columns that taught it


def block(rate: int) -> int:
    """Samples of one block.

    Raises:
        ValueError: not one of RATES.
    """
    if rate not in RATES:
        raise ValueError(f"rate is {rate} Hz; expected one of {RATES}: resample before")
    return rate // BLOCK_HZ


def start(participants: int, rate: int = RATE) -> Ears:
    """The state before the first sample: silence before, no voice known."""
    window = block(rate) * 25 // 40
    overlap = window - block(rate) // PER_BLOCK
    empty = np.zeros((participants, 0), np.float32)
    loud = np.full(participants, LOUD_START_DB)
    return Ears(np.zeros((participants, overlap), np.float32), empty, loud, np.zeros(participants, np.int64))


def listen(audio: np.ndarray, ears: Ears, rate: int = RATE) -> tuple[np.ndarray, Ears]:
    """Features of all blocks that are whole by now.

    Column i of a block ends 10 (i + 1) ms after the block begins and looks back 25 ms: nothing is known early.

    Args:
        audio: float32 [P, N] in -1..1 at `rate`, any N.
    Returns:
        float32 [P, T, 4 * BANDS] in FLOOR..CEILING, and the new state.
    Raises:
        ValueError: the audio is not [P, N].
    """
    if audio.ndim != 2 or len(audio) != len(ears.tail):
        raise ValueError(f"audio has shape {audio.shape}; expected ({len(ears.tail)}, samples)")
    size = block(rate)
    sound = np.concatenate([ears.tail, ears.rest, audio], 1, dtype=np.float32)
    overlap = ears.tail.shape[1]
    blocks = (sound.shape[1] - overlap) // size
    power = [_power(sound[:, at * size :][:, : overlap + CHUNK * size], rate) for at in range(0, blocks, CHUNK)]
    if not power:
        return np.zeros((len(audio), 0, PER_BLOCK * BANDS), np.float32), replace(ears, rest=sound[:, overlap:])
    power = np.concatenate(power, 1)
    loud_db, learned, loud = _follow(10.0 * np.log10(power.sum(-1, dtype=np.float64) + 1e-10), ears)
    # A band holds about a twentieth of a voice's power: 13 dB below the whole.
    bands = (10.0 * np.log10(power + 1e-16) - loud[..., None] + 13.0) / SCALE_DB
    features = bands.clip(FLOOR, CEILING).astype(np.float32).reshape(len(audio), blocks, -1)
    at = blocks * size
    return features, Ears(sound[:, at : at + overlap].copy(), sound[:, at + overlap :].copy(), loud_db, learned)


def _power(sound: np.ndarray, rate: int) -> np.ndarray:
    """Power of the bands of all columns of some blocks, the 15 ms before them first: [P, N] -> [P, T, 4, BANDS].

    Each block is multiplied for itself, so that its sums are the same in any company.
    """
    window, bank = _tables(rate)
    step = block(rate) // PER_BLOCK
    cut = np.lib.stride_tricks.sliding_window_view(sound, len(window), 1)[:, ::step]
    cut = cut[:, : cut.shape[1] // PER_BLOCK * PER_BLOCK].reshape(len(sound), -1, PER_BLOCK, len(window))
    spectrum = scipy.fft.rfft(cut * window, rate // BIN_HZ)[..., : len(bank)]
    return (spectrum.real**2 + spectrum.imag**2) @ bank


def _follow(level: np.ndarray, ears: Ears) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The voices' loudness after levels [P, T, 4] in dB, what has taught them by then, and how loud each was thought to
    be at each column. The first second of a voice teaches with larger steps."""
    loud, ends, counts = np.empty(level.shape), [], []
    for p, levels in enumerate(level.reshape(len(level), -1).tolist()):
        now, learned, path = float(ears.loud_db[p]), int(ears.learned[p]), []
        for db in levels:  # plain numbers: each step needs the one before
            if db > max(now - RANGE_DB, QUIET_DB):
                step = max(LOUD_STEP_DB, 3.0 / (1.0 + learned / 8.0))
                now = min(max(now + step * ((db > now) - (1.0 - LOUD_SHARE)), SOFTEST_DB), LOUDEST_DB)
                learned += 1
            path.append(now)
        loud[p] = np.reshape(path, level.shape[1:])
        ends.append(now)
        counts.append(learned)
    return np.array(ends), np.array(counts, np.int64), loud


@cache
def _tables(rate: int) -> tuple[np.ndarray, np.ndarray]:
    """The window [25 ms] and the triangles [bins, BANDS]; a sine of full scale has about 0 dB at either rate."""
    length = rate // 40
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)
    edges = _hz(np.linspace(_mel(LOW_HZ), _mel(HIGH_HZ), BANDS + 2))
    bins = np.arange(round(HIGH_HZ / BIN_HZ) + 1) * BIN_HZ
    rise = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    bank = np.maximum(np.minimum(rise, fall), 0.0)
    # A full-scale sine has |X| = sum(window) / 2 at its bin, and 1.5 * 50 ms / 25 ms = 3 bins' worth of power there.
    return (window / (window.sum() / 2.0) / np.sqrt(3.0)).astype(np.float32), bank.astype(np.float32)


def centres_hz() -> np.ndarray:
    """The middle of each band [BANDS]."""
    return _hz(np.linspace(_mel(LOW_HZ), _mel(HIGH_HZ), BANDS + 2))[1:-1]


def bands_at(hz: np.ndarray) -> np.ndarray:
    """The band, with its fraction, whose middle lies at some frequencies; outside 0..BANDS - 1 there is none."""
    return (_mel(hz) - _mel(LOW_HZ)) / (_mel(HIGH_HZ) - _mel(LOW_HZ)) * (BANDS + 1) - 1.0


def _mel(hz: np.ndarray | float) -> np.ndarray | float:
    return 2595.0 * np.log10(1.0 + hz / 700.0)


def _hz(mel: np.ndarray) -> np.ndarray:
    return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
