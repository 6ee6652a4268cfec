"""What a motion model is. Each module of this folder that exports `Model` is one, found by its file name."""
from __future__ import annotations

from typing import Any, Protocol

from dialogue.types import Hop
from motion.frame import MotionFrame


class MotionModel(Protocol):
    """Turns hops into frames for every participant. The state is an argument: it is replaced, never mutated."""

    lookahead: int  # hops of future that the model waits for; frames come out that much later

    def init_state(self, participants: int, seed: int) -> Any:
        """The state before the first hop."""

    def step(self, hop: Hop, state: Any) -> tuple[tuple[MotionFrame, ...], Any]:
        """Advance one hop (audio float32 [P, HOP]).

        Returns:
            one frame per participant, for the time hop.start - lookahead * HOP; none while that time is negative.
            The new state.
        Raises:
            ValueError: the audio is not [P, HOP].
        """
