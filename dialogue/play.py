"""The screenplay, read: from text to Play, and everything that can be wrong with one.

One rule: a problem never stops the reading. All (the first hundred) are collected, each with file, line, what was
expected and, where a name is near, a suggestion; then PlayError carries them together.

A directive is one function here, one line in DIRECTIVES and one case in dialogue/play_write.py. The language is
described in scenarios/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from dialogue.emotion import CUE_OF, EMOTION_OF, Feeling, Gesture, cue, read
from dialogue.errors import PlayError, Problem, nearest
from dialogue.play_head import Report, clean, read_head, report_shot, shot_from
from dialogue.play_model import (
    Beat,
    Blank,
    Camera,
    Comment,
    Gap,
    Head,
    InterruptAtShare,
    InterruptAtWord,
    Line,
    Listens,
    Pause,
    Play,
    Timing,
    find_words,
    interrupted,
    said,
)

MAX_BYTES = 1 << 20
MAX_BEATS = 10_000
MAX_PROBLEMS = 100  # then the reading ends: nobody mends more at once
MAX_WHAT = 160  # characters of the file that a message repeats
MAX_SECONDS = 600.0  # of one pause or gap
SHARE = re.compile(r"at\s+(\d{1,3}(?:\.\d+)?)\s*%")
QUOTED = re.compile(r'at\s+["“”«»„]([^"“”«»„]{1,200})["“”«»„]')
SECONDS = re.compile(r"(-?\d{1,6}(?:\.\d{1,6})?|-?\.\d{1,6})\s*(s|ms|seconds?|sec)")
TIMING = re.compile(r"\(\s*([a-z]+)\b((?:\"[^\"]*\"|[^()\"])*)\)")
SPEECH = re.compile(r"([^:>(\[{#\\\s][^:(\[{\\]{0,60}?)\s*:(.*)", re.DOTALL)
LISTENS = re.compile(r"\(\s*([^:()]+?)\s+listens?\s*:(.*)\)", re.DOTALL)
COMMENT = re.compile(r"(?:^|\s)#(?=\s|$)|^\s*#")


class _Reading:
    """The problems met so far in one file, and the names its lines may use."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.names: tuple[str, ...] = ()

    def report(self, line: int, what: str, expected: str = "", suggestion: str = "") -> None:
        what = what if len(what) <= MAX_WHAT else what[:MAX_WHAT] + "…"
        self.problems.append(Problem(self.file, line, what, expected, suggestion))
        if len(self.problems) == MAX_PROBLEMS:
            raise PlayError(self.problems)

    def known(self, name: str, line: int) -> bool:
        """Whether the cast has the name; reports it if not."""
        if self.names and name not in self.names:
            self.report(
                line, f"unknown cast name '{name}'", f"one of {', '.join(self.names)}", nearest(name, self.names) or ""
            )
        return name in self.names


def parse(source: str | bytes, file: str, check: Callable[[Head, Report], None] | None = None) -> Play:
    """The play that a text holds.

    Args:
        source: the whole file.
        file: what messages call it.
        check: reports what the head asks for and is not here, as check_cast and check_stage do.
    Raises:
        PlayError: with every problem found.
    """
    reading = _Reading(file)
    text = _text(source, reading)
    rows = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    begin = next((i for i, row in enumerate(rows) if row.strip()), 0)
    fences = [i for i, row in enumerate(rows) if row.rstrip() == "---"][:2]
    if reading.problems:
        raise PlayError(reading.problems)
    if len(fences) < 2 or fences[0] != begin:
        reading.report(
            begin + 1, "no head", "the play to begin with a head between two lines of ---, as in scenarios/README.md"
        )
        raise PlayError(reading.problems)
    head = read_head("\n".join(rows[fences[0] + 1 : fences[1]]), fences[0] + 2, reading.report)
    if head and check:
        check(head, reading.report)
    reading.names = tuple(c.name for c in head.cast) if head else ()
    beats = _beats(rows[fences[1] + 1 :], fences[1] + 2, reading)
    _check_order(beats, reading)
    if reading.problems or head is None:
        raise PlayError(reading.problems)
    return Play(head, tuple(beats), file)


def _text(source: str | bytes, reading: _Reading) -> str:
    size = len(source) if isinstance(source, bytes) else len(source.encode(errors="replace"))
    if size > MAX_BYTES:
        reading.report(1, f"the file has {size} bytes", f"at most {MAX_BYTES}; split the play into acts")
        return ""
    if isinstance(source, str):
        return source
    try:
        return source.decode()
    except UnicodeDecodeError as error:
        reading.report(
            source.count(b"\n", 0, error.start) + 1,
            f"byte 0x{source[error.start]:02x} is not UTF-8",
            "a file saved as UTF-8",
        )
        return ""


