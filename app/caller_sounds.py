"""What a caller's microphone hears beside words: coughs, knocks, a noisy room, people who are further away.

One rule: each sound is a function of the generator that is handed in, and begins and ends where its samples do.

Source of the cough: an explosive burst, a longer turbulent phase, and often a voiced end, 0.2-0.5 s in all (Korpas 1996).
Letters: N samples at RATE.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq
from scipy.signal import oaconvolve

from dialogue.types import RATE, samples

COLOURS = {"white": 0.0, "pink": -3.0, "brown": -6.0}  # dB per octave
BURSTS = ("cough", "throat", "knock", "keys")
SPEECH_GATE_DB = -25.0  # stretches quieter than this beside the loud ones are no speech
STRETCH = RATE // 50


def level_db(sound: np.ndarray) -> float:
    """How loud the speech in a sound is: RMS over the stretches of 20 ms that hold any, dB of full scale."""
    whole = len(sound) // STRETCH * STRETCH
    if not whole:
        return -120.0
    power = (sound[:whole].astype(np.float64).reshape(-1, STRETCH) ** 2).mean(1)
    loud = power[power >= np.percentile(power, 95) * 10 ** (SPEECH_GATE_DB / 10)]
    return float(10 * np.log10(loud.mean() + 1e-12))


def at_level(sound: np.ndarray, db: float) -> np.ndarray:
    """The sound with its speech at a level, float32 [N]."""
    return (sound * 10 ** ((db - level_db(sound)) / 20)).astype(np.float32)


def noise(n: int, colour: str, db: float, rng: np.random.Generator) -> np.ndarray:
    """Steady noise of a level, float32 [N]."""
    size = next_fast_len(max(n, 2), real=True)
    hz = np.maximum(rfftfreq(size, 1 / RATE), 40.0)  # a colour would rise without end towards 0 Hz
    shape = (10 ** (COLOURS[colour] * np.log2(hz / 1000.0) / 20)).astype(np.float32)
    out = irfft(rfft(rng.standard_normal(size, np.float32)) * shape, size)[:n]
    return (out * 10 ** (db / 20) / np.sqrt(np.mean(out**2) + 1e-12)).astype(np.float32)


def far(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A voice from across the room, not turned to the microphone: duller, and with the room; its level stays."""
    wet = oaconvolve(band(sound, 120.0, float(rng.uniform(1800.0, 3200.0))), _room(rng))[: len(sound)]
    return at_level(wet, level_db(sound))


def band(sound: np.ndarray, low_hz: float, high_hz: float) -> np.ndarray:
    """A band of a sound, 12 dB per octave beside it, without phase."""
    n = next_fast_len(len(sound) + RATE // 4, real=True)  # what the filter rings must not wrap to the beginning
    hz = np.maximum(rfftfreq(n, 1 / RATE), 1.0)
    gain = 1.0 / np.sqrt((1 + (low_hz / hz) ** 4) * (1 + (hz / high_hz) ** 4))
    return irfft(rfft(sound, n) * gain.astype(np.float32), n)[: len(sound)].astype(np.float32)


def burst(kind: str, rng: np.random.Generator) -> np.ndarray:
    """A sound that is no word, peak 1, float32 [N]."""
    match kind:
        case "cough":
            parts = [_cough(rng) for _ in range(int(rng.integers(1, 4)))]
            out = np.concatenate([np.append(p, np.zeros(samples(rng.uniform(0.05, 0.2)), np.float32)) for p in parts])
            out = np.trim_zeros(out, "b")
        case "throat":
            out = _voiced(samples(rng.uniform(0.25, 0.6)), float(rng.uniform(70.0, 130.0)), 0.5, rng)
        case "knock":
            out = np.concatenate([_knock(rng) for _ in range(int(rng.integers(1, 4)))])
        case "keys":
            out = np.concatenate([_key(rng) for _ in range(int(rng.integers(4, 12)))])
        case _:
            raise ValueError(f"no burst named '{kind}'; expected one of {BURSTS}")
    return (out / np.abs(out).max()).astype(np.float32)


def _room(rng: np.random.Generator) -> np.ndarray:
    """An impulse response whose direct sound is no louder than its echoes."""
    count = samples(rng.uniform(0.25, 0.5))
    tail = rng.standard_normal(count) * 10 ** (-3.0 * np.arange(count) / count)
    tail[: RATE // 400] = 0.0  # the first wall is 40 cm away: 2.5 ms there and back
    tail /= np.sqrt((tail**2).sum())
    tail[0] = 1.0
    return tail.astype(np.float32)


def _envelope(n: int, attack: int) -> np.ndarray:
    t = np.arange(n)
    return (np.minimum(t / max(attack, 1), 1.0) * np.exp(-3.0 * t / n) * np.minimum((n - t) / (n / 4), 1.0)).astype(
        np.float32
    )


def _cough(rng: np.random.Generator) -> np.ndarray:
    n = samples(rng.uniform(0.18, 0.40))
    breath = band(rng.standard_normal(n).astype(np.float32), rng.uniform(300, 600), rng.uniform(2500, 5000))
    out = breath / np.abs(breath).max() * _envelope(n, samples(0.004))
    if rng.random() < 0.6:
        voice = _voiced(n, float(rng.uniform(150.0, 350.0)), 0.3, rng)
        out = out + 0.5 * voice * np.linspace(0.0, 1.0, n, dtype=np.float32)
    return out


def _voiced(n: int, f0: float, rough: float, rng: np.random.Generator) -> np.ndarray:
    """A throat without words: pulses of an unsteady pitch through two resonances."""
    drift = np.cumsum(rng.standard_normal(n)) / np.sqrt(n) * rough
    phase = np.cumsum(f0 * 2**drift / RATE)
    pulses = np.diff(np.floor(phase), prepend=0.0).astype(np.float32)
    first, second = rng.uniform(400, 700), rng.uniform(1100, 1700)
    out = band(pulses, first / 2, first * 1.5) + 0.5 * band(pulses, second / 1.3, second * 1.3)
    out = out + 0.2 * np.abs(out).max() * band(rng.standard_normal(n).astype(np.float32), 500, 3000)
    return (out / np.abs(out).max() * _envelope(n, samples(0.03))).astype(np.float32)


def _knock(rng: np.random.Generator) -> np.ndarray:
    n = samples(rng.uniform(0.12, 0.25))
    t = np.arange(n) / RATE
    tone = np.sin(2 * np.pi * rng.uniform(90, 220) * t) * np.exp(-t * 45)
    return (tone + 0.4 * rng.standard_normal(n) * np.exp(-t * 150)).astype(np.float32)


def _key(rng: np.random.Generator) -> np.ndarray:
    n = samples(rng.uniform(0.07, 0.16))
    t = np.arange(n) / RATE
    click = band(rng.standard_normal(n).astype(np.float32), 1500, 7000) * np.exp(-t * 200)
    return (click * rng.uniform(0.4, 1.0)).astype(np.float32)
