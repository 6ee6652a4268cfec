"""What a screenplay says, once read: who is there, and what happens in which order.

One rule: a value that exists is valid on its own; what needs the whole play (names, quoted words) is checked by
`dialogue.play`. Line numbers are for messages only and never take part in a comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dialogue.emotion import Gesture, Item, spoken
from dialogue.types import Feeling

VERSION = 1
FPS = (24, 25, 30, 50, 60)  # each divides RATE
SEATS = ("left", "middle", "right")
MAX_CAST = 8
FIXED_SHOTS = ("wide", "two-shot", "auto")


@dataclass(frozen=True)
class Shot:
    """Where the camera looks from. kind: wide, two-shot, auto, single (the name's face) or over-shoulder (from behind
    the name, to whom they talk)."""

    kind: str
    name: str | None = None

    def __post_init__(self) -> None:
        if (self.name is None) != (self.kind in FIXED_SHOTS) or self.kind not in (
            *FIXED_SHOTS,
            "single",
            "over-shoulder",
        ):
            raise ValueError(
                f"no shot '{self.kind}' of {self.name}; expected {', '.join(FIXED_SHOTS)}, "
                "or single and over-shoulder with a name"
            )

    def __str__(self) -> str:
        return self.kind if self.name is None else self.name if self.kind == "single" else f"over-shoulder {self.name}"


@dataclass(frozen=True)
class CastMember:
    """Who plays: voice, avatar, persona and style are names that the app looks up."""

    name: str
    voice: str
    avatar: str
    persona: str | None = None
    seat: str | None = None  # one of SEATS; None: by the order of the cast
    style: str | None = None  # how they move; None: as ordinary people do
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Stage:
    """Names that the renderer looks up; None leaves the choice to it."""

    background: str | None = None
    light: str | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Head:
    """Everything above the second `---`."""

    cast: tuple[CastMember, ...]
    title: str = "Untitled"
    seed: int = 0
    fps: int = 25
    size: tuple[int, int] = (1280, 720)
    stage: Stage = Stage()
    camera: Shot = Shot("auto")
    notes: tuple[str, ...] = ()  # comment lines

    def seats(self) -> tuple[float, ...]:
        """Where each cast member sits, -1 (left) to 1 (right), evenly spread: left seats first, then those in the
        middle or without a seat, in the order of the cast. Someone alone sits at 0."""
        last = len(self.cast) - 1
        order = sorted(range(len(self.cast)), key=lambda i: (SEATS.index(self.cast[i].seat or "middle"), i))
        return tuple(2 * order.index(i) / last - 1 if last else 0.0 for i in range(len(self.cast)))


@dataclass(frozen=True)
class Gap:
    """Silence before a line; a negative one is an overlap."""

    seconds: float


@dataclass(frozen=True)
class InterruptAtWord:
    """The other's line stops where these words, quoted from it, begin."""

    words: str


@dataclass(frozen=True)
class InterruptAtShare:
    """The other's line stops when this share of it (0..1) is said."""

    share: float


Timing = Gap | InterruptAtWord | InterruptAtShare


@dataclass(frozen=True)
class Line:
    """What one cast member says."""

    name: str
    items: tuple[Item, ...]
    timing: Timing | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Listens:
    """What a listener does during the next line of somebody else."""

    name: str
    items: tuple[Gesture | Feeling, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Camera:
    shot: Shot
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Pause:
    seconds: float
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Comment:
    text: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Blank:
    """One or more empty lines: they part the scenes for a reader."""

    line: int = field(default=0, compare=False)


Beat = Line | Listens | Camera | Pause | Comment | Blank


@dataclass(frozen=True)
class PlayTurn:
    """A line, ready for a voice: who says what, and with which feeling it begins (a tag holds until changed)."""

    participant: int
    items: tuple[Item, ...]
    feeling: Feeling
    line: int


@dataclass(frozen=True)
class Play:
    head: Head
    beats: tuple[Beat, ...]
    file: str = field(default="", compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.head.cast)

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(b for b in self.beats if isinstance(b, Line))

    def turns(self) -> tuple[PlayTurn, ...]:
        """Every Line in order, one turn each."""
        feelings = {name: Feeling() for name in self.names}
        turns: list[PlayTurn] = []
        listening: list[Listens] = []  # until somebody else speaks
        for beat in self.beats:
            if isinstance(beat, Listens):
                listening.append(beat)
            elif isinstance(beat, Line):
                turns.append(PlayTurn(self.names.index(beat.name), beat.items, feelings[beat.name], beat.line))
                for felt in (beat, *(d for d in listening if d.name != beat.name)):
                    feelings[felt.name] = next(
                        (i for i in reversed(felt.items) if isinstance(i, Feeling)), feelings[felt.name]
                    )
                listening = [d for d in listening if d.name == beat.name]
        return tuple(turns)


def word_key(word: str) -> str:
    """A word as people compare it: without case and punctuation."""
    return "".join(ch for ch in word.casefold() if ch.isalnum())


def find_words(words: Sequence[str], phrase: str) -> int | None:
    """Where the phrase first begins among the words."""
    keys = [word_key(w) for w in words]
    wanted = [k for k in map(word_key, phrase.split()) if k]
    for i in range(len(keys) - len(wanted) + 1):
        if wanted and keys[i : i + len(wanted)] == wanted:
            return i
    return None


def interrupted(lines: Sequence[Line]) -> tuple[int | None, ...]:
    """For each line the index of the one it would interrupt: the last line before it by somebody else."""
    last: dict[str, int] = {}
    out = []
    for i, line in enumerate(lines):
        out.append(max((at for name, at in last.items() if name != line.name), default=None))
        last[line.name] = i
    return tuple(out)


def said(line: Line) -> str:
    """The words of a line, without tags."""
    return spoken(line.items)
