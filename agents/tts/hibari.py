"""The default voices: hibari, a 7.9 MB English model, as six speakers that feel and laugh.

One rule: words and phones carry the times of the very sound they come with. The durations that the network computes
inside are made an output of its graph at load, so nothing has to be recognised afterwards.

Source: hibari-tts 0.2.1 (Apache-2.0), 24 kHz; resampled here, at its own door, to RATE.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np

from agents import models
from agents.loudness import limited
from agents.tts import Speech, Voice
from agents.tts.align import Timed, timed
from agents.tts.graph import session, with_output
from agents.tts.laugh import HA, KINDS, bout
from agents.tts.misaki import Reader
from agents.tts.prosody import Prosody, prosody
from agents.tts.reading import Spoken, clauses, parts, phones_of
from agents.tts.speakers import SPEAKERS, Speaker
from agents.tts.take import KOKORO_LIKE, eager
from agents.tts.trim import trimmed
from agents.tts.vocoder import RATE as MODEL_RATE
from agents.tts.vocoder import Parts, paced, power, shaped, sound, tone
from dialogue.errors import EngineError, did_you_mean
from dialogue.types import RATE, Feeling

DURATIONS = "/Clip_output_0"  # the graph's own name for frames of 25 ms per symbol
LEVEL = 1.6  # brings the model's -27 dB RMS to a peak near 0.5; loudness proper is agents.loudness


class Engine:
    """hibari with the Duologue speakers, or others. Nothing is loaded before the first word is spoken."""

    deterministic = True

    def __init__(self, speakers: Mapping[str, Speaker] = SPEAKERS) -> None:
        self._speakers = speakers
        self._closed = False

    def voices(self) -> tuple[Voice, ...]:
        return tuple(Voice(name, "hibari", speaker.description) for name, speaker in self._speakers.items())

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        speaker = self._speaker(voice)
        rng = np.random.default_rng(seed)
        for words in clauses(text, self._reader.ends_sentence):
            for part in parts(phones_of(words, self._reader)):
                if any(word.phones for word in part):
                    yield self._said(part, speaker, feeling, rng)

    def laugh(self, voice: str, feeling: Feeling, seed: int, kind: str = "laughs") -> Speech:
        speaker = self._speaker(voice)
        if kind not in KINDS:
            raise EngineError(f"hibari cannot make the sound '{kind}'{did_you_mean(kind, KINDS)}")
        rng = np.random.default_rng(seed)
        spectral, phones = bout(self._ha, KINDS[kind], rng)
        return self._finished(spectral, Timed((), phones), speaker, prosody(feeling), rng)

    def close(self) -> None:
        self._closed = True
        for loaded in ("_network", "_reader", "_ha"):
            self.__dict__.pop(loaded, None)

    @cached_property
    def _network(self) -> Network:
        return Network(models.read("hibari"))

    @cached_property
    def _reader(self) -> Reader:
        return Reader()

    @cached_property
    def _ha(self) -> Parts:
        return self._network.run(self._reader.ids(HA))[0]

    def _speaker(self, voice: str) -> Speaker:
        if self._closed:
            raise EngineError("the hibari engine is closed; make a new one")
        if voice not in self._speakers:
            raise EngineError(f"hibari has no voice '{voice}'{did_you_mean(voice, self._speakers)}")
        return self._speakers[voice]

    def _said(self, part: list[Spoken], speaker: Speaker, feeling: Feeling, rng: np.random.Generator) -> Speech:
        mood = prosody(feeling)
        symbols = " ".join(word.phones for word in part if word.phones)
        spectral, frames = self._network.run(self._reader.ids(symbols))
        pace = speaker.pace * mood.pace
        spectral = paced(spectral, pace)
        times = timed(part, symbols, eager(symbols, frames / pace), power(spectral), KOKORO_LIKE)
        return self._finished(spectral, times, speaker, mood, rng)

    def _finished(
        self, spectral: Parts, times: Timed, speaker: Speaker, mood: Prosody, rng: np.random.Generator
    ) -> Speech:
        samples = sound(shaped(spectral, tone(speaker, mood), rng), rng)
        samples = limited(upsampled(samples), LEVEL * 10 ** (mood.level_db / 20))
        return trimmed(Speech(samples, times.words, times.phones))


class Network:
    """The ONNX graph with its durations made visible."""

    def __init__(self, model: bytes) -> None:
        self._session = session(with_output(model, DURATIONS))  # 100x real time on one thread

    def run(self, ids: list[int]) -> tuple[Parts, np.ndarray]:
        """The spectral parts, and for each id its frames of 25 ms."""
        feed = {"ids": np.asarray([ids], np.int64), "speed": np.ones(1, np.float32)}
        *spectral, frames = self._session.run(None, feed)
        return Parts(*(part[0] for part in spectral)), frames


def upsampled(samples: np.ndarray) -> np.ndarray:
    """24 kHz to RATE."""
    import soxr

    return soxr.resample(samples, MODEL_RATE, RATE, quality="HQ").astype(np.float32, copy=False)
