"""What the mouth does for a speech sound, and how neighbouring sounds melt into each other.

One rule: the lips of p, b and m meet and the lower lip of f and v touches the teeth, whatever else the face is doing.
`settle` comes last and enforces it.

Sources: dominance functions, Cohen & Massaro (1993), "Modeling coarticulation in synthetic visual speech"; jaw and lip
as two articulators with times of their own as in JALI (Edwards et al. 2016). Lip opening per shape was measured on the
base mesh of our avatars (gap between the inner lips at the mid line, in units of jawOpen).

Letters: S speech segments.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from dialogue.types import RATE, Phone
from motion.frame import ARKIT, HOP, INDEX

JAW_S, LIPS_S = 0.040, 0.065  # how fast an articulator's influence fades outside its segment
LEAD_S = 0.015  # the lips are this much ahead of the sound
JAW_LEAD_S = -0.015  # and the jaw this much ahead of the lips, that is with the sound: as jaws that people authored
REACH = round(0.45 * RATE)  # beyond 7 lip times a segment no longer matters: exp(-7) = .001
# How strongly silence pulls the mouth home: a vowel has faded below it after ln(.8/.05) = 2.8 times.
REST_DOMINANCE = 0.05
CLOSE_RAMP = round(0.034 * RATE)  # lips come together and part within about one frame, as real bilabials do (60-80 ms)


def shape(**weights: float) -> np.ndarray:
    """float32 [52] from short names: `smile` sets mouthSmileLeft and mouthSmileRight, `jawOpen` itself."""
    out = np.zeros(len(ARKIT), np.float32)
    for name, weight in weights.items():
        names = [name] if name in INDEX else [name + "Left", name + "Right"]
        for full in names:
            out[INDEX[full]] = weight
    return out


def _mouth(
    jaw: float,
    low: float = 0.0,
    up: float = 0.0,
    *,
    wide: float = 0.0,
    smile: float = 0.0,
    pucker: float = 0.0,
    funnel: float = 0.0,
    tongue: float = 0.0,
    roll: float = 0.0,
) -> np.ndarray:
    return shape(
        jawOpen=jaw,
        mouthLowerDown=low,
        mouthUpperUp=up,
        mouthStretch=wide,
        mouthSmile=smile,
        mouthPucker=pucker,
        mouthFunnel=funnel,
        tongueOut=tongue,
        mouthRollLower=roll,
    )


class Viseme(NamedTuple):
    """A mouth and how firmly the sound insists on it: 1 overrides its neighbours, .1 takes whatever mouth it finds."""

    mouth: np.ndarray  # [52]
    jaw: float
    lips: float
    contact: str = ""  # "lips": they must meet; "teeth": the lower lip must touch them


OPEN_A = Viseme(_mouth(0.46, 0.22, 0.12), 0.9, 0.7)  # father
OPEN_E = Viseme(_mouth(0.40, 0.28, 0.20, wide=0.20, smile=0.10), 0.9, 0.75)  # cat
MID_E = Viseme(_mouth(0.29, 0.26, 0.16, wide=0.18, smile=0.08), 0.8, 0.7)  # bed
MID_U = Viseme(_mouth(0.32, 0.20, 0.12), 0.8, 0.55)  # cup
SCHWA = Viseme(_mouth(0.18, 0.15, 0.08), 0.45, 0.3)
CLOSE_I = Viseme(_mouth(0.11, 0.32, 0.20, wide=0.24, smile=0.28), 0.8, 0.9)  # see
NEAR_I = Viseme(_mouth(0.18, 0.26, 0.14, wide=0.14, smile=0.12), 0.7, 0.6)  # sit
ROUND_O = Viseme(_mouth(0.34, 0.10, pucker=0.16, funnel=0.44), 0.85, 0.95)  # law
ROUND_U = Viseme(_mouth(0.12, pucker=0.58, funnel=0.30), 0.8, 1.0)  # two
NEAR_U = Viseme(_mouth(0.17, 0.05, pucker=0.34, funnel=0.28), 0.7, 0.85)  # book
ER = Viseme(_mouth(0.19, 0.12, 0.06, pucker=0.24, funnel=0.24), 0.7, 0.8)  # bird

LIPS = Viseme(_mouth(0.05), 0.9, 0.5, "lips")  # p b m
TEETH = Viseme(_mouth(0.05, up=0.20, roll=0.36), 0.9, 0.9, "teeth")  # f v
TONGUE_TIP = Viseme(_mouth(0.10, 0.16, 0.08), 0.7, 0.3)  # t d n: the lips belong to the neighbours
HISS = Viseme(_mouth(0.05, 0.30, 0.14, wide=0.20), 1.0, 0.6)  # s z: teeth together
HUSH = Viseme(_mouth(0.08, 0.20, 0.18, pucker=0.26, funnel=0.46), 1.0, 1.0)  # sh zh ch j
INTERDENTAL = Viseme(_mouth(0.14, 0.24, 0.10, tongue=0.16), 0.9, 0.5)  # th
LATERAL = Viseme(_mouth(0.20, 0.20, 0.08), 0.6, 0.4)
RHOTIC = Viseme(_mouth(0.12, 0.08, 0.06, pucker=0.34, funnel=0.28), 0.6, 0.85)
GLIDE_W = Viseme(_mouth(0.06, pucker=0.74, funnel=0.20), 0.8, 1.0)
GLIDE_J = Viseme(_mouth(0.10, 0.24, 0.14, wide=0.18, smile=0.20), 0.6, 0.6)
BACK = Viseme(_mouth(0.15, 0.12, 0.06), 0.35, 0.15)  # k g ng
BREATH = Viseme(_mouth(0.17, 0.12, 0.06), 0.2, 0.1)  # h: the mouth of the vowel to come
NOTHING = Viseme(_mouth(0.0), 0.0, 0.0)  # length and tone marks

MARKS = "ːˑˈˌʰʲʷ̩̃."
# misaki's symbols, then the rest of IPA that an English or loan word can bring. A pair is a movement.
PHONES: dict[str, tuple[Viseme, ...]] = {
    "A": (MID_E, CLOSE_I),
    "I": (OPEN_A, NEAR_I),
    "O": (ROUND_O, ROUND_U),
    "Q": (ER, NEAR_U),
    "W": (OPEN_A, NEAR_U),
    "Y": (ROUND_O, NEAR_I),
    "ʤ": (HUSH,),
    "ʧ": (HUSH,),
    "T": (TONGUE_TIP,),
    **dict.fromkeys("ɑaɐɒ", (OPEN_A,)),
    **dict.fromkeys("æ", (OPEN_E,)),
    **dict.fromkeys("ɛe", (MID_E,)),
    **dict.fromkeys("ʌɤ", (MID_U,)),
    **dict.fromkeys("əᵊɘ", (SCHWA,)),
    **dict.fromkeys("iɨɯ", (CLOSE_I,)),
    **dict.fromkeys("ɪᵻ", (NEAR_I,)),
    **dict.fromkeys("ɔo", (ROUND_O,)),
    **dict.fromkeys("uʉyø", (ROUND_U,)),
    **dict.fromkeys("ʊœ", (NEAR_U,)),
    **dict.fromkeys("ɜɝɚ", (ER,)),
    **dict.fromkeys("pbmɓʙʘ", (LIPS,)),
    **dict.fromkeys("fvʋɱ", (TEETH,)),
    **dict.fromkeys("βɸ", (GLIDE_W,)),
    **dict.fromkeys("tdnɾʈɖɳɲʔɟc", (TONGUE_TIP,)),
    **dict.fromkeys("szʦʣ", (HISS,)),
    **dict.fromkeys("ʃʒʂɕʑʨʥç", (HUSH,)),
    **dict.fromkeys("θð", (INTERDENTAL,)),
    **dict.fromkeys("lɫʎɭɬ", (LATERAL,)),
    **dict.fromkeys("ɹrɻɽʁ", (RHOTIC,)),
    **dict.fromkeys("wʍɥ", (GLIDE_W,)),
    **dict.fromkeys("jʝɰ", (GLIDE_J,)),
    **dict.fromkeys("kɡgŋqɢxɣχɴ", (BACK,)),
    **dict.fromkeys("hɦħʕ", (BREATH,)),
    **dict.fromkeys(MARKS, (NOTHING,)),
}
VOWELS = frozenset("ɑaɐɒæɛeʌɤəᵊɘiɨɯɪᵻɔouʉyøʊœɜɝɚAIOQWY")


def visemes(symbol: str) -> tuple[Viseme, ...]:
    """The mouth or mouths of a symbol. Unknown ones: by their first known letter that is no mark, capitals as open
    vowels, else as a schwa, so that a new alphabet moves the lips wrongly but never freezes them."""
    for part in (symbol, *(letter for letter in symbol if letter not in MARKS), *symbol):
        if part in PHONES:
            return PHONES[part]
    return (OPEN_A,) if symbol.isupper() else (SCHWA,)


class Segment(NamedTuple):
    """One mouth in time, in samples."""

    start: int
    end: int
    viseme: Viseme


def segments(phone: Phone) -> tuple[Segment, ...]:
    """The phone's mouths one after the other; the first part of a diphthong takes 55 % of it."""
    mouths = visemes(phone.symbol)
    if len(mouths) == 1:
        return (Segment(phone.start, phone.end, mouths[0]),)
    middle = phone.start + round(0.55 * (phone.end - phone.start))
    return (Segment(phone.start, middle, mouths[0]), Segment(middle, phone.end, mouths[1]))


