"""Figures of what breaks: whether a live conversation goes on after every kind of fault, and how soon.

One rule: judged from outside, by what is heard and by what the next turn gets. A person says something, a fault of
app/faults.py strikes during the answer at a moment of the seed's, the person says something else. It has recovered if
what is owed was heard, the second turn is answered as if nothing had been, and after closing nothing is left.

How long it takes: the longest stretch in which nothing is heard and nobody listens, from when the fault bites or the
person's voice ends, whichever is later, until the person speaks again. All in virtual time (app/virtual.py).
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from agents.persona import Persona
from app import virtual
from app.bench import Ask, Figure, tell
from app.engines import Engines
from app.eventlog import EventLog
from app.faults import KINDS, Kind, World
from app.faults_mind import Strike
from app.session import Session
from app.watched import Watched
from dialogue.floor import State
from dialogue.types import RATE, samples

SEEDS, SEED = 40, 53
FIRST, CUT_IN, SECOND = "What do you like about the sea?", "Wait, stop that please.", "Wait, tell me about the harbour."
ANSWERS = (
    ("harbour", "[happy] The harbour is old. I like its boats."),
    ("stop", "[neutral] All right. What is it?"),
    ("sea", "[happy] I like the waves, and the wind. They never stop. Shall we go?"),
)
PROOF = "I like its boats."
ADA = Persona("Ada", voice="fake/low")
AUDIBLE = 1e-3
RESTED_S = 0.6  # of listening before the person speaks again
GIVE_UP_S = 9.0  # then they speak all the same
ANSWERED_S = 8.0  # within which the second turn's answer is over
LONGEST_S = 60.0  # of a run


@dataclass(frozen=True)
class Outcome:
    """What became of one run. `stages`: that the log named, in order. `why` it has not recovered, empty if it has."""

    recovery_s: float
    stages: tuple[str, ...]
    why: str


@dataclass
class Seen:
    """What somebody beside the conversation notes, block by block."""

    at_s: list[float] = field(default_factory=list)
    audible: list[bool] = field(default_factory=list)
    listening: list[bool] = field(default_factory=list)

    def rested_s(self) -> float:
        """How long everyone has listened by now."""
        begin = next((i for i in range(len(self.listening), 0, -1) if not self.listening[i - 1]), 0)
        return self.at_s[-1] - self.at_s[begin] if begin < len(self.at_s) else 0.0

    def longest_s(self, begin_s: float, end_s: float) -> float:
        """The longest stretch of neither sound nor listening."""
        longest, since = 0.0, begin_s
        for at, good in zip(self.at_s, np.array(self.audible) | np.array(self.listening)):
            if begin_s <= at < end_s:
                longest, since = max(longest, at - since), at if good else since
        return longest


def figures(ask: Ask) -> Iterator[Figure]:
    """All figures of faults; a fifth of the seeds when quick."""
    seeds = range(SEEDS // 5 if ask.quick else SEEDS)
    tell(f"{len(KINDS)} kinds of faults, each at {len(seeds)} moments of a conversation, in virtual time")
    runs = [(kind, seed) for kind in range(len(KINDS)) for seed in seeds]
    with ProcessPoolExecutor(min(os.cpu_count() or 1, 4), multiprocessing.get_context("spawn")) as pool:
        every = list(pool.map(_strike, *zip(*runs), chunksize=len(seeds)))
    outcomes = {kind: every[i * len(seeds) : (i + 1) * len(seeds)] for i, kind in enumerate(KINDS)}
    for kind, own in outcomes.items():
        for why, count in Counter(o.why for o in own if o.why).items():
            tell(f"{kind.name}: {count} of {len(own)} did not recover: {why}")
        for stages, count in Counter(o.stages for o in own if not named_rightly(kind, o.stages)).items():
            tell(f"{kind.name}: {count} of {len(own)} were told as {', '.join(stages) or 'nothing'}")
    note = f"{len(KINDS)} kinds x {len(seeds)} moments; owed sound heard, next turn answered, nothing left over"
    yield Figure("faults_recovered", float(np.mean([not o.why for o in every])), "share", low=1.0, note=note)
    note = "longest silence without listening"
    yield Figure("recovery_p50_s", float(np.median([o.recovery_s for o in every])), "s", note=note)
    yield Figure("recovery_p99_s", float(np.percentile([o.recovery_s for o in every], 99)), "s", high=3.0, note=note)
    named = [named_rightly(kind, o.stages) for kind, own in outcomes.items() for o in own]
    yield Figure("faults_named", float(np.mean(named)), "share", low=1.0, note="the log says which stage, and no other")


def named_rightly(kind: Kind, stages: tuple[str, ...]) -> bool:
    """Whether the log says of a fault what there is to say."""
    return stages == ((kind.stage,) if kind.stage else ()) or kind.maybe and not stages


def strike(kind: Kind, seed: int) -> Outcome:
    """One run."""
    clock = virtual.Clock()
    return virtual.run(clock, _held(kind, clock, np.random.default_rng([SEED, zlib.crc32(kind.name.encode()), seed])))


def _strike(kind: int, seed: int) -> Outcome:
    return strike(KINDS[kind], seed)


async def _held(kind: Kind, clock: virtual.Clock, rng: np.random.Generator) -> Outcome:
    blow = Strike(clock, rng)
    mind = virtual.Mind(ANSWERS, first_s=float(rng.uniform(0.05, 0.5)), token_s=float(rng.uniform(0.005, 0.03)))
    ear, judge, detector, face = virtual.Ear(clock), virtual.Judge(clock), virtual.Detector(), virtual.Face()
    world = World(blow, mind, virtual.Tongue(clock, float(rng.uniform(0.02, 0.15))), ear, judge, detector, face)
    kind.breaks(world)
    engines = Engines(
        vad=world.detector,
        asr=world.ear,
        end_of_turn=world.judge,
        mind=world.mind,
        tongues=(world.tongue,),
        motion=world.face,
        cleaner=world.cleaner,
        thread=lambda name: virtual.VirtualThread(clock),
    )
    session, events = Session("You", (ADA,), engines, EventLog(), 1), []
    session.log.listeners.append(events.append)
    await session.warm()
    card, seen = virtual.Card(session.speaker.play, clock, rng), Seen()
    person = _person(kind, world, card, session, seen, rng)
    device = Watched(card, SimpleNamespace(device=""), session.speaker.play, lambda: clock.s)
    loud: list[bool] = []
    card.hears = lambda played: loud.append(bool(np.abs(played).max() > AUDIBLE))
    spans, put_s = None, None
    while spans is None and clock.s < LONGEST_S:
        await asyncio.sleep(card.took_s)
        loud.clear()
        await session.block(*device.block())
        if put_s is None and blow.at_s is not None:
            put_s = clock.s + _unheard_s(session)
        seen.at_s.append(clock.s)
        seen.audible.append(any(loud))
        seen.listening.append(all(state is State.QUIET for state in session.machine.states))
        spans = next(person)
    await session.close()
    await asyncio.sleep(0)
    left = len(asyncio.all_tasks()) - 1
    begin_s, end_s, answered = spans or (0.0, LONGEST_S, False)
    # What was made before a mind failed is no excuse for it. A voice that fails may lose the last piece, and no other.
    after_s = max(begin_s, put_s or 0.0) if kind.stage == "llm" else begin_s
    heard = any(a for at, a in zip(seen.at_s, seen.audible) if after_s <= at < end_s)
    faults = [event for event in events if event["kind"] == "fault"]
    why = (
        "it hung"
        if spans is None
        else "the fault never struck"
        if blow.at_s is None
        else "nothing was heard"
        if kind.owed and not heard
        else "the next turn was not answered"
        if not answered or not any(PROOF in (event.get("text") or "") for event in events if event["kind"] == "said")
        else f"{left} tasks were left"
        if left
        else "a fault without a text"
        if not all(event.get("text") for event in faults)
        else ""
    )
    longest_s = LONGEST_S if spans is None else seen.longest_s(begin_s, end_s)
    return Outcome(longest_s, tuple(sorted({event["stage"] for event in faults})), why)


def _unheard_s(session: Session) -> float:
    """How much of replies that are still being made waits to be heard, in seconds."""
    made = [reply for reply in session.playing.values() if not reply.finished]
    return max((session.speaker.end(reply.who) - session.now for reply in made), default=0) / RATE


def _person(
    kind: Kind, world: World, card: virtual.Card, session: Session, seen: Seen, rng: np.random.Generator
) -> Iterator[tuple[float, float, bool] | None]:
    """Who talks, block by block. At last: from when to when recovery counts, and whether the next turn was answered."""
    blow, clock = world.strike, world.strike.clock

    def waits(s: float) -> Iterator[None]:
        end_s = clock.s + s
        while clock.s < end_s:
            yield

    def says(text: str, least_s: float, most_s: float) -> Iterator[None]:
        world.ear.says = text
        card.say(virtual.VOICE[: samples(float(rng.uniform(least_s, most_s)))])
        while card.saying:
            yield

    yield from waits(float(rng.uniform(0.2, 0.6)))
    blow.on = True
    strikes_s = clock.s + float(rng.uniform(0.0, 4.0))
    first = says(FIRST, 0.8, 1.6)
    ended_s, interrupted = None, not kind.interrupts
    while ended_s is None or clock.s - max(ended_s, blow.at_s or 0.0) < GIVE_UP_S:
        if world.moment and clock.s >= strikes_s:
            world.moment(card)
            world.moment = None
        if ended_s is None and next(first, "over") == "over":
            ended_s = clock.s
        if not interrupted and seen.audible[-1]:
            interrupted = True
            yield from waits(float(rng.uniform(0.1, 0.6)))
            yield from says(CUT_IN, 0.9, 1.4)
            ended_s = clock.s
        if ended_s is not None and blow.at_s is not None and interrupted and seen.rested_s() >= RESTED_S:
            break
        yield
    begin_s, end_s = max(blow.at_s or 0.0, ended_s), clock.s
    blow.on = False
    yield from says(SECOND, 0.9, 1.4)
    spoke_s = clock.s
    while clock.s - spoke_s < ANSWERED_S:
        yield
        heard = any(a for at, a in zip(reversed(seen.at_s), reversed(seen.audible)) if at > spoke_s)
        if heard and seen.rested_s() > 0.3:
            yield begin_s, end_s, True
    yield begin_s, end_s, False
