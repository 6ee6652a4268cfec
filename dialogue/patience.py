"""How long a silence must last before the turn of whoever spoke counts as over.

One rule: never one source alone. The microphone's silence, what the voice sounded like (Smart Turn), what was said, how
likely a language model finds the end, and how this person pauses each shorten or lengthen the wait; none ends a turn.

Source: measured on simulated callers and on recordings of people, `duologue bench turns`.
"""

from __future__ import annotations

from dataclasses import dataclass

from dialogue.types import RATE


@dataclass(frozen=True)
class Evidence:
    """What is known about a silence. None: not known (yet).

    Args:
        said: samples of voice in the turn so far.
        acoustic: 0..1, how complete the turn sounds.
        text: what was said so far.
        language: 0..1, how likely the text ends here.
    """

    said: int
    acoustic: float | None = None
    text: str | None = None
    language: float | None = None


@dataclass(frozen=True)
class Pace:
    """How a person pauses: the mean length of the silences inside the turns heard so far, and how many."""

    hold: int = RATE // 2
    holds: int = 0


def patience(evidence: Evidence, pace: Pace = Pace()) -> int:
    """Samples of silence after which the turn is over, from all that is known now; asked again when more is known."""
    wait = 0.9
    if evidence.acoustic is not None:
        wait -= 0.35 * evidence.acoustic
    return round(wait * RATE)


def paused(pace: Pace, silence: int) -> Pace:
    """The pace after one more silence that turned out to be a pause."""
    weight = min(pace.holds + 1, 8)
    return Pace(pace.hold + (silence - pace.hold) // weight, pace.holds + 1)
