"""The head of a screenplay: a small, plain YAML, between two lines of `---`.

One rule: every value is read as the characters that stand there and only then given its type, so `title: No` is a
title. The YAML is taken as a stream of events: anchors, aliases, tags and depth are refused before anything is built.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass

from dialogue.errors import nearest
from dialogue.play_model import FPS, MAX_CAST, SEATS, VERSION, CastMember, Head, Shot, Stage

MAX_HEAD = 64 << 10  # characters; a cast of eight with long titles needs 2 KiB
MAX_DEPTH = 4  # head -> cast -> ADA -> voice
MAX_TEXT = 200  # characters of one value
SIDES = range(64, 4097, 2)  # pixels; H.264 with 4:2:0 colour wants even sides
KEYS = ("version", "title", "seed", "fps", "size", "cast", "stage", "camera")
CAST_KEYS = ("voice", "avatar", "persona", "seat", "style")
STAGE_KEYS = ("background", "light")
RESERVED = ("wide", "two-shot", "auto", "over-shoulder")
SHOTS = "wide, two-shot, auto, NAME or over-shoulder NAME"

Report = Callable[[int, str, str, str], None]  # line, what, expected, suggestion


@dataclass(frozen=True)
class Text:
    """A YAML scalar."""

    value: str
    line: int


@dataclass(frozen=True)
class Table:
    """A YAML mapping; keys are plain strings."""

    rows: dict[str, Text | Table | Rows]
    lines: dict[str, int]
    line: int


@dataclass(frozen=True)
class Rows:
    """A YAML sequence."""

    values: tuple[Text | Table | Rows, ...]
    line: int


class Refused(Exception):
    """YAML that we do not read: (line, what, expected)."""


def clean(text: str) -> str:
    """One line with single spaces; control characters and halves of characters become spaces."""
    return " ".join("".join(" " if unicodedata.category(ch) in ("Cc", "Cs") else ch for ch in text).split())


def shot_from(text: str, names: tuple[str, ...]) -> Shot | None:
    """The shot of that spelling, if there is one."""
    text = clean(text)
    if text in ("wide", "two-shot", "auto"):
        return Shot(text)
    if text in names:
        return Shot("single", text)
    kind, _, name = text.partition(" ")
    return Shot("over-shoulder", name) if kind == "over-shoulder" and name in names else None


def report_shot(text: str, names: tuple[str, ...], line: int, report: Report) -> None:
    near = nearest(text, ("wide", "two-shot", "auto", *names, *(f"over-shoulder {n}" for n in names)))
    report(
        line, f"unknown camera '{clean(text)}'", f"{SHOTS}, with a NAME of the cast ({', '.join(names)})", near or ""
    )


def read_head(text: str, first_line: int, report: Report) -> Head | None:
    """The head; None if it is no table at all. Where a value was reported as a problem, another stands in for it, so
    that the names of the cast are there to check the body by.

    Args:
        text: what stands between the `---` lines.
        first_line: the line number of its first line.
    """
    if len(text) > MAX_HEAD:
        report(first_line, f"the head has {len(text)} characters", f"at most {MAX_HEAD}", "")
        return None
    try:
        table = read_yaml(text, first_line)
    except Refused as refused:
        report(*refused.args, "")
        return None
    notes = tuple(clean(row.lstrip()[1:]) for row in text.split("\n") if row.lstrip().startswith("#"))
    return _head(table, notes, report)


def _head(table: Table, notes: tuple[str, ...], report: Report) -> Head:
    _check_keys(table, KEYS, "", report)
    version = _number(table, "version", VERSION, range(1, 1 << 31), report)
    if version != VERSION:
        report(table.lines["version"], f"version {version} is newer than this program", f"version {VERSION}", "")
    cast = _cast(table, report)
    names = tuple(c.name for c in cast)
    stage = _sub(table.rows.get("stage"), table.lines.get("stage", 0), "stage", report)
    if stage:
        _check_keys(stage, STAGE_KEYS, " of the stage", report)
    camera = Shot("auto")
    if spelled := _string(table, "camera", report):
        found = shot_from(spelled, names)
        if not found and names:
            report_shot(spelled, names, table.lines["camera"], report)
        camera = found or camera
    fps = _number(table, "fps", 25, None, report)
    if fps not in FPS:
        report(table.lines["fps"], f"fps is {fps}", f"one of {', '.join(map(str, FPS))}", "")
    return Head(
        cast=cast,
        title=_string(table, "title", report) or "Untitled",
        seed=_number(table, "seed", 0, range(1 << 63), report),
        fps=fps,
        size=_size(table, report),
        stage=Stage(_string(stage, "background", report), _string(stage, "light", report), stage.line)
        if stage
        else Stage(),
        camera=camera,
        notes=notes,
    )


def _cast(table: Table, report: Report) -> tuple[CastMember, ...]:
    node = table.rows.get("cast")
    if node is None:
        report(table.line, "the head has no cast", "cast: with a line for each NAME: {voice: ..., avatar: ...}", "")
        return ()
    people = _sub(node, table.lines["cast"], "cast", report)
    if people is None:
        return ()
    if len(people.rows) > MAX_CAST:
        report(people.line, f"the cast has {len(people.rows)} members", f"at most {MAX_CAST}", "")
        return ()
    cast, seen = [], {}
    for name, row in people.rows.items():
        line = people.lines[name]
        if not is_name(name) or name.casefold().split()[0] in RESERVED:
            report(
                line,
                f"'{clean(name)}' cannot be a name",
                "letters, digits, - ' and single spaces, at most 40, not beginning with a camera word",
                "",
            )
        key = unicodedata.normalize("NFKC", name).casefold()  # they name files, also where ADA.wav and Ada.wav are one
        if key in seen:
            report(line, f"the names {seen[key]} and {name} differ only in case", "names that differ", "")
        seen[key] = name
        person = _sub(row, line, name, report)
        if person is None:
            continue
        _check_keys(person, CAST_KEYS, f" of {name}", report)
        voice, avatar, persona, seat, style = (_string(person, key, report) for key in CAST_KEYS)
        for key, value in (("voice", voice), ("avatar", avatar)):
            if not value and not isinstance(person.rows.get(key), Table | Rows):
                report(line, f"{name} has no {key}", f"{key}: and a name; `duologue {key}s` lists them", "")
        if seat is not None and seat not in SEATS:
            near = nearest(seat, SEATS)
            report(person.lines["seat"], f"unknown seat '{seat}'", f"one of {', '.join(SEATS)}", near or "")
        cast.append(CastMember(name, voice or "", avatar or "", persona, seat, style, line))
    return tuple(cast)


def is_name(text: str) -> bool:
    """Letters, digits and their marks in every script: a name also becomes part of file names."""
    marks = (unicodedata.category(ch) in ("Mn", "Mc") for ch in text)
    allowed = all(ch.isalnum() or mark or ch in " '-_" for ch, mark in zip(text, marks))
    return allowed and 0 < len(text) <= 40 and text[0].isalnum() and text == clean(text)


def _size(table: Table, report: Report) -> tuple[int, int]:
    node = table.rows.get("size")
    if node is None:
        return 1280, 720
    values = [v.value.strip() for v in node.values if isinstance(v, Text)] if isinstance(node, Rows) else []
    if len(values) != 2 or not all(re.fullmatch(r"\d{1,5}", v, re.ASCII) and int(v) in SIDES for v in values):
        report(
            table.lines["size"],
            "unknown size",
            f"[width, height], both even and {SIDES[0]} to {SIDES[-1]}, as [1280, 720]",
            "",
        )
        return 1280, 720
    return int(values[0]), int(values[1])


def _check_keys(table: Table, known: tuple[str, ...], where: str, report: Report) -> None:
    for key in table.rows:
        if key not in known:
            near = nearest(key, known)
            report(table.lines[key], f"unknown key '{clean(key)}'{where}", f"one of {', '.join(known)}", near or "")


def _sub(node, line: int, name: str, report: Report) -> Table | None:
    if isinstance(node, Table) and node.rows:
        return node
    if node is not None:
        report(line, f"'{name}' is not a table", "indented lines `key: value`, or {key: value}", "")
    return None


def _string(table: Table, key: str, report: Report) -> str | None:
    node = table.rows.get(key)
    if node is None:
        return None
    if not isinstance(node, Text):
        report(table.lines[key], f"'{key}' is not a text", "one value", "")
        return None
    value = clean(node.value)
    if len(value) > MAX_TEXT:
        report(table.lines[key], f"'{key}' has {len(value)} characters", f"at most {MAX_TEXT}", "")
    return value or None


def _number(table: Table, key: str, default: int, allowed: range | None, report: Report) -> int:
    value = _string(table, key, report)
    if value is None:
        return default
    if not re.fullmatch(r"\d{1,19}", value, re.ASCII) or (allowed is not None and int(value) not in allowed):
        report(
            table.lines[key],
            f"{key} is '{value[:40]}'",
            "a whole number" + (f" from {allowed[0]}" if allowed else ""),
            "",
        )
        return default
    return int(value)


def check_cast(
    head: Head, voices: Iterable[str], avatars: Iterable[str], report: Report, judged: Container[str] = ()
) -> None:
    """Report the voices and avatars of the cast that do not exist.

    Args:
        voices, avatars: that may be offered. judged: names of either that were looked at before.
    """
    voices, avatars = tuple(voices), tuple(avatars)
    for member in head.cast:
        if member.voice not in judged:
            _check_known(member.line, "voice", member.voice, voices, report, f" for {member.name}")
        if member.avatar not in judged:
            _check_known(member.line, "avatar", member.avatar, avatars, report, f" for {member.name}")


def check_styles(head: Head, styles: Iterable[str], report: Report) -> None:
    """Report the styles of the cast that do not exist."""
    styles = tuple(styles)
    for member in head.cast:
        _check_known(member.line, "style", member.style, styles, report, f" for {member.name}")


def check_stage(head: Head, backgrounds: Iterable[str], lights: Iterable[str], report: Report) -> None:
    """Report the background and light, if they are named and do not exist."""
    _check_known(head.stage.line, "background", head.stage.background, tuple(backgrounds), report)
    _check_known(head.stage.line, "light", head.stage.light, tuple(lights), report)


def _check_known(
    line: int, kind: str, got: str | None, known: tuple[str, ...], report: Report, whose: str = ""
) -> None:
    if got and got not in known:  # '' stands in for one that is missing, which was told
        near = nearest(got, known)
        report(line, f"unknown {kind} '{got}'{whose}", f"one of {', '.join(known)}", f"'{near}'" if near else "")


def read_yaml(text: str, first_line: int) -> Table:
    """The mapping that the text holds.

    Raises:
        Refused: it is no YAML, no mapping, or uses what a head does not need.
    """
    import yaml

    def checked() -> Iterator[yaml.Event]:
        depth = documents = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = first_line + event.start_mark.line
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise Refused(
                    line, "YAML anchors and aliases (& and *) are not read", "the value itself, or quotes around it"
                )
            if getattr(event, "tag", None) and event.tag != "!":
                raise Refused(line, "YAML tags (!) are not read", "the value itself, or quotes around it")
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                raise Refused(line, "a second YAML document begins", "one head between two lines of ---")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise Refused(line, f"the head is nested more than {MAX_DEPTH} deep", "cast, its members, their keys")
            yield event

    def build(event: yaml.Event):
        line = first_line + event.start_mark.line
        if isinstance(event, yaml.ScalarEvent):
            return Text(event.value, line)
        if isinstance(event, yaml.SequenceStartEvent):
            values = []
            while not isinstance(event := next(events), yaml.SequenceEndEvent):
                values.append(build(event))
            return Rows(tuple(values), line)
        rows, lines = {}, {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            at = first_line + event.start_mark.line
            if not isinstance(event, yaml.ScalarEvent):
                raise Refused(at, "a key is not a plain word", "key: value")
            key = clean(event.value)
            if key in rows:
                raise Refused(at, f"'{key}' is given twice, first in line {lines[key]}", "each key once")
            rows[key], lines[key] = build(next(events)), at
        return Table(rows, lines, line)

    events = checked()
    try:
        root = None
        for event in events:
            if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
                root = build(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        raise Refused(
            first_line + (mark.line if mark else 0),
            f"the head is not YAML: {what}",
            "lines as `title: A first meeting`",
        ) from None
    if not isinstance(root, Table) or not root.rows:
        raise Refused(first_line, "the head is empty or no table", "lines as `title: A first meeting`")
    return root


def write_head(head: Head) -> str:
    """YAML that read_head turns into the same head."""
    import yaml

    cast = {}
    for c in head.cast:
        values = (c.voice, c.avatar, c.persona, c.seat, c.style)
        cast[c.name] = {k: v for k, v in zip(CAST_KEYS, values) if v is not None}
    data = {
        "version": VERSION,
        "title": head.title,
        "seed": head.seed,
        "fps": head.fps,
        "size": list(head.size),
        "cast": cast,
    }
    stage = {k: v for k, v in zip(STAGE_KEYS, (head.stage.background, head.stage.light)) if v is not None}
    if stage:
        data["stage"] = stage
    data["camera"] = str(head.camera)
    notes = "".join(f"# {note}".rstrip() + "\n" for note in head.notes)
    return notes + yaml.safe_dump(data, default_flow_style=None, sort_keys=False, allow_unicode=True, width=1 << 20)
