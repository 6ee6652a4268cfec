"""What a live conversation shows to whoever draws it, and what a person may ask of it.

One rule: a window reads one `Status` a picture and sends `Command`s; it shares nothing else with the conversation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from motion.frame import MotionFrame

STAGES = ("end_of_turn", "asr", "llm", "tts", "total")  # of an answer, in the order in which they pass


@dataclass(frozen=True)
class Line:
    """One turn of the transcript. `unheard` follows `heard` and was never played: cut off, or still to come."""

    name: str
    heard: str
    unheard: str = ""
    over: bool = True


@dataclass(frozen=True)
class Status:
    """A live conversation at one moment.

    Args:
        state: of each participant, in the words of the turn machine.
        level_db: of the microphone, relative to full scale. gate_db: from where on it counts.
        stages: milliseconds of each of STAGES in the newest answer.
        captions: name and text of what is being said.
        problem: what a person should know now, such as an unplugged microphone; empty when all is well.
        news: what a person may like to know for some seconds, such as where a film is.
        recording: the file that is being written, if any.
        shown: the names of those whose faces are drawn, in their order. looks: at whom the person looks, if at anybody.
    """

    names: tuple[str, ...]
    state: tuple[str, ...]
    feelings: tuple[str, ...] = ()
    level_db: float = -90.0
    gate_db: float = -60.0
    stages: Mapping[str, float] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    captions: tuple[tuple[str, str], ...] = ()
    microphones: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    microphone: str = ""
    speaker: str = ""
    muted: bool = False
    push_to_talk: bool = False
    recording: str = ""
    problem: str = ""
    news: str = ""
    over: bool = False
    shown: tuple[str, ...] = ()
    looks: str = ""


@dataclass(frozen=True)
class Command:
    """What a person asks for. `value` is a name, a text or "on" / "off".

    Args:
        kind: mute, push-to-talk (who talks only while a key is held), hold (that key), type (a text instead of a
            voice), look (at whom, by name; empty for nobody), microphone, speaker, record, interrupt, quit.
    """

    kind: str
    value: str = ""


class Conversation(Protocol):
    """A live conversation, as a window sees it. May be called from another thread than the one it runs in."""

    def now(self) -> int:
        """Samples that the loudspeaker has played."""

    def status(self) -> Status: ...

    def faces(self, at: int) -> tuple[MotionFrame, ...]:
        """How the avatars look at a moment near now, between two motion frames where needed."""

    def do(self, command: Command) -> None: ...
