"""What speaking does beyond the phones: accents that head and brows beat, laughter, a mouth for sound without phones.

One rule: nothing here moves the lips of someone who is silent.

Sources: head beats and brow raises on accents, Munhall et al. 2004 and Cavé et al. 1996; laughter as bursts with the
head back and the eyes narrowed, Ruch & Ekman 2001.

Letters: P participants.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dialogue.types import RATE, Hop, Role
from motion.chance import Draw, between, uniform
from motion.expressions import LAUGH
from motion.frame import HOP, INDEX
from motion.gestures import Gesture
from motion.prosody import Heard, Voice
from motion.visemes import STILL, VOWELS, Mouth, shape

BEAT_S, APEX = 0.46, 0.52  # a beat's length, and where in it the head is lowest
ACCENT_GAP = round(0.28 * RATE)  # accents closer than this are one


def accents(
    hop: Hop, p: int, voice: Voice, heard: Heard, last: int, key: tuple[int, int]
) -> tuple[tuple[Gesture, ...], int]:
    """Beats and brow raises for the accents of one hop, and when the last accent was.

    An accent is a stressed vowel; where there are no phones, a loud hop after a softer half.
    """
    effort = voice.effort(float(heard.level_db[p].max()))
    places = [(x.start + x.end) // 2 for x in hop.phones[p] if x.stressed and x.symbol[:1] in VOWELS]
    if (
        not hop.phones[p]
        and effort > 0.86
        and heard.level_db[p, 1] > heard.level_db[p, 0] + 1.0
        and last < hop.start - RATE // 2
    ):
        places = [hop.start + HOP]
    raised = bool(heard.pitch_hz[p] > 1.16 * voice.mid_hz and voice.hops > 8)
    contested = sum(role is Role.SPEAKING for role in hop.roles) > 1
    out: list[Gesture] = []
    for at in places:
        if at - last < ACCENT_GAP or effort < 0.2:
            continue
        pause = at - last > 1.2 * RATE  # the first accent after a pause carries more
        last = at
        begin = at - round(APEX * BEAT_S * RATE)
        end = begin + round(BEAT_S * RATE)
        draw = (*key, Draw.ACCENT, at // 480)
        # Within the other's speech this is a short yes or a struggle for the floor: no place for emphasis.
        if uniform(*draw) < (0.55 + 0.2 * raised) * (0.25 if contested else 1.0):
            size = between(0.018, 0.050, *draw, 1) * (0.45 + 0.65 * effort) * (1.25 if raised or pause else 1.0)
            out.append(Gesture("beat", begin, end, size, side=1 if uniform(*draw, 2) < 0.5 else -1))
        if uniform(*draw, 3) < (0.40 if raised else 0.16) + 0.20 * pause:
            size = between(0.8, 1.7, *draw, 4) * (0.6 + 0.4 * effort)
            out.append(Gesture("interest", begin - RATE // 25, end + RATE // 6, size))
    return tuple(out), last


class Laugh(NamedTuple):
    """A laugh that runs: from `start` as long as bursts follow each other, until words do. `size` 1 is a full laugh,
    .55 a chuckle."""

    start: int
    end: int
    size: float
    spoken: bool = False  # words have begun; later sound is theirs

    def over(self, at: int) -> bool:
        return at > self.end + round(FADE_S * RATE)

    def strength(self, at: int) -> float:
        """0..size; it shows 0.2 s before it sounds, and ebbs."""
        before, after = (at - self.start) / RATE + 0.2, (self.end - at) / RATE + FADE_S
        inside = min(max(before / 0.3, 0.0), max(after / FADE_S, 0.0), 1.0)
        return self.size * inside * inside * (3.0 - 2.0 * inside)

    def sounding(self, at: int) -> float:
        """0..1: how much the mouth belongs to the laugh; words that follow need it back at once."""
        return min(max(min((at - self.start) / RATE + 0.14, (self.end - at) / RATE + 0.04) / 0.12, 0.0), 1.0)


FADE_S = 0.7
HA = ("h", "ʌ")  # the phones that voice engines give to bursts
SHORTEST, LONGEST, GAP = round(0.9 * RATE), 6 * RATE, round(0.35 * RATE)
LAUGHS = {"laugh": 1.0, "laughs": 1.0, "chuckle": 0.55, "chuckles": 0.55}


def laughing(
    laughs: tuple[Laugh, ...], hop: Hop, p: int, sounding: bool
) -> tuple[tuple[Laugh, ...], tuple[Gesture, ...]]:
    """The laughs after one more hop, oldest first, and the smiles that new ones leave behind. One that is still to be
    shown or ebbs stays beside the next; only the newest is fed by sound and ended by words."""
    smiles: tuple[Gesture, ...] = ()
    for cue in hop.cues[p]:
        if cue.name in LAUGHS:
            size = LAUGHS[cue.name]
            laughs = (*laughs, Laugh(cue.at, cue.at + SHORTEST, size))
            smiles += (Gesture("smile", cue.at - RATE // 5, cue.at + 5 * RATE, 0.6 + 0.4 * size),)
    if laughs:
        *before, laugh = laughs
        word = next((x.start for x in hop.phones[p] if x.symbol not in HA and x.start > laugh.start), None)
        if word is not None:
            laugh = laugh._replace(end=min(laugh.end, word), spoken=True)
        elif sounding and not laugh.spoken and hop.start <= laugh.end + GAP:
            laugh = laugh._replace(end=min(max(laugh.end, hop.start + HOP), laugh.start + LONGEST))
        laughs = (*before, laugh)
    return laughs, smiles


_JAW = INDEX["jawOpen"]


def laugh_face(laugh: Laugh, at: int, effort: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights [52] and head [3] of a laugh; `effort` 0..1.15 is the loudness now: each burst shakes jaw and head."""
    strength = laugh.strength(at)
    face = np.float32(strength) * LAUGH
    face[_JAW] += np.float32(strength * (0.36 * effort if laugh.size > 0.8 else 0.08 * effort))
    return face, np.array([strength * (0.085 - 0.055 * effort), 0.0, 0.035 * strength])


