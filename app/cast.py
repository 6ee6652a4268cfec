"""Which voices, avatars and styles are here, and whether a screenplay asks for others.

One rule: a screenplay is found wrong before anything is spoken or drawn, and all its mistakes are told at once.
"""

from __future__ import annotations

import json
import os
import re
import struct
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from agents import tts
from dialogue.errors import DuologueError, PlayError, Problem, nearest
from dialogue.play import MAX_BYTES, parse
from dialogue.play_head import Report, check_cast, check_stage, check_styles
from dialogue.play_model import Head, Play
from motion import style
from motion.acting import STYLES, Style
from render.stage import LIGHTS, STAGES

AVATARS = Path(__file__).resolve().parents[1] / "render" / "avatars"
HEADER = struct.Struct("<4sIIII")  # GLB: magic, version, length; first chunk: length, type. Source: glTF 2.0, section 4


def avatars() -> dict[str, str]:
    """Name -> description of the avatars that come with the program."""
    return {path.stem: _description(path) for path in sorted(AVATARS.glob("*.glb"))}


def avatar_file(name: str, play_file: str) -> Path:
    """Where an avatar of a screenplay lies: one of ours, or a .glb beside the screenplay or in a folder below it."""
    return Path(play_file).parent / name if name.endswith(".glb") else AVATARS / f"{name}.glb"


def styles(play: Play) -> tuple[Style, ...]:
    """How each member of the cast moves.

    Raises:
        PlayError: a style's file has changed since the play was read.
    """
    found, problems = [], []
    for member in play.head.cast:
        try:
            found.append(_style(member.style, play.file))
        except (OSError, ValueError) as error:
            problems.append(Problem(play.file, member.line, _no_style(member.name, error, Path(play.file))))
    if problems:
        raise PlayError(problems)
    return tuple(found)


def _style(name: str | None, play_file: str) -> Style:
    """A style that comes with the program, or one of a file beside the screenplay or below it."""
    name = name or "ordinary"
    return STYLES[name] if name in STYLES else style.load(Path(play_file).parent / name)


def _no_style(name: str, error: Exception, play: Path) -> str:
    """What is wrong with the file of somebody's style, its name as the screenplay says it."""
    return f"style of {name}: {error}".replace(f"{play.parent}{os.sep}", "")


def read(path: Path, tongues: tts.Settings = {}) -> Play:
    """A screenplay that can be performed here.

    Args:
        tongues: what the engines of voices are told.
    Raises:
        PlayError: it cannot, or there is no such file; carries every mistake found.
    """
    try:
        with open(path, "rb") as file:
            source = file.read(MAX_BYTES + 1)  # one byte too many is enough to be refused
    except OSError as error:
        raise PlayError([Problem(str(path), 1, f"cannot be read: {error.strerror}", "a .play file")]) from error
    return parse(source, str(path), lambda head, report: _check(head, path, tongues, report))


def problems_in(path: Path, tongues: tts.Settings = {}) -> tuple[Problem, ...]:
    """Every mistake of one screenplay."""
    try:
        read(path, tongues)
    except PlayError as error:
        return error.problems
    return ()


def _check(head: Head, path: Path, tongues: tts.Settings, report: Report) -> None:
    """Report everything that the head asks for and that is not here."""
    known, wanted = tts.voices(tongues), {member.voice for member in head.cast}
    names = [voice.name for voice in known]
    full = {f"{voice.engine}/{voice.name}" for voice in known} & wanted  # nobody is offered both names of one voice
    unsure = {name for name in wanted if tts.split(name)[0] in tts.BEYOND or names.count(name) > 1}
    unsure |= {name for name in wanted - {*names, *full} if tts.known_later(name)}
    _check_unsure(head, unsure, tongues, report)
    beside = [file.name for file in islice(path.parent.glob("*.glb"), 100) if file.is_file()]
    files = {member.avatar for member in head.cast if _is_below(member.avatar, ".glb")}
    _check_files(head, files, (*avatars(), *beside), path, report)
    check_cast(head, names, (*avatars(), *beside), report, full | unsure | files)
    check_stage(head, STAGES, LIGHTS, report)
    _check_styles(head, path, report)


def _check_files(head: Head, files: Iterable[str], offered: Iterable[str], path: Path, report: Report) -> None:
    """Report files of avatars that are not there, or that no film could show."""
    wrong, missing = {}, set()
    for name in files:
        if not (path.parent / name).is_file():
            missing.add(name)
        elif problem := _no_avatar(path.parent / name):
            wrong[name] = problem
    for member in head.cast:
        if member.avatar in missing:
            near = nearest(member.avatar, offered)
            expected = f"a .glb beside the screenplay or in a folder below it, or one of {', '.join(offered)}"
            what = f"avatar of {member.name}: there is no file '{member.avatar}'"
            report(member.line, what, expected, f"'{near}'" if near else "")
        elif member.avatar in wrong:
            report(member.line, f"avatar of {member.name}: {wrong[member.avatar]}", "", "")


def _no_avatar(path: Path) -> str:
    """Why a film could not show the avatar of a file; empty if it could."""
    from render.bust import read as read_bust  # only a file of one's own is opened, and what reads it loads long
    from render.errors import AvatarError

    try:
        read_bust(path)
    except AvatarError as error:
        return str(error)
    return ""


def _check_unsure(head: Head, unsure: Iterable[str], tongues: tts.Settings, report: Report) -> None:
    """Report voices beyond this program that cannot be had, for only their engines can say why; names of two voices; and
    voices that are not installed yet."""
    wrong = {}
    for name in unsure:
        try:
            tts.find_voice(name, tongues)
        except DuologueError as error:
            wrong[name] = str(error)
    for member in head.cast:
        if member.voice in wrong:
            report(member.line, f"voice of {member.name}: {wrong[member.voice]}", "", "")


def _check_styles(head: Head, path: Path, report: Report) -> None:
    """Report styles that are not here, and files of styles that hold none."""
    beside = [file.name for ending in style.ENDINGS for file in islice(path.parent.glob(f"*{ending}"), 100)]
    wanted = {m.style for m in head.cast if m.style}
    below = [name for name in wanted if _is_below(name, *style.ENDINGS) and (path.parent / name).is_file()]
    check_styles(head, dict.fromkeys((*STYLES, *beside, *below)), report)
    for member in head.cast:
        if member.style in below:
            try:
                _style(member.style, str(path))
            except (OSError, ValueError) as error:
                report(member.line, _no_style(member.name, error, path), "", "")


def _is_below(name: str, *endings: str) -> bool:
    """Whether a name can be a file in the screenplay's folder or below: a screenplay may come from a stranger, and has
    no business elsewhere, on whichever system."""
    parts = re.split(r"[/\\]", name)
    return name.endswith(endings) and ":" not in name and all(parts) and ".." not in parts


def _description(path: Path) -> str:
    """What the file says of itself, read from its JSON chunk alone."""
    with open(path, "rb") as file:
        length = HEADER.unpack(file.read(HEADER.size))[3]
        tree = json.loads(file.read(length))
    return tree.get("scenes", [{}])[0].get("extras", {}).get("duologue", {}).get("description", "")
