"""The error tree. Every message says what, got, expected, and how to mend.

    DuologueError             whoever runs the program can mend it; the CLI prints it without a traceback
      PlayError               a screenplay does not say something we can perform; carries every problem found
      EngineError             a voice, ear or mind failed or does not exist
      ModelFileError          a model file is missing, damaged, or not the one we expect
      OutputError             a file cannot be written
"""
from __future__ import annotations

import difflib
from collections.abc import Iterable


class DuologueError(Exception):
    """Something the person at the keyboard can mend."""


class EngineError(DuologueError):
    """A voice, ear or mind failed or does not exist."""


class ModelFileError(DuologueError):
    """A model file is missing, damaged, or not the one we expect."""


class OutputError(DuologueError):
    """A file cannot be written."""


def did_you_mean(got: str, known: Iterable[str]) -> str:
    """'; did you mean X?' with the nearest known name, or '; expected one of ...' when nothing is near."""
    known = list(known)
    near = difflib.get_close_matches(got.lower(), [k.lower() for k in known], n=1, cutoff=0.6)
    if near:
        return f"; did you mean '{next(k for k in known if k.lower() == near[0])}'?"
    return f"; expected one of: {', '.join(known)}" if known else ""
