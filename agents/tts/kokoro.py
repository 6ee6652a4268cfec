"""Many voices of another family: Kokoro-82M, a StyleTTS 2 network; the best sounding, and the slowest.

One rule: words and phones carry the times of the very sound they come with. The durations that the network computes
inside are made an output of its graph at load.

Source: Kokoro-82M v1.0 (Apache-2.0), 24 kHz; resampled here, at its own door, to RATE. misaki's symbols are its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from agents import models
from agents.tts import Speech, Voice
from agents.tts.align import Leads
from agents.tts.graph import with_output
from agents.tts.misaki import Reader
from agents.tts.prosody import prosody
from agents.tts.reading import Spoken, clauses, parts, phones_of
from agents.tts.take import Take, joined, speech
from dialogue.errors import EngineError, did_you_mean
from dialogue.types import Feeling

MODEL = "kokoro"
MODEL_RATE = 24_000
DURATIONS = "/encoder/Clip_output_0"  # the graph's own name for frames of 25 ms per symbol
STYLE = 256
LEADS = Leads(50, {**dict.fromkeys("bdɡ", 40), **dict.fromkeys("sʃ", 54)})
LEVEL = 1.0
HA = {"laughs": 4, "chuckles": 2}


@dataclass(frozen=True)
class Speaker:
    """A voice and the style that it is."""

    style: str
    description: str


SPEAKERS = {
    "bella": Speaker("af_bella", "young woman, American"),
    "nicole": Speaker("af_nicole", "young woman, American"),
    "sarah": Speaker("af_sarah", "woman, American"),
    "aoede": Speaker("af_aoede", "woman, American"),
    "kore": Speaker("af_kore", "woman, American"),
    "nova": Speaker("af_nova", "woman, American"),
    "alloy": Speaker("af_alloy", "woman, American"),
    "michael": Speaker("am_michael", "man, American"),
    "fenrir": Speaker("am_fenrir", "man, American"),
    "puck": Speaker("am_puck", "man, American"),
    "onyx": Speaker("am_onyx", "man, American"),
    "echo": Speaker("am_echo", "man, American"),
    "eric": Speaker("am_eric", "man, American"),
}


class Engine:
    """Nothing is loaded before the first word is spoken; it has the voices whose files are here."""

    def __init__(self) -> None:
        self._closed = False
        self._styles: dict[str, np.ndarray] = {}

    def voices(self) -> tuple[Voice, ...]:
        if not models.installed(MODEL):
            return ()
        here = {name: s for name, s in SPEAKERS.items() if models.installed(f"kokoro-{s.style}")}
        return tuple(Voice(name, "kokoro", speaker.description) for name, speaker in here.items())

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        style = self._style(voice)
        for words in clauses(text, self._reader.ends_sentence):
            for part in parts(phones_of(words, self._reader)):
                if any(word.phones for word in part):
                    yield self._said(part, style, feeling)

    def laugh(self, voice: str, feeling: Feeling, seed: int, kind: str = "laughs") -> Speech:
        style = self._style(voice)
        if kind not in HA:
            raise EngineError(f"kokoro cannot make the sound '{kind}'{did_you_mean(kind, HA)}")
        said = self._said([Spoken("ha", "hˈɑ")] * HA[kind], style, feeling)
        return Speech(said.samples, (), said.phones)

    def close(self) -> None:
        self._closed = True
        self._styles.clear()
        for loaded in ("_network", "_reader"):
            self.__dict__.pop(loaded, None)

    @cached_property
    def _network(self) -> Network:
        return Network(models.read(MODEL))

    @cached_property
    def _reader(self) -> Reader:
        return Reader()

    def _style(self, voice: str) -> np.ndarray:
        """float32 [510, 256]: a row for each number of symbols."""
        if self._closed:
            raise EngineError("the kokoro engine is closed; make a new one")
        if voice not in SPEAKERS:
            raise EngineError(f"kokoro has no voice '{voice}'{did_you_mean(voice, SPEAKERS)}")
        if voice not in self._styles:
            style = models.read(f"kokoro-{SPEAKERS[voice].style}")
            self._styles[voice] = np.frombuffer(style, "<f4").reshape(-1, STYLE)
        return self._styles[voice]

    def _said(self, part: list[Spoken], style: np.ndarray, feeling: Feeling) -> Speech:
        mood = prosody(feeling)
        symbols = joined(part)
        take = self._network.run(self._reader.ids(symbols), style[len(symbols) - 1], mood.pace)
        return speech(part, take, LEADS, LEVEL * 10 ** (mood.level_db / 20))


class Network:
    """The ONNX graph with its durations made visible."""

    def __init__(self, model: bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # the same sound on every machine
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            with_output(model, DURATIONS), options, providers=["CPUExecutionProvider"]
        )

    def run(self, ids: list[int], style: np.ndarray, pace: float) -> Take:
        """Say symbols between two pads."""
        feed = {"tokens": np.asarray([ids], np.int64), "style": style[None], "speed": np.array([pace], np.float32)}
        sound, frames = self._session.run(None, feed)
        return Take(sound.ravel(), MODEL_RATE, frames.ravel().astype(float))
