"""What was said, and what of it was heard.

One rule: nobody is quoted with a word that began after they were silenced.
"""

from __future__ import annotations

from dataclasses import dataclass

from dialogue.timeline import Segment, Timeline
from dialogue.utterance import heard_text

CUT = "—"  # ends what was cut off


@dataclass(frozen=True)
class Said:
    """One turn: `text` as it was meant, `heard` as far as it got."""

    participant: int
    name: str
    start: int
    text: str
    heard: str
    interrupted: bool

    def __str__(self) -> str:
        return f"{self.name}: {self.heard}{CUT if self.interrupted else ''}"


def transcript(timeline: Timeline, until: int | None = None) -> tuple[Said, ...]:
    """Every turn with words, in the order of their beginnings.

    Args:
        until: everybody is silenced here; None: at the end.
    """
    return tuple(
        said
        for s in timeline.segments
        if (until is None or s.start < until) and (said := _said(s, timeline.names[s.participant], until)).heard
    )


def _said(segment: Segment, name: str, until: int | None) -> Said:
    heard, interrupted = segment.heard, segment.interrupted
    if until is not None and until < segment.end:
        heard = heard_text(heard, segment.words, sum(w.start < until for w in segment.words)) if segment.words else ""
        interrupted = True
    return Said(segment.participant, name, segment.start, segment.text, heard, interrupted)


def as_text(turns: tuple[Said, ...]) -> str:
    """One line a turn: `ADA: Hi! You must be—`."""
    return "".join(f"{turn}\n" for turn in turns)
