"""Many voices of another family: Kokoro-82M, a StyleTTS 2 network; the best sounding, and the slowest.

One rule: words and phones carry the times of the very sound they come with. The durations that the network computes
inside are made an output of its graph at load.

Source: Kokoro-82M v1.0 (Apache-2.0), 24 kHz; resampled here, at its own door, to RATE. misaki's symbols are its own.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

import numpy as np

from agents import models
from agents.tts import Speech, Voice
from agents.tts.family import Family, Speaker
from agents.tts.graph import session, with_output
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
}
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
}


class Engine:
    """Kokoro's American voices, all or those that are named, as many as have their styles here."""

    deterministic = True

    def __init__(self, names: Collection[str] = SPEAKERS) -> None:
        self._names = frozenset(names)
        self._family = Family("kokoro", SPEAKERS, KOKORO_LIKE, lambda: Network(models.read(MODEL)))

    def voices(self) -> tuple[Voice, ...]:
        if not models.installed(MODEL):
            return ()
        here = {
            name: speaker
            for name, speaker in SPEAKERS.items()
            if name in self._names and models.installed(_style(name))
        }
        return tuple(Voice(name, "kokoro", speaker.description) for name, speaker in here.items())

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        return self._family.speak(text, voice, feeling, seed)

    def laugh(self, voice: str, feeling: Feeling, seed: int, kind: str = "laughs") -> Speech:
        return self._family.laugh(voice, feeling, seed, kind)

    def close(self) -> None:
        self._family.close()


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
