"""Who an avatar is: name, voice, face, manner and habits, from a small file.

One rule: a file is understood completely or refused, with all its mistakes at once: an unknown key is an error that
suggests the right one.

    name = "Ada"                                  the same keys stand between two lines of +++ at the
    voice = "heart"                               head of a markdown file, whose text is the manner
    avatar = "maya"
    manner = "A curious friend who asks short questions."
    first_line = "[happy] Hi! What are you up to?"
    language = "en"                               of the voice and the answers
    emotions = ["happy", "thoughtful"]            what they mostly show
    backchannels = ["mm-hm", "right"]             what they say while they listen
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from agents.language import ENGLISH, HUM, HUMS, LANGUAGES, meant
from dialogue.emotion import EMOTION_OF, read
from dialogue.errors import PersonaError, did_you_mean, nearest

MOST_BYTES = 64 * 1024
MOST = {"name": 40, "voice": 80, "avatar": 200, "manner": 4000, "first_line": 400}  # characters
MOST_HABITS, HABIT = 16, 40  # of one list, and characters of each


@dataclass(frozen=True)
class Persona:
    """One character. emotions are names or aliases of dialogue.emotion; first_line may hold tags, and may be empty;
    language is a code of agents.language."""

    name: str
    voice: str = "heart"
    avatar: str = "maya"
    manner: str = "Friendly, attentive and brief."
    first_line: str = ""
    language: str = ENGLISH
    emotions: tuple[str, ...] = ("happy", "thoughtful")
    backchannels: tuple[str, ...] = ("mm-hm", "right", "I see")

    def __post_init__(self) -> None:
        if problems := tuple(_mistakes(self)):
            raise PersonaError(*problems)


def _mistakes(who: Persona) -> Iterator[str]:
    """What no persona can have, all of it."""
    wrong = set()
    for key, most in MOST.items():
        value = getattr(who, key)
        if not isinstance(value, str) or len(value) > most:
            wrong.add(key)
            yield f"{key} is {_shown(value)}; expected a text of at most {most} characters"
    if "name" not in wrong and (not who.name.strip() or any(c in who.name for c in "\n[](){}<>:")):
        yield f"name is {_shown(who.name)}; expected a name without brackets and colons"
    if not isinstance(who.language, str) or who.language not in LANGUAGES:
        yield f"language is {_shown(who.language)}{meant(who.language)}"
    for key in ("emotions", "backchannels"):
        value = getattr(who, key)
        whole = isinstance(value, tuple) and len(value) <= MOST_HABITS
        if not whole or not all(isinstance(v, str) and 0 < len(v) <= HABIT for v in value):
            wrong.add(key)
            yield f"{key} is {_shown(value)}; expected a list of at most {MOST_HABITS} short texts"
    for emotion in () if "emotions" in wrong else who.emotions:
        if emotion not in EMOTION_OF:
            yield f"unknown emotion {_shown(emotion)}{did_you_mean(emotion, EMOTION_OF)}"
    for mistake in () if "first_line" in wrong else read(who.first_line, strict=True)[1]:
        mend = f"; did you mean {mistake.suggestion}?" if mistake.suggestion else f"; expected {mistake.expected}"
        yield f"first_line: {mistake.what}{mend}"


def load(path: Path) -> Persona:
    """The persona of a .toml or .md file.

    Raises:
        PersonaError: it cannot be read, or says something that no persona has; carries every mistake found.
    """
    return _read(path, parse)


def says(path: Path) -> frozenset[str]:
    """The keys that a file says itself; all others have their defaults.

    Raises:
        PersonaError: as `load`.
    """

    def understood(text: str) -> dict[str, Any]:
        parse(text)
        return _table(text)

    return frozenset(_read(path, understood))


def _read(path: Path, reader: Callable[[str], Any]) -> Any:
    try:
        with open(path, "rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise PersonaError(f"more than {MOST_BYTES} bytes; expected a short description")
        return reader(raw.decode("utf-8-sig"))
    except OSError as error:
        raise PersonaError(f"{path}: cannot be read: {error.strerror}; expected a .toml or .md file") from error
    except UnicodeDecodeError as error:
        raise PersonaError(f"{path}: is no text in UTF-8; save it as such") from error
    except PersonaError as error:
        raise PersonaError(*(f"{path}: {problem}" for problem in error.problems)) from None


def parse(text: str) -> Persona:
    """The persona of a text: TOML, or markdown that begins with TOML between two lines of +++.

    Raises:
        PersonaError: as `load`.
    """
    table, known = _table(text), [field.name for field in fields(Persona)]
    strange = [key for key in table if key not in known]
    problems = [f"unknown key {_shown(key)}{did_you_mean(key, known)}" for key in strange]
    if "name" not in table and not any(nearest(key, known) == "name" for key in strange):  # a misspelt one is told
        problems.append("no 'name'; expected name = \"...\"")
    try:
        who = made({"name": "Nobody"} | {key: value for key, value in table.items() if key in known})
    except PersonaError as error:
        problems += error.problems
    if problems:
        raise PersonaError(*problems)
    return who


def _table(text: str) -> dict[str, Any]:
    """The keys and values of a text, whatever they are."""
    text, manner = text.replace("\r\n", "\n"), ""
    if text.startswith("+++\n"):
        head, mark, manner = text[4:].partition("\n+++")
        if not mark:
            raise PersonaError("the head opens with +++ and does not close; expected a second line of +++")
        text = head
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PersonaError(f"is no TOML: {error}") from error
    if manner.strip():
        if "manner" in table:
            raise PersonaError("manner is both in the head and below it; keep one")
        table["manner"] = manner.strip()
    return table


def made(table: Mapping[str, Any]) -> Persona:
    """The persona of keys and values as TOML and JSON have them; who names no habits has those of their language.

    Raises:
        PersonaError: as `load`.
    """
    values = {key: tuple(v) if isinstance(v, list) else v for key, v in table.items()}
    language = values.get("language")
    if isinstance(language, str) and language != ENGLISH:
        values.setdefault("backchannels", HUMS.get(language, HUM))
    return Persona(**values)


def write(persona: Persona) -> str:
    """The persona as TOML, which `parse` reads back to the same."""
    rows = []
    for field in fields(Persona):
        value = getattr(persona, field.name)
        shown = [quoted(v) for v in value] if isinstance(value, tuple) else []
        rows.append(f"{field.name} = " + (f"[{', '.join(shown)}]" if isinstance(value, tuple) else quoted(value)))
    return "\n".join(rows) + "\n"


def quoted(text: str) -> str:
    """A text as TOML's basic string: JSON's, but for one character that TOML wants escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
