"""A transcriber for tests: it hears a word in every burst of sound, and calls them by their number.

One rule: the answer is a pure function of the sound, so that a test can write it down.
"""

from __future__ import annotations

import numpy as np

from agents.asr import Transcript, check
from dialogue.errors import EngineError
from dialogue.types import RATE, Word

STEP = RATE // 50  # 20 ms
LOUD = 1e-2  # of full scale
NAMES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class Engine:
    """Has no model; after the ninth word it begins again."""

    deterministic = True
    longest = 30 * RATE

    def __init__(self, model: str | None = None) -> None:
        if model is not None:
            raise EngineError(f"asr engine 'fake' has no model '{model}'; leave the model out")

    def languages(self) -> tuple[str, ...]:
        return ()

    def warm(self, language: str = "en") -> None:
        """There is nothing to load."""

    def transcribe(
        self, sound: np.ndarray, language: str = "en", prompt: str = "", voiced: int | None = None, words: bool = False
    ) -> Transcript:
        check(sound, self.longest)
        steps = np.pad(np.abs(sound), (0, -len(sound) % STEP)).reshape(-1, STEP)
        loud = np.pad((steps >= LOUD).any(1).astype(np.int8), 1)
        edges = np.flatnonzero(np.diff(loud)).reshape(-1, 2) * STEP
        said = tuple(
            Word(NAMES[i % len(NAMES)], int(start), min(int(end), len(sound))) for i, (start, end) in enumerate(edges)
        )
        text = " ".join(word.text for word in said)
        return Transcript(text, said if words else (), 0.0 if said else 1.0)

    def close(self) -> None:
        """There is nothing to free."""
