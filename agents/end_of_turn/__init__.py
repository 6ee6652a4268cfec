"""What a judge of the end of a turn is. Each module of this folder that exports `Engine` is one, found by its
file name.

One rule: an engine only says how complete a turn sounds. It is wrong too often to end one alone: dialogue/patience.py
weighs it with the silence, the words, and how this person pauses.

Letter: N samples at RATE.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from agents import folder
from dialogue.errors import EngineError, did_you_mean


class EndOfTurnEngine(Protocol):
    """Tells a finished turn from a pause within one by its sound; deterministic, and keeps nothing between calls, so
    that an answer which is no longer wanted can be left to finish in its thread."""

    window: int  # samples at RATE of the newest sound that an answer is about

    def warm(self) -> None:
        """Load the model and run it once, so that the first answer is as fast as all others.

        Raises:
            ModelFileError: the engine's model is not here.
        """

    def complete(self, sound: np.ndarray) -> float:
        """How likely a turn is over, 0..1.

        Args:
            sound: float32 [N] in -1..1 at RATE, of one person's turn until now, the short silence at its end included.
        Raises:
            ValueError: the sound is not float32 [N], or there is none.
            ModelFileError: the engine's model is not here.
        """

    def close(self) -> None:
        """Free the model; idempotent."""


def engines() -> tuple[str, ...]:
    """The names of all engines, found by reading this folder; nothing is imported."""
    return folder.engines(__file__)


def load(name: str, **settings: object) -> EndOfTurnEngine:
    """The engine of that name; its model is loaded by `warm`.

    Raises:
        EngineError: there is none, or it has no such setting.
    """
    if name not in engines():
        known = did_you_mean(name, engines())
        raise EngineError(f"no end_of_turn engine named '{name}'{known}; agents/end_of_turn/ has them")
    return folder.made("end_of_turn", name, settings)
