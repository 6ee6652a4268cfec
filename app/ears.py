"""What a conversation hears of the person at the microphone: a voice that begins or stops, and the words of a turn,
piece by piece.

One rule: whatever the microphone and the detector do, the turn machine hears of a voice that begins and stops in turn.
A gap in the sound, a detector that fails and a muted microphone end a voice; none of them loses what it had said.

A turn of any length is whole, although a transcriber hears half a minute at most: a pause after some seconds closes a
piece, whose words are kept.

Letter: N samples at RATE.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from agents import hearing
from agents.vad import VADEngine
from dialogue import events as e
from dialogue.timeline import Track
from dialogue.types import RATE, samples

PREROLL = round(0.3 * RATE)  # a first consonant is softer than what tells a voice
LATE = RATE // 20  # a microphone that is behind the loudspeaker by so much for a second has lost what lies between
GONE = RATE  # and by so much, at once
# Of a piece. Whisper's time grows with its length, and a sentence that is cut in two is heard worse.
DIALS = hearing.Dials(piece=samples(8.0))
MOST_PIECES = 200  # of which a turn is made up: a quarter of an hour


@dataclass
class Piece:
    """A stretch of a turn, [start, end); `sound` float32 [N] until its `text` is known, and `stop`: 0..1, how nearly a full
    stop was heard behind it."""

    start: int
    end: int
    sound: np.ndarray | None
    text: str | None = None
    stop: float | None = None


class Ears:
    """One microphone.

    Args:
        now: samples that were played. audible: whether an avatar is heard, whose echo may be in the microphone.
        fault: takes what failed, "vad" or "microphone", and why.
    """

    def __init__(
        self,
        detector: VADEngine,
        now: Callable[[], int],
        audible: Callable[[], bool],
        fault: Callable[[str, Exception], None],
    ) -> None:
        self._detector, self._now, self._audible, self._fault = detector, now, audible, fault
        self.hearing = hearing.start(detector)
        self.track = Track()
        self.muted = False
        self.told = False  # the turn machine knows of a voice
        self.ended = 0  # where the last one ended
        self._next: int | None = None  # where the next block belongs
        self._late: deque[int] = deque(maxlen=100)  # how far the blocks of the last second were behind
        self._pieces: dict[tuple[int, int], Piece] = {}  # by turn and number, in order
        self.closed: list[Piece] = []  # because they grew too long, while their turn goes on: to be heard by somebody

    def take(self, sound: np.ndarray) -> Iterator[e.VoiceStarted | e.VoiceStopped]:
        """10 ms that were heard, float32 [N]. Whoever iterates tells each event before asking for the next."""
        if self.muted:
            sound = np.zeros_like(sound)
        yield from self._place(len(sound))
        at, self._next = max(self._next, self.track.end), self._next + len(sound)
        self.track.put(sound, at)
        if self.muted:
            return
        before = self.hearing
        try:
            told, self.hearing = hearing.hear(self._detector, sound, before, DIALS)
        except Exception as error:  # noqa: BLE001 - an engine that a user plugged in; the conversation goes on
            self._fault("vad", error)
            yield from self._again(self._next)
            return
        if self._audible():  # an echo teaches nothing about how loud this person speaks
            self.hearing = replace(self.hearing, voice_db=max(self.hearing.voice_db, before.voice_db))
        for event in told:
            if isinstance(event, hearing.Transcribe):
                piece = Piece(event.at, event.at + len(event.sound), event.sound)
                self._pieces[event.turn, event.piece] = piece
                if self.hearing.turn and event.piece < self.hearing.turn.piece and self.told:
                    self.closed.append(piece)
            else:
                yield from self._voice(event)
        turn = self.hearing.turn
        if turn and turn.speaking and not self.told and (not self._audible() or turn.loud >= DIALS.least):
            yield from self._voice(hearing.Started(self._now(), turn.number, max(turn.peak_db, 0.0)))  # it began softly

    def mute(self, on: bool) -> None:
        """Hear nothing from now on, or again; the turn machine is told by whoever asked for it."""
        self.muted = on
        for _ in self._again(self._now()):
            pass
        self._next = self._next if on else None

    def settle(self) -> None:
        """The turn is over, or was none: the next voice begins another. A voice that is heard goes on."""
        if self.hearing.turn and not self.hearing.turn.speaking and not self.told:
            self.hearing = hearing.settled(self.hearing)

    def pieces(self, start: int) -> list[Piece]:
        """What was said in a turn that began at `start`, in order; the last piece is open, and not yet transcribed."""
        wanted, begin = hearing.now(self.hearing), max(start - PREROLL, 0)
        key = None if wanted is None else (wanted.turn, wanted.piece)
        before = [piece for own, piece in self._pieces.items() if own != key and piece.end > start]
        if wanted is None:
            return before
        end, skip = wanted.at + len(wanted.sound), max(begin - wanted.at, 0)
        last = Piece(wanted.at + skip, end, wanted.sound[skip:])
        self._pieces[key] = last
        return [*before, last]

    def forget(self, before: int) -> None:
        """Drop sound from before a moment, and the oldest words."""
        self.track.forget(before)
        for key in list(self._pieces)[:-MOST_PIECES]:
            del self._pieces[key]
        for piece in self._pieces.values():
            piece.sound = piece.sound if piece.end > before else None

    def _place(self, n: int) -> Iterator[e.VoiceStopped]:
        """Where a block belongs: behind the one before; after a stall, or when one was made up for, at what is heard
        now."""
        if self._next is not None:
            behind = self._now() - n - self._next
            self._late.append(behind)
            if -LATE <= behind <= GONE and (len(self._late) < 100 or min(self._late) <= LATE):
                return
        self._next = self._now() - n
        self._late.clear()
        yield from self._again(self._next)

    def _again(self, at: int) -> Iterator[e.VoiceStopped]:
        """Go on hearing after a gap: what was said before it is a piece of its own."""
        if self.told and (wanted := hearing.now(self.hearing)):
            end = wanted.at + len(wanted.sound)
            self._pieces[wanted.turn, wanted.piece] = Piece(wanted.at, end, wanted.sound)
        self.hearing = hearing.again(self._detector, self.hearing, at)
        if self.told:
            self.told, self.ended = False, self._now()
            yield e.VoiceStopped(self._now(), 0, self.ended)

    def _voice(self, event: hearing.Started | hearing.Stopped) -> Iterator[e.VoiceStarted | e.VoiceStopped]:
        """A voice began or ended. While an avatar speaks, only one over the gate counts: the other is an echo, or talk
        to somebody else; in silence every voice may be meant for us."""
        now = self._now()
        match event:
            case hearing.Started(at, _, over_db) if not self.told and (over_db >= 0.0 or not self._audible()):
                self.told = True
                yield e.VoiceStarted(now, 0, min(at, now), float(over_db))
            case hearing.Stopped() if self.told:
                self.told, self.ended = False, min(event.at, now)
                yield e.VoiceStopped(now, 0, self.ended)