def _beats(rows: list[str], first: int, reading: _Reading) -> list[Beat]:
    beats: list[Beat] = []
    count = 0
    for number, text in _logical(rows, first, reading):
        if not text:
            if beats and not isinstance(beats[-1], Blank):
                beats.append(Blank(number))
        elif text.startswith("#"):
            beats.append(Comment(clean(text[1:]), number))
        elif count == MAX_BEATS:
            reading.report(number, f"more than {MAX_BEATS} beats", "a shorter play; split it into acts")
            break
        else:
            count += 1
            beat = _beat(text, number, reading)
            if beat is not None:
                beats.append(beat)
    if beats and isinstance(beats[-1], Blank):
        beats.pop()
    return beats


def _logical(rows: list[str], first: int, reading: _Reading) -> list[tuple[int, str]]:
    """(line number, text): continued lines joined, empty rows as '', each comment before what it follows."""
    out: list[tuple[int, list[str]]] = []
    speech: list[str] | None = None  # the spoken line that an indented row continues
    place = 0  # of that line in `out`
    for number, row in enumerate(rows, first):
        comment = COMMENT.search(row)
        text = clean(row[: comment.start()] if comment else row)
        if comment:
            continued = bool(text and speech and row[0] in " \t")
            out.insert(place if continued else len(out), (number, ["#" + row[comment.end() :]]))
            place += continued
        if not text:
            if not comment:
                out.append((number, [""]))
                speech = None
            continue
        if row[0] in " \t":
            named = SPEECH.fullmatch(text)
            if speech is None or (named and named[1] in reading.names):
                reading.report(
                    number,
                    "an indented row continues the line above" + ("" if speech else ", and there is none"),
                    "no spaces at its beginning",
                )
            else:
                speech.append(text)
            continue
        parts = [text]
        speech, place = (parts if text[0] not in ">(" else None), len(out)
        out.append((number, parts))
    return [(number, " ".join(parts)) for number, parts in out]


def _beat(text: str, line: int, reading: _Reading) -> Beat | None:
    if text.startswith(">"):
        word, _, rest = text[1:].strip().partition(" ")
        if word in DIRECTIVES:
            return DIRECTIVES[word](rest.strip(), line, reading)
        near = nearest(word, DIRECTIVES)
        reading.report(
            line, f"unknown directive '> {word}'", f"one of > {', > '.join(DIRECTIVES)}", f"> {near}" if near else ""
        )
    elif found := LISTENS.fullmatch(text):
        return _listens(found[1], found[2], line, reading)
    elif found := SPEECH.fullmatch(text):
        return _line(found[1], found[2].strip(), line, reading)
    else:
        reading.report(
            line,
            f"'{text[:40]}' is no line of a play",
            "NAME: what is said, > camera, > pause, (NAME listens: nod) or # a comment",
        )
    return None


def _camera(text: str, line: int, reading: _Reading) -> Camera | None:
    shot = shot_from(text, reading.names)
    if shot:
        return Camera(shot, line)
    if reading.names:
        report_shot(text, reading.names, line, reading.report)
    return None


def _pause(text: str, line: int, reading: _Reading) -> Pause | None:
    value = _seconds(text)
    if value is None or value < 0:
        bare = _bare(text) and not text.startswith("-")
        reading.report(
            line,
            f"a pause of '{text[:40]}'" + (" without a unit" if bare else ""),
            f"seconds up to {MAX_SECONDS:g}, as > pause 1.2s",
            f"> pause {text}s" if bare else "",
        )
        return None
    return Pause(value, line)


DIRECTIVES: dict[str, Callable[[str, int, _Reading], Beat | None]] = {"camera": _camera, "pause": _pause}


def _seconds(text: str) -> float | None:
    found = SECONDS.fullmatch(text.strip())
    if not found:
        return None
    value = round(float(found[1]) / (1000 if found[2] == "ms" else 1), 3)
    return value if abs(value) <= MAX_SECONDS else None


def _bare(text: str) -> bool:
    """Whether nothing is wrong with a time but that it has no unit."""
    return text[-1:].isdigit() and _seconds(f"{text}s") is not None


def _listens(name: str, text: str, line: int, reading: _Reading) -> Listens | None:
    items: list[Gesture | Feeling] = []
    before = len(reading.problems)
    reading.known(name, line)
    for part in (p.strip() for p in text.split(",")):
        bare = part.strip("[]{}() ").casefold()
        if bare in CUE_OF and isinstance(cue(bare), Gesture):
            items.append(cue(bare))
        elif bare in CUE_OF:
            reading.report(line, f"'{bare}' has a sound, so it is a line", f"{name}: (overlap 0.5s) ({CUE_OF[bare]})")
        elif bare in EMOTION_OF:
            items.append(Feeling(EMOTION_OF[bare]))
        else:
            found, _ = read(part, strict=True)
            if len(found) == 1 and isinstance(found[0], Feeling):
                items.append(found[0])
            else:
                reading.report(
                    line,
                    f"unknown direction '{part}'",
                    "gestures and feelings, as (ADA listens: smile, nod, [sad 0.4])",
                    nearest(bare, (*CUE_OF, *EMOTION_OF)) or "",
                )
    return Listens(name, tuple(items), line) if len(reading.problems) == before else None


