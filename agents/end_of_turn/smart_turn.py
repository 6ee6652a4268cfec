"""The default judge: Smart Turn v3.2, 8.7 MB, BSD-2, through onnxruntime; it hears intonation and wording, no text.

One rule: the model is asked as it was trained: the last 8 s, whose end is the end of the sound, with silence before
them where a turn is shorter, brought to unit variance, as a Whisper spectrogram.

Source: github.com/pipecat-ai/smart-turn, v3.2 for CPUs; the file is that of pipecat-ai 1.14.0.

Letters: M mel bands, T frames.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

import numpy as np

from agents import models
from agents.mel import MODEL_RATE, for_model, log_mel
from dialogue.errors import ModelFileError
from dialogue.types import RATE

SECONDS = 8
SIZE = SECONDS * MODEL_RATE
STILL = 1e-7  # added to the variance, so that silence stays silence


class Engine:
    """The model is loaded by `warm` or the first question; before, an engine costs nothing."""

    window = SECONDS * RATE

    def __init__(self) -> None:
        self._session: Any = None
        self._loading = Lock()

    def warm(self) -> None:
        self.complete(np.zeros(RATE, np.float32))

    def complete(self, sound: np.ndarray) -> float:
        if sound.ndim == 1 and not len(sound):
            raise ValueError("there is no sound; expected at least one sample")
        (chance,) = self._model().run(None, {"input_features": features(sound)})
        return float(np.clip(chance.ravel()[0], 0.0, 1.0))

    def close(self) -> None:
        self._session = None

    def _model(self) -> Any:
        with self._loading:
            if self._session is None:
                self._session = _session()
            return self._session


def features(sound: np.ndarray) -> np.ndarray:
    """float32 [1, M, T] of the last SECONDS of sound float32 [N] at RATE."""
    near = for_model(sound[-SECONDS * RATE :])[-SIZE:]
    near = np.pad(near, (SIZE - len(near), 0))
    return log_mel((near - near.mean()) / np.sqrt(near.var() + STILL))[None]


def _session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # the other cores have their own work
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(models.read("smart_turn"), options, providers=["CPUExecutionProvider"])
    except (RuntimeError, ValueError) as error:
        raise ModelFileError(f"model 'smart_turn' cannot be loaded by onnxruntime: {error}") from error
