"""The error tree. Every message says what, got, expected, and how to mend.

DuologueError             whoever runs the program can mend it; the CLI prints it without a traceback
  PlayError               a screenplay does not say something we can perform; carries every problem found
  EngineError             a voice, ear, mind or motion model failed or does not exist
  ModelFileError          a model file is missing, damaged, or not the one we expect
  OutputError             a file cannot be written
  CorpusError             what a model should learn from is missing, unfinished or damaged
  PersonaError            who an avatar should be is not said in a way we understand
  RecordingError          a recording is missing, holds no sound that can be read, or not that of one or two people
  DeviceError             there is no microphone, loudspeaker or screen, or none of that name
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


class DuologueError(Exception):
    """Something the person at the keyboard can mend."""


@dataclass(frozen=True)
class Problem:
    """One thing to mend in a file, said so that an editor can jump to it."""

    file: str
    line: int
    what: str
    expected: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        if self.suggestion:
            mend = f"; did you mean {self.suggestion}?"
        else:
            mend = f"; expected {self.expected}" if self.expected else ""
        return f"{self.file}:{self.line}: {self.what}{mend}"


class PlayError(DuologueError):
    """A screenplay does not say something we can perform. `problems` holds all of them, in the order of lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: p.line))
        super().__init__("\n".join(map(str, self.problems)))


class EngineError(DuologueError):
    """A voice, ear, mind or motion model failed or does not exist."""


class ModelFileError(DuologueError):
    """A model file is missing, damaged, or not the one we expect."""


class OutputError(DuologueError):
    """A file cannot be written."""


class CorpusError(DuologueError):
    """What a model should learn from is missing, unfinished or damaged."""


class PersonaError(DuologueError):
    """Who an avatar should be is not said in a way we understand. `problems` holds all that is wrong, one line each."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class RecordingError(DuologueError):
    """A recording is missing, holds no sound that can be read, or not that of one or two people."""


class LogError(DuologueError):
    """An event log is missing, or has lines that are none."""


class ConfigError(DuologueError):
    """The settings say something that is not understood. `problems` holds all of them, in the order they stand in."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class DeviceError(DuologueError):
    """There is no microphone, loudspeaker or screen, or none of that name."""


def nearest(got: str, known: Iterable[str]) -> str | None:
    """The known name that a person most likely meant, if any is near."""
    names = {k.lower(): k for k in known}
    near = difflib.get_close_matches(got.lower(), names, n=1, cutoff=0.6)
    return names[near[0]] if near else None


def did_you_mean(got: str, known: Iterable[str]) -> str:
    """'; did you mean X?' with the nearest known name, or '; expected one of ...' when nothing is near."""
    known = list(known)
    if near := nearest(got, known):
        return f"; did you mean '{near}'?"
    return f"; expected one of: {', '.join(known)}" if known else ""
