"""Who is heard when: one track of sound for each participant, and everything that happens beside it.

One rule: sound lies in chunks where somebody speaks and nowhere else, so that silence costs nothing and every position
is exact to the sample.

Letters: P participants, N samples at RATE.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dialogue.play_model import Shot
from dialogue.types import RATE, AudioChunk, Cue, Feeling, Hop, Phone, Role, Word, seconds
from dialogue.utterance import faded

# A silence shorter than this lies between two turns of one conversation: everyone still listens. The 90 % quantile of
# human floor transfers is 0.66 s; after a second the conversation rests and roles become IDLE.
REST = RATE


class Track:
    """The sound of one participant. The one mutable thing here: live, it grows while it is heard."""

    def __init__(self) -> None:
        self._chunks: list[AudioChunk] = []

    @property
    def chunks(self) -> tuple[AudioChunk, ...]:
        return tuple(self._chunks)

    @property
    def end(self) -> int:
        """Of the last sound; 0 if there is none."""
        return self._chunks[-1].end if self._chunks else 0

    def put(self, samples: np.ndarray, at: int) -> None:
        """Lay sound at a position after all that is there.

        Args:
            samples: float32 [N] in -1..1; kept, not copied.
        Raises:
            ValueError: it would begin before the track's end, or is no float32 [N].
        """
        if samples.ndim != 1 or samples.dtype != np.float32:
            raise ValueError(f"sound is {samples.dtype} {samples.shape}; expected float32 [N]")
        if at < self.end:
            raise ValueError(f"sound put at {at}, but the track has sound until {self.end}; expected a later position")
        if len(samples):
            self._chunks.append(AudioChunk(samples, at))

    def read(self, start: int, n: int) -> np.ndarray:
        """The sound of [start, start + n), silence where there is none: float32 [N], the caller's own."""
        out = np.zeros(n, np.float32)
        first = bisect_right(self._chunks, start, key=lambda c: c.end)
        for chunk in self._chunks[first:]:
            if chunk.start >= start + n:
                break
            a, b = max(start, chunk.start), min(start + n, chunk.end)
            out[a - start : b - start] = chunk.samples[a - chunk.start : b - chunk.start]
        return out

    def cut(self, at: int, fade: int = 0) -> None:
        """Forget all sound from `at` on; what sounds there fades out over the `fade` samples before."""
        kept = bisect_left(self._chunks, at, key=lambda c: c.start)
        del self._chunks[kept:]
        if self._chunks and self._chunks[-1].end > at:
            last = self._chunks.pop()
            self._chunks.append(AudioChunk(faded(last.samples[: at - last.start], fade), last.start))

    def forget(self, before: int) -> None:
        """Drop the chunks that end at `before` or earlier."""
        del self._chunks[: bisect_right(self._chunks, before, key=lambda c: c.end)]


@dataclass(frozen=True)
class Segment:
    """One turn as it was performed. Positions are those of the timeline.

    Args:
        text: what was to be said.
        heard: what was said before the turn was cut; the same as text if it was not.
        words: those that were heard.
        planned_gap: samples of silence that were wanted before it, negative for an overlap.
        actual_gap: samples from the end of the sound before it to its start.
        line: in the screenplay.
    """

    participant: int
    start: int
    end: int
    text: str
    heard: str
    words: tuple[Word, ...]
    planned_gap: int
    actual_gap: int
    interrupted: bool
    line: int


@dataclass(frozen=True)
class CameraMove:
    """From `at` on the camera follows this direction."""

    at: int
    shot: Shot


