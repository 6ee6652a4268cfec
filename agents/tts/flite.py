"""Flite's four small English voices, for a corpus: other people's throats, rhythm and accents than hibari's one.

One rule: a motion model that has only heard one family of voices hears that family; these are rough, but they are
somebody else. Nobody would film with them, so they are not among the voices that people choose: this module has no
`Engine`.

The program `flite` (Debian: apt-get install flite; licence: BSD-like, Carnegie Mellon) reads text itself and tells the
end of each phone that it speaks, in the radio alphabet.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.loudness import limited
from agents.tts import Speech, Voice
from agents.tts.prosody import prosody
from agents.tts.trim import trimmed
from dialogue.errors import EngineError, did_you_mean
from dialogue.types import RATE, Feeling, Phone

LEVEL = 1.5  # brings flite's -29 dB RMS near the other voices; loudness proper is agents.loudness
LONGEST_S = 20.0  # that one sentence may take to be made: it takes a twentieth of a second
PHONES = {
    **{c: c for c in "bdfklmnpstvwz"},
    **{"g": "ɡ", "r": "ɹ", "y": "j", "hh": "h", "ch": "ʧ", "jh": "ʤ", "dh": "ð", "th": "θ", "sh": "ʃ", "zh": "ʒ"},
    **{"ng": "ŋ", "dx": "T", "aa": "ɑ", "ae": "æ", "ah": "ʌ", "ao": "ɔ", "aw": "W", "ax": "ə", "ay": "I", "eh": "ɛ"},
    **{"er": "ɜ", "ey": "A", "ih": "ɪ", "iy": "i", "ow": "O", "oy": "Y", "uh": "ʊ", "uw": "u"},
}
SILENCE = "pau"


@dataclass(frozen=True)
class Manner:
    """How one of flite's voices speaks here: its name there, its mean pitch in Hz, how much longer everything lasts."""

    voice: str
    pitch_hz: float
    stretch: float


MANNERS = {
    "flite-slt": Manner("slt", 175.0, 1.0),
    "flite-slt-high": Manner("slt", 205.0, 0.9),
    "flite-slt-low": Manner("slt", 150.0, 1.12),
    "flite-rms": Manner("rms", 95.0, 0.95),
    "flite-rms-high": Manner("rms", 118.0, 0.88),
    "flite-awb": Manner("awb", 125.0, 1.0),
    "flite-awb-low": Manner("awb", 105.0, 1.1),
    "flite-kal": Manner("kal16", 105.0, 1.0),
    "flite-kal-high": Manner("kal16", 140.0, 0.9),
}


def installed() -> bool:
    """Whether the program is here."""
    return shutil.which("flite") is not None


class Flite:
    """A voice engine as agents.tts.TTSEngine; its speech has phones and no words."""

    def __init__(self, manners: Mapping[str, Manner] = MANNERS) -> None:
        if not installed():
            raise EngineError("the program 'flite' is not installed; run: apt-get install flite")
        self._manners = manners

    def voices(self) -> tuple[Voice, ...]:
        return tuple(
            Voice(name, "flite", f"flite's {m.voice}, {m.pitch_hz:.0f} Hz") for name, m in self._manners.items()
        )

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        yield self._said(text, voice, feeling)

    def laugh(self, voice: str, feeling: Feeling, seed: int, kind: str = "laughs") -> Speech:
        return self._said("Ha ha ha ha." if kind == "laughs" else "Heh heh.", voice, feeling)

    def close(self) -> None:
        """There is nothing to free."""

    def _said(self, text: str, voice: str, feeling: Feeling) -> Speech:
        if voice not in self._manners:
            raise EngineError(f"flite has no voice '{voice}'{did_you_mean(voice, self._manners)}")
        manner, mood = self._manners[voice], prosody(feeling)
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder) / "said.wav"
            options = {
                "int_f0_target_mean": manner.pitch_hz * 2 ** (mood.pitch_st / 12),
                "duration_stretch": manner.stretch / mood.pace,
            }
            settings = [part for name, value in options.items() for part in ("--setf", f"{name}={value:.3f}")]
            command = ["flite", "-voice", manner.voice, *settings, "-psdur", "-o", str(wav), "-t", text]
            try:
                told = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=True).stdout
                sound = _read(wav)
            except (OSError, EOFError, wave.Error, subprocess.SubprocessError) as error:
                raise EngineError(f"flite could not say '{text[:40]}': {error}") from error
        return trimmed(Speech(limited(sound, LEVEL * 10 ** (mood.level_db / 20)), (), phones(told)))


def phones(told: str) -> tuple[Phone, ...]:
    """Phones from what `flite -psdur` prints: name:end, ends in seconds.

    Raises:
        EngineError: it names a sound that we do not know.
    """
    out, start = [], 0
    for part in told.split():
        name, _, end_s = part.partition(":")
        end = round(float(end_s) * RATE)
        if name != SILENCE:
            if name not in PHONES:
                raise EngineError(f"flite says the sound '{name}'; known are: {', '.join(PHONES)}")
            out.append(Phone(PHONES[name], start, end))
        start = end
    return tuple(out)


def _read(wav: Path) -> np.ndarray:
    """float32 [N] at RATE."""
    import soxr

    with wave.open(str(wav)) as file:
        rate = file.getframerate()
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / np.float32(32768)
    return soxr.resample(sound, rate, RATE, quality="HQ").astype(np.float32, copy=False)
