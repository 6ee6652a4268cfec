"""When each line of a screenplay is said: from a play and its performed lines to a Timeline.

One rule: what the screenplay says about time is kept to the sample, except that nobody talks over themselves and no
line begins before the one above it; both gaps, planned and actual, are told.

Where the screenplay says nothing, gaps are drawn (seeded) from how people take the floor, with overlaps made shorter.
Source: floor-transfer offsets of Switchboard, 10/25/50/75/90 % = -538/-220/87/333/662 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import lcm

import numpy as np

from dialogue.emotion import Gesture
from dialogue.play_model import (
    Camera,
    Gap,
    InterruptAtShare,
    InterruptAtWord,
    Line,
    Listens,
    Pause,
    Play,
    find_words,
    interrupted,
)
from dialogue.timeline import CameraMove, Segment, Timeline, Track
from dialogue.types import RATE, Cue, Feeling, Phone, Word, samples
from dialogue.utterance import Utterance, cut

LEAD_IN = samples(0.8)  # a film does not begin on a syllable
TAIL = samples(1.5)  # nor end on one
FADE = samples(0.02)  # of a voice that is cut: short enough to be a cut, long enough not to click
INTERRUPT_LEAD = samples(0.15)  # whoever interrupts begins this much before the other falls silent
CAMERA_LEAD = samples(0.2)  # a cut to a line comes this much before it
BREATH = samples(0.08)  # between two sounds of one person
REACTION = samples(0.3)  # a listener's feeling begins this much after the line
HOP = RATE // 25  # motion frames; a film holds whole ones
OFFSETS_S = ((0.0, -0.7), (0.10, -0.538), (0.25, -0.22), (0.50, 0.087), (0.75, 0.333), (0.90, 0.662), (1.0, 0.9))
# Of a drawn overlap, so that scripted words stay clear: the longest is 0.25 s, one in four over 0.08 s.
OVERLAP_KEPT = 0.35
OWN_GAP_S = (0.25, 0.55)  # between two lines of the same speaker: a pause inside a turn
GESTURE_S = 0.9  # a line of gestures alone lasts this long for each
READ_CHARS_S, READ_S = 15.0, (1.0, 6.0)  # writing that no voice can speak stays as long as it takes to read


def default_gap_s(rng: np.random.Generator, same_speaker: bool) -> float:
    """A gap as people leave it, in seconds; negative is an overlap."""
    if same_speaker:
        return float(rng.uniform(*OWN_GAP_S))
    offset = float(np.interp(rng.random(), *zip(*OFFSETS_S)))
    return offset * OVERLAP_KEPT if offset < 0 else offset


def schedule(play: Play, utterances: Sequence[Utterance]) -> Timeline:
    """Place every line.

    Args:
        utterances: one for each Line of the play, in its order.
    Raises:
        ValueError: they are not those of the play's lines.
    """
    lines = play.lines
    speakers = [play.names.index(line.name) for line in lines]
    if [u.participant for u in utterances] != speakers:
        raise ValueError(f"{len(utterances)} utterances do not match the speakers of {len(lines)} lines")
    targets = interrupted(lines)
    cuts = {t: _cut_at(line, utterances[t]) for line, t in zip(lines, targets) if t is not None and _interrupts(line)}
    heard = [cut(u, cuts[i], FADE) if i in cuts else u for i, u in enumerate(utterances)]
    setting = _Setting(play, tuple(utterances), tuple(heard), targets)
    for beat in play.beats:
        match beat:
            case Line():
                setting.say(beat)
            case Pause(value):
                setting.wait(samples(value))
            case Camera():
                setting.moves.append(beat)
            case Listens():
                setting.listening.append(beat)
    return setting.timeline()


def _interrupts(line: Line) -> bool:
    return isinstance(line.timing, InterruptAtWord | InterruptAtShare)


def _cut_at(line: Line, other: Utterance) -> int:
    """Where in the other's utterance the line cuts it."""
    if isinstance(line.timing, InterruptAtShare):
        return round(len(other) * line.timing.share)
    index = find_words([w.text for w in other.words], line.timing.words)
    if index is not None:
        return other.words[index].start
    # a voice may read a quoted word as others ("42"): then its place in the text decides
    written = other.text.split()
    index = find_words(written, line.timing.words) or 0
    return round(len(other) * len(" ".join(written[:index])) / max(len(other.text), 1))


