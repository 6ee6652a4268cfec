"""The faces of a live conversation: hop by hop a little ahead of what is heard, and made anew when that changes.

One rule: a face is moved by what its own voice is about to say. What avatars say is known before it sounds, so their
sound goes into the model AHEAD of the loudspeaker, which gives the model its look-ahead without anybody having to wait.
Who speaks into a microphone is heard as much later: a listener answers after a third of a second anyway.

When a reply begins, stops or resumes inside what was already made, the model goes back to before it.

Letters: P participants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dialogue.types import Cue, Feeling, Hop, Role
from motion.facing import Facing, face, turned
from motion.frame import ARKIT, HOP, MotionFrame, blend
from motion.models import MotionModel
from motion.stream import MotionStream

SLACK = 2  # hops that are made before they are needed, so that a slow moment of the machine does not show
KEPT = 100  # frames that are kept for whoever draws, 4 s


@dataclass(frozen=True)
class Stage:
    """What is known of everyone at a hop; each may look different a moment later.

    Args:
        sound: participant and start -> float32 [HOP], at the participant's own delay.
        roles, feelings: of everyone at a moment.
        cues: that fall into the hop which starts there, [P][...].
        looks: at whom each looks now, None for the usual partner.
    """

    sound: Callable[[int, int], np.ndarray]
    roles: Callable[[int], tuple[Role, ...]]
    feelings: Callable[[int], tuple[Feeling, ...]]
    cues: Callable[[int], tuple[tuple[Cue, ...], ...]]
    looks: Callable[[], Sequence[int | None]] = tuple


class Faces:
    """Everyone's frames around now.

    Args:
        delayed: who is heard through a microphone.
    Attributes:
        toward: [P, P] radians, what yaw it takes p to look at q; None: everybody faces one partner.
    """

    def __init__(self, model: MotionModel, participants: int, seed: int, stage: Stage, delayed: Sequence[int] = ()):
        self.stage, self.delayed = stage, frozenset(delayed)
        self._model, self._seed = model, seed
        self._stream = MotionStream(model, participants, seed)
        self._made: dict[int, tuple[MotionFrame, ...]] = {}
        self.toward: np.ndarray | None = None
        self._facing: dict[int, tuple[Facing, ...]] = {}  # whom everyone is turned to, by frame
        self._next = self._begun = 0
        self._participants = participants
        self.ahead = (model.lookahead + SLACK) * HOP  # samples; avatars' sound must be known so early

    def advance(self, now: int) -> None:
        """Make all frames up to SLACK hops past now."""
        while self._next <= now + self.ahead:
            self._feed(self._next)
            self._next += HOP
        for start in [s for s in self._made if s < now - KEPT * HOP]:
            del self._made[start]
            self._facing.pop(start, None)

    def changed(self, at: int) -> None:
        """Something at `at` or later is other than it was when the hops there were made."""
        at = max(at, self._next - KEPT * HOP, self._begun)
        if at < self._next:
            self._next = max(self._stream.rollback(at), self._begun)

    def restart(self, now: int) -> None:
        """Begin anew, because the model failed: what it knew may be damaged. Until it has caught up, faces stay."""
        self._stream = MotionStream(self._model, self._participants, self._seed)
        self._next = self._begun = now // HOP * HOP

    def at(self, at: int) -> tuple[MotionFrame, ...]:
        """Everyone at a moment, between two frames where needed; at rest before the first."""
        made = self._made  # another thread may draw while frames are added; dict reads are safe, and starts are kept
        start = at // HOP * HOP
        before, after = made.get(start), made.get(start + HOP)
        if before is None:
            near = max((s for s in list(made) if s <= start), default=None)
            if near is None:
                return (still(at),) * self._participants
            before = made[near]
        if after is None:
            return tuple(replace(frame, start=at) for frame in before)
        return tuple(blend(a, b, (at - start) / HOP) for a, b in zip(before, after))

    def _feed(self, start: int) -> None:
        starts = [start - self.ahead - HOP if p in self.delayed else start for p in range(self._participants)]
        audio = np.stack([self.stage.sound(p, at) for p, at in enumerate(starts)])
        middle = start + HOP // 2
        # Roles and feelings of the delayed are told as the stage knows them: their sound is what is late.
        hop = Hop(start, audio, self.stage.roles(middle), self.stage.feelings(middle), (), self.stage.cues(start))
        frames = self._stream.feed(hop)
        if frames:
            self._made[frames[0].start] = frames if self.toward is None else self._turned(frames)

    def _turned(self, frames: tuple[MotionFrame, ...]) -> tuple[MotionFrame, ...]:
        """Everyone's frame, turned to whom they look at. A frame that is made again is turned as it was."""
        start = frames[0].start
        if start not in self._facing:
            before = self._facing.get(start - HOP, (Facing(),) * len(frames))
            looks = [None if q is None else self.toward[p, q] for p, q in enumerate(self.stage.looks())]
            aims = [f.aim if aim is None else float(aim) for f, aim in zip(before, looks)]
            self._facing[start] = tuple(face(f, aim) for f, aim in zip(before, aims, strict=True))
        return tuple(turned(frame, f) for frame, f in zip(frames, self._facing[start], strict=True))


def still(at: int) -> MotionFrame:
    """A face at rest."""
    return MotionFrame(at, np.zeros(len(ARKIT), np.float32), np.zeros(3, np.float32), np.zeros(2, np.float32))
