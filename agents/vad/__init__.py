"""What a voice activity detector is. Each module of this folder that exports `Engine` is one, found by its file name.

One rule: an engine only says how likely each frame of each track holds speech; who of them speaks, and who is merely
heard through another's microphone, is decided in agents/vad/floor.py, the same for all engines, live and for files.

Letters: P tracks, N samples.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from agents import folder
from dialogue.errors import EngineError, did_you_mean


class VADEngine(Protocol):
    """Tells speech from everything else; deterministic. Its state is an argument: replaced, never mutated."""

    frame: int  # samples at RATE that one answer is about

    def start(self, tracks: int) -> Any:
        """The state before the first frame.

        Raises:
            ValueError: there are no tracks.
            ModelFileError: the engine's model is not here.
        """

    def hear(self, sound: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
        """One frame on.

        Args:
            sound: float32 [P, frame] in -1..1 at RATE; tracks do not influence each other.
        Returns:
            how likely each track holds speech, float32 [P] in 0..1, and the new state.
        Raises:
            ValueError: the sound is not [P, frame].
        """

    def close(self) -> None:
        """Free the model; idempotent."""


def engines() -> tuple[str, ...]:
    """The names of all engines, found by reading this folder; nothing is imported."""
    return folder.engines(__file__)


def load(name: str, **settings: object) -> VADEngine:
    """The engine of that name.

    Raises:
        EngineError: there is none, or it has no such setting.
    """
    if name not in engines():
        raise EngineError(f"no vad engine named '{name}'{did_you_mean(name, engines())}; agents/vad/ has them")
    return folder.made("vad", name, settings)