@dataclass(frozen=True, eq=False)
class Timeline:
    """A whole conversation. Per participant: tracks, phones, feelings, cues; each list in order of time."""

    names: tuple[str, ...]
    tracks: tuple[Track, ...]
    segments: tuple[Segment, ...]
    phones: tuple[tuple[Phone, ...], ...]
    feelings: tuple[tuple[tuple[int, Feeling], ...], ...]
    cues: tuple[tuple[Cue, ...], ...]
    camera: tuple[CameraMove, ...]
    duration: int

    def audio(self, start: int, n: int) -> np.ndarray:
        """The sound of [start, start + n) of everyone: float32 [P, N]."""
        return np.stack([track.read(start, n) for track in self.tracks])

    def words(self, participant: int) -> tuple[Word, ...]:
        """Every word that was heard of somebody."""
        return tuple(w for s in self.segments if s.participant == participant for w in s.words)

    def roles_at(self, at: int) -> tuple[Role, ...]:
        return tuple(changes[_last(changes, at)][1] for changes in self._roles)

    def feelings_at(self, at: int) -> tuple[Feeling, ...]:
        return tuple(own[i][1] if (i := _last(own, at)) >= 0 else Feeling() for own in self.feelings)

    def role_intervals(self, participant: int) -> tuple[tuple[int, int, Role], ...]:
        """(start, end, role) from 0 to the end, without gaps."""
        changes = self._roles[participant]
        ends = [at for at, _ in changes[1:]] + [self.duration]
        return tuple((at, end, role) for (at, role), end in zip(changes, ends) if end > at)

    def hops(self, size: int) -> Iterator[Hop]:
        """The whole conversation, hop by hop; the last one is filled with silence. Roles and feelings are those of a
        hop's middle."""
        places = (
            [_places(own, size, lambda p: p.start) for own in self.phones],
            [_places(own, size, lambda c: c.at) for own in self.cues],
        )
        for i, start in enumerate(range(0, self.duration, size)):
            middle = start + size // 2
            phones, cues = (tuple(own.get(i, ()) for own in kind) for kind in places)
            yield Hop(start, self.audio(start, size), self.roles_at(middle), self.feelings_at(middle), phones, cues)

    def as_dict(self) -> dict:
        """Ready for JSON; positions in samples, gaps also in seconds."""
        return {
            "rate": RATE,
            "duration": self.duration,
            "participants": list(self.names),
            "beats": [
                {
                    "participant": s.participant,
                    "name": self.names[s.participant],
                    "line": s.line,
                    "start": s.start,
                    "end": s.end,
                    "text": s.text,
                    "heard": s.heard,
                    "interrupted": s.interrupted,
                    "planned_gap_s": round(seconds(s.planned_gap), 4),
                    "actual_gap_s": round(seconds(s.actual_gap), 4),
                }
                for s in self.segments
            ],
            "words": [
                [{"text": w.text, "start": w.start, "end": w.end} for w in self.words(p)]
                for p in range(len(self.names))
            ],
            "phones": [[{"symbol": x.symbol, "start": x.start, "end": x.end} for x in own] for own in self.phones],
            "roles": [
                [{"role": role.value, "start": start, "end": end} for start, end, role in self.role_intervals(p)]
                for p in range(len(self.names))
            ],
            "feelings": [
                [{"at": at, "emotion": f.emotion.value, "intensity": f.intensity} for at, f in own]
                for own in self.feelings
            ],
            "cues": [[{"at": c.at, "name": c.name} for c in own] for own in self.cues],
            "camera": [{"at": move.at, "shot": str(move.shot)} for move in self.camera],
        }

    @cached_property
    def _roles(self) -> tuple[tuple[tuple[int, Role], ...], ...]:
        """Per participant (at, role), each role new at its place; the first at 0."""
        spans = [_merged((s.start, s.end) for s in self.segments if s.participant == p) for p in range(len(self.names))]
        edges = sorted({0, *(x for own in spans for span in own for x in span)})
        floor = _merged(span for own in spans for span in own)
        out = []
        for own in spans:
            changes: list[tuple[int, Role]] = []
            for at in edges:
                role = (
                    Role.SPEAKING
                    if _inside(own, at)
                    else Role.LISTENING
                    if _inside(floor, at) or _brief(floor, at)
                    else Role.IDLE
                )
                if not changes or changes[-1][1] is not role:
                    changes.append((at, role))
            out.append(tuple(changes))
        return tuple(out)


def _last(changes: Sequence[tuple[int, object]], at: int) -> int:
    """The index of the change in force at `at`; -1 before the first."""
    return bisect_right(changes, at, key=lambda change: change[0]) - 1


def _merged(spans) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def _inside(spans: list[tuple[int, int]], at: int) -> bool:
    i = bisect_right(spans, at, key=lambda span: span[0]) - 1
    return i >= 0 and at < spans[i][1]


def _brief(floor: list[tuple[int, int]], at: int) -> bool:
    """Whether the silence at `at` lies between two turns and is shorter than REST."""
    i = bisect_right(floor, at, key=lambda span: span[0])
    return 0 < i < len(floor) and floor[i][0] - floor[i - 1][1] < REST


def _places(items: Sequence, size: int, at: Callable[[object], int]) -> dict[int, tuple]:
    """The items by the number of the hop in which each starts."""
    out: dict[int, list] = {}
    for item in items:
        out.setdefault(at(item) // size, []).append(item)
    return {hop: tuple(own) for hop, own in out.items()}
