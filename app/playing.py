"""One reply on its way through the loudspeaker: what was put, what was heard, and what comes back after a pause.

One rule: a reply has positions of its own, counted from its first sample; only here are they turned into moments of the
conversation. What was faded out before it was heard is put again on resuming, from the beginning of the word.

Letter: N samples.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from app.loudspeaker import Loudspeaker
from dialogue.types import Cue, Feeling, Word
from dialogue.utterance import Utterance, heard_text


@dataclass(frozen=True)
class Span:
    """Samples [first, first + n) of a reply lie at `at` in the conversation."""

    at: int
    first: int
    n: int


@dataclass
class Playing:
    """The reply of one avatar; `released` once its sound may be heard."""

    who: int
    turn: int
    speaker: Loudspeaker
    released: bool = False
    answers: bool = True  # somebody who spoke, and waits for it
    finished: bool = False  # no more of it will come
    told: int = 0  # samples that the turn machine was told of
    length: int = 0
    pieces: list[tuple[int, Utterance]] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    _pause: int = 0

    def add(self, utterance: Utterance, pause: int, now: int) -> int | None:
        """One more piece, and the silence that belongs after it.

        Returns:
            where it begins to be heard, None if that is still held.
        """
        if len(utterance):
            self.length += self._pause
            self._pause = pause
        first = self.length
        self.pieces.append((first, utterance))
        self.length += len(utterance)
        return self._put(first, now) if self.released else None

    def release(self, now: int) -> int | None:
        """Let it be heard; where that begins, None if there is nothing yet."""
        self.released = True
        return self._put(0, now) if self.pieces else None

    def silence(self) -> int:
        """Fade out and hold what was to follow; from where on nothing is heard."""
        end = self.speaker.cut(self.who)
        self.spans = [replace(s, n=min(s.n, end - s.at)) for s in self.spans if s.at < end]
        self.released = False
        return end

    def resume(self, first: int, now: int) -> int:
        """Go on from a sample of the reply, or from the beginning of the word in which it lies; where that is heard."""
        self.released = True
        inside = [w.start for w in self.words() if w.start <= first < w.end]
        return self._put(inside[-1] if inside else first, now)

    def played(self, now: int) -> int:
        """Samples of the reply that have been heard."""
        return max((s.first + min(s.n, now - s.at) for s in self.spans if s.at < now), default=0)

    def over(self, now: int) -> bool:
        """Whether all of it has been heard."""
        return self.finished and self.released and self.played(now) >= self.length

    def words(self) -> list[Word]:
        """All words so far, counted from the reply's first sample."""
        return [
            replace(w, start=w.start + first, end=w.end + first) for first, piece in self.pieces for w in piece.words
        ]

    def heard(self, upto: int) -> tuple[str, str]:
        """The text whose words began before a sample of the reply, and the rest."""
        before, after = [], []
        for first, piece in self.pieces:
            words = sum(w.start + first < upto for w in piece.words)
            if not piece.words:
                (before if first < upto else after).append(piece.text)
                continue
            text = heard_text(piece.text, piece.words, words) if words else ""
            before.append(text)
            after.append(piece.text[len(text) :].strip())
        return " ".join(t for t in before if t.strip()).strip(), " ".join(t for t in after if t.strip()).strip()

    def at(self, first: int) -> int | None:
        """When a sample of the reply is heard; None if it is not yet known."""
        span = next((s for s in reversed(self.spans) if s.first <= first < s.first + s.n), None)
        return None if span is None else span.at + first - span.first

    def feelings(self) -> list[tuple[int, Feeling]]:
        """(moment, feeling) of what is known to be heard."""
        return [
            (at, feeling)
            for first, piece in self.pieces
            for offset, feeling in piece.feelings
            if (at := self.at(first + min(offset, max(len(piece) - 1, 0)))) is not None
        ]

    def cues(self) -> list[Cue]:
        """What the avatar does beside speaking, at the moments at which it is heard."""
        return [
            replace(cue, at=at)
            for first, piece in self.pieces
            for cue in piece.cues
            if (at := self.at(first + min(cue.at, max(len(piece) - 1, 0)))) is not None
        ]

    def _put(self, first: int, now: int) -> int:
        """Put all pieces from a sample of the reply on."""
        begin = None
        for start, piece in self.pieces:
            if start + len(piece) <= first or not len(piece):
                continue
            skip = max(first - start, 0)
            sound = piece.samples[skip:]
            last = self.spans[-1] if self.spans else None
            due = now
            if last is not None and last.first + last.n <= start + skip:
                due = max(now, last.at + last.n + start + skip - last.first - last.n)  # the pause between two pieces
            at = self.speaker.put(self.who, np.ascontiguousarray(sound, np.float32), due)
            self.spans.append(Span(at, start + skip, len(sound)))
            begin = at if begin is None else begin
        return now if begin is None else begin