def _line(name: str, text: str, line: int, reading: _Reading) -> Line:
    reading.known(name, line)
    timing, text = _timing(text, line, reading)
    items, mistakes = read(text, strict=True)
    for mistake in mistakes:
        reading.report(line, mistake.what, mistake.expected, mistake.suggestion)
    if not items and not mistakes:
        reading.report(line, f"{name} says nothing", f"words, a sound or a gesture, as {name}: {{nod}}")
    return Line(name, items, timing, line)  # in spite of mistakes: others may refer to it


def _timing(text: str, line: int, reading: _Reading) -> tuple[Timing | None, str]:
    """The direction for the time at the beginning of a line, and the rest of the line."""
    found = TIMING.match(text)
    if not found or found[1] in CUE_OF:
        return None, text
    word, argument, rest = found[1], found[2].strip(), text[found.end() :].strip()
    if word not in TIMINGS:
        near = nearest(word, TIMINGS)
        if not near:
            return None, text
        reading.report(
            line, f"unknown timing {found[0]}", suggestion=f"({near} {argument})" if argument else f"({near} ...)"
        )
        return None, rest
    timing = TIMINGS[word](argument)
    if word == "after" and argument.startswith("-") and _overlap(argument[1:].lstrip()):
        mend = f"(overlap {argument[1:].lstrip()})"
        reading.report(line, f"timing {found[0]}: a silence is not negative", suggestion=mend)
    elif timing is None:
        bare = _bare(argument) and TIMINGS[word](f"{argument}s") is not None
        reading.report(
            line,
            f"timing {found[0]}" + (" without a unit" if bare else ""),
            'one of (overlap 0.3s) (after 0.8s) (interrupts at "word") (interrupts at 60%)',
            f"({word} {argument}s)" if bare else "",
        )
    return timing, rest


def _after(argument: str) -> Gap | None:
    value = _seconds(argument)
    return None if value is None or value < 0 else Gap(value)


def _overlap(argument: str) -> Gap | None:
    value = _seconds(argument)
    return None if value is None or value < 0 else Gap(0.0 - value)


def _interrupts(argument: str) -> Timing | None:
    if found := SHARE.fullmatch(argument):
        share = round(float(found[1]) / 100, 4)
        return InterruptAtShare(share) if 0 < share < 1 else None
    found = QUOTED.fullmatch(argument)
    return InterruptAtWord(clean(found[1])) if found and clean(found[1]) else None


TIMINGS: dict[str, Callable[[str], Timing | None]] = {"overlap": _overlap, "after": _after, "interrupts": _interrupts}


def _check_order(beats: list[Beat], reading: _Reading) -> None:
    """What only the whole play can tell: whom a line interrupts, and whether a listener has somebody to listen to."""
    paused = False
    for beat in beats:
        if isinstance(beat, Line) and paused and isinstance(beat.timing, InterruptAtWord | InterruptAtShare):
            reading.report(
                beat.line, f"{beat.name} interrupts after a pause", "no > pause between a line and its interruption"
            )
        paused = isinstance(beat, Pause) or (paused and not isinstance(beat, Line))
    lines = [b for b in beats if isinstance(b, Line)]
    taken: set[int] = set()
    for line, target in zip(lines, interrupted(lines)):
        whose = line.name if target is None else lines[target].name
        if not {line.name, whose} <= {*reading.names}:
            continue  # a name that was told as unknown may be anybody's, so who is interrupted is not known either
        if isinstance(line.timing, InterruptAtWord | InterruptAtShare):
            if target is None:
                reading.report(
                    line.line,
                    f"{line.name} interrupts, but nobody else has spoken",
                    "a line of somebody else before it",
                )
            elif target in taken:
                reading.report(
                    line.line, f"line {lines[target].line} is already interrupted", "one interruption of a line"
                )
            elif isinstance(line.timing, InterruptAtWord):
                _check_quote(line, line.timing.words, lines[target], reading)
            taken.add(target)
    later: set[str] = set()  # who speaks after the beat at hand
    for beat in reversed(beats):
        if isinstance(beat, Line):
            later.add(beat.name)
        elif isinstance(beat, Listens) and not later - {beat.name}:
            reading.report(
                beat.line,
                f"{beat.name} listens, but nobody else speaks after this",
                "the direction before the other's line",
            )
    if not lines and not reading.problems:
        reading.report(1, "nobody says anything", "at least one line, as ADA: Hello!")


def _check_quote(line: Line, quote: str, other: Line, reading: _Reading) -> None:
    words = said(other).split()
    found = find_words(words, quote)
    if found is None:
        near = nearest(quote, [w.strip('.,;:!?"') for w in words])
        reading.report(
            line.line,
            f'{other.name}\'s line {other.line} does not say "{quote}"',
            "words of that line",
            f'"{near}"' if near else "",
        )
    elif found == 0:
        reading.report(
            line.line,
            f"{line.name} interrupts at the first word, so nothing is left of line {other.line}",
            "a later word",
        )
