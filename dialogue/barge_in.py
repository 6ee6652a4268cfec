"""Whether somebody who is heard while another speaks wants the floor, or only says mm-hm, coughs, or talks to others.

One rule: two steps. At FADE the other's voice is turned down, which costs nothing if it was nothing; only what is then
heard, how long and which words, decides whether it stops or goes on where it was.

Source: measured on simulated callers, with phrases and voices that the rules never saw, `duologue bench turns`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from dialogue.types import RATE

FADE = RATE // 10  # of voice over the level gate
LATEST = RATE  # from the first voice: then it is decided one way or the other


class Verdict(Enum):
    """What a voice beside another's speech is."""

    OPEN = "open"  # nobody can tell yet
    TAKES = "takes the floor"
    LEAVES = "leaves it"  # a short answer, a cough, talk to somebody else


@dataclass(frozen=True)
class Overlap:
    """What was heard since the voice began. All in samples.

    Args:
        voiced: of voice so far. silence: since it was last heard, 0 while it is.
        text: a transcript of it, None if there is none yet. level_db: over the gate.
    """

    voiced: int
    silence: int = 0
    text: str | None = None
    level_db: float = 0.0


def judge(overlap: Overlap) -> Verdict:
    """The verdict on what has been heard by now; asked again whenever more is known."""
    if overlap.voiced >= round(0.8 * RATE):
        return Verdict.TAKES
    if overlap.silence >= round(0.3 * RATE):
        return Verdict.LEAVES
    return Verdict.OPEN
