"""Coqui's voices: any model of the coqui-tts package, one that a person has or trained, and clones of a voice by XTTS.

One rule: its models are pickles of PyTorch, so they are opened in a process of their own and never in this one, as
weights and nothing else (agents.tts.coqui_child). The process runs in whichever Python has the package: this one, or
another where its torch clashes with ours; it is killed on close, and started once more if it dies.

Sentences travel as JSON behind their length, sound as float32 behind its JSON: stdin and stdout, no socket.

Source: coqui-tts 0.28 (MPL-2.0), TTS.api.
"""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import BinaryIO

import numpy as np

from agents.llm.http import said
from agents.models import offline
from agents.tts import Speech, Voice
from agents.tts.foreign import Foreign, Sound, Wanted
from dialogue.errors import EngineError
from dialogue.types import Feeling

CHILD = Path(__file__).resolve().with_name("coqui_child.py")
GET = "python -m pip install coqui-tts, into this Python or into one named by the setting python"
LENGTH = struct.Struct(">I")
MOST_JSON, MOST_SOUND = 2**20, 2**26  # bytes of an answer: a list of speakers; six minutes at 48 kHz
SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD", re.I)  # in the name of a variable: none of the child's business
DEFAULT = "default"


class Engine:
    """Nothing is started before the first word is spoken.

    Args:
        model: a folder with config.json and a checkpoint, a checkpoint beside its config.json, or a name such as
            "tts_models/multilingual/multi-dataset/xtts_v2".
        python: the one that has coqui-tts; None: this one.
        speakers: a name -> a speaker of the model, or a recording (.wav, .flac) of the person to sound like.
        language: of models that know several. download: whether a model that is not here may be fetched, which accepts
            its licence; never offline. patience_s: for one sentence; loading a model may take ten times as long.
    """

    deterministic = True  # on one machine

    def __init__(
        self,
        model: str | None = None,
        python: str | None = None,
        speakers: Mapping[str, str] = {},
        language: str = "en",
        download: bool = False,
        patience_s: float = 30.0,
    ) -> None:
        self._model, self._download = model, download
        self._language, self._speakers, self._patience_s = language, dict(speakers), patience_s
        self._python = python or sys.executable
        self._child: Child | None = None
        self._turn = threading.Lock()  # one sentence at a time
        self._closed = False
        self._foreign = Foreign("coqui", "coqui", self.voices, self._say)

    def voices(self) -> tuple[Voice, ...]:
        if self._model is None:
            return ()
        about = f"of {Path(self._model).name}"
        return tuple(Voice(name, "coqui", about, (self._language,)) for name in self._speakers or (DEFAULT,))

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        return self._foreign.speak(text, voice, feeling, seed)

    def laugh(self, voice: str, feeling: Feeling, seed: int, kind: str = "laughs") -> Speech:
        return self._foreign.laugh(voice, feeling, seed, kind)

    def close(self) -> None:
        self._closed = True
        self._foreign.close()
        if self._child is not None:
            self._child.close()

    def _say(self, wanted: Wanted) -> Sound:
        speaker = self._speakers.get(wanted.voice)
        ask = {
            "text": wanted.text,
            "language": self._language,
            "pace": wanted.pace,
            "seed": wanted.seed % 2**31,
            "wav" if speaker and speaker.endswith((".wav", ".flac")) else "speaker": speaker,
        }
        with self._turn:
            for left in (1, 0):
                try:
                    answer, sound = self._running().ask({"say": ask}, self._patience_s)
                    return Sound(np.frombuffer(sound, "<f4"), float(answer["rate"]))
                except Died as death:
                    if self._closed:
                        raise EngineError("the coqui engine is closed; make a new one") from None
                    if not left:
                        raise EngineError(
                            f"coqui: its process died twice ({death}); see its package's own log"
                        ) from None
        raise AssertionError("the second try returns or raises")

    def _running(self) -> Child:
        if self._child is None or self._child.over:
            if self._child is not None:
                self._child.close()
            self._child = Child(self._python)
            if self._closed:  # meanwhile
                self._child.close()
            try:
                load = {"model": self._model, "download": self._download and not offline()}
                self._child.ask({"load": load}, 10 * self._patience_s)
            except EngineError:
                self._child.close()  # it has no model; the next question begins anew
                raise
        return self._child


class Died(Exception):
    """The process ended in the middle of a question; its last words."""


class Child:
    """One process, and the thread that reads what it says.

    Raises:
        EngineError: there is no such Python.
    """

    def __init__(self, python: str) -> None:
        self._python = python
        self._words = tempfile.TemporaryFile()  # what it prints: a pipe that nobody reads would stop it
        env = {name: value for name, value in os.environ.items() if not SECRET.search(name)}
        command = [python, "-u", str(CHILD)]
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._words, env=env
            )
        except OSError as error:
            self._words.close()
            raise EngineError(
                f"coqui: python is '{python}' ({error.strerror}); expected one that has coqui-tts"
            ) from error
        self._answers: SimpleQueue[tuple[dict, bytes] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._read, name="coqui", daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        return self._process.poll() is not None

    def ask(self, what: dict, patience_s: float) -> tuple[dict, bytes]:
        """The answer to a question; blocks.

        Raises:
            Died: the process did.
            EngineError: it could not do it, or is silent for too long; then it is killed, for who knows what it does.
        """
        data = json.dumps(what).encode()
        try:
            self._process.stdin.write(LENGTH.pack(len(data)) + data)
            self._process.stdin.flush()
            answer = self._answers.get(timeout=patience_s)
        except (OSError, ValueError):  # ValueError: stdin is closed
            answer = None
        except Empty:
            self._process.kill()
            raise EngineError(
                f"coqui: no sound within {patience_s:g} s; choose a smaller model, or more patience_s"
            ) from None
        if answer is None:
            raise Died(self._last_words())
        if "error" in answer[0]:
            mend = f"; run: {GET}" if answer[0].get("absent") else ""
            raise EngineError(f"coqui: {said(answer[0]['error'])}{mend}")
        return answer

    def close(self) -> None:
        """Kill it and wait for it; idempotent."""
        self._process.kill()
        self._process.wait()
        self._thread.join()
        for end in (self._process.stdin, self._process.stdout):
            try:
                end.close()
            except OSError:  # what was still to be written has no reader any more
                pass
        self._words.close()

    def _read(self) -> None:
        pipe = self._process.stdout
        try:
            while True:
                answer = json.loads(_exactly(pipe, LENGTH.unpack(_exactly(pipe, LENGTH.size))[0], MOST_JSON))
                self._answers.put((answer, _exactly(pipe, answer.get("bytes", 0), MOST_SOUND)))
        except (EOFError, ValueError, AttributeError, TypeError):
            self._process.kill()  # it is gone, or says what is no answer
            self._answers.put(None)

    def _last_words(self) -> str:
        self._process.wait()
        try:
            self._words.seek(max(0, self._words.seek(0, os.SEEK_END) - 4096))
            lines = self._words.read().decode("utf-8", "replace").split("\n")
        except ValueError:  # closed meanwhile
            lines = []
        return said(next((line for line in reversed(lines) if line.strip()), f"exit code {self._process.returncode}"))


def _exactly(pipe: BinaryIO, size: int, most: int = LENGTH.size) -> bytes:
    if not 0 <= size <= most:
        raise ValueError(size)
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data
