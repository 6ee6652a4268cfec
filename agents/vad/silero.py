"""The default detector: Silero VAD, 2.3 MB, MIT, through onnxruntime; 0.2 ms for a frame of 32 ms of two tracks.

One rule: causal, and the same in any chunking: a frame is one call, and what it leaves for the next is the state.

The model hears 16 kHz, so the sound is filtered and every third sample kept, which delays it by 0.6 ms.
Source: github.com/snakers4/silero-vad, release 6.2: frames of 512 samples, each behind the last 64 of the one before.

Letters: P tracks.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from scipy.signal import upfirdn

from agents import models
from dialogue.errors import ModelFileError
from dialogue.types import RATE

MODEL_RATE = 16_000
STEP = RATE // MODEL_RATE
SIZE, BEFORE, MEMORY = 512, 64, 128  # of the model: samples of a frame, of the one before it, and numbers of its memory
FRAME = SIZE * STEP  # 1536 samples, 32 ms
TAPS = 61  # of the filter: flat to 6.1 kHz, 50 dB down from 8.4 kHz
CUTOFF_HZ = 7250.0


class State(NamedTuple):
    """What listening carries from frame to frame."""

    tail: np.ndarray  # float32 [P, TAPS - 1] at RATE, which the filter still covers
    before: np.ndarray  # float32 [P, BEFORE] at MODEL_RATE
    memory: np.ndarray  # float32 [2, P, MEMORY]


class Engine:
    """The model is loaded by `start`; before, an engine costs nothing."""

    frame = FRAME

    def __init__(self) -> None:
        self._session: Any = None

    def start(self, tracks: int) -> State:
        if tracks < 1:
            raise ValueError(f"{tracks} tracks; expected at least 1")
        self._model()
        sizes = ((tracks, TAPS - 1), (tracks, BEFORE), (2, tracks, MEMORY))
        return State(*(np.zeros(size, np.float32) for size in sizes))

    def hear(self, sound: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        tracks = len(state.tail)
        if sound.shape != (tracks, FRAME):
            raise ValueError(f"sound has shape {sound.shape}; expected ({tracks}, {FRAME})")
        near = np.concatenate([state.tail, sound], 1, dtype=np.float32)
        small = upfirdn(_filter(), near, 1, STEP)[:, (TAPS - 1) // STEP :][:, :SIZE]
        heard = np.concatenate([state.before, small], 1)
        inputs = {"input": heard, "state": state.memory, "sr": np.array(MODEL_RATE, np.int64)}
        chance, memory = self._model().run(None, inputs)
        return chance[:, 0].clip(0.0, 1.0), State(near[:, FRAME:].copy(), small[:, -BEFORE:].copy(), memory)

    def close(self) -> None:
        self._session = None

    def _model(self) -> Any:
        if self._session is None:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1  # too small a model to share out
            options.log_severity_level = 3
            try:
                self._session = onnxruntime.InferenceSession(
                    models.read("silero_vad"), options, providers=["CPUExecutionProvider"]
                )
            except (RuntimeError, ValueError) as error:
                raise ModelFileError(f"model 'silero_vad' cannot be loaded by onnxruntime: {error}") from error
        return self._session


@cache
def _filter() -> np.ndarray:
    """A low pass for keeping every STEP-th sample, float32 [TAPS]: a sinc under a Kaiser window, gain 1."""
    t = np.arange(TAPS) - TAPS // 2
    taps = np.sinc(2.0 * CUTOFF_HZ / RATE * t) * np.kaiser(TAPS, 4.55)
    return (taps / taps.sum()).astype(np.float32)
