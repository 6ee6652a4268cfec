"""A sound device that is looked after: what is unplugged is told within a second, and taken again when it is back.

One rule: time passes whatever the device does, so that what is typed is answered and a window can be closed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from app import audio, echo
from app.audio_files import Files
from app.talk_view import View
from dialogue.errors import DeviceError
from dialogue.types import RATE

RARELY_S = 30.0  # at most, for one that stays away
AGAIN_S = 2.0  # between two attempts to find a device that was unplugged
GONE_S = 0.8  # of no sign of it: a machine that is busy stalls for half a second and goes on


class Watched:
    """A device that is looked after: a microphone that was unplugged is noticed within a second, and taken again when
    it is back. `occupied`: whether somebody is heard, or thinks; nobody looks for a microphone then."""

    def __init__(
        self,
        device: Any,
        view: View,
        play: Callable[[int], Any],
        clock: Callable[[], float] = time.monotonic,
        occupied: Callable[[], bool] = lambda: False,
    ) -> None:
        self._device, self._view, self._play, self._clock, self._occupied = device, view, play, clock, occupied
        self._again_s = AGAIN_S
        self._patience_s = audio.SLOW_S  # with the loudspeaker's next block
        self._missing, self._due = "", 0.0  # what is, and when to look for it

    def block(self) -> Any:
        """As the device's own; while the loudspeaker is gone a timer takes its blocks, so that time passes, what is
        typed is answered, and a window can be closed."""
        if isinstance(self._device, Files):
            return self._device.block()
        both = self._device.block(self._patience_s)
        self._patience_s = echo.BLOCK / RATE if both is None else GONE_S
        deaf = self._device.deaf or ("the microphone is gone" if self._device.silent_s > GONE_S else "")
        missing = deaf or ("the loudspeaker is gone" if both is None else "")
        if missing and not self._missing:
            self._again_s = AGAIN_S
            self._due = self._clock() + AGAIN_S  # what only stalled is back by then
        self._missing = missing
        self._view.device = f"{missing}; plug it in again, or type" if missing else ""
        # To look for a microphone interrupts the loudspeaker, and takes half a second in which nothing else happens.
        if missing and (both is None or not self._occupied()) and self._clock() > self._due:
            self._device.stop()
            try:
                self._device.start()
                self._due = self._clock() + audio.SLOW_S + self._again_s
            except DeviceError:
                self._due = self._clock() + self._again_s
            self._again_s = min(2 * self._again_s, RARELY_S)
        return both or (np.zeros(echo.BLOCK, np.float32), self._play(echo.BLOCK))
