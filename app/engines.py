"""What a live conversation works with: its ears, mind, voices and faces, whichever engines they are.

One rule: nothing is loaded here; `Session.warm` does that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agents import asr, end_of_turn, llm, tts, vad
from agents.language import ENGLISH
from agents.worker import DaemonThread, Thread
from app.echo import Canceller
from motion.models import MotionModel


@dataclass(frozen=True)
class Mind:
    """What an avatar thinks with, and how."""

    engine: llm.LLMEngine
    options: llm.Options = llm.Options()


@dataclass(frozen=True)
class Engines:
    """What a conversation works with.

    Args:
        cleaner: takes the echo out; None leaves it.
        own: the mind of each avatar, if they do not all think with `mind`.
        language: what the person speaks.
        thread: makes those in which engines are called that block.
    """

    vad: vad.VADEngine
    asr: asr.ASREngine
    end_of_turn: end_of_turn.EndOfTurnEngine
    mind: llm.LLMEngine
    tongues: tuple[tts.TTSEngine, ...]  # of each avatar
    motion: MotionModel
    cleaner: Canceller | None = None
    options: llm.Options = llm.Options()
    own: tuple[Mind, ...] = ()
    language: str = ENGLISH
    thread: Callable[[str], Thread] = DaemonThread

    def mind_of(self, who: int) -> Mind:
        """The mind of an avatar, by its number among the participants."""
        return self.own[who - 1] if self.own else Mind(self.mind, self.options)

    @property
    def minds(self) -> tuple[llm.LLMEngine, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys((self.mind, *(own.engine for own in self.own))))
