"""What the avatars of a conversation say, and what faces know of it: replies on their way through the loudspeaker.

One rule: nothing is decided here. A reply is begun, released, held, resumed or cut because the turn machine said so;
here that becomes sound at a moment, and feelings and cues that fall where they are heard.

Letter: P participants.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.loudspeaker import Loudspeaker
from app.playing import Playing
from dialogue.types import Cue, Feeling
from dialogue.utterance import Utterance
from motion.frame import HOP

HUM = np.float32(0.6)  # a mm-hm is softer than speech


class Mouths:
    """Everyone's; who is heard through the microphone says nothing.

    Args:
        changed: takes a moment from which on something is other than faces were told.
    """

    def __init__(self, participants: int, changed: Callable[[int], None]) -> None:
        self.speaker = Loudspeaker(participants)
        self.playing: dict[int, Playing] = {}  # by turn
        self._changed = changed
        self._feelings = [[(0, Feeling())] for _ in range(participants)]
        self._cues: list[list[Cue]] = [[] for _ in range(participants)]

    @property
    def now(self) -> int:
        return self.speaker.played

    @property
    def sounding(self) -> bool:
        """Whether there is sound that is still to be heard."""
        return any(self.speaker.end(who) > self.now for who in range(1, len(self._cues)))

    def begin(self, turn: int, who: int, held: bool, answers: bool) -> None:
        """A reply is to come; `held` until it is released."""
        self.playing[turn] = Playing(who, turn, self.speaker, released=not held, answers=answers)

    def add(self, turn: int, utterance: Utterance, pause: int) -> None:
        """One more piece of it, and the silence behind."""
        reply = self.playing[turn]
        self._sounds(reply, reply.add(utterance, pause, self.now))

    def release(self, turn: int) -> None:
        """Let a held reply be heard."""
        if reply := self.playing.get(turn):
            self._sounds(reply, reply.release(self.now))

    def hush(self, turn: int) -> None:
        """Fade out, and keep the rest."""
        if reply := self.playing.get(turn):
            self._changed(reply.silence())

    def resume(self, turn: int, start: int) -> None:
        """Go on from a sample of the reply."""
        if reply := self.playing.get(turn):
            self._sounds(reply, reply.resume(start, self.now))

    def cut(self, turn: int, at: int) -> tuple[Playing, int] | None:
        """Drop a reply: it, and how many samples of it were heard; None if there is none."""
        reply = self.playing.pop(turn, None)
        if reply is None:
            return None
        upto = 0
        if reply.spans:
            end = self.speaker.cut(reply.who, at)
            self._changed(end)
            upto = reply.played(end)
        self._feelings[reply.who] = [f for f in self._feelings[reply.who] if f[0] < at] or [(0, Feeling())]
        self._cues[reply.who] = [c for c in self._cues[reply.who] if c.at < at]
        return reply, upto

    def hum(self, who: int, sound: np.ndarray) -> None:
        """A sound of somebody who listens."""
        if len(sound):
            self._changed(self.speaker.put(who, sound * HUM, self.now))

    def nod(self, who: int, at: int) -> None:
        self._cues[who].append(Cue("nod", at))
        self._changed(at)

    def forget(self, before: int) -> None:
        """Drop what lies before a moment."""
        self.speaker.forget(before)
        for own in self._feelings:
            del own[: max(sum(at < before for at, _ in own) - 1, 0)]
        self._cues = [[cue for cue in own if cue.at >= before] for own in self._cues]

    def sound(self, who: int, start: int) -> np.ndarray:
        """float32 [HOP] of somebody from `start` on."""
        return self.speaker.read(who, start, HOP)

    def feelings_at(self, at: int) -> tuple[Feeling, ...]:
        """[P], at a moment."""
        return tuple(next((f for start, f in reversed(own) if start <= at), Feeling()) for own in self._feelings)

    def cues_in(self, start: int) -> tuple[tuple[Cue, ...], ...]:
        """[P][...], of the hop that starts there."""
        return tuple(tuple(c for c in own if start <= c.at < start + HOP) for own in self._cues)

    def _sounds(self, reply: Playing, begin: int | None) -> None:
        """A reply is to be heard from here on: feelings and cues follow."""
        if begin is None:
            return
        keep = [f for f in self._feelings[reply.who] if f[0] < begin]
        self._feelings[reply.who] = keep + [f for f in reply.feelings() if f[0] >= begin] or [(0, Feeling())]
        self._cues[reply.who] = [c for c in self._cues[reply.who] if c.at < begin]
        self._cues[reply.who] += [c for c in reply.cues() if c.at >= begin]
        self._changed(begin)
