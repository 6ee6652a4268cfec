"""A conversation goes on after a fault: some kinds at two moments each; `duologue bench faults` has all of them at many."""

import pytest

from app import faults, virtual
from app.bench_faults import named_rightly, strike
from app.faults import KINDS, Kind

SOME = (
    "mind-stalls-later",
    "mind-cut-in-a-tag",
    "mind-ignores-cancel",
    "voice-stalls",
    "voice-nan",
    "ear-stalls",
    "end-of-turn-nan",
    "detector-raises",
    "microphone-unplugged",
    "loudspeaker-stands",
    "block-late",
    "motion-raises-long",
)
KIND = {kind.name: kind for kind in KINDS}


@pytest.mark.slow
@pytest.mark.parametrize("name", SOME)
def test_a_fault_is_named_and_the_conversation_goes_on(name):
    for seed in (1, 2):
        outcome = strike(KIND[name], seed)
        assert outcome.why == "" and outcome.recovery_s < 3.0 and named_rightly(KIND[name], outcome.stages), outcome


def test_the_same_seed_gives_the_same_outcome():
    assert strike(KIND["mind-drips"], 3) == strike(KIND["mind-drips"], 3)


@pytest.mark.slow
def test_what_does_not_recover_is_told():
    class Dead(virtual.Mind):
        async def stream(self, messages, options):
            self._strike.bites()
            raise ConnectionError("gone for good")
            yield

    def breaks(world):
        mind = Dead(())
        mind._strike, world.mind = world.strike, mind

    kind = Kind("mind-gone", breaks, "llm")
    outcome = strike(kind, 1)
    assert outcome.why == "the next turn was not answered" and set(outcome.stages) == {"llm"}
    assert not named_rightly(Kind("x", breaks, "tts"), outcome.stages)


@pytest.mark.slow
def test_silence_in_place_of_an_answer_is_told():
    async def never(pieces, blow):
        blow.bites()
        yield "{nod}"
        yield "{nod}"

    outcome = strike(Kind("nods", faults.mind(never), None), 1)
    assert outcome.why == ""  # a mind that only nods is excused: something is said all the same


def test_there_are_as_many_kinds_as_were_promised():
    assert len(KINDS) >= 25 and len(KIND) == len(KINDS)
    assert {kind.stage for kind in KINDS} >= {"llm", "tts", "asr", "end-of-turn", "vad", "microphone", "motion", "echo"}
