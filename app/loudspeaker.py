"""What the loudspeaker plays, and how far it is: the clock of a live conversation.

One rule: time passes when a device takes sound, and in no other way. A cut reaches the device within one block: what
sounds there fades over FADE and nothing of it is heard later.

Two threads meet here: the device's, which takes blocks, and the conversation's, which puts sound and cuts it. Both hold
the lock for microseconds, so a device never waits for a thought.

Letters: P participants, N samples.
"""

from __future__ import annotations

from threading import Lock

import numpy as np

from agents.loudness import limited
from dialogue.timeline import Track
from dialogue.types import RATE

FADE = RATE // 100  # 10 ms: silence without a click


class Loudspeaker:
    """One track for each participant; those who are heard through a microphone have an empty one."""

    def __init__(self, participants: int) -> None:
        self._tracks = tuple(Track() for _ in range(participants))
        self._lock = Lock()
        self._played = 0

    @property
    def played(self) -> int:
        """Samples that devices have taken: now."""
        return self._played

    def play(self, n: int) -> np.ndarray:
        """The next n samples of everyone together, float32 [N]; for the device."""
        with self._lock:
            at = self._played
            out = np.sum([track.read(at, n) for track in self._tracks], 0, dtype=np.float32)
            self._played = at + n
        return limited(out) if np.abs(out).max(initial=0.0) > 1.0 else out

    def put(self, who: int, samples: np.ndarray, at: int) -> int:
        """Lay sound behind all that is to be heard of somebody, not before `at` and not before now.

        Args:
            samples: float32 [N].
        Returns:
            where it begins.
        """
        with self._lock:
            begin = max(at, self._played, self._tracks[who].end)
            self._tracks[who].put(samples, begin)
        return begin

    def cut(self, who: int, at: int | None = None) -> int:
        """End what somebody says, now or at a moment to come, and forget what was to follow.

        Returns:
            from where on nothing is heard.
        """
        with self._lock:
            end = max(self._played + FADE, at or 0)
            self._tracks[who].cut(end, FADE)
        return end

    def read(self, who: int, start: int, n: int) -> np.ndarray:
        """What is or was to be heard of somebody in [start, start + n): float32 [N]."""
        with self._lock:
            return self._tracks[who].read(start, n)

    def end(self, who: int) -> int:
        """Where the sound of somebody ends, as far as it is known."""
        with self._lock:
            return self._tracks[who].end

    def forget(self, before: int) -> None:
        """Drop sound that lies wholly before a moment: a day of talking needs no day of memory."""
        with self._lock:
            for track in self._tracks:
                track.forget(before)