@dataclass
class _Setting:
    """The timeline while it grows. `floor` is where the last sound so far ends."""

    play: Play
    planned: tuple[Utterance, ...]
    heard: tuple[Utterance, ...]
    targets: tuple[int | None, ...]
    floor: int = LEAD_IN
    pause: int = 0  # since the last line
    starts: list[int] = field(default_factory=list)  # of each line said so far
    ends: list[int] = field(default_factory=list)
    moves: list[Camera] = field(default_factory=list)  # not yet placed
    listening: list[Listens] = field(default_factory=list)  # still waiting for a line by somebody else

    def __post_init__(self) -> None:
        count = len(self.play.names)
        self.tracks = [Track() for _ in range(count)]
        self.own_end: list[int | None] = [None] * count
        self.segments: list[Segment] = []
        self.phones: list[list[Phone]] = [[] for _ in range(count)]
        self.feelings: list[list[tuple[int, Feeling]]] = [[] for _ in range(count)]
        self.cues: list[list[Cue]] = [[] for _ in range(count)]
        self.camera = [CameraMove(0, self.play.head.camera)]

    def wait(self, length: int) -> None:
        self._move(self.floor + self.pause if self.starts else 0)
        self.pause += length

    def say(self, line: Line) -> None:
        i = len(self.starts)
        u, speaker = self.heard[i], self.heard[i].participant
        reference = self.ends[self.targets[i]] if _interrupts(line) else self.floor
        gap = self._gap(line, i)
        own_end = self.own_end[speaker]
        start = max(reference + gap, self.starts[-1] if i else 0, 0 if own_end is None else own_end + BREATH)
        end = start + (len(u) or _silent(u))
        self._move(start - CAMERA_LEAD if self.starts or self.pause else 0)
        self._place(i, start, end, line, gap, start - reference)
        self._listen(line.name, start, end, u)
        self.starts.append(start)
        self.ends.append(end)
        self.own_end[speaker] = end
        self.floor, self.pause = max(self.floor, end), 0

    def _gap(self, line: Line, i: int) -> int:
        """The wanted silence before a line."""
        if isinstance(line.timing, Gap):
            return samples(line.timing.seconds) + self.pause
        if line.timing is not None:
            return -min(INTERRUPT_LEAD, len(self.heard[self.targets[i]]))
        if self.pause or not i:
            return self.pause
        same = self.heard[i - 1].participant == self.heard[i].participant
        return samples(default_gap_s(np.random.default_rng([self.play.head.seed, i]), same))

    def _place(self, i: int, start: int, end: int, line: Line, planned_gap: int, actual_gap: int) -> None:
        u = self.heard[i]
        self.tracks[u.participant].put(u.samples, start)
        words = tuple(Word(w.text, w.start + start, w.end + start) for w in u.words)
        self.phones[u.participant] += [Phone(p.symbol, p.start + start, p.end + start, p.stressed) for p in u.phones]
        self.feelings[u.participant] += [(at + start, feeling) for at, feeling in u.feelings]
        spread = 0 if len(u) else samples(GESTURE_S)  # gestures without speech follow each other
        self.cues[u.participant] += [Cue(c.name, c.at + start + k * spread) for k, c in enumerate(u.cues)]
        if len(u) or (u.text and end > start):
            self.segments.append(
                Segment(
                    participant=u.participant,
                    start=start,
                    end=end,
                    text=self.planned[i].text,
                    heard=u.text,
                    words=words,
                    planned_gap=planned_gap,
                    actual_gap=actual_gap,
                    interrupted=len(u) < len(self.planned[i]),
                    line=line.line,
                )
            )

    def _listen(self, speaker: str, start: int, end: int, u: Utterance) -> None:
        """Give the listeners who wait for this line what they do: gestures spread over it, each where a word ends."""
        pauses = np.array([w.end + start for w in u.words])
        for direction in [d for d in self.listening if d.name != speaker]:
            self.listening.remove(direction)
            who = self.play.names.index(direction.name)
            gestures = [x.name for x in direction.items if isinstance(x, Gesture)]
            self.feelings[who] += [(min(start + REACTION, end), x) for x in direction.items if isinstance(x, Feeling)]
            for k, name in enumerate(gestures, 1):
                at = start + (end - start) * k // (len(gestures) + 1)
                if len(pauses) > len(gestures):
                    at = int(pauses[np.abs(pauses - at).argmin()])
                self.cues[who].append(Cue(name, at))

    def _move(self, at: int) -> None:
        """Place the camera moves that wait. Two at one moment: the later one holds."""
        for move in self.moves:
            at = max(at, self.camera[-1].at)
            if self.camera[-1].at == at:
                self.camera.pop()
            self.camera.append(CameraMove(at, move.shot))
        self.moves = []

    def timeline(self) -> Timeline:
        self._move(self.floor + self.pause)
        whole = lcm(HOP, RATE // self.play.head.fps)  # whole frames of motion and of film
        duration = -(-(self.floor + self.pause + TAIL) // whole) * whole
        return Timeline(
            names=self.play.names,
            tracks=tuple(self.tracks),
            segments=tuple(sorted(self.segments, key=lambda s: s.start)),
            phones=tuple(tuple(sorted(own, key=lambda p: p.start)) for own in self.phones),
            feelings=tuple(tuple(sorted(own, key=lambda f: f[0])) for own in self.feelings),
            cues=tuple(tuple(sorted(own, key=lambda c: c.at)) for own in self.cues),
            camera=tuple(self.camera),
            duration=duration,
        )


def _silent(u: Utterance) -> int:
    """How long a line without sound holds the floor."""
    if u.text:
        return samples(min(max(len(u.text) / READ_CHARS_S, READ_S[0]), READ_S[1]))
    return samples(GESTURE_S) * len(u.cues)
