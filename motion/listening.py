"""What a listener does about the other's speech: nods, smiles and brows where people put them, and a head that follows.

One rule: a listener answers places, not words: the end of a phrase, a stretch of low pitch, a laugh, the start of its
own short yes. At each place chance decides whether and what.

Sources: low pitch of 110 ms after 700 ms of speech, answered 700 ms later, Ward & Tsukahara 2000; slow head coupling at
0.2-1.1 Hz, 600 ms behind, Hale et al. 2020; contagious laughter, Provine 1992.

Letters: P participants.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dialogue.types import RATE, Emotion, Hop, Role
from motion.chance import Draw, between, uniform
from motion.expressions import EMOTIONS
from motion.frame import FPS, HOP
from motion.gestures import Gesture, nod
from motion.prosody import Voice
from motion.speaking import LAUGHS

SPOKEN = round(0.7 * FPS)  # hops of speech that make a phrase worth an answer
PAUSE = round(0.16 * FPS)  # hops of silence that end a phrase
LOW = 3  # hops, 120 ms of low pitch
BRIEF = round(0.8 * FPS)  # hops; own speech this short, while the other goes on, is a backchannel
LATER = round(0.7 * FPS)
NOD_GAP = round(2.4 * RATE)


class Ear(NamedTuple):
    """What is known of one speaker's phrase. All in hops."""

    run: int = 0  # speech in the phrase so far
    quiet: int = 0  # silence since
    low: int = 0  # low pitch in a row
    due: int = -1  # until an answer to low pitch is due; -1: none

    def hear(self, sounding: bool, pitch_hz: float, voice: Voice) -> tuple[Ear, bool]:
        """One hop on; True where a listener may answer."""
        if not sounding:
            quiet = self.quiet + 1
            ended = quiet == PAUSE and self.run >= SPOKEN
            return Ear(0 if quiet >= PAUSE else self.run, quiet, 0, max(self.due - 1, -1)), ended or self.due == 0
        low = self.low + 1 if 0.0 < pitch_hz < voice.low_hz else 0
        due = LATER if low == LOW and self.run >= SPOKEN and self.due < 0 else max(self.due - 1, -1)
        return Ear(self.run + 1, 0, low, due), self.due == 0


class Listener(NamedTuple):
    """What a listener is about: the gestures it makes, where its last nod ended, the hops of own speech that ended just
    before this hop (0 if none did), and how much more than others it nods."""

    gestures: tuple[Gesture, ...]
    nodded: int
    spoke: int
    nods: float = 1.0


