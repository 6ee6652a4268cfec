"""A simulated caller waits, speaks and reacts; what it does is in the log, and the log tells what it heard."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from agents import llm
from app import caller_sounds
from app.callers import Callers
from app.calls import INTO_S, REST, TURN, Call, plan
from app.echo import BLOCK
from app.engines import Mind
from app.eventlog import EventLog
from app.personas import personas
from app.score import score
from app.session import Session, run
from app.talk import Ask, engines
from dialogue.types import RATE, samples

pytestmark = pytest.mark.slow  # voices are made, and one call is held


@pytest.fixture(scope="module")
def callers():
    made = Callers("judging")
    yield made
    made.close()


def test_the_same_number_is_the_same_call_and_another_is_another(callers):
    one, again, other = plan(callers, 3, 2, 10.0), plan(callers, 3, 2, 10.0), plan(callers, 4, 2, 10.0)
    assert np.array_equal(one.noise, again.noise)
    assert all(np.array_equal(a.sound, b.sound) and a.wait == b.wait for a, b in zip(one.acts, again.acts))
    assert [act.text for act in one.acts] != [act.text for act in other.acts]


def test_a_call_is_as_noisy_as_was_asked_and_without_noise_where_nobody_speaks(callers):
    for snr in (20.0, 5.0):
        made = plan(callers, 1, 2, snr)
        voice = caller_sounds.level_db(made.acts[0].sound)
        assert abs(voice - 10 * np.log10(np.mean(made.noise**2)) - snr) < 0.5
    kinds = [act.kind for act in made.acts]
    assert kinds[::2] == [TURN, TURN] and TURN not in kinds[1::2]
    low, high = (samples(s) for s in INTO_S)
    assert all(act.wait == REST if act.kind == TURN else low <= act.wait <= high for act in made.acts)


def test_what_the_log_tells_is_what_the_caller_heard(callers):
    cast = personas(["ada"])
    mind = Mind(llm.load("script", lines=("Yes. " + "And so on it goes, " * 6,)))
    plugged = replace(engines(Ask(), cast, (mind,)), cleaner=None)
    events = []

    async def hold():
        log = EventLog()
        log.listeners.append(events.append)
        session = Session("You", cast, plugged, log, 1)
        await session.warm()
        both = plan(callers, 0, 2, 30.0)
        call = Call(session, both)
        await run(session, call, call.note)
        return both, call

    both, call = asyncio.run(hold())
    begun = [event for event in events if event["kind"] == "caller"]
    assert [event["text"] for event in begun] == [act.text for act in both.acts]
    told = score(events)
    assert told.turns == told.answered == 2 and call.waits
    for wait in call.waits:  # none of a turn over which an avatar said mm-hm
        assert min(abs(wait - known) for known in told.waits_ms) < 2 * BLOCK / RATE * 1000
    assert sum(told.over.values()) == 2
    assert set(told.faults) <= {"turns"}, "nothing failed, though something may have come too late"
