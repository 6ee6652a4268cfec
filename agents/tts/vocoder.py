"""Another speaker from the same model: its spectral parts are reshaped before they become sound.

One rule: pitch and throat move apart. f0 is scaled on its own; the envelopes are stretched along frequency on their
own, each smoothly, so that a lower voice is a longer throat and not a slowed-down tape.

hibari's network gives five spectral parts for each frame of 12.5 ms: the harmonics' log magnitude and phase, the log
magnitude of random noise, and the log magnitude and phase of a free branch (friction, bursts, breath). Its own
synthesis (hibari.dsp, pinned) makes the sound.

Letters: B = 601 bins of 20 Hz, F frames of 12.5 ms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.tts.prosody import Prosody
from agents.tts.speakers import F0, Speaker

RATE = 24_000  # of the model
FRAMES = 80  # a second
BINS = 601
HZ = RATE / 2 / (BINS - 1)  # 20 Hz a bin
UNVOICED = 40.0  # Hz; hibari's own threshold
LOWEST, HIGHEST = 55.0, 560.0  # Hz; no voice of ours goes beyond
FLOOR_BIN = 8  # 160 Hz: the model never spoke lower, so the envelope below is its guess and not a voice
SMOOTH_DB = 1.6  # a mean of logarithms lies below the logarithm of the mean; measured over 8 sentences
GHOST_DB, GHOST_HZ = 18.0, 1600.0  # how much of the free branch goes where there is voice: at 0 Hz, fading to none
DB = np.log(10.0) / 20.0  # nepers in a decibel


@dataclass(frozen=True)
class Parts:
    """What the network says: float32 [B, F] each, f0 [F] in Hz (below UNVOICED: no voice)."""

    harmonic: np.ndarray
    harmonic_phase: np.ndarray  # before tanh, times pi
    noise: np.ndarray
    free: np.ndarray
    free_phase: np.ndarray
    f0: np.ndarray


@dataclass(frozen=True)
class Tone:
    """Everything that makes this sentence differ from the model's own voice; the defaults change nothing."""

    pitch: float = 1.0
    range: float = 1.0
    throat: float = 1.0
    tilt_db: float = 0.0
    breath_db: float | None = None
    tremor: float = 0.0
    jitter: float = 0.0


def tone(speaker: Speaker, mood: Prosody) -> Tone:
    """A speaker in a mood. Breaths add as powers, so a breathy voice that is also sad gets a little breathier."""
    breaths = [10 ** (b / 10) for b in (speaker.breath_db, mood.breath_db) if b is not None]
    return Tone(
        pitch=speaker.pitch * 2 ** (mood.pitch_st / 12),
        range=speaker.range * mood.range,
        throat=speaker.throat,
        tilt_db=speaker.tilt_db + mood.tilt_db,
        breath_db=float(10 * np.log10(sum(breaths))) if breaths else None,
        tremor=speaker.tremor + mood.tremor,
        jitter=speaker.jitter,
    )


def melody(f0: np.ndarray, tone: Tone, rng: np.random.Generator) -> np.ndarray:
    """f0 [F] moved, widened around the speaker's centre, and as unsteady as the tone asks; unvoiced is 0."""
    voiced = f0 > UNVOICED
    out = tone.pitch * F0 * (np.maximum(f0, UNVOICED) / F0) ** tone.range
    if tone.tremor:
        rate = 5.0 + 0.6 * _wander(len(f0), 0.5, rng)  # Hz; 4-6 in aged and in frightened voices
        out = out * (1.0 + tone.tremor * np.sin(2 * np.pi * np.cumsum(rate) / FRAMES + rng.uniform(0, 2 * np.pi)))
    if tone.jitter:
        out = out * (1.0 + tone.jitter * rng.standard_normal(len(f0)))
    return np.where(voiced, np.clip(out, LOWEST, HIGHEST), 0.0).astype(np.float32)


