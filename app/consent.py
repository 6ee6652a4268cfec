"""Asking a person before anything is downloaded, and which models a conversation needs.

One rule: no byte comes without a word. At a terminal it is a question; with --yes the answer was given before, and what
comes is still told; where nobody can answer there is one error with the command that gets it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from importlib import import_module

from agents import model_pull
from app.progress import Bar

CARRIED = {"kokoro": "kokoro", "piper": "piper-joe"}  # engine of speech: its model, which is not there from the start


def asking(yes: bool = False) -> Callable[[str], bool] | None:
    """How to ask: by a question, not at all, or nobody."""

    def question(plan: str) -> bool:
        print(f"This is needed and not here yet:\n{plan}", file=sys.stderr, flush=True)
        if yes:
            return True
        print("Download it now? [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    answers = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    return question if yes or answers else None


def ensure(names: Iterable[str | None], yes: bool = False) -> None:
    """Have models here, asking first, with a line of progress for each.

    Args:
        names: of the manifest or the hub; None is a model that a person brings along.
    Raises:
        ModelFileError: one is not here and was not wanted, or cannot be pulled.
    """
    wanted = model_pull.missing(dict.fromkeys(filter(None, names)))
    if not wanted:
        return
    model_pull.agreed(wanted, asking(yes))  # before the line is drawn, which would hide the question
    with Bar() as bar:
        for name in wanted:
            model_pull.pull(name, bar)


def for_talk(
    minds: Iterable[tuple[str, str | None]], ears: tuple[str, str | None] | None, voices: Iterable[str]
) -> list[str | None]:
    """The models that a conversation needs beside those that come with the program.

    Args:
        minds, ears: engine, and what it calls its model, None for its own choice; no ears if nobody listens.
        voices: as personas name them, perhaps with their engine: kokoro/bella.
    Raises:
        ModelFileError: there is no model of such a name.
    """
    names = [CARRIED.get(voice.rpartition("/")[0]) for voice in voices]
    for engine, model in minds:
        if engine == "local":
            local = import_module("agents.llm.local")
            names.append(local.needed(model or local.MODEL))
    if ears is not None and ears[0] == "faster_whisper":
        whisper = import_module("agents.asr.faster_whisper")
        names.append(whisper.needed(ears[1] or whisper.MODEL))
    return names
