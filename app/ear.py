"""One microphone: when a voice begins and ends there, how far it is over the room, and what it said.

One rule: a voice is what the detector takes for speech and what is louder than the room by GATE_DB; it begins after two
frames of it, and ends after two without, each told with the moment at which it truly was.

Source of the thresholds: Silero at .7 / .5 keeps its lag under 200 ms in babble of 10 dB, where .5 / .35 takes a second.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from agents.vad import VADEngine
from dialogue.types import RATE

BEGINS, ENDS = 0.7, 0.5
FRAMES = 2  # of the detector, 64 ms
GATE_DB, LOWEST_DB = 9.0, -62.0  # over the room; and a room is never taken to be quieter than that
RISE, FALL = 0.004, 0.08  # a frame: the room's level follows upwards in 8 s, downwards in half a second


@dataclass(frozen=True)
class Change:
    """A voice began or ended at `since`. level_db: over the gate."""

    voice: bool
    since: int
    level_db: float = 0.0


@dataclass(frozen=True)
class Ear:
    """What is known of a microphone."""

    detector: Any  # the state of a VADEngine for one track
    at: int = 0  # of the next frame
    voice: bool = False
    run: int = 0  # frames that say otherwise
    since: int = 0  # the first of them
    room_db: float = -50.0
    level_db: float = -90.0

    @property
    def gate_db(self) -> float:
        return max(self.room_db, LOWEST_DB) + GATE_DB


def start(engine: VADEngine, at: int = 0) -> Ear:
    """An ear before its first frame."""
    return Ear(engine.start(1), at)


def hear(ear: Ear, engine: VADEngine, frame: np.ndarray) -> tuple[Ear, Change | None]:
    """One frame of the detector on.

    Args:
        frame: float32 [engine.frame] in -1..1 at RATE.
    """
    chance, state = engine.hear(frame[None], ear.detector)
    level = 10.0 * np.log10(float(np.mean(frame**2)) + 1e-9)
    speech = bool(chance[0] >= (ENDS if ear.voice else BEGINS) and (ear.voice or level >= ear.gate_db))
    room = ear.room_db
    if chance[0] < ENDS:
        room += (FALL if level < room else RISE) * (level - room)
    run = ear.run + 1 if speech != ear.voice else 0
    since = ear.at if run == 1 else ear.since
    change = None
    if run >= FRAMES:
        change = Change(speech, since, level - ear.gate_db)
        run = 0
    new = replace(
        ear,
        detector=state,
        at=ear.at + len(frame),
        voice=speech if change else ear.voice,
        run=run,
        since=since,
        room_db=room,
        level_db=level,
    )
    return new, change


def muted(ear: Ear) -> Ear:
    """The ear after its microphone was closed: whatever it heard is over."""
    return replace(ear, voice=False, run=0)


PREROLL = round(0.3 * RATE)  # a first consonant is softer than what tells a voice
