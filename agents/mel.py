"""What Whisper and its kin hear: sound at 16 kHz as a log-mel spectrogram, in numpy alone.

One rule: the same numbers as the models were trained on, so filters, window and floor are theirs, not ours to tune.

Source: Radford et al., arXiv 2212.04356, section 2.2; mel filters of Slaney's Auditory Toolbox.

Letters: N samples, T frames, M mel bands.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import soxr

from dialogue.types import RATE

MODEL_RATE = 16_000
WINDOW, HOP = 400, 160  # samples at MODEL_RATE: 25 and 10 ms
BANDS = 80  # the newest large models of Whisper hear 128
FLOOR = 1e-10  # power
RANGE = 8.0  # decades below the loudest that are kept


def for_model(sound: np.ndarray) -> np.ndarray:
    """Sound float32 [N] in -1..1 at RATE, at MODEL_RATE.

    Raises:
        ValueError: it is not float32 [N].
    """
    if sound.ndim != 1 or sound.dtype != np.float32:
        raise ValueError(f"sound is {sound.dtype} {sound.shape}; expected float32 [samples] at {RATE} Hz")
    return soxr.resample(sound, RATE, MODEL_RATE)


def log_mel(sound: np.ndarray, bands: int = BANDS) -> np.ndarray:
    """float32 [M, T] of sound [N] at MODEL_RATE, T = N / HOP, M = bands.

    Raises:
        ValueError: the sound is not whole hops, or shorter than a window.
    """
    if sound.ndim != 1 or len(sound) % HOP or len(sound) < WINDOW:
        raise ValueError(f"sound has shape {sound.shape}; expected [samples], whole hops of {HOP}, at least {WINDOW}")
    around = np.pad(sound, WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(around, WINDOW)[::HOP][:-1]
    window, filters = _tables(bands)
    spectrum = np.fft.rfft(frames * window)
    power = filters @ (spectrum.real**2 + spectrum.imag**2).T
    level = np.log10(np.maximum(power, FLOOR))
    return ((np.maximum(level, level.max() - RANGE) + 4.0) / 4.0).astype(np.float32)


@cache
def _tables(bands: int) -> tuple[np.ndarray, np.ndarray]:
    """A periodic Hann window [WINDOW] and triangular filters [M, WINDOW // 2 + 1] of equal area, both float32."""
    step = np.log(6.4) / 27.0  # the scale is linear to 1 kHz, 15 mel, and logarithmic above
    mels = np.linspace(0.0, 15.0 + np.log(MODEL_RATE / 2 / 1000.0) / step, bands + 2)
    edges = np.where(mels < 15.0, mels * 200.0 / 3.0, 1000.0 * np.exp(step * (mels - 15.0)))
    at = np.fft.rfftfreq(WINDOW, 1.0 / MODEL_RATE)
    low, middle, high = (edges[i : bands + i, None] for i in range(3))
    rises, falls = (at - low) / (middle - low), (high - at) / (high - middle)
    filters = np.minimum(rises, falls).clip(0.0) * 2.0 / (high - low)
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32), filters.astype(np.float32)