def _wander(frames: int, hz: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise of unit size that turns about `hz` times a second."""
    from scipy.ndimage import gaussian_filter1d

    slow = gaussian_filter1d(rng.standard_normal(frames + FRAMES), FRAMES / hz / 4)[:frames]
    return slow / max(float(slow.std()), 1e-6)


def paced(parts: Parts, pace: float) -> Parts:
    """The same sentence at another speed: frames read at `pace` a frame.

    The network's own speed input is coarse (whole 25 ms for sounds of 50 ms: asked for 0.85 it gives 0.91).
    Magnitudes and voiced pitch are interpolated; phases and voicing come from the nearest frame, so bursts stay
    sharp.
    """
    if pace == 1.0:
        return parts
    count = parts.f0.shape[0]
    at = np.minimum((np.arange(round(count / pace)) + 0.5) * pace - 0.5, count - 1.001).clip(0)
    low, near = at.astype(int), np.round(at).astype(int)
    share = (at - low).astype(np.float32)

    def between(part: np.ndarray) -> np.ndarray:
        return part[..., low] * (1 - share) + part[..., low + 1] * share

    voiced = parts.f0 > UNVOICED
    f0 = np.where(voiced[low] & voiced[low + 1], between(parts.f0), parts.f0[near])
    return Parts(
        between(parts.harmonic),
        parts.harmonic_phase[:, near],
        between(parts.noise),
        between(parts.free),
        parts.free_phase[:, near],
        f0,
    )


def shaped(parts: Parts, tone: Tone, rng: np.random.Generator) -> Parts:
    """The same sentence from another throat."""
    if tone == Tone():
        return parts
    f0 = melody(parts.f0, tone, rng)
    voiced = (f0 > 0).astype(np.float32)
    # The network's harmonic branch is fitted to its own pitch, bin by bin and frame by frame; at another pitch that
    # detail is roughness. Smoothed, a voice at 109 Hz comes as clear as the model's own (harmonics 12 dB over the
    # rest, from 7).
    envelope = smooth(parts.harmonic, voiced, 2.0, 0.8)
    envelope[:FLOOR_BIN] = envelope[FLOOR_BIN]
    phase = stretched(smooth(parts.harmonic_phase, voiced, 4.0, 1.5), tone.throat)
    hz = np.arange(BINS, dtype=np.float32)[:, None] * np.float32(HZ)
    tilt = np.float32(DB * tone.tilt_db) * octaves()
    # Half the pitch puts twice as many harmonics under the same envelope: -3 dB keeps the energy.
    harmonic = stretched(envelope, tone.throat) + (tilt + np.float32(0.5 * np.log(tone.pitch) + SMOOTH_DB * DB))
    free = stretched(parts.free, tone.throat) + tilt
    if tone.pitch != 1.0:
        # The free branch holds a trace of the original harmonics; unmoved, it would sound as a second voice.
        free -= np.float32(GHOST_DB * DB) * np.clip(1.0 - hz / GHOST_HZ, 0.0, 1.0) * voiced
    noise = stretched(parts.noise, tone.throat) + tilt
    if tone.breath_db is not None:
        noise = np.logaddexp(noise, breath(harmonic, tone.breath_db) + np.log(np.maximum(voiced, 1e-12)))
    return Parts(harmonic, phase, noise, free, parts.free_phase, f0)


def smooth(part: np.ndarray, voiced: np.ndarray, bins: float, frames: float) -> np.ndarray:
    """[B, F] under a Gaussian of so many bins and frames; silence [F] lends nothing to the voice beside it."""
    from scipy.ndimage import gaussian_filter1d

    over_bins = gaussian_filter1d(part, bins, axis=0)
    weight = gaussian_filter1d(voiced, frames, mode="constant")
    return gaussian_filter1d(over_bins * voiced, frames, axis=1, mode="constant") / np.maximum(weight, 1e-3)


def octaves() -> np.ndarray:
    """float32 [B, 1]: octaves above 1 kHz, held below 125 Hz and above 8 kHz; what a tilt is multiplied by."""
    return np.log2(np.clip(np.arange(BINS) * HZ, 125.0, 8000.0) / 1000.0).astype(np.float32)[:, None]


def power(parts: Parts) -> np.ndarray:
    """float [F]: how strongly each frame sounds, linear; harmonics count only where there is voice."""
    voiced = parts.f0 > UNVOICED
    return np.exp(2 * parts.harmonic).sum(axis=0) * voiced + np.exp(2 * parts.free).sum(axis=0)


def stretched(part: np.ndarray, throat: float) -> np.ndarray:
    """[B, F] with what lay at frequency f moved to f * throat; above the top the last row is held."""
    if throat == 1.0:
        return part.copy()
    at = np.minimum(np.arange(BINS) / throat, BINS - 1.001)
    low = at.astype(int)
    share = (at - low).astype(np.float32)[:, None]
    return part[low] * (1 - share) + part[low + 1] * share


def breath(harmonic: np.ndarray, level_db: float) -> np.ndarray:
    """Aspiration: noise under the harmonics' envelope, strongest from 2 kHz up."""
    hz = np.arange(BINS) * HZ
    rise = np.log2(np.clip(hz, 500.0, 4000.0) / 4000.0) * 4.0
    return harmonic + ((level_db + rise) * DB).astype(np.float32)[:, None]


def sound(parts: Parts, rng: np.random.Generator) -> np.ndarray:
    """float32 [F * 300] at 24 kHz: pulses through the harmonic branch + shaped noise + the free branch.

    Source: hibari.dsp.synth.
    """
    from hibari import dsp

    return dsp.synth(parts.harmonic, parts.harmonic_phase, parts.noise, parts.free, parts.free_phase, parts.f0, rng)
