"""What happened in a live conversation, one JSON object a line, so that anyone can score it.

One rule: a line is written when it happens and says when in samples of the loudspeaker; nothing is ever changed later.

Keys: `at` (samples at 48 kHz since the start), `s` (the same in seconds), `kind`, and where they apply `participant` (a
name), `turn` (the number of a reply), `text`, `ms` (a delay), `stage`, `value`. docs/events.md lists every kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from dialogue.errors import OutputError
from dialogue.types import seconds

KINDS = {
    "start": "the conversation begins; value: who takes part",
    "caller": "a simulated caller begins: ms: for how long; value: turn, interruption, backchannel, aside, burst, laugh",
    "voice": "a voice is heard; value: its level over the gate in dB",
    "quiet": "it is heard no longer",
    "pause": "what was known of a silence; value: 0..1, how finished it sounded, and how likely its text ends there",
    "heard": "what a participant was understood to say",
    "typed": "what was typed instead of said",
    "look": "a person looks at an avatar; value: whom, nothing for nobody",
    "turn": "a participant's turn is over; ms: from the end of its voice to this decision",
    "think": "a reply is begun, perhaps too early; turn: its number",
    "token": "the first word of the language model; ms: since the reply was begun",
    "sound": "the first sound of it is ready; ms: since the reply was begun",
    "speak": "an avatar begins to be heard; ms: from the end of the voice it answers",
    "said": "a turn of an avatar is over; text: what was heard of it; value: what was not",
    "duck": "an avatar falls silent because a voice is heard",
    "resume": "it goes on, that voice wanted nothing",
    "cancel": "a reply is dropped",
    "backchannel": "an avatar says or nods mm-hm",
    "fault": "a stage failed; stage: which; text: why; turn: in which reply, if in one",
    "end": "the conversation is over",
}


class EventLog:
    """A file of events, and a listener for each; without a file only the listeners hear of them."""

    def __init__(self, path: Path | None = None) -> None:
        self._path, self._file = path, None
        self.listeners: list[Callable[[dict[str, Any]], None]] = []
        if path:
            self._file = _opened(path)

    def write(self, at: int, kind: str, **more: Any) -> None:
        """Note one event. A disk that is full ends the file, not the conversation: the listeners hear of it once."""
        assert kind in KINDS, kind
        event = {"at": at, "s": round(seconds(at), 4), "kind": kind}
        event |= {key: round(value, 2) if isinstance(value, float) else value for key, value in more.items()}
        for listener in self.listeners:
            listener(event)
        if self._file:
            try:
                self._file.write(json.dumps(event, ensure_ascii=False) + "\n")
                self._file.flush()  # whoever follows it, or kills us, has all of it
            except OSError as error:
                self.close()
                self.write(at, "fault", stage="log", text=f"cannot go on writing '{self._path}': {error.strerror}")

    def close(self) -> None:
        """Close the file; idempotent."""
        if self._file:
            with suppress(OSError):
                self._file.close()
            self._file = None


def _opened(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w", encoding="utf-8", errors="backslashreplace")  # half a letter, as a server may send
    except OSError as error:
        raise OutputError(f"cannot write '{path}': {error.strerror or error}") from error