class Mouth(NamedTuple):
    """What articulation asks of one frame."""

    weights: np.ndarray  # [52], jaw not yet scaled by energy
    activity: float  # 0..1: how much the mouth is speaking; expressions make way for it
    lips: float  # 0..1: closure that must happen
    teeth: float  # 0..1: lower lip to the upper teeth


STILL = Mouth(np.zeros(len(ARKIT), np.float32), 0.0, 0.0, 0.0)
_JAW = INDEX["jawOpen"]


def articulate(speech: tuple[Segment, ...], at: int) -> Mouth:
    """The mouth at one moment, from all segments near it.

    Args:
        speech: the segments from REACH before `at` to REACH after; more do no harm.
        at: the sample that the frame shows.
    """
    at = at + round(LEAD_S * RATE)
    near = [s for s in speech if s.start - REACH < at < s.end + REACH]
    if not near:
        return STILL
    distance_s = np.array([max(s.start - at, at - s.end, 0) for s in near]) / RATE
    jaw_at = at + round(JAW_LEAD_S * RATE)
    jaw_s = np.array([max(s.start - jaw_at, jaw_at - s.end, 0) for s in near]) / RATE
    jaw = np.array([s.viseme.jaw for s in near]) * np.exp(-jaw_s / JAW_S)
    lips = np.array([s.viseme.lips for s in near]) * np.exp(-distance_s / LIPS_S)
    mouths = np.stack([s.viseme.mouth for s in near])
    weights = lips @ mouths / (lips.sum() + REST_DOMINANCE)
    weights[_JAW] = jaw @ mouths[:, _JAW] / (jaw.sum() + REST_DOMINANCE)
    closed = max((_contact(s, at) for s in near if s.viseme.contact == "lips"), default=0.0)
    bite = max((_contact(s, at) for s in near if s.viseme.contact == "teeth"), default=0.0)
    # An eighth of a second of silence inside a sentence is still speaking; the expression comes back after it.
    activity = float(np.clip(1.35 - max(0.0, float(distance_s.min()) - 0.06) / 0.18, 0.0, 1.0))
    return Mouth(weights.astype(np.float32), activity, closed, bite)


