"""What a voice engine is. Each module of this folder that exports `Engine` is one, found by its file name."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dialogue.types import Feeling, Phone, Word


@dataclass(frozen=True)
class Voice:
    """A voice as people choose it."""

    name: str
    engine: str
    description: str  # "warm young woman, American"


@dataclass(frozen=True)
class Speech:
    """Sound with its times: samples float32 [N] at RATE; words and phones counted from the first sample."""

    samples: np.ndarray
    words: tuple[Word, ...] = ()
    phones: tuple[Phone, ...] = ()


class TTSEngine(Protocol):
    """Speaks text; deterministic for the same arguments."""

    def voices(self) -> tuple[Voice, ...]:
        """All voices this engine has here and now."""

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        """Speak `text`, one Speech a sentence, each as soon as it is ready.

        Raises:
            EngineError: there is no such voice, or the engine failed.
        """

    def laugh(self, voice: str, feeling: Feeling, seed: int) -> Speech:
        """A laugh in that voice: no words, no phones."""

    def close(self) -> None:
        """Free the model; idempotent."""
