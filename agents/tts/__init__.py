"""What a voice engine is. Each module of this folder that exports `Engine` is one, found by its file name.

One rule: an engine costs nothing until it speaks, so that all of them can be asked for their voices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

import numpy as np

from agents import folder
from agents.language import ENGLISH
from agents.models import GET_VOICES
from dialogue.errors import EngineError, did_you_mean
from dialogue.types import Feeling, Phone, Word

FOR_TESTS = "fake"  # a person who lists voices does not want to see it


@dataclass(frozen=True)
class Voice:
    """A voice as people choose it.

    Args:
        languages: two letters each, as agents.language has them; () for a voice that may speak any, as a server's.
    """

    name: str
    engine: str
    description: str  # "warm young woman, American"
    languages: tuple[str, ...] = (ENGLISH,)

    def speaks(self, language: str) -> bool:
        return not self.languages or language in self.languages


@dataclass(frozen=True)
class Speech:
    """Sound with its times: samples float32 [N] at RATE; words and phones counted from the first sample.

    It begins and ends with sound: not more than 20 ms of silence at either end.
    """

    samples: np.ndarray
    words: tuple[Word, ...] = ()
    phones: tuple[Phone, ...] = ()


class TTSEngine(Protocol):
    """Speaks text; deterministic for the same arguments."""

    def voices(self) -> tuple[Voice, ...]:
        """All voices this engine has here and now; none if its files are not installed."""

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        """Speak `text`, one Speech a sentence, each as soon as it is ready.

        Raises:
            EngineError: there is no such voice, or the engine failed.
            ModelFileError: its files are not installed.
        """

    def laugh(self, voice: str, feeling: Feeling, seed: int, kind: str = "laughs") -> Speech:
        """A laugh in that voice: no words, but phones, so that lips move with it.

        Args:
            kind: "laughs" or "chuckles", as dialogue.emotion.VOCALS.
        Raises:
            EngineError: there is no such voice, or the engine has no such sound.
        """

    def close(self) -> None:
        """Free the model; idempotent."""


def engines() -> tuple[str, ...]:
    """The names of all engines, found by reading this folder; nothing is imported."""
    return folder.engines(__file__)


def load(name: str) -> TTSEngine:
    """The engine of that name.

    Raises:
        EngineError: there is none.
    """
    if name not in engines():
        raise EngineError(f"no tts engine named '{name}'; agents/tts/ has: {', '.join(engines())}")
    return import_module(f"agents.tts.{name}").Engine()


def voices() -> tuple[Voice, ...]:
    """All voices of all engines that people use."""
    return tuple(voice for name in engines() if name != FOR_TESTS for voice in load(name).voices())


def find_voice(voice: str) -> Voice:
    """The voice a person names: `heart`, or `hibari/heart` where two engines have one of that name.

    Raises:
        EngineError: no engine, or no voice, of that name.
    """
    engine, _, name = voice.rpartition("/")
    known = load(engine).voices() if engine else voices()
    found = [v for v in known if v.name == name]
    if engine and not known:
        raise EngineError(f"the voices of {engine} are not installed; run: {GET_VOICES}")
    if not found:
        where = f" in {engine}" if engine else ""
        raise EngineError(f"no voice named '{name}'{where}{did_you_mean(name, [v.name for v in known])}")
    if len(found) > 1:
        full = ", ".join(f"{v.engine}/{v.name}" for v in found)
        raise EngineError(f"voice '{name}' is ambiguous; say one of: {full}")
    return found[0]
