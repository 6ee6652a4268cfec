"""What a motion model is. Each module of this folder that exports `Model` is one, found by its file name."""
from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from dialogue.errors import EngineError, did_you_mean
from dialogue.types import Hop
from motion.frame import MotionFrame

DEFAULT = "dual_stream"


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


def names() -> tuple[str, ...]:
    """The names of all models, found by reading this folder; nothing is imported."""
    here = Path(__file__).parent
    return tuple(sorted(p.stem for p in here.glob("*.py") if re.search(r"^class Model\b", p.read_text("utf-8"), re.M)))


def load(name: str = DEFAULT, styles: Sequence[Any] = ()) -> MotionModel:
    """The model of that name.

    Args:
        styles: motion.acting.Style of the participants in order; who has none is ordinary.
    Raises:
        EngineError: there is none.
        ModelFileError: its weights are missing or damaged.
    """
    if name not in names():
        raise EngineError(f"no motion model named '{name}'{did_you_mean(name, names())}")
    return import_module(f"motion.models.{name}").Model(styles=tuple(styles))
