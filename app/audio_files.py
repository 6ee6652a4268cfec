"""A recording in place of a microphone and a file in place of a loudspeaker: a conversation that nobody has to sit
through, block by block as from a sound card.

One rule: time passes as it would, unless nothing is thought about: while `busy` says so, or `real_time` asks for it, a
block takes its 10 ms; else the next one follows at once. So every delay that is measured is one that a person would
have waited, and silence costs nothing.
"""

from __future__ import annotations

import time
import wave
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from app.echo import BLOCK
from dialogue.errors import OutputError
from dialogue.types import RATE


LATE_S = 0.1  # behind, then the rest is let go: a computer that was asleep does not hurry after the time it missed


class Beat:
    """When the next block is due."""

    def __init__(self) -> None:
        self._due = time.perf_counter()

    def wait(self, matters: bool) -> None:
        """Until then, as a sound card lets its callers wait; not at all if time does not matter now."""
        now = time.perf_counter()
        if not matters:
            self._due = now
            return
        self._due = max(self._due + BLOCK / RATE, now - LATE_S)
        if self._due > now:
            time.sleep(self._due - now)


class Files:
    """As SoundCard.

    Args:
        play: gives the next n samples, float32 [N].
        heard: what the microphone hears, float32 [N]; then silence for `linger` samples, and the conversation is over.
        speaker: the wav that gets what is played, 16 bit; None keeps nothing.
        busy: whether something is being thought about, so that time matters.
    """

    silent_s = 0.0

    def __init__(
        self,
        play: Callable[[int], np.ndarray],
        heard: np.ndarray,
        speaker: Path | None = None,
        *,
        linger: int = 8 * RATE,
        busy: Callable[[], bool] = lambda: True,
        real_time: bool = False,
    ) -> None:
        self._play, self._heard, self._busy, self._real_time = play, heard, busy, real_time
        self._path, self._linger, self._at, self._beat = speaker, linger, 0, Beat()
        self._wav: wave.Wave_write | None = None

    def start(self) -> None:
        """Open the wav.

        Raises:
            OutputError: it cannot be written.
        """
        if self._path:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = open(self._path, "wb")
            except OSError as error:
                raise OutputError(f"cannot write '{self._path}': {error.strerror or error}") from error
            self._wav = wave.open(self._file, "wb")
            self._wav.setnchannels(1)
            self._wav.setsampwidth(2)
            self._wav.setframerate(RATE)
        self._beat = Beat()

    def stop(self) -> None:
        """Finish the wav; idempotent."""
        if self._wav:
            with suppress(OSError):
                self._wav.close()
            with suppress(OSError):
                self._file.close()
            self._wav = None

    def block(self) -> tuple[np.ndarray, np.ndarray] | None:
        """What was heard and what was played meanwhile, float32 [BLOCK] each; None when all is over.

        Raises:
            OutputError: the wav cannot be written on.
        """
        if self._at >= len(self._heard) + self._linger:
            return None
        self._beat.wait(self._real_time or self._busy())
        played = self._play(BLOCK)
        heard = np.zeros(BLOCK, np.float32)
        part = self._heard[self._at : self._at + BLOCK]
        heard[: len(part)] = part
        self._at += BLOCK
        if self._wav:
            try:
                self._wav.writeframes((played.clip(-1, 1) * 32767).astype("<i2").tobytes())
            except OSError as error:
                raise OutputError(f"cannot go on writing '{self._path}': {error.strerror or error}") from error
        return heard, played
