"""What a room and a microphone make of two clean voices.

One rule: nothing moves in time. The first path of every echo lies at lag 0 and every filter is of zero phase, so that
labels made from the clean sound stay true for the sound that a student hears.

Each degradation is a function of its own, so that a measurement can ask for exactly one of them.

Letters: P participants, N samples at 16 kHz.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq
from scipy.signal import oaconvolve

from motion.corpus import AUDIO_RATE, FRAME_SAMPLES

NOISES = {"white": 0.0, "pink": -3.0, "brown": -6.0, "hum": -4.5}  # dB per octave; hum has mains harmonics besides
SNR_DB = (10.0, 40.0)
TELEPHONE_HZ = (300.0, 3400.0)
LOUDEST = 0.97  # sample peak that a recording keeps below
SPEECH_GATE_DB = -25.0  # hops quieter than this beside the loudest hundredth are no speech


@dataclass(frozen=True)
class Room:
    """What happens to one participant's sound; None where it does not happen."""

    snr_db: float | None = None
    noise: str = "pink"
    tilt_db: float = 0.0  # per octave around 1 kHz
    bump_db: float = 0.0  # of one broad band at bump_hz
    bump_hz: float = 1000.0
    telephone: bool = False
    reverb_s: float | None = None  # time to fall by 60 dB
    direct_db: float = 6.0  # of the first path over the echoes
    crosstalk_db: float | None = None  # of the other's voice in this microphone, relative to it
    gain_db: float = 0.0
    drift_db: float = 0.0  # how far the level wanders either way


CLEAN = Room()


def furnished(rng: np.random.Generator) -> Room:
    """A room and a microphone as they come: four in five with noise, a third with echoes, one in eight a telephone."""
    some = rng.random(6)
    return Room(
        snr_db=float(rng.uniform(*SNR_DB)) if some[0] < 0.8 else None,
        noise=str(rng.choice(list(NOISES))),
        tilt_db=float(rng.uniform(-2.0, 2.0)) if some[1] < 0.6 else 0.0,
        bump_db=float(rng.uniform(-6.0, 6.0)) if some[1] < 0.6 else 0.0,
        bump_hz=float(np.exp(rng.uniform(np.log(200.0), np.log(4000.0)))),
        telephone=bool(some[2] < 0.125),
        reverb_s=float(rng.uniform(0.15, 0.6)) if some[3] < 0.35 else None,
        direct_db=float(rng.uniform(3.0, 12.0)),
        crosstalk_db=float(rng.uniform(-45.0, -22.0)) if some[4] < 0.25 else None,
        gain_db=float(rng.uniform(-18.0, 4.0)),
        drift_db=float(rng.uniform(1.0, 5.0)) if some[5] < 0.5 else 0.0,
    )


def recorded(sound: np.ndarray, rooms: tuple[Room, ...], rng: np.random.Generator) -> np.ndarray:
    """Clean float32 [P, N] as each participant's microphone hears it."""
    out = np.empty_like(sound)
    for p, room in enumerate(rooms):
        own = sound[p]
        if room.crosstalk_db is not None:
            own = own + np.float32(10 ** (room.crosstalk_db / 20)) * (sound.sum(0) - sound[p])
        if room.reverb_s is not None:
            own = reverberant(own, room.reverb_s, room.direct_db, rng)
        own = filtered(own, room)
        own = own * level(len(own), room.gain_db, room.drift_db, rng)
        if room.snr_db is not None:
            own = own + noise(own, room.noise, room.snr_db, rng)
        peak = float(np.abs(own).max(initial=0.0))
        out[p] = own * np.float32(LOUDEST / peak) if peak > LOUDEST else own
    return out


def speech_power(sound: np.ndarray) -> float:
    """Mean power [N] over the hops that hold speech: those within SPEECH_GATE_DB of the loud ones."""
    hops = (
        sound[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES).astype(np.float64) ** 2
    ).mean(1)
    loud = float(np.percentile(hops, 99)) if len(hops) else 0.0
    speech = hops[hops >= loud * 10 ** (SPEECH_GATE_DB / 10)]
    return float(speech.mean()) if len(speech) else 0.0


def noise(sound: np.ndarray, kind: str, snr_db: float, rng: np.random.Generator) -> np.ndarray:
    """float32 [N] of noise, `snr_db` below the speech in `sound`; none where there is no speech to be below."""
    n = next_fast_len(len(sound), real=True)
    hz = np.maximum(rfftfreq(n, 1 / AUDIO_RATE), 40.0)  # a colour would rise without end towards 0 Hz
    colour = (10 ** (NOISES[kind] * np.log2(hz / 1000.0) / 20)).astype(np.float32)
    out = irfft(rfft(rng.standard_normal(n, np.float32)) * colour, n)[: len(sound)]
    if kind == "hum":
        t = np.arange(len(sound)) / AUDIO_RATE
        mains = 50.0 if rng.random() < 0.5 else 60.0
        hum = sum(np.sin(2 * np.pi * (mains * k * t + rng.random())) / k for k in range(1, 6))
        out = out / out.std() + hum / hum.std()
    return (out * np.sqrt(speech_power(sound) / 10 ** (snr_db / 10) / np.mean(out**2))).astype(np.float32)


def filtered(sound: np.ndarray, room: Room) -> np.ndarray:
    """Tilt, bump and telephone band, without phase."""
    if not (room.tilt_db or room.bump_db or room.telephone):
        return sound
    # A second of silence: what a filter rings must not wrap to the beginning.
    n = next_fast_len(len(sound) + AUDIO_RATE, real=True)
    hz = np.maximum(rfftfreq(n, 1 / AUDIO_RATE), 20.0)
    octaves = np.log2(np.clip(hz, 125.0, 8000.0) / 1000.0)
    gain_db = room.tilt_db * octaves + room.bump_db * np.exp(-0.5 * (np.log2(hz / room.bump_hz) / 0.7) ** 2)
    if room.telephone:
        low, high = TELEPHONE_HZ
        gain_db -= 10 * np.log10(1 + (low / hz) ** 8) + 10 * np.log10(1 + (hz / high) ** 12)
    return irfft(rfft(sound, n) * (10 ** (gain_db / 20)).astype(np.float32), n)[: len(sound)]


def reverberant(sound: np.ndarray, reverb_s: float, direct_db: float, rng: np.random.Generator) -> np.ndarray:
    """The sound and its echoes: noise that falls by 60 dB in `reverb_s`, `direct_db` weaker than the first path."""
    count = round(reverb_s * AUDIO_RATE)
    tail = rng.standard_normal(count) * 10 ** (-3.0 * np.arange(count) / count)
    tail[: AUDIO_RATE // 400] = 0.0  # the first wall is 40 cm away: 2.5 ms there and back
    tail *= 10 ** (-direct_db / 20) / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    return oaconvolve(sound, tail.astype(np.float32))[: len(sound)]


def level(n: int, gain_db: float, drift_db: float, rng: np.random.Generator) -> np.ndarray:
    """float32 [N]: a gain that wanders by at most `drift_db` either way, from one resting place to the next every few
    seconds."""
    if not drift_db:
        return np.full(n, 10 ** (gain_db / 20), np.float32)
    places = np.arange(0, n + 5 * AUDIO_RATE, 5 * AUDIO_RATE)
    wander = np.interp(np.arange(n), places, rng.uniform(-drift_db, drift_db, len(places)))
    return (10 ** ((gain_db + wander) / 20)).astype(np.float32)
