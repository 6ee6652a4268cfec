"""Hops in, frames out, and back to any recent moment: the one place that keeps a motion model's state.

One rule: the state before each of the last hops is kept, so that an interruption at a sample can take back everything
the model made of sound that was never heard.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dialogue.types import Hop, Role
from motion.frame import HOP, MotionFrame, blend
from motion.models import MotionModel

KEEP = 250  # states, 10 s: a barge-in is decided within one; states share their parts, so this is a few megabytes
HEAL = 5  # frames, 200 ms: how long the old movement flows into the new one after a rollback


class MotionStream:
    """A model in the middle of a conversation.

    Frames come out `lookahead` hops after the hop they belong to. Every frame carries its own start.
    """

    def __init__(self, model: MotionModel, participants: int, seed: int) -> None:
        self.model = model
        self._state: Any = model.init_state(participants, seed)
        self._before: list[tuple[int, Any, Hop | None]] = []  # (start of a hop, state and hop before it), oldest first
        self._last: Hop | None = None
        self._next = 0  # where the hop to feed next starts, once one was fed
        self._made: dict[int, tuple[MotionFrame, ...]] = {}  # frames by start, as far back as states go
        self._heal: tuple[int, dict[int, tuple[MotionFrame, ...]]] | None = None

    def feed(self, hop: Hop) -> tuple[MotionFrame, ...]:
        """One hop in, one frame per participant out; none while the look-ahead fills."""
        frames, state = self.model.step(hop, self._state)
        self._before = [*self._before[1 - KEEP :], (hop.start, self._state, self._last)]
        self._state, self._last, self._next = state, hop, hop.start + HOP
        if not frames:
            return ()
        frames = self._healed(frames)
        self._made[frames[0].start] = frames
        while len(self._made) > KEEP:
            del self._made[next(iter(self._made))]
        return frames

    def flush(self) -> tuple[tuple[MotionFrame, ...], ...]:
        """The frames owed for the hops fed so far, made by letting silence follow; the stream goes on from there."""
        out = []
        for _ in range(self.model.lookahead if self._last else 0):
            last = self._last
            silent = replace(
                last,
                start=self._next,
                audio=np.zeros_like(last.audio),
                roles=(Role.IDLE,) * len(last.roles),
                phones=(),
                cues=(),
            )
            out.append(self.feed(silent))
        return tuple(frames for frames in out if frames)

    def rollback(self, at: int) -> int:
        """Forget every hop that reaches past the sample `at`, as if it had not been fed.

        The frames from the answer minus the look-ahead on come out again when hops are fed from there; they leave the
        movement already shown softly, over HEAL frames.
        Returns:
            the start of the hop to feed next, at most `at`.
        Raises:
            ValueError: the moment is older than the states kept.
        """
        if at >= self._next or self._last is None:
            return self._next
        kept = [i for i, (start, *_) in enumerate(self._before) if start <= at]
        if not kept:
            oldest = self._before[0][0] if self._before else self._next
            raise ValueError(f"rollback to sample {at}; states are kept from {oldest} on ({KEEP} hops)")
        self._next, self._state, self._last = self._before[kept[-1]]
        self._before = self._before[: kept[-1]]
        again = self._next - self.model.lookahead * HOP
        old = {s: f for s, f in self._made.items() if s >= again}
        if self._heal:  # not yet over the cut before: what was shown then, or was on its way to be, counts still
            cut, older = self._heal
            at = min(at, max(cut, *old)) if old else min(at, cut)
            old = {**older, **old}
        self._heal = (at, old)
        self._made = {s: f for s, f in self._made.items() if s < again}
        return self._next

    def _healed(self, frames: tuple[MotionFrame, ...]) -> tuple[MotionFrame, ...]:
        """Frames after a rollback: what was shown before `at` stays, then old and new melt."""
        if self._heal is None:
            return frames
        at, old = self._heal
        start = frames[0].start
        if start >= at + HEAL * HOP:
            self._heal = None
        share = float(np.clip((start - at) / (HEAL * HOP), 0.0, 1.0))
        if start not in old or share >= 1.0:
            return frames
        if start <= at:
            return old[start]
        return tuple(blend(a, b, share) for a, b in zip(old[start], frames))
