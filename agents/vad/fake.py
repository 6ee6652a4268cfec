"""A detector for tests: whatever is loud is speech.

One rule: the answer is a pure function of a frame's level, so that a test can write down who speaks when.
"""

from __future__ import annotations

import numpy as np

from dialogue.types import RATE

FRAME = RATE * 32 // 1000  # as long as that of silero
SILENT_DB, SURE_DB = -60.0, -40.0  # RMS of a frame: chance 0 and 1


class Engine:
    """Has no model; its state is how many tracks there are."""

    frame = FRAME

    def start(self, tracks: int) -> int:
        if tracks < 1:
            raise ValueError(f"{tracks} tracks; expected at least 1")
        return tracks

    def hear(self, sound: np.ndarray, state: int) -> tuple[np.ndarray, int]:
        if sound.shape != (state, FRAME):
            raise ValueError(f"sound has shape {sound.shape}; expected ({state}, {FRAME})")
        level_db = 10.0 * np.log10(np.mean(sound.astype(np.float64) ** 2, 1) + 1e-12)
        return ((level_db - SILENT_DB) / (SURE_DB - SILENT_DB)).clip(0.0, 1.0).astype(np.float32), state

    def close(self) -> None:
        """There is nothing to free."""
