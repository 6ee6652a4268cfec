"""Figures of a long conversation: whether a day of talking costs memory, tasks, threads or open files.

One rule: measured from outside, by what the operating system says of a process of its own, after everything has been
used once. The session is the app's; time is virtual (app/virtual.py), calls that block are made in real threads.

Minds, voices and ears are stand-ins, whose memory is not ours; faces keep still for the eight hours, and the model that
moves them is soaked alone for a shorter time, because it takes longer than all the rest.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.persona import Persona
from agents.worker import DaemonThread
from app import virtual
from app.bench import Ask, Figure, tell
from app.engines import Engines
from app.eventlog import EventLog
from app.session import Session
from dialogue.floor import State
from dialogue.types import samples
from motion import models
from motion.frame import HOP

HOURS, FACES_S, SEED = 8.0, 600.0, 59
WARM_S, FACES_WARM_S = 1200.0, 120.0  # by then everything that is kept for a while has been kept once
SIZE = 2 * HOP  # a block; a session does not mind how long they are, and a sound card's eighth costs four times as much
SAID = (
    "What do you like about the sea?",
    "Wait, tell me about the harbour.",
    "I was there last summer with my sister, and we stayed for a week.",
    "Yes.",
    "Do you think it will rain tomorrow?",
)
ANSWERS = (
    ("harbour", "[happy] The harbour is old. I like its boats. {nod}"),
    ("sea", "[happy] I like the waves, the salt, and the wind. (laughs) They never stop for anyone."),
    ("rain", "[thoughtful] Hmm, maybe. The sky looks rather grey to me."),
)
ADA = Persona("Ada", voice="fake/low")


@dataclass(frozen=True)
class Growth:
    """What a conversation left behind. `mb`: of resident memory since the warm-up. `answers`: turns that got one."""

    mb: float
    turns: int
    answers: int
    tasks: int
    threads: int
    descriptors: int


class Answered:
    """How many turns of a person got an answer. What an avatar says by itself, as a greeting, is none; and a second
    answer to one turn makes it no two."""

    def __init__(self) -> None:
        self.turns = self.answers = 0
        self._waits = False

    def began(self) -> None:
        """The person begins a turn."""
        self.turns, self._waits = self.turns + 1, True

    def heard(self, event: Mapping[str, object]) -> None:
        """Something was logged."""
        if self._waits and event["kind"] == "speak" and event.get("ms") is not None:  # since whom it answers was quiet
            self.answers, self._waits = self.answers + 1, False


def figures(ask: Ask) -> Iterator[Figure]:
    """All figures of long conversations; a fifth of the time when quick."""
    part = 0.2 if ask.quick else 1.0
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        tell(f"{HOURS * part:g} hours of conversation, in virtual time")
        day = pool.submit(soak, HOURS * 3600.0 * part, WARM_S * part, None).result()
        tell(f"{FACES_S * part / 60:g} minutes with the model that moves faces")
        faces = pool.submit(soak, FACES_S * part, FACES_WARM_S * part, models.DEFAULT).result()
    note = f"{day.turns} turns; stand-ins for mind, voice and ears, faces still; after {WARM_S * part / 60:g} min"
    yield Figure("soak_8h_growth_mb", day.mb, "MB", high=5.0, note=note)
    note = f"{models.DEFAULT} for {FACES_S * part / 60:g} min, after {FACES_WARM_S * part / 60:g} min"
    yield Figure("soak_faces_growth_mb", faces.mb, "MB", high=5.0, note=note)
    left = sum(max(n, 0) for growth in (day, faces) for n in (growth.tasks, growth.threads, growth.descriptors))
    note = "of turns that got an answer (some are cut into before one): who is silent leaks nothing"
    yield Figure("soak_answered", day.answers / max(day.turns, 1), "share", low=0.7, note=note)
    yield Figure("soak_leaks", left, "", high=0.0, note="tasks, threads and descriptors that outlive the conversation")


def soak(length_s: float, warm_s: float, motion: str | None, seed: int = SEED) -> Growth:
    """Talk for so long.

    Args:
        motion: the model that moves faces; None: they keep still.
    """
    clock = virtual.Clock()
    threads, descriptors = threading.active_count(), _descriptors()
    with tempfile.TemporaryDirectory() as folder:
        talk = _talk(clock, length_s, warm_s, motion, Path(folder) / "log.jsonl", np.random.default_rng(seed))
        mb, turns, answers, tasks = virtual.run(clock, talk)
    for thread in threading.enumerate():
        if thread.daemon:
            thread.join(2.0)
    gc.collect()
    return Growth(mb, turns, answers, tasks, threading.active_count() - threads, _descriptors() - descriptors)


async def _talk(
    clock: virtual.Clock, length_s: float, warm_s: float, motion: str | None, log: Path, rng: np.random.Generator
) -> tuple[float, int, int, int]:
    ear = virtual.Ear(clock, 0.0)
    engines = Engines(
        vad=virtual.Detector(),
        asr=ear,
        end_of_turn=virtual.Judge(clock, 0.0),
        mind=virtual.Mind(ANSWERS),
        tongues=(virtual.Tongue(clock, 0.0),),
        motion=models.load(motion) if motion else virtual.Face(),
        thread=lambda name: virtual.Counted(clock, DaemonThread(name)),
    )
    session = Session("You", (ADA,), engines, EventLog(log), 1)
    answered = Answered()
    session.log.listeners.append(answered.heard)
    await session.warm()
    card = virtual.Card(session.speaker.play, clock, rng, SIZE)
    person = _person(clock, card, ear, session, rng)
    before = None
    while clock.s < length_s:
        await asyncio.sleep(card.took_s)
        await session.block(*card.block())
        if next(person):
            answered.began()
        if before is None and clock.s >= warm_s:
            before = _resident_mb()
    after = _resident_mb()
    await session.close()
    await asyncio.sleep(1.0)
    return after - (before or after), answered.turns, answered.answers, len(asyncio.all_tasks()) - 1


def _person(
    clock: virtual.Clock, card: virtual.Card, ear: virtual.Ear, session: Session, rng: np.random.Generator
) -> Iterator[bool]:
    """Says something when both have rested for a while, and sometimes before: true in the block before a turn begins."""
    while True:
        patient, rested = rng.random() < 0.8, clock.s
        wait_s = float(rng.uniform(0.3, 3.0))
        while clock.s - rested < wait_s:  # those who cut in count from their own last word
            yield False
            if patient and any(state is not State.QUIET for state in session.machine.states):
                rested = clock.s
        ear.says = SAID[rng.integers(len(SAID))]
        yield True
        for _ in range(int(rng.integers(1, 3))):
            card.say(virtual.VOICE[: samples(float(rng.uniform(0.3, 2.5)))])
            while card.saying:
                yield False
            end_s = clock.s + float(rng.uniform(0.1, 0.4))
            while clock.s < end_s:
                yield False


def _resident_mb() -> float:
    import psutil

    gc.collect()
    return psutil.Process().memory_info().rss / 1e6


def _descriptors() -> int:
    import psutil

    me = psutil.Process()
    return me.num_fds() if hasattr(me, "num_fds") else me.num_handles()