def respond(hop: Hop, p: int, listener: Listener, places: Sequence[bool], key: tuple[int, int]) -> tuple[Gesture, ...]:
    """What participant p newly does about this hop.

    Args:
        places: of each participant, whether its phrase offers itself for an answer here.
        key: seed and participant.
    """
    gestures, nodded, spoke, nods = listener
    draw = (*key, Draw.NOD, hop.start // HOP)
    others = [q for q in range(len(hop.roles)) if q != p]
    out: list[Gesture] = []
    sunny = hop.feelings[p].emotion in (Emotion.NEUTRAL, Emotion.HAPPY) and all(
        hop.feelings[q].emotion not in _GRAVE for q in others
    )
    at = hop.start + round(between(0.02, 0.38, *draw, 1) * RATE)
    if any(places[q] for q in others):
        # The longer without a nod, the more one is due: this lands in four of ten windows with less luck than a fixed
        # chance.
        if uniform(*draw, 2) < nods * min(0.006 * (at - nodded) / RATE, 0.16) and at - nodded > NOD_GAP:
            out.append(nod(at, draw))
            nodded = out[-1].end
        out += _warmth(at, sunny, _busy(gestures, "smile", "grin"), draw)
    if places[p] and sunny and uniform(*draw, 3) < 0.06 and not _busy(gestures, "smile", "grin"):
        out.append(Gesture("smile", at, at + round(between(1.6, 3.0, *draw, 4) * RATE), between(0.5, 0.9, *draw, 5)))
    if (
        0 < spoke <= BRIEF
        and any(hop.roles[q] is Role.SPEAKING for q in others)
        and at - nodded > RATE
        and uniform(*draw, 6) < 0.2 * nods
    ):
        out.append(
            nod(hop.start - spoke * HOP + RATE // 25, draw, 1.1)
        )  # the short yes is still to be shown: nod with it
    for q in others:
        for cue in hop.cues[q]:
            if cue.name in LAUGHS:
                out += _catch(cue.at, LAUGHS[cue.name], (*key, Draw.LAUGH, cue.at // HOP))
    return tuple(out)


_GRAVE = (Emotion.SAD, Emotion.ANGRY, Emotion.AFRAID, Emotion.DISGUSTED)
assert set(_GRAVE) < set(EMOTIONS)


def _busy(gestures: Sequence[Gesture], *kinds: str) -> bool:
    return any(g.kind in kinds for g in gestures)


def _warmth(at: int, sunny: bool, smiling: bool, draw: tuple[int, ...]) -> list[Gesture]:
    """Smile, brows, tilt or pressed lips: at most one of them with a nod or without."""
    side = 1 if uniform(*draw, 10) < 0.5 else -1
    pick = uniform(*draw, 11)
    if pick < 0.11 and sunny and not smiling:
        return [Gesture("smile", at, at + round(between(1.8, 4.2, *draw, 12) * RATE), between(0.6, 1.1, *draw, 13))]
    if 0.11 <= pick < 0.34:
        return [Gesture("interest", at, at + round(between(0.6, 1.4, *draw, 12) * RATE), between(0.8, 1.6, *draw, 13))]
    if 0.34 <= pick < 0.46:
        return [
            Gesture(
                "tilt", at, at + round(between(2.5, 5.0, *draw, 12) * RATE), between(0.4, 0.8, *draw, 13), side=side
            )
        ]
    if 0.46 <= pick < 0.52:
        return [Gesture("press", at, at + round(between(0.7, 1.2, *draw, 12) * RATE), between(0.6, 1.0, *draw, 13))]
    if 0.52 <= pick < 0.64 and not sunny:
        return [Gesture("frown", at, at + round(between(1.0, 2.0, *draw, 12) * RATE), between(0.25, 0.5, *draw, 13))]
    return []


def _catch(at: int, size: float, draw: tuple[int, ...]) -> list[Gesture]:
    """A laugh is caught a third of a second later: a grin by most, silent shaking by some."""
    if uniform(*draw) > 0.75:
        return []
    begin = at + round(between(0.25, 0.55, *draw, 1) * RATE)
    grin = Gesture(
        "grin" if size > 0.8 else "smile", begin, begin + round(between(2.6, 4.2, *draw, 2) * RATE), 0.6 + 0.3 * size
    )
    if uniform(*draw, 3) > 0.5:
        return [grin]
    shaking = Gesture(
        "nod", begin + RATE // 5, begin + round(1.3 * RATE), 0.022 * size, rate=between(3.8, 4.8, *draw, 4)
    )
    return [grin, shaking]


class Coupling(NamedTuple):
    """Two slow followers of the other's head; their difference is its movement between 0.2 and 1.1 Hz."""

    fast: tuple[float, float, float] = (0.0, 0.0, 0.0)
    slow: tuple[float, float, float] = (0.0, 0.0, 0.0)


DELAY = 15  # frames, 560 ms behind the frame in the making; the followers add what is missing to 600
FAST, SLOW, GAIN = 1 - np.exp(-2 * np.pi * 1.1 / FPS), 1 - np.exp(-2 * np.pi * 0.2 / FPS), 0.34


def couple(coupling: Coupling, heads: Sequence[np.ndarray], p: int) -> tuple[Coupling, np.ndarray]:
    """One frame on: the lean [3] that p's head takes over from the others.

    Args:
        heads: [P, 3] of the last frames, the newest last.
    """
    if len(heads) < DELAY or len(heads[0]) < 2:
        return coupling, np.zeros(3)
    then = heads[-DELAY]
    other = (then.sum(0) - then[p]) / (len(then) - 1)
    fast = np.array(coupling.fast) + FAST * (other - coupling.fast)
    slow = np.array(coupling.slow) + SLOW * (other - coupling.slow)
    return Coupling(tuple(fast), tuple(slow)), GAIN * (fast - slow)