_OPEN = shape(jawOpen=0.38, mouthLowerDown=0.24, mouthUpperUp=0.14)
_SPREAD = shape(mouthStretch=0.22, mouthSmile=0.20, mouthLowerDown=0.22, mouthUpperUp=0.14)
_ROUND = shape(mouthPucker=0.40, mouthFunnel=0.34)
_HISSING = shape(jawOpen=0.05, mouthLowerDown=0.28, mouthUpperUp=0.14, mouthStretch=0.16)


def unphonetic(efforts: Sequence[float], colours: Sequence[np.ndarray], sounding: Sequence[bool]) -> Mouth:
    """A mouth for speech that comes without phones (a microphone), from loudness and colour of the hops around.

    Args:
        efforts, colours, sounding: of the hops around the moment, the moment in their middle.
    """
    if not any(sounding):
        return STILL
    middle = len(efforts) // 2
    near = slice(middle - 1, middle + 2)
    loud = float(np.mean(efforts[near])) * float(np.mean(sounding[near]))
    murmur, first, second, hiss = np.mean(colours[near], axis=0)
    voiced = murmur + first + second + 1e-6
    # The jaw is left to loudness, which the caller applies; colour only leans on it: against authored animation of real
    # speech a jaw led by the first formant's share did worse (r .68, this .76). The second formant tells i from u.
    open_ = (0.72 + 0.35 * first / voiced) * float(np.mean(sounding[near]))
    spread = min(1.0, 3.0 * second / voiced) * loud
    round_ = max(0.0, 0.75 - 6.0 * second / voiced - first / voiced) * loud
    weights = (
        open_ * _OPEN + spread * _SPREAD + round_ * _ROUND + min(1.0, 2.0 * hiss) * min(1.0, 1.5 * loud) * _HISSING
    )
    # A hum between sounds, or a short hole in the sound, is most often a pair of closed lips.
    hole = (
        sounding[near][0]
        and sounding[near][2]
        and efforts[middle] < 0.55 * min(efforts[middle - 1], efforts[middle + 1])
    )
    lips = 0.85 if hole else max(0.0, min(0.8, (murmur / voiced - 0.93) * 14.0)) * (loud > 0.2)
    activity = float(np.mean(sounding)) ** 0.5
    return Mouth(weights.astype(np.float32), activity, float(lips), 0.0)
