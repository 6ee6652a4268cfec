"""Which voices and avatars are here, and whether a screenplay asks for others.

One rule: a screenplay is found wrong before anything is spoken or drawn, and all its mistakes are told at once.
"""
from __future__ import annotations

import json
import struct
from pathlib import Path

from agents import tts
from dialogue.errors import DuologueError, PlayError, Problem
from dialogue.play import MAX_BYTES, check_cast, check_stage, parse
from dialogue.play_model import Play
from render.stage import LIGHTS, STAGES

AVATARS = Path(__file__).resolve().parents[1] / "render" / "avatars"
HEADER = struct.Struct("<4sIIII")  # GLB: magic, version, length; first chunk: length, type. Source: glTF 2.0, section 4


def voices() -> tuple[tts.Voice, ...]:
    """Every voice of every engine that works here."""
    return tts.voices()


def avatars() -> dict[str, str]:
    """Name -> description of the avatars that come with the program."""
    return {path.stem: _description(path) for path in sorted(AVATARS.glob("*.glb"))}


def avatar_file(name: str, play_file: str) -> Path:
    """Where an avatar of a screenplay lies: one of ours, or a .glb beside the screenplay (or anywhere, by its path)."""
    return Path(play_file).parent / name if name.endswith(".glb") else AVATARS / f"{name}.glb"


def read(path: Path) -> Play:
    """A screenplay that can be performed here.

    Raises:
        PlayError: it cannot; carries every mistake found.
    """
    play = _load(path)
    problems = _cast_problems(play)
    if problems:
        raise PlayError(problems)
    return play


def _load(path: Path) -> Play:
    try:
        with open(path, "rb") as file:
            return parse(file.read(MAX_BYTES + 1), str(path))  # one byte too many is enough to be refused
    except OSError as error:
        raise DuologueError(f"cannot read screenplay '{path}': {error.strerror}; expected a .play file") from error


def problems_in(path: Path) -> tuple[Problem, ...]:
    """Every mistake of one screenplay."""
    try:
        return _cast_problems(_load(path))
    except PlayError as error:
        return error.problems


def _cast_problems(play: Play) -> tuple[Problem, ...]:
    known = list(avatars()) + [c.avatar for c in play.head.cast if c.avatar.endswith(".glb") and avatar_file(c.avatar, play.file).is_file()]
    return *check_cast(play, [v.name for v in voices()], known), *check_stage(play, STAGES, LIGHTS)


def _description(path: Path) -> str:
    """What the file says of itself, read from its JSON chunk alone."""
    with open(path, "rb") as file:
        length = HEADER.unpack(file.read(HEADER.size))[3]
        tree = json.loads(file.read(length))
    return tree.get("scenes", [{}])[0].get("extras", {}).get("duologue", {}).get("description", "")
