"""What a voice engine is. Each module of this folder that exports `Engine` is one, found by its file name.

One rule: an engine costs nothing until it speaks, so that all of them can be asked for their voices. Those that reach
beyond this program, for a server or another Python, are asked only by whoever names them: in settings, or in front of
a voice, as `openai/alloy`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

import numpy as np

from agents import folder
from agents.language import ENGLISH
from agents.models import GET_VOICES
from dialogue.errors import DuologueError, EngineError, did_you_mean
from dialogue.types import Feeling, Phone, Word

FOR_TESTS = "fake"  # a person who lists voices does not want to see it
BEYOND = ("coqui", "openai")  # reach beyond this program
LATER = ("kokoro", "piper")  # whose voices are not installed from the start
Settings = Mapping[str, Mapping[str, Any]]  # engine -> its settings


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
    """Speaks text. Blocks without holding Python up, so call it from a thread."""

    deterministic: bool  # the same arguments give the same samples

    def voices(self) -> tuple[Voice, ...]:
        """All voices this engine has here and now; none if its files are not installed.

        Raises:
            EngineError: whoever keeps them cannot be reached.
        """

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
        """Free the model, and end whatever it still does elsewhere at once; idempotent."""


def engines() -> tuple[str, ...]:
    """The names of all engines, found by reading this folder; nothing is imported."""
    return folder.engines(__file__)


def load(name: str, **settings: object) -> TTSEngine:
    """The engine of that name.

    Args:
        settings: of that engine, such as base_url.
    Raises:
        EngineError: there is none, or it has no such setting.
    """
    if name not in engines():
        raise EngineError(f"no tts engine named '{name}'; agents/tts/ has: {', '.join(engines())}")
    return folder.made("tts", name, settings)


def voices(settings: Settings = {}) -> tuple[Voice, ...]:
    """All voices of all engines that people use, of those BEYOND where there are settings for them."""
    found: list[Voice] = []
    for name in engines():
        if name != FOR_TESTS and (name not in BEYOND or name in settings):
            with suppress(DuologueError):  # a server that is down takes nobody else's voice away
                found += _voices(name, settings)
    return tuple(found)


def find_voice(voice: str, settings: Settings = {}) -> Voice:
    """The voice a person names: `heart`, or `hibari/heart` where two engines have one of that name.

    Raises:
        EngineError: no engine, or no voice, of that name.
    """
    engine, name = split(voice)
    known = _voices(engine, settings) if engine else voices(settings)
    found = [v for v in known if v.name == name]
    if engine and not known:
        if engine in BEYOND:
            raise EngineError(f"{engine} has no voices; name its model, or its server, in the settings")
        raise EngineError(f"the voices of {engine} are not installed; run: {GET_VOICES}")
    elsewhere = not engine and any(name in settings for name in BEYOND)  # nova may be a voice of that server
    if not found and not elsewhere and (later := known_later(voice)):
        more = " (voices of other languages than English also need espeak-ng)" if later == "kokoro" else ""
        raise EngineError(f"voice '{name}' of {later} is not installed; run: {GET_VOICES}{more}")
    if not found:
        where = f" in {engine}" if engine else ""
        raise EngineError(f"no voice named '{name}'{where}{did_you_mean(name, [v.name for v in known])}")
    if len(found) > 1:
        full = ", ".join(f"{v.engine}/{v.name}" for v in found)
        raise EngineError(f"voice '{name}' is ambiguous; say one of: {full}")
    return found[0]


def known_later(voice: str) -> str:
    """The engine that has this voice once its files are installed; '' if none of these has."""
    engine, name = split(voice)
    able = [e for e in LATER if engine in ("", e) and name in import_module(f"{__name__}.{e}").SPEAKERS]
    return able[0] if able else ""


def split(voice: str) -> tuple[str, str]:
    """The engine ('' if none is named) and the voice's own name, in which further slashes may stand."""
    engine, slash, name = voice.partition("/")
    return (engine, name) if slash else ("", voice)


def _voices(engine: str, settings: Settings) -> tuple[Voice, ...]:
    with closing(load(engine, **settings.get(engine, {}))) as loaded:
        return loaded.voices()
