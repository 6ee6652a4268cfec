"""A transcriber behind a network: any server with `POST /v1/audio/transcriptions`: OpenAI's, faster-whisper-server,
whisper.cpp, vLLM.

One rule: a server's word is not taken for granted. What it wrote goes through the same doubt as our own Whisper's
(agents.asr.faster_whisper.believable), as far as it tells how sure it is.

Sound travels as wav of 16 bit at 16 kHz, which is all that these models hear.

Source: the reference of OpenAI's API, "Create transcription".
"""

from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np

from agents.asr import Transcript, check
from agents.asr.faster_whisper import NOTE, SILENT, believable, once
from agents.llm import http
from agents.mel import MODEL_RATE, for_model
from agents.server import URL, Server
from dialogue.types import RATE, Word

MODEL = "whisper-1"
LEAST = RATE // 10  # what is shorter is refused by OpenAI, and holds no word
PROMPT = 400  # characters of what was said before that are sent
MOST_BYTES = 4 * 2**20  # of one answer
MOST_TEXT = 5000  # characters of it: a minute of the fastest speaker has a third of that
MOST_PARTS = 2000  # words, or segments, of it
PLAIN = ("gpt-4o", "gpt-realtime")  # beginnings of the models that tell text and nothing else


class Engine:
    """Connects when it is first asked.

    Args:
        model: as the server calls it. base_url: of the server, usually ending with /v1.
        key_name: of the environment variable, or entry of the keyring, that holds the key.
        patience_s: between two signs of life.
    """

    deterministic = False  # it is the server's to decide
    longest = 60 * RATE

    def __init__(
        self, model: str = MODEL, base_url: str = URL, key_name: str | None = None, patience_s: float = 8.0
    ) -> None:
        self.model = model
        self._server = Server("transcriber", base_url, key_name, patience_s, MOST_BYTES)

    def languages(self) -> tuple[str, ...]:
        return ()

    def warm(self, language: str = "en") -> None:
        noise = np.random.default_rng(1).normal(0.0, 0.01, RATE).astype(np.float32)
        self._answer(noise, language, "", False)

    def transcribe(
        self, sound: np.ndarray, language: str = "en", prompt: str = "", voiced: int | None = None, words: bool = False
    ) -> Transcript:
        check(sound, self.longest)
        if voiced == 0 or len(sound) < LEAST or np.abs(sound).max() < SILENT:
            return Transcript(no_speech=1.0)
        answer = self._answer(sound, language, prompt.strip()[-PROMPT:], words)
        said = answer.get("text")
        if not isinstance(said, str):
            raise http.garbage(self._server.who, "a transcriber")
        text = " ".join(NOTE.sub(" ", said[:MOST_TEXT]).split())
        text = once(text) if prompt else text
        no_speech, sure = _doubts(answer)
        if not believable(text, no_speech, sure, voiced):
            return Transcript("", (), no_speech, sure)
        times = _words(text, answer.get("words"), len(sound)) if words else ()
        return Transcript(text, times, no_speech, sure)

    def close(self) -> None:
        self._server.close()

    def _answer(self, sound: np.ndarray, language: str, prompt: str, words: bool) -> dict[str, Any]:
        file = ("speech.wav", _wav(sound), "audio/wav")
        more: dict[str, Any] = {"language": language, "temperature": 0.0}
        if prompt:
            more["prompt"] = prompt
        if not self.model.startswith(PLAIN):
            more["response_format"] = "verbose_json"
            if words:
                more["timestamp_granularities"] = ["word", "segment"]

        async def ask(client: Any) -> Any:
            return await client.audio.transcriptions.create(model=self.model, file=file, **more)

        answer = self._server.ask(ask, self.model)
        if not hasattr(answer, "to_dict"):
            raise http.garbage(self._server.who, "a transcriber")
        try:
            return answer.to_dict(warnings=False)
        except (TypeError, ValueError, OverflowError, RecursionError):
            raise http.garbage(self._server.who, "a transcriber") from None


def _wav(sound: np.ndarray) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, MODEL_RATE, 0, "NONE", ""))
        file.writeframes((for_model(sound).clip(-1.0, 1.0) * 32767).astype("<i2").tobytes())
    return out.getvalue()


def _doubts(answer: dict[str, Any]) -> tuple[float, float]:
    """How likely there is no speech, and how sure the server is of its words, over its segments; 0 and 0 where it does
    not tell."""

    def mean(name: str, low: float, high: float) -> float:
        told = [one.get(name) for one in _dicts(answer.get("segments"))]
        numbers = [number for number in told if isinstance(number, int | float) and abs(number) < 1e6]
        return float(np.clip(np.mean(numbers), low, high)) if numbers else 0.0

    return mean("no_speech_prob", 0.0, 1.0), mean("avg_logprob", -100.0, 0.0)


def _words(text: str, told: object, end: int) -> tuple[Word, ...]:
    """When each written word of the text sounds. Servers tell words without their punctuation, or with it, or cut at
    hyphens: each written word has the time of the told ones that its letters hold. Without any: spread evenly by
    length, for that is all there is to know."""
    written = text.split()
    spans = _spans(told, end)
    if not spans:
        edges = np.cumsum([0, *(len(word) + 1 for word in written)])
        spans = [(word, *(int(e * end / edges[-1]) for e in pair)) for word, *pair in zip(written, edges, edges[1:])]
    letters = [(start, stop) for word, start, stop in spans for _ in _bare(word)]
    words, at, last = [], 0, 0
    for word in written:
        own = letters[at : at + len(_bare(word))]
        at += len(_bare(word))
        start, stop = (max(own[0][0], last), max(own[-1][1], last)) if own else (last, last)
        words.append(Word(word, start, stop))
        last = stop
    return tuple(words)


def _spans(told: object, end: int) -> list[tuple[str, int, int]]:
    """Words as a server tells them, in samples up to `end`; what is no word with two times is left out."""
    out = []
    for one in _dicts(told):
        word, edges = one.get("word"), (one.get("start"), one.get("end"))
        if isinstance(word, str) and all(isinstance(edge, int | float) and 0 <= edge < 1e6 for edge in edges):
            start, stop = (min(round(edge * RATE), end) for edge in edges)
            out.append((word[:200], start, max(start, stop)))
    return out


def _dicts(told: object) -> list[dict[str, Any]]:
    """What should be a list of objects, as far as it is one."""
    return [one for one in told[:MOST_PARTS] if isinstance(one, dict)] if isinstance(told, list) else []


def _bare(word: str) -> str:
    return "".join(filter(str.isalnum, word))
