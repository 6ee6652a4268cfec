"""Takes what the loudspeaker plays out of what the microphone hears: WebRTC's echo canceller.

One rule: both sides come in blocks of 10 ms, in the order in which they were played and heard.

It leaves an echo 12 dB lower, not silence, and loud rooms more; so a level gate and the two steps of a barge-in stand
behind it. Without the package `livekit` sound passes as it is, which is right for headphones.

Source: WebRTC audio processing module, github.com/livekit/python-sdks (Apache-2.0).
"""

from __future__ import annotations

import importlib.util

import numpy as np

from dialogue.types import RATE

BLOCK = RATE // 100  # samples; the module knows no other
PACKAGE = "livekit"


def available() -> bool:
    """Whether the package is here."""
    return importlib.util.find_spec(PACKAGE) is not None


class Canceller:
    """One loudspeaker and one microphone."""

    def __init__(self, delay_ms: int = 40) -> None:
        from livekit import rtc

        self._module = rtc.AudioProcessingModule(echo_cancellation=True, high_pass_filter=True)
        self._module.set_stream_delay_ms(delay_ms)  # a first guess; the module finds the true one itself
        self._frame = rtc.AudioFrame

    def clean(self, heard: np.ndarray, played: np.ndarray) -> np.ndarray:
        """The microphone's block [BLOCK] without what was played meanwhile [BLOCK]; float32 in -1..1."""
        far = self._frame(_pcm(played), RATE, 1, BLOCK)
        self._module.process_reverse_stream(far)
        near = self._frame(_pcm(heard), RATE, 1, BLOCK)
        self._module.process_stream(near)
        return np.frombuffer(near.data, np.int16).astype(np.float32) / 32768.0


def _pcm(block: np.ndarray) -> bytes:
    if block.shape != (BLOCK,):
        raise ValueError(f"block has shape {block.shape}; expected ({BLOCK},)")
    return (block.clip(-1.0, 1.0) * 32767.0).astype(np.int16).tobytes()
