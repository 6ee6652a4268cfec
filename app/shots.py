"""Where the camera looks when: turns the screenplay's camera lines and the turns that were spoken into a list of shots.

One rule: a cut never interrupts a look. `auto` opens wide, cuts to whoever speaks a little *before* they do (the eye
follows the sound there anyway), shows the listener in the middle of a long speech, and never holds a shot shorter than
MIN_SHOT unless the screenplay says so.
Source: Murch, In the Blink of an Eye (cut before the thought); the numbers are ours, from looking at our films.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dialogue.types import samples
from render.camera import Shot

MIN_SHOT = samples(2.0)
LEAD = samples(0.24)  # the cut comes this much before the voice
OPENING = samples(2.6)  # a film opens on both
LONG_TURN = samples(6.5)  # a speech longer than this shows the listener once
REACTION = samples(2.2)


@dataclass(frozen=True)
class Cut:
    """A shot and when it begins, in samples."""

    at: int
    shot: Shot


@dataclass(frozen=True)
class Directive:
    """A camera line of the screenplay: 'auto', or a fixed shot."""

    at: int
    shot: Shot | None


@dataclass(frozen=True)
class Turn:
    """Who spoke from when to when, in samples."""

    participant: int
    start: int
    end: int


def plan(
    turns: Sequence[Turn], directives: Sequence[Directive], end: int, participants: int, seed: int
) -> tuple[Cut, ...]:
    """All cuts of a film that ends at `end`; the first one is at 0.

    Fixed shots hold until the next directive; while 'auto' (the default) is in force, the cuts follow the turns.
    """
    directives = sorted(directives, key=lambda d: d.at)
    if not directives or directives[0].at > 0:
        directives = [Directive(0, None), *directives]
    rng = np.random.default_rng([seed, 0x5107])
    cuts: list[Cut] = []
    for directive, following in zip(directives, [*directives[1:], Directive(end, None)]):
        if directive.shot is not None:
            _cut(cuts, Cut(directive.at, directive.shot))
        else:
            for cut in _auto(turns, directive.at, following.at, participants, rng):
                _cut(cuts, cut)
    return tuple(cuts)


def _cut(cuts: list[Cut], cut: Cut) -> None:
    """Append, unless the camera shows just that already; two cuts at one moment keep the later."""
    if cuts and cuts[-1].at >= cut.at:
        cuts.pop()
    if not cuts or cuts[-1].shot != cut.shot:
        cuts.append(cut)


def _auto(turns: Sequence[Turn], begin: int, end: int, participants: int, rng: np.random.Generator) -> list[Cut]:
    """The cuts of one stretch of 'auto': it opens a film on everyone, and joins a running one on whoever speaks."""
    if participants == 1:
        alone = (
            [Cut(0, Shot("wide")), Cut(OPENING, Shot("single", 0))] if begin == 0 else [Cut(begin, Shot("single", 0))]
        )
        return [cut for cut in alone if cut.at == begin or end > cut.at + MIN_SHOT]
    everyone = Shot("two-shot" if participants == 2 else "wide")
    cuts = [Cut(begin, Shot("wide") if begin == 0 else everyone)]
    hold = OPENING if begin == 0 else MIN_SHOT  # how long the first shot must stand
    for i, turn in enumerate(turns):
        at = max(turn.start - LEAD, begin)
        if at >= end or turn.end <= begin:
            continue
        if at > begin or begin == 0:
            at = max(at, cuts[-1].at + hold)
        if at >= min(turn.end, end) - MIN_SHOT // 2:  # over before the look would have settled
            continue
        hold = MIN_SHOT
        near = (other for other in turns[max(i - 2, 0) : i + 3] if other.participant != turn.participant)
        overlapped = any(other.start < turn.end and turn.start < other.end for other in near)
        if overlapped and rng.random() < 0.6:
            shot = everyone
        else:
            shot = Shot("over-shoulder" if rng.random() < 0.35 else "single", turn.participant)
        if cuts[-1].shot.subject != turn.participant or shot == everyone:
            cuts.append(Cut(at, shot))
        if turn.end - cuts[-1].at > LONG_TURN:
            middle = cuts[-1].at + int((0.42 + 0.16 * rng.random()) * (turn.end - cuts[-1].at))
            listeners = [p for p in range(participants) if p != turn.participant]
            back = middle + REACTION
            if back < min(turn.end, end) - MIN_SHOT:
                cuts.append(Cut(middle, Shot("single", listeners[int(rng.integers(len(listeners)))])))
                cuts.append(Cut(back, Shot("single", turn.participant)))
    return cuts


def shot_at(cuts: Sequence[Cut], at: int) -> Shot:
    """What the camera shows at `at`."""
    current = cuts[0].shot
    for cut in cuts:
        if cut.at > at:
            break
        current = cut.shot
    return current