def _contact(segment: Segment, at: int) -> float:
    """1 while the contact holds, less within CLOSE_RAMP around it.

    It counts as held over the whole time the frame stands for (half a hop either side), so that a closure shorter than
    a frame is still seen. A stop is released after 70 % of its time; the burst and breath that follow are open.
    """
    end = segment.start + round(0.7 * (segment.end - segment.start))
    distance = max(segment.start - at, at - end, 0) - HOP // 2
    return 0.5 + 0.5 * math.cos(math.pi * min(max(distance / CLOSE_RAMP, 0.0), 1.0))


OPENING = shape(
    jawOpen=1.0,
    mouthClose=-1.0,
    mouthFunnel=0.386,
    mouthUpperUp=0.070,
    mouthLowerDown=0.056,
    mouthShrugUpper=0.12,
    mouthShrugLower=-0.146,
    mouthRollLower=-0.094,
    mouthRollUpper=-0.082,
    mouthSmile=-0.044,
    mouthPress=-0.038,
    mouthPucker=-0.035,
    jawForward=0.041,
)  # gap between the inner lips, measured, in units of jawOpen = 1
TOUCHING = 0.02  # of OPENING; lips are soft


def lip_opening(weights: np.ndarray) -> np.ndarray:
    """How far the lips are apart for weights [..., 52]: 1 is what jawOpen alone opens, up to TOUCHING they meet."""
    return np.maximum(np.asarray(weights) @ OPENING, 0.0)


_PARTS = np.flatnonzero(
    shape(mouthUpperUp=1, mouthLowerDown=1, mouthFunnel=1, mouthShrugUpper=1, tongueOut=1, jawForward=1)
)
_CLOSE, _PRESS, _ROLLS = (
    INDEX["mouthClose"],
    np.flatnonzero(shape(mouthPress=1)),
    np.flatnonzero(shape(mouthRollLower=1, mouthRollUpper=1)),
)
_LOWERS = np.flatnonzero(shape(mouthLowerDown=1, mouthFunnel=1, mouthShrugLower=1, mouthPress=1))
_UPPERS, _ROLL_LOWER = np.flatnonzero(shape(mouthUpperUp=1)), INDEX["mouthRollLower"]


def settle(weights: np.ndarray, mouth: Mouth) -> np.ndarray:
    """Make the contacts of `mouth` happen in finished weights [52], expression and all. Returns new weights."""
    out = weights.copy()
    if mouth.teeth > 0.0:
        keep = 1.0 - mouth.teeth
        out[_LOWERS] *= keep
        out[_JAW] = out[_JAW] * keep + 0.05 * mouth.teeth
        out[_ROLL_LOWER] = max(out[_ROLL_LOWER], 0.38 * mouth.teeth)
        out[_UPPERS] = np.maximum(out[_UPPERS], 0.16 * mouth.teeth)
    if mouth.lips > 0.0:
        keep = 1.0 - mouth.lips
        out[_PARTS] *= keep
        out[_JAW] *= 1.0 - 0.75 * mouth.lips
        # What jaw is left opens nothing: mouthClose cancels it one to one.
        out[_CLOSE] = out[_CLOSE] * keep + out[_JAW] * mouth.lips
        out[_PRESS] = np.maximum(out[_PRESS], 0.22 * mouth.lips)
        out[_ROLLS] = np.maximum(out[_ROLLS], 0.10 * mouth.lips)
    return out
