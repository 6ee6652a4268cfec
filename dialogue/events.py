"""What happens in a live conversation, and what is then to be done: all that goes into the turn machine and comes out.

One rule: everything says when (`at`, in samples), whose it is, and, where a reply is meant, which turn; so what comes
late can be told from one that counts, and what a cancelled turn still sends can be dropped.

Source: h11's events (frozen, checked when made, so that one that exists is legal in itself).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class IllegalEvent(ValueError):
    """An event that cannot happen in this state: a mistake of the caller's. Nothing has changed."""


class Why(Enum):
    """What a reply is for."""

    ANSWER = "answer"
    PROACTIVE = "proactive"  # nobody said anything for long
    OPENING = "opening"  # a line that was written beforehand, to begin with
    RECOVERY = "recovery"  # the reply before it failed: something human, from a list, without the language model


class Sign(Enum):
    """How a listener shows that they follow."""

    NOD = "nod"
    MM_HM = "mm-hm"


# --- What happens.


@dataclass(frozen=True)
class Event:
    """Something that happened at a sample of the session, told no earlier than that."""

    at: int

    def __post_init__(self) -> None:
        if self.at < 0:
            raise ValueError(f"{type(self).__name__} at {self.at}; expected a sample of the session, 0 or later")


@dataclass(frozen=True)
class OfParticipant(Event):
    """Something of one who is heard, by their number."""

    participant: int


@dataclass(frozen=True)
class OfReply(Event):
    """Something of the reply that StartReply gave this number."""

    turn: int


@dataclass(frozen=True)
class VoiceStarted(OfParticipant):
    """A voice over the level gate. `since`: where it began, None: now. `level_db`: over the gate."""

    since: int | None = None
    level_db: float = 0.0

    def __post_init__(self) -> None:
        _not_ahead(self, "since", self.since)


@dataclass(frozen=True)
class VoiceStopped(OfParticipant):
    """The voice fell silent. `since`: where it ended, None: now."""

    since: int | None = None

    def __post_init__(self) -> None:
        _not_ahead(self, "since", self.since)


@dataclass(frozen=True)
class EndOfTurn(OfParticipant):
    """Evidence about a silence. None: this source said nothing.

    Args:
        acoustic: 0..1, Smart Turn. language: 0..1, the P(end) of the language model. stop: 0..1, a full stop, by the
            transcriber.
        upto: the sample up to which was listened, None: now; evidence from before the silence is not about it.
    """

    acoustic: float | None = None
    language: float | None = None
    stop: float | None = None
    upto: int | None = None

    def __post_init__(self) -> None:
        _not_ahead(self, "upto", self.upto)
        for name in ("acoustic", "language", "stop"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 1.0:
                raise ValueError(f"EndOfTurn {name} is {value}; expected a probability in 0..1, or None")


@dataclass(frozen=True)
class Transcript(OfParticipant):
    """All that was said since the `start` of the Transcribe that asked for it; replaces what was known.

    Args:
        text: "" if there were no words.
        final: the recogniser will not change it. upto: as in EndOfTurn.
    """

    text: str
    final: bool = False
    upto: int | None = None

    def __post_init__(self) -> None:
        _not_ahead(self, "upto", self.upto)


@dataclass(frozen=True)
class Typed(OfParticipant):
    """A whole turn in writing."""

    text: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.text.strip():
            raise ValueError("Typed holds no text; expected words")


@dataclass(frozen=True)
class Opening(OfParticipant):
    """An avatar is to begin the conversation with a written line."""

    text: str


@dataclass(frozen=True)
class Muted(OfParticipant):
    """A microphone is closed, or an avatar told to be silent. `ends`: the turn is over with it (push-to-talk)."""

    ends: bool = False


@dataclass(frozen=True)
class Unmuted(OfParticipant):
    """It may be heard again."""


@dataclass(frozen=True)
class Looked(OfParticipant):
    """Somebody turned to somebody. `toward`: None for nobody."""

    toward: int | None


@dataclass(frozen=True)
class ReplyStarted(OfReply):
    """The language model gave its first word."""


@dataclass(frozen=True)
class SentenceReady(OfReply):
    """One more sentence has a voice."""

    text: str


@dataclass(frozen=True)
class Played(OfReply):
    """So many samples of the reply have left the loudspeaker."""

    upto: int


@dataclass(frozen=True)
class ReplyFinished(OfReply):
    """Its last sample has left the loudspeaker, or there was nothing to say."""


@dataclass(frozen=True)
class ReplyFailed(OfReply):
    """No more of it will come. What has a voice is still played, then ReplyFinished. `stage`: llm, tts, speaker ..."""

    stage: str


# --- What is to be done.


@dataclass(frozen=True)
class Output:
    """Something to do now."""

    at: int


@dataclass(frozen=True)
class Transcribe(Output):
    """Write down what this participant said from `start` to now, and tell how likely it ends here."""

    participant: int
    start: int


@dataclass(frozen=True)
class TurnEnded(Output):
    """A turn is over, with these words, said to these participants."""

    participant: int
    text: str
    to: tuple[int, ...]


@dataclass(frozen=True)
class StartReply(Output):
    """Let language model and voice work on a reply to this text.

    Args:
        turn: its number; all it produces carries it. participant: who replies, `to` whom; None: to nobody.
        held: speculative; its sound waits for Confirm.
    """

    turn: int
    participant: int
    to: int | None
    text: str
    why: Why = Why.ANSWER
    held: bool = False


@dataclass(frozen=True)
class Confirm(Output):
    """Release the sound of a held reply."""

    turn: int


@dataclass(frozen=True)
class Cancel(Output):
    """Stop working on a reply; no sample of it sounds at or after `cut`, the `fade` samples before it fade out."""

    turn: int
    cut: int
    fade: int


@dataclass(frozen=True)
class KeepHeard(Output):
    """Of this cancelled reply the conversation remembers the words that started before `cut`, no others."""

    participant: int
    turn: int
    cut: int


@dataclass(frozen=True)
class Duck(Output):
    """Turn the voice of a reply down: somebody may want the floor."""

    turn: int


@dataclass(frozen=True)
class Resume(Output):
    """Nobody wanted it: go on at full level with this sample of the reply, where it was."""

    turn: int
    start: int


@dataclass(frozen=True)
class Backchannel(Output):
    """Show the one who talks that they are followed."""

    participant: int
    to: int
    sign: Sign


@dataclass(frozen=True)
class Floor(Output):
    """Two wanted the floor: `keeps` has it, `waits` does not."""

    keeps: int
    waits: int


@dataclass(frozen=True)
class Failed(Output):
    """For the log: a reply broke down at this stage."""

    turn: int
    stage: str


def _not_ahead(event: Event, name: str, value: int | None) -> None:
    Event.__post_init__(event)
    if value is not None and not 0 <= value <= event.at:
        raise ValueError(f"{type(event).__name__} at {event.at} has {name} {value}; expected 0..{event.at}, or None")
