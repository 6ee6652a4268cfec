"""How a feeling reaches the voice.

One rule: neutral changes nothing, and intensity scales every change in proportion, so [happy 0.5] lies half way there.

At full intensity (st = semitones; tilt in dB per octave, bright above zero):

| feeling    | pitch | range | pace | level  | tilt | breath | tremor | why                                          |
|------------|-------|-------|------|--------|------|--------|--------|----------------------------------------------|
| neutral    |  0 st | x1.00 | 1.00 |   0 dB |  0   |  -     | 0      |                                              |
| happy      | +2.0  | x1.30 | 1.06 | +1.5   | +1.0 |  -     | 0      | high, wide, quick, bright                    |
| sad        | -1.5  | x0.65 | 0.86 | -3.0   | -1.5 | -16 dB | 0.6 %  | low, flat, slow, soft, breathy               |
| angry      | +1.0  | x1.25 | 1.08 | +4.0   | +2.0 |  -     | 0      | loud, tense: flat spectrum                   |
| surprised  | +4.0  | x1.45 | 1.04 | +1.5   | +0.5 |  -     | 0      | highest and widest                           |
| afraid     | +2.5  | x0.85 | 1.12 | -1.0   | +0.5 | -18 dB | 2.0 %  | high, narrow, hurried, trembling             |
| disgusted  | -1.0  | x1.10 | 0.90 |  0     | -1.0 |  -     | 0      | low and drawn out                            |
| thoughtful | -0.7  | x0.80 | 0.88 | -1.5   | -0.5 | -20 dB | 0      | quiet, even, slow                            |

Sources: Scherer 2003 (Speech Communication 40); Juslin & Laukka 2003 (Psychological Bulletin 129): directions and order
of the cues; the sizes are kept small enough for every word to stay as clear as in the plain voice.
"""

from __future__ import annotations

from dataclasses import dataclass

from dialogue.types import Emotion, Feeling

NO_BREATH_DB = -60.0  # relative to the harmonics: below hearing


@dataclass(frozen=True)
class Prosody:
    """What a feeling does to a voice; the defaults change nothing."""

    pitch_st: float = 0.0
    range: float = 1.0
    pace: float = 1.0
    level_db: float = 0.0
    tilt_db: float = 0.0
    breath_db: float | None = None
    tremor: float = 0.0


TABLE = {
    Emotion.NEUTRAL: Prosody(),
    Emotion.HAPPY: Prosody(2.0, 1.3, 1.06, 1.5, 1.0),
    Emotion.SAD: Prosody(-1.5, 0.65, 0.86, -3.0, -1.5, -16.0, 0.006),
    Emotion.ANGRY: Prosody(1.0, 1.25, 1.08, 4.0, 2.0),
    Emotion.SURPRISED: Prosody(4.0, 1.45, 1.04, 1.5, 0.5),
    Emotion.AFRAID: Prosody(2.5, 0.85, 1.12, -1.0, 0.5, -18.0, 0.02),
    Emotion.DISGUSTED: Prosody(-1.0, 1.1, 0.9, 0.0, -1.0),
    Emotion.THOUGHTFUL: Prosody(-0.7, 0.8, 0.88, -1.5, -0.5, -20.0),
}


def prosody(feeling: Feeling) -> Prosody:
    """The voice of a feeling: linear in intensity for steps and decibels, by powers for factors."""
    full, k = TABLE[feeling.emotion], feeling.intensity
    breath = None
    if full.breath_db is not None and k > 0.0:
        breath = NO_BREATH_DB + (full.breath_db - NO_BREATH_DB) * k
    return Prosody(
        full.pitch_st * k, full.range**k, full.pace**k, full.level_db * k, full.tilt_db * k, breath, full.tremor * k
    )
