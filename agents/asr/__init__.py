"""What a transcriber is. Each module of this folder that exports `Engine` is one, found by its file name.

One rule: an engine hears one stretch of one person's speech, as long as a breath or two, and keeps nothing between
calls. So it may be asked again whenever more is known, and an answer that is no longer wanted is simply dropped.

Letter: N samples at RATE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from agents import folder
from dialogue.errors import EngineError, did_you_mean
from dialogue.types import Word


@dataclass(frozen=True)
class Transcript:
    """What was said, as far as an engine could hear.

    Args:
        text: as written, without spaces around it; empty if nothing was said, or what was heard cannot be trusted.
        words: in order, in samples since the sound's first; () if they were not asked for.
        no_speech: 0..1, how likely there is no speech at all.
        avg_logprob: mean natural logarithm of the chance of each token: how sure the engine is; 0 at most.
        stop: 0..1, how likely the engine finds a full stop behind the last word; None, it cannot tell.
    """

    text: str = ""
    words: tuple[Word, ...] = ()
    no_speech: float = 0.0
    avg_logprob: float = 0.0
    stop: float | None = None


class ASREngine(Protocol):
    """Turns speech to text. Blocks without holding Python up, so call it from a thread."""

    deterministic: bool  # the same arguments give the same answer
    longest: int  # samples at RATE that it can hear at once

    def languages(self) -> tuple[str, ...]:
        """Those it understands, two letters each; () if any, or if only its model can tell. Nothing is loaded."""

    def warm(self, language: str = "en") -> None:
        """Load the model and run it once, so that the first answer is as fast as all others.

        Raises:
            ModelFileError: the engine's model is not here.
            EngineError: it does not know the language, or cannot be run here.
        """

    def transcribe(
        self, sound: np.ndarray, language: str = "en", prompt: str = "", voiced: int | None = None, words: bool = False
    ) -> Transcript:
        """The words of a stretch of speech.

        Args:
            sound: float32 [N] in -1..1 at RATE, N <= longest; may be empty.
            language: two letters, as in ISO 639-1.
            prompt: what was said before it, by either side; it may be ignored.
            voiced: samples of it that a detector took for voice, None if nobody counted.
            words: whether to tell when each word sounds, which takes longer.
        Raises:
            ValueError: the sound is not float32 [N], or too long.
            ModelFileError, EngineError: as in `warm`.
        """

    def close(self) -> None:
        """Free the model; idempotent. A transcription that is under way ends as it would have, or as an EngineError at
        once where it waits for somebody else."""


def engines() -> tuple[str, ...]:
    """The names of all engines, found by reading this folder; nothing is imported."""
    return folder.engines(__file__)


def load(name: str, model: str | None = None, **settings: object) -> ASREngine:
    """The engine of that name; its model is loaded by `warm` or the first transcription.

    Args:
        model: what the engine calls its models; None for its own choice.
        settings: of that engine, such as base_url.
    Raises:
        EngineError: there is no such engine, or it cannot have such a model or setting.
    """
    if name not in engines():
        raise EngineError(f"no asr engine named '{name}'{did_you_mean(name, engines())}; agents/asr/ has them")
    return folder.made("asr", name, settings if model is None else {"model": model, **settings})


def check(sound: np.ndarray, longest: int) -> None:
    """Raise ValueError unless an engine can hear this sound."""
    if sound.ndim != 1 or sound.dtype != np.float32:
        raise ValueError(f"sound is {sound.dtype} {sound.shape}; expected float32 [samples]")
    if len(sound) > longest:
        raise ValueError(f"sound has {len(sound)} samples; expected at most {longest}: split it at a pause")
