"""What a live conversation works with: its ears, mind, voices and faces, whichever engines they are.

One rule: nothing is loaded here; `Session.warm` does that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agents import asr, end_of_turn, llm, tts, vad
from agents.worker import DaemonThread, Thread
from app.echo import Canceller
from motion.models import MotionModel


@dataclass(frozen=True)
class Engines:
    """What a conversation works with. `cleaner` takes the echo out; None leaves it. `thread` makes those in which
    engines are called that block."""

    vad: vad.VADEngine
    asr: asr.ASREngine
    end_of_turn: end_of_turn.EndOfTurnEngine
    mind: llm.LLMEngine
    tongues: tuple[tts.TTSEngine, ...]  # of each avatar
    motion: MotionModel
    cleaner: Canceller | None = None
    options: llm.Options = llm.Options()
    thread: Callable[[str], Thread] = DaemonThread
