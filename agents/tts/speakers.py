"""The speakers that one voice model can be: each a pitch, a range, a size of throat, a pace and an age.

One rule: any two voices differ clearly in at least one of pitch, throat and pace (a test holds every pair to it).

| voice  | pitch | f0 Hz | range | throat | pace | age                | who                               |
|--------|-------|-------|-------|--------|------|--------------------|-----------------------------------|
| heart  | 1.00  | 192   | 1.00  | 1.00   | 1.00 |                    | the model itself, unchanged       |
| ivy    | 1.20  | 230   | 1.12  | 1.09   | 1.07 |                    | brighter, livelier, smaller       |
| ruth   | 0.88  | 169   | 0.85  | 0.96   | 0.86 | tremor, breath     | lower, slower, a little unsteady  |
| adam   | 0.57  | 109   | 0.95  | 0.86   | 0.98 |                    | a grown man's throat is ~15 % longer |
| kofi   | 0.70  | 134   | 1.10  | 0.90   | 1.06 |                    | a tenor, lively                   |
| walter | 0.48  | 92    | 0.85  | 0.83   | 0.85 | tremor, breath     | deep, slow, rough at phrase ends  |

`pitch` multiplies f0, `range` spreads it around its centre (an exponent on f0), `throat` multiplies the formants (a
longer throat has lower ones), `pace` multiplies speaking speed.
Sources of the proportions: Peterson & Barney 1952 (men's formants lie 15-20 % below women's, f0 at 0.59 of it);
Linville 2001 on aged voices (slower, tremor of 4-6 Hz, more breath).
"""

from __future__ import annotations

from dataclasses import dataclass

F0 = 192.0  # Hz, median of the model's voiced frames over plain sentences


@dataclass(frozen=True)
class Speaker:
    """How one voice departs from the model's own."""

    description: str
    pitch: float = 1.0
    range: float = 1.0
    throat: float = 1.0
    pace: float = 1.0
    tilt_db: float = 0.0  # per octave around 1 kHz; below zero is darker
    breath_db: float | None = None  # noise in voiced sound, relative to the harmonics; None for none
    tremor: float = 0.0  # depth of the 5 Hz wavering of f0, as a share of it
    jitter: float = 0.0  # cycle to cycle unsteadiness of f0, as a share of it


SPEAKERS = {
    "heart": Speaker("warm young woman, American"),
    "ivy": Speaker("bright, girlish young woman, American", 1.20, 1.12, 1.09, 1.07, tilt_db=0.5),
    "ruth": Speaker("old woman, gentle and unhurried", 0.88, 0.85, 0.96, 0.86, -0.5, -14.0, tremor=0.018, jitter=0.008),
    "adam": Speaker("man in his forties, warm baritone", 0.57, 0.95, 0.86, 0.98, jitter=0.004),
    "kofi": Speaker("young man, lively tenor", 0.70, 1.10, 0.90, 1.06, jitter=0.004),
    "walter": Speaker("old man, deep and slow", 0.48, 0.85, 0.83, 0.85, -0.5, -16.0, tremor=0.018, jitter=0.012),
}
