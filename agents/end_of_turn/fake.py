"""A judge for tests: the longer the silence at its end, the more complete a turn is.

One rule: the answer is a pure function of the newest sound, so that a test can write it down.
"""

from __future__ import annotations

import numpy as np

from dialogue.types import RATE

WINDOW = RATE * 2 // 5  # 0.4 s of silence is an end for sure
SILENT = 1e-3  # of full scale: no sample of silence is larger


class Engine:
    """Has no model."""

    window = WINDOW

    def warm(self) -> None:
        """There is nothing to load."""

    def complete(self, sound: np.ndarray) -> float:
        if sound.ndim != 1 or sound.dtype != np.float32 or not len(sound):
            raise ValueError(f"sound is {sound.dtype} {sound.shape}; expected float32 [samples], at least one")
        near = sound[-WINDOW:].astype(np.float64)
        loud = np.flatnonzero(np.abs(near) >= SILENT)
        return (len(near) - 1 - loud[-1] if len(loud) else len(near)) / WINDOW

    def close(self) -> None:
        """There is nothing to free."""
