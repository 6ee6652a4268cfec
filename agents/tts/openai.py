"""Voices behind a network: any server with `POST /v1/audio/speech`: OpenAI's, Kokoro's, Coqui's tts-server.

One rule: a server is asked for one sentence at a time and answers with sound; everything else about it is found here
(agents.tts.foreign), so that whatever speaks this protocol is a voice with words, phones, feelings and a laugh.

A voice is named with its engine in front, as `openai/alloy`. Which there are is asked at /audio/voices, where
Kokoro's servers tell it; others are believed to have those of the protocol, or those named in the settings.

Source: the reference of OpenAI's API, "Create speech"; the key is in no message, log or repr.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from agents.llm import http
from agents.server import URL, Server
from agents.tts import Speech, Voice
from agents.tts.foreign import Foreign, Sound, Wanted
from dialogue.errors import EngineError, did_you_mean
from dialogue.types import Emotion, Feeling

MODEL = "gpt-4o-mini-tts"
VOICES = "alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse".split()
FORMATS = ("wav", "flac", "mp3", "opus", "aac", "pcm")
PCM_RATE = 24_000  # of samples that come without a header, unless the server says another
MOST_BYTES = 32 * 2**20  # of one sentence: three minutes at 48 kHz, stereo
MOST_S = 180  # of one sentence
MOST_VOICES = 1000
MAGIC = {b"RIFF": "wav", b"fLaC": "flac", b"OggS": "ogg", b"ID3": "mp3", b"\xff\xf1": "aac", b"\xff\xf9": "aac"}


class Engine:
    """Connects when it is first asked for its voices, or to speak.

    Args:
        base_url: of the server, usually ending with /v1. model: as the server calls it.
        voices: their names, where the server does not tell them.
        key_name: of the environment variable, or entry of the keyring, that holds the key.
        format: one of FORMATS that the server can write. patience_s: between two signs of life.
    """

    deterministic = False  # the same request may come back as another take

    def __init__(
        self,
        base_url: str = URL,
        model: str = MODEL,
        voices: Sequence[str] = (),
        key_name: str | None = None,
        format: str = "wav",
        patience_s: float = 15.0,
    ) -> None:
        if format not in FORMATS:
            raise EngineError(f"format is '{format}'{did_you_mean(format, FORMATS)}")
        self._server = Server("voice", base_url, key_name, patience_s, MOST_BYTES)
        self._model, self._format, self._named = model, format, tuple(voices)
        self._foreign = Foreign("openai", self._server.who, self.voices, self._say)

    def voices(self) -> tuple[Voice, ...]:
        return tuple(Voice(name, "openai", f"at {self._server.where}", ()) for name in self._names)

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        return self._foreign.speak(text, voice, feeling, seed)

    def laugh(self, voice: str, feeling: Feeling, seed: int, kind: str = "laughs") -> Speech:
        return self._foreign.laugh(voice, feeling, seed, kind)

    def close(self) -> None:
        self._foreign.close()
        self._server.close()

    @cached_property
    def _names(self) -> tuple[str, ...]:
        if self._named or self._server.is_openai:
            return self._named or tuple(VOICES)

        async def ask(client: Any) -> Any:
            import openai

            try:
                return await client.get("/audio/voices", cast_to=object)
            except openai.APIStatusError as error:
                if error.status_code in (401, 403):
                    raise
                return None  # it need not tell

        return listed(self._server.ask(ask, self._model)) or tuple(VOICES)

    def _say(self, wanted: Wanted) -> Sound:
        more: dict[str, Any] = {}
        if abs(wanted.pace - 1.0) > 1e-3:
            more["speed"] = round(min(max(wanted.pace, 0.25), 4.0), 3)
        if self._model.startswith("gpt-") and wanted.feeling.emotion is not Emotion.NEUTRAL:
            more["instructions"] = f"Sound {wanted.feeling.emotion.value}."

        async def ask(client: Any) -> tuple[bytes, str]:
            asked = client.audio.speech.with_streaming_response.create(
                model=self._model, voice=wanted.voice, input=wanted.text, response_format=self._format, **more
            )
            async with asked as answer:
                return await answer.read(), answer.headers.get("content-type", "")

        body, kind = self._server.ask(ask, self._model)
        try:
            return decoded(body, kind, self._format)
        except ValueError as error:
            raise EngineError(f"{self._server.who}: what came back is no sound ({error}); check base_url") from None


def listed(answer: object) -> tuple[str, ...]:
    """The names in what a server says of its voices: a list of names or of objects, alone or under "voices"."""
    names = answer.get("voices") if isinstance(answer, dict) else answer
    found = []
    for one in names[:MOST_VOICES] if isinstance(names, list) else ():
        name = (one.get("id") or one.get("name")) if isinstance(one, dict) else one
        if isinstance(name, str) and 0 < len(name) <= 200 and name.isprintable():
            found.append(name)
    return tuple(dict.fromkeys(found))


def decoded(body: bytes, kind: str, wanted: str) -> Sound:
    """The sound in an answer, one channel of all.

    Args:
        kind: its content type. wanted: the format that was asked for; a header in the sound itself says more.
    Raises:
        ValueError: there is none.
    """
    form = next((form for magic, form in MAGIC.items() if body.startswith(magic)), None)
    if form is None and wanted in ("mp3", "aac") and body[:1] == b"\xff":
        form = wanted
    if form is None:
        if wanted != "pcm" or re.match(r"text/|application/json", kind) or not body:
            raise ValueError(f"{http.said(kind)}, {len(body)} bytes")
        told = re.search(r"rate=(\d{4,6})\b", kind)
        samples = np.frombuffer(body[: len(body) // 2 * 2], "<i2").astype(np.float32) / 32768
        return Sound(samples, int(told[1]) if told else PCM_RATE)
    import av

    try:
        with av.open(io.BytesIO(body), format=form) as file:
            stream = file.streams.audio[0]
            rate = stream.rate
            fold = av.AudioResampler("flt", "mono", rate)
            pieces, left = [], MOST_S * rate  # a small file may hold hours of silence
            for frame in chain(file.decode(stream), (None,)):
                for part in fold.resample(frame):
                    pieces.append(part.to_ndarray()[0])
                    left -= part.samples
                if left < 0:
                    raise ValueError(f"more than {MOST_S} s for one sentence")
    except (av.FFmpegError, IndexError) as error:
        raise ValueError(f"a broken {form} file of {len(body)} bytes") from error
    if not pieces:
        raise ValueError(f"an empty {form} file")
    return Sound(np.concatenate(pieces), rate)
