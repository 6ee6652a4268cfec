"""What no order of events can break in a conversation: every event, legal or not, at every moment."""

import random
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dialogue import events as e
from dialogue import turns
from dialogue.events import IllegalEvent
from dialogue.floor import TAKEN, State

SAID = "Tell me about the sea."
TALKING, PAUSED = State.TALKING, State.PAUSED
SPECULATING, PREPARING, SPEAKING, DUCKED = State.SPECULATING, State.PREPARING, State.SPEAKING, State.DUCKED
TEXTS = ("", "mm-hm", SAID, "Ada, and Ben, hello.", "Ben?", "I think that")


def anything(rng: random.Random, machine) -> e.Event:
    """Any event, legal or not, a little later; half of the time what a real session would send in this state."""
    at = machine.now + rng.choice((0, 1, 480, 4_800, 9_600, 48_000))
    p, text = rng.randrange(len(machine.seats)), rng.choice(TEXTS)
    live = [seat.reply.turn for seat in machine.seats if seat.reply]
    turn = rng.choice(live) if live and rng.random() < 0.9 else rng.randrange(machine.next_turn + 1)
    played = max((s.reply.played for s in machine.seats if s.reply and s.reply.turn == turn), default=0)
    kind = rng.randrange(14)
    if kind < 3:
        return e.VoiceStarted(at, p)
    if kind < 5:
        return e.VoiceStopped(at, p)
    if kind == 5:
        return e.Transcript(at, p, text)
    if kind == 6:
        return e.EndOfTurn(at, p, rng.random(), rng.random())
    if kind == 7:
        return e.Typed(at, p, text or "hello")
    if kind == 8:
        return (e.Muted, e.Unmuted)[rng.random() < 0.7](at, p)
    if kind == 9:
        return e.Looked(at, p, rng.choice((None, 0, 1, 2)))
    if kind == 10:
        return rng.choice((e.ReplyFailed(at, turn, "llm"), e.ReplyStarted(at, turn), e.SentenceReady(at, turn, text)))
    if kind == 11:
        return e.ReplyFinished(at, turn)
    return e.Played(at, turn, played + rng.choice((0, 480, 4_800)))


def check(before, after, out, cancelled):
    """What no event may break."""
    due = turns.deadline(after)
    assert due is None or due > after.now, (due, after.now)
    assert all(o.at == after.now for o in out)
    now = {o.turn for o in out if isinstance(o, e.Cancel)}
    cancelled |= now
    live = [seat.reply.turn for seat in after.seats if seat.reply]
    assert len(live) == len(set(live)) and cancelled.isdisjoint(live)
    assert not any(turns.admit(after, turn) for turn in now)
    assert sum(s.state in (PREPARING, SPEAKING, DUCKED) for s in after.seats) <= 1
    for seat in after.seats:
        assert (seat.reply is not None) is (seat.state in (SPECULATING, PREPARING, SPEAKING, DUCKED))
        assert seat.state is not State.ONSET
    if {SPEAKING, DUCKED} & set(after.states):
        assert not {TALKING, PAUSED} & set(after.states)


def walk(rng, steps, machine):
    """So many steps that are taken; illegal events in between change nothing and do not count."""
    cancelled, log, taken = set(), [], 0
    while taken < steps:
        before = machine
        try:
            machine, out = turns.handle(machine, anything(rng, machine))
        except IllegalEvent:
            assert machine is before
            if rng.random() >= 0.2 or (due := turns.deadline(machine)) is None:
                continue
            machine, out = turns.expire(machine, due)
        check(before, machine, out, cancelled)
        log += out
        taken += 1
    return machine, log


def three():
    return turns.begin(("user",), ("ada", "ben"))


@pytest.mark.slow
def test_two_hundred_thousand_steps_keep_every_promise():
    _, log = walk(random.Random(7), 200_000, three())
    assert {type(o) for o in log} >= {e.Duck, e.Resume, e.Cancel, e.Confirm, e.Floor, e.Failed, e.Backchannel}


def test_the_same_events_give_the_same_log():
    assert walk(random.Random(3), 500, three()) == walk(random.Random(3), 500, three())


class AnyOrder(RuleBasedStateMachine):
    """Events of any kind in any order, drawn by Hypothesis."""

    def __init__(self):
        super().__init__()
        self.machine, self.cancelled = three(), set()

    @rule(rng=st.randoms(use_true_random=False))
    def something_happens(self, rng):
        before, kept = self.machine, replace(self.machine)
        try:
            self.machine, out = turns.handle(before, anything(rng, before))
        except IllegalEvent:
            assert before == kept
        else:
            check(before, self.machine, out, self.cancelled)

    @rule()
    def time_goes_by(self):
        before = self.machine
        if (due := turns.deadline(before)) is not None:
            self.machine, out = turns.expire(before, due)
            check(before, self.machine, out, self.cancelled)

    @invariant()
    def a_free_floor_is_nobodys(self):
        assert not (self.machine.queue and TAKEN.isdisjoint(self.machine.states))


TestAnyOrder = pytest.mark.slow(AnyOrder.TestCase)
TestAnyOrder.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
