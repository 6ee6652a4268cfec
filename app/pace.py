"""How much a picture may cost, so that faces move smoothly on any machine and the conversation is never starved.

One rule: down quickly, up slowly. Half a second of pictures that take too long is one step down; many seconds of ease
are one step up, and each step up that fails doubles the wait for the next try.

A picture may use SHARE of its time: the rest belongs to whoever listens and thinks on the same cores.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

SHARE = 0.75  # of the time between two pictures that drawing may take; above that we go down
EASE = 0.35  # below that for a while we go up: the next level costs about twice as much, and 2 x 0.35 < SHARE
SLOW_S, EASY_S = 0.5, 6.0
MOST_PATIENT_S = 300.0
HICCUP_S = 1.0  # one picture that takes longer (a window being dragged, a laptop waking up) says nothing
SETTLE = 15  # pictures after a change that are not counted: buffers are made, and software compiles what it draws with
SMOOTH = 0.2  # weight of the newest picture


@dataclass(frozen=True)
class Level:
    """One step: a preset of render.scene.QUALITIES, the most rows of a picture, the most pictures a second."""

    quality: str
    rows: int
    fps: int


LEVELS = (
    Level("high", 2160, 60),
    Level("standard", 1440, 60),
    Level("standard", 900, 60),
    Level("draft", 720, 60),
    Level("standard", 540, 30),  # smooth edges of 540 rows please more than hard ones of 720
    Level("draft", 540, 30),
    Level("draft", 400, 25),
    Level("draft", 300, 15),
)
FIXED = {"high": 0, "standard": 2, "draft": 5}  # what a person means who chooses by hand
SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "software", "basic render")


@dataclass(frozen=True)
class Pace:
    """Where we are on LEVELS and what speaks for a change. Seconds; `at_s` is the time of the last picture."""

    level: int = 1
    drawn: int = 0  # pictures since the last change, up to SETTLE
    work_s: float = 0.0  # of a picture, smoothed
    slow_s: float = 0.0
    easy_s: float = 0.0
    patience_s: float = EASY_S
    rose: bool = False  # the last change was upwards

    @property
    def now(self) -> Level:
        return LEVELS[self.level]


def first(renderer: str, quality: str = "automatic") -> Pace:
    """Where to begin, by the name the driver gives itself."""
    if quality in FIXED:
        return Pace(FIXED[quality])
    return Pace(5 if any(name in renderer.lower() for name in SOFTWARE) else 1)


def adapt(pace: Pace, work_s: float, passed_s: float) -> Pace:
    """The pace after one more picture.

    Args:
        work_s: what drawing it took, waiting for the screen not counted.
        passed_s: since the picture before.
    """
    if work_s > HICCUP_S or passed_s > 2 * HICCUP_S:
        return pace
    if pace.drawn < SETTLE:
        return replace(pace, drawn=pace.drawn + 1, work_s=work_s)
    mean = pace.work_s + SMOOTH * (work_s - pace.work_s)
    load = mean * pace.now.fps
    slow = pace.slow_s + passed_s if load > SHARE else 0.0
    easy = pace.easy_s + passed_s if load < EASE else 0.0
    if slow >= SLOW_S and pace.level < len(LEVELS) - 1:
        patience = min(2 * pace.patience_s, MOST_PATIENT_S) if pace.rose else pace.patience_s
        return Pace(pace.level + 1, patience_s=patience)
    if easy >= pace.patience_s and pace.level > 0:
        return Pace(pace.level - 1, patience_s=pace.patience_s, rose=True)
    return replace(pace, work_s=mean, slow_s=slow, easy_s=easy)
