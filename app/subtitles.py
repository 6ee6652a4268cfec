"""What was heard, as subtitles: on the picture, and as .srt and .vtt files with the names of the speakers.

One rule: a caption holds words that were heard, no more than two lines of them, and stands while they sound. Two people
who talk at once have two captions.

The files are written here because pysubs2 drops WebVTT voices (`<v ADA>`) and takes `{` in a text for a style.
Source: BBC subtitle guidelines (lines break where the sentence does); WebVTT, W3C, section 4.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from dialogue.timeline import Segment, Timeline
from dialogue.transcript import CUT
from dialogue.types import RATE, samples
from dialogue.utterance import pieces

WIDTH = 42  # columns a line; two lines a caption
LONGEST = samples(6.0)
SHORTEST = samples(0.9)  # on screen, unless the speaker's next words come sooner
LINGER = samples(0.35)  # after the last word, so that its reader is not cut off
MS = RATE // 1000
WEAK = frozenset(
    "a an the to of in on at by for with from and or but so as if is are was were be my your his her our their".split()
)


@dataclass(frozen=True)
class Caption:
    """One subtitle: who says it, and one or two lines of text."""

    start: int
    end: int
    participant: int
    name: str
    text: str


@dataclass(frozen=True)
class _Piece:
    """A word as it is written, and when it sounds. `space`: one stands after it; not so in writing without spaces."""

    text: str
    start: int
    end: int
    space: bool = True


def captions(timeline: Timeline) -> tuple[Caption, ...]:
    """All captions of a conversation, in the order of their beginnings."""
    until = [timeline.duration] * len(timeline.names)  # where each speaker's next turn begins
    out = []
    for segment in reversed(timeline.segments):
        out += _captions(segment, timeline.names[segment.participant], until[segment.participant])
        until[segment.participant] = segment.start
    return tuple(sorted(out, key=lambda c: (c.start, c.participant)))


def captions_at(all_captions: Sequence[Caption], at: int) -> tuple[Caption, ...]:
    """What is to be read at one moment, the first that began first."""
    return tuple(c for c in all_captions if c.start <= at < c.end)


def _captions(segment: Segment, name: str, until: int) -> list[Caption]:
    """The captions of one turn; none stands longer than `until`."""
    words = _pieces(segment, WIDTH - _columns(name) - 2)
    if not words:
        return []
    groups = _grouped(words, name)
    starts = [g[0].start for g in groups] + [until]
    out = []
    for group, following in zip(groups, starts[1:]):
        start, last = group[0].start, group[-1].end
        end = max(min(max(last + LINGER, start + SHORTEST), following), start + MS)
        out.append(Caption(start, end, segment.participant, name, _two_lines(group, name)))
    return out


def _pieces(segment: Segment, narrowest: int) -> list[_Piece]:
    """The words of a turn with their times. Where the voice gave no words, the text shares out the time by its length;
    what is wider than a line is split."""
    text = segment.heard.rstrip() + (CUT if segment.interrupted and segment.heard else "")
    if segment.words:
        shared = [(t, w) for t, w in zip(pieces(text, segment.words), segment.words) if t.strip()]
        follows = [t for t, _ in shared[1:]] + [" "]
        timed = [
            _Piece(" ".join(t.split()), w.start, w.end, t[-1].isspace() or after[0].isspace())
            for (t, w), after in zip(shared, follows)
        ]
    else:
        timed = _shared(_Piece(text, segment.start, segment.end), None)
    return [part for p in timed for part in ([p] if _columns(p.text) <= narrowest else _shared(p, narrowest))]


def _shared(piece: _Piece, width: int | None) -> list[_Piece]:
    """The words of a piece one after the other in its time, each as long as it is written, none wider than `width`."""
    parts = []
    for word in piece.text.split():
        narrow = [word] if width is None else _narrow(word, width)
        parts += [(part, part is narrow[-1]) for part in narrow]
    total, at, out = sum(len(part) for part, _ in parts), 0, []
    for part, last in parts:
        start, at = at, at + len(part)
        times = (piece.start + (piece.end - piece.start) * t // total for t in (start, at))
        out.append(_Piece(part, *times, last))
    return out


def _narrow(word: str, width: int) -> list[str]:
    """A word in parts that fit a line; writing without spaces is one very long word."""
    width = max(width, 4)
    parts, part = [], ""
    for ch in word:
        if _columns(part + ch) > width:
            parts.append(part)
            part = ""
        part += ch
    return [*parts, part]


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def _written(group: Sequence[_Piece]) -> str:
    return "".join(p.text + " " * p.space for p in group).rstrip()


def _two_lines(group: Sequence[_Piece], name: str) -> str:
    """The words on one line, or on the best two; the speaker's name stands before the first."""
    prefix = _columns(name) + 2
    whole = _written(group)
    if prefix + _columns(whole) <= WIDTH:
        return whole
    best, chosen = float("inf"), whole
    for i in range(1, len(group)):
        first, second = _written(group[:i]), _written(group[i:])
        a, b = prefix + _columns(first), _columns(second)
        cost = abs(a - b) + 12 * _awkward(group[i - 1].text)
        if a <= WIDTH and b <= WIDTH and cost < best:
            best, chosen = cost, f"{first}\n{second}"
    return chosen


def _awkward(word: str) -> float:
    """How badly a break reads after this word: 0 at the end of a sentence, 2 after 'the'."""
    end = word.rstrip("\"'”’)")[-1:]
    if end and end in ".!?…—。！？":
        return 0.0
    return 0.4 if end and end in ",;:，、；：" else 2.0 if word.casefold() in WEAK else 1.0


def _grouped(words: list[_Piece], name: str) -> list[list[_Piece]]:
    """The words in captions, so that as few as possible are needed and they end where the sentence does.

    Shortest path over the places where a caption may end: each costs 1, and its break up to 2.
    """
    widths = [_columns(w.text) for w in words]
    cost = [0.0] + [float("inf")] * len(words)
    came = [0] * (len(words) + 1)
    for begin in range(len(words)):
        rows, row = 1, _columns(name) + 1
        for end in range(begin + 1, len(words) + 1):
            width = widths[end - 1]
            longer = row + (end == begin + 1 or words[end - 2].space) + width
            rows, row = (rows, longer) if longer <= WIDTH else (rows + 1, width)
            if end > begin + 1 and (rows > 2 or words[end - 1].end - words[begin].start > LONGEST):
                break
            here = cost[begin] + 1 + (_awkward(words[end - 1].text) if end < len(words) else 0.0)
            if here < cost[end]:
                cost[end], came[end] = here, begin
    groups, end = [], len(words)
    while end:
        groups.append(words[came[end] : end])
        end = came[end]
    return groups[::-1]


def srt(all_captions: Sequence[Caption]) -> str:
    """SubRip, the name before the text."""
    return "".join(
        f"{i}\n{_clock(c.start, ',')} --> {_clock(c.end, ',')}\n{c.name}: {c.text}\n\n"
        for i, c in enumerate(all_captions, 1)
    )


def vtt(all_captions: Sequence[Caption]) -> str:
    """WebVTT, the name as a voice."""
    return "WEBVTT\n\n" + "".join(
        f"{_clock(c.start, '.')} --> {_clock(c.end, '.')}\n<v {_escaped(c.name)}>{_escaped(c.text)}</v>\n\n"
        for c in all_captions
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(at: int, mark: str) -> str:
    ms = round(at / MS)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{mark}{ms % 1000:03}"
