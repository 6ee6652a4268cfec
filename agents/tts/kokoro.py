"""Many voices of another family: Kokoro-82M, a StyleTTS 2 network; the best sounding, and the slowest.

One rule: words and phones carry the times of the very sound they come with. The durations that the network computes
inside are made an output of its graph at load.

English is read by misaki's port, all other languages by eSpeak NG. The network also knows Japanese and Chinese, which
neither of them reads well.

Source: Kokoro-82M v1.0 (Apache-2.0), 24 kHz; resampled here, at its own door, to RATE. misaki's symbols are its own.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from functools import partial

import numpy as np

from agents import models
from agents.language import ENGLISH
from agents.tts import Speech, Voice, espeak_ng
from agents.tts.family import Family, Speaker
from agents.tts.graph import session, with_output
from agents.tts.misaki import Reader as English
from agents.tts.misaki import numbers
from agents.tts.take import KOKORO_LIKE, Take
from dialogue.types import Feeling

MODEL = "kokoro"
MODEL_RATE = 24_000
DURATIONS = "/encoder/Clip_output_0"  # the graph's own name for frames of 25 ms per symbol
STYLE = 256
STYLES = {
    "bella": "af_bella",
    "nicole": "af_nicole",
    "sarah": "af_sarah",
    "aoede": "af_aoede",
    "kore": "af_kore",
    "nova": "af_nova",
    "alloy": "af_alloy",
    "michael": "am_michael",
    "fenrir": "am_fenrir",
    "puck": "am_puck",
    "onyx": "am_onyx",
    "echo": "am_echo",
    "eric": "am_eric",
    "dora": "ef_dora",
    "alex": "em_alex",
    "siwis": "ff_siwis",
    "alpha": "hf_alpha",
    "beta": "hf_beta",
    "omega": "hm_omega",
    "psi": "hm_psi",
    "sara": "if_sara",
    "nicola": "im_nicola",
    "dora-pt": "pf_dora",
    "alex-pt": "pm_alex",
}
LANGUAGES = {"a": ENGLISH, "e": "es", "f": "fr", "h": "hi", "i": "it", "p": "pt"}  # by the first letter of a style
SPEAKERS = {
    "bella": Speaker("young woman, bright and warm", gain_db=0.5),
    "nicole": Speaker("woman, whispering and slow"),
    "sarah": Speaker("woman, lively", gain_db=-1.5),
    "aoede": Speaker("woman, smooth and quick", gain_db=-4.5),
    "kore": Speaker("woman, lower and quick", gain_db=-3.5),
    "nova": Speaker("woman, low and even", gain_db=4.0),
    "alloy": Speaker("woman, low and calm", gain_db=-1.0),
    "michael": Speaker("man, clear and warm", gain_db=1.5),
    "fenrir": Speaker("man, quick tenor", gain_db=-3.0),
    "puck": Speaker("man, brisk baritone", gain_db=-4.0),
    "onyx": Speaker("man, deep and slow", gain_db=-0.5),
    "echo": Speaker("man, calm baritone"),
    "eric": Speaker("man, high tenor", gain_db=-1.0),
    "dora": Speaker("woman, Spanish", gain_db=1.0),
    "alex": Speaker("man, Spanish", gain_db=0.5),
    "siwis": Speaker("woman, French", gain_db=-3.0),
    "alpha": Speaker("woman, Hindi", gain_db=-6.5),
    "beta": Speaker("another woman, Hindi", gain_db=-5.5),
    "omega": Speaker("man, Hindi", gain_db=-6.0),
    "psi": Speaker("another man, Hindi", gain_db=-4.5),
    "sara": Speaker("woman, Italian", gain_db=-8.0),
    "nicola": Speaker("man, Italian", gain_db=-3.0),
    "dora-pt": Speaker("woman, Portuguese of Brazil", gain_db=1.0),
    "alex-pt": Speaker("man, Portuguese of Brazil", gain_db=1.0),
}


def language_of(voice: str) -> str:
    """The one language that a voice speaks."""
    return LANGUAGES[STYLES[voice][0]]


class Engine:
    """Kokoro's voices, all or those that are named, as many as have their styles here; those that speak no English need
    a reader of their language too."""

    deterministic = True

    def __init__(self, names: Collection[str] = SPEAKERS) -> None:
        self._names = frozenset(names)
        self._network: Network | None = None
        self._families = {language: self._family(language) for language in LANGUAGES.values()}

    def voices(self) -> tuple[Voice, ...]:
        if not models.installed(MODEL):
            return ()
        read = {ENGLISH, *(espeak_ng.VARIANTS if espeak_ng.installed() else ())}
        return tuple(
            Voice(name, "kokoro", speaker.description, (language_of(name),))
            for name, speaker in SPEAKERS.items()
            if name in self._names and language_of(name) in read and models.installed(_style(name))
        )

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        return self._of(voice).speak(text, voice, feeling, seed)

    def laugh(self, voice: str, feeling: Feeling, seed: int, kind: str = "laughs") -> Speech:
        return self._of(voice).laugh(voice, feeling, seed, kind)

    def close(self) -> None:
        for family in self._families.values():
            family.close()
        self._network = None

    def _of(self, voice: str) -> Family:
        """Those who read the same language; whom nobody knows, the English do not know either, and say so."""
        return self._families[language_of(voice) if voice in STYLES else ENGLISH]

    def _family(self, language: str) -> Family:
        reader = English if language == ENGLISH else partial(espeak_ng.Reader, language)
        return Family("kokoro", SPEAKERS, KOKORO_LIKE, self._loaded, reader)

    def _loaded(self) -> Network:
        """One network for all."""
        self._network = self._network or Network(models.read(MODEL))
        return self._network


class Network:
    """The ONNX graph with its durations made visible, and the styles that have been asked for."""

    def __init__(self, model: bytes) -> None:
        # Half of the cores: the machine stays usable, and the sound does not depend on their number.
        self._session = session(with_output(model, DURATIONS), min(max((os.cpu_count() or 1) // 2, 1), 4))
        self._numbers = numbers()
        self._styles: dict[str, np.ndarray] = {}

    def say(self, symbols: str, voice: str, pace: float, rng: np.random.Generator) -> Take:
        """As Network of agents.tts.family; nothing is left to chance."""
        if voice not in self._styles:
            self._styles[voice] = np.frombuffer(models.read(_style(voice)), "<f4").reshape(-1, 1, STYLE)
        ids = [0, *(self._numbers[symbol] for symbol in symbols), 0]
        feed = {
            "tokens": np.array([ids], np.int64),
            "style": self._styles[voice][len(symbols) - 1],
            "speed": np.array([pace], np.float32),
        }
        sound, frames = self._session.run(None, feed)
        return Take(sound.ravel(), MODEL_RATE, frames.ravel().astype(float))


def _style(voice: str) -> str:
    return f"kokoro-{STYLES[voice]}"
