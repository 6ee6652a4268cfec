"""A live conversation as a window sees it, from another thread: app/live.py's Conversation.

One rule: the window reads values that the conversation replaced whole, and leaves commands in a queue; neither waits for
the other.
"""

from __future__ import annotations

import queue
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.audio import Devices
from app.live import Command, Line, Status
from app.session import Session
from motion.frame import MotionFrame

LINES = 60  # of the transcript that are shown


class View:
    """Args:
    shown: the participants whose faces the window draws, in the order of its seats. seats: their names and avatars.
    found: the devices to choose from.
    """

    def __init__(
        self, session: Session, shown: Sequence[int], seats: Mapping[str, str], found: Devices = Devices()
    ) -> None:
        self.seats = dict(seats)
        self._session, self._shown = session, tuple(shown)
        self.commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self.chosen = replace(found)
        self.push_to_talk = False
        self.recording = ""
        self.device = ""  # what is wrong with microphone or loudspeaker now
        self.noted = ""  # of that, what the log knows
        self.problem = ""  # the newest; stays until the next
        self.notice = ""  # all along: what is missing from the beginning
        self._news: tuple[str, int | None] = ("", None)  # what is well, and was asked for; until when it is told
        self.over = False

    def now(self) -> int:
        return self._session.now

    def announce(self, news: str, samples: int | None = None) -> None:
        """Tell what went well, for so long; None: until there is other news."""
        self._news = (news, None if samples is None else self.now() + samples)

    def faces(self, at: int) -> tuple[MotionFrame, ...]:
        everyone = self._session.faces.at(at)
        return tuple(everyone[p] for p in self._shown)

    def do(self, command: Command) -> None:
        if command.kind == "push-to-talk":
            self.push_to_talk = command.value == "on"
            command = Command("mute", command.value)
        self.commands.put(command)

    def taken(self) -> list[Command]:
        """The commands since the last call."""
        out = []
        while not self.commands.empty():
            out.append(self.commands.get())
        return out

    def status(self) -> Status:
        s = self._session
        speaking = [reply for reply in list(s.playing.values()) if reply.told]
        lines = list(s.lines)[-LINES:]
        captions = []
        for reply in speaking:
            heard, rest = reply.heard(reply.told)
            lines.append(Line(s.names[reply.who], heard, rest, over=False))
            captions.append((s.names[reply.who], _newest(heard)))
        felt, (news, until) = s.feelings_at(s.now), self._news
        return Status(
            names=s.names,
            state=tuple(state.value for state in s.machine.states),
            feelings=tuple(f"{f.emotion.value} {f.intensity:g}" if f.emotion.value != "neutral" else "" for f in felt),
            level_db=s.hearing.level_db,
            gate_db=s.hearing.gate_db(),
            stages=dict(s.stages),
            lines=tuple(lines),
            captions=tuple(captions),
            microphones=self.chosen.microphones,
            speakers=self.chosen.speakers,
            microphone=self.chosen.microphone,
            speaker=self.chosen.speaker,
            muted=s.muted,
            push_to_talk=self.push_to_talk,
            recording=self.recording,
            problem=self.device or self.problem or s.problem or self.notice,
            news=news if until is None or s.now < until else "",
            over=self.over,
            shown=tuple(s.names[p] for p in self._shown),
            looks="" if (at := s.machine.seats[0].looks) is None else s.names[at],
        )


def _newest(text: str, most: int = 84) -> str:
    """The end of a text, from the beginning of a word."""
    return text if len(text) <= most else "…" + text[-most:].partition(" ")[2]
