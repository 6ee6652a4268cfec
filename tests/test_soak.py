"""A long conversation leaves nothing behind; `duologue bench soak` measures a day of it."""

import pytest

from app.bench_soak import Answered, soak
from app.eventlog import EventLog
from app.virtual import Clock, run


@pytest.mark.slow
def test_a_conversation_leaves_no_task_no_thread_and_no_open_file():
    left = soak(60.0, 30.0, None)
    assert left.turns > 5 and left.turns >= left.answers > left.turns / 2
    assert (left.tasks, left.threads, left.descriptors) == (0, 0, 0)


def test_only_answers_are_counted_as_answers_and_one_for_each_turn():
    answered, log = Answered(), EventLog()
    log.listeners.append(answered.heard)
    log.write(0, "speak", participant="Ada", turn=1, ms=None)  # a greeting
    for turn, waited_ms in ((2, 400.0), (3, 900.0)):
        answered.began()
        log.write(turn, "speak", participant="Ada", turn=turn, ms=waited_ms)
        log.write(turn, "said", participant="Ada", turn=turn, text="Yes.")
    log.write(4, "speak", participant="Ada", turn=4, ms=100.0)  # one more to the same turn
    answered.began()
    log.write(5, "speak", participant="Ada", turn=5, ms=None)
    log.write(5, "said", participant="Ada", turn=5, text="Are you still there?")
    assert (answered.turns, answered.answers) == (3, 2)


def test_hours_pass_in_no_time_and_in_order():
    import asyncio

    clock, order = Clock(), []

    async def wakes(s):
        await asyncio.sleep(s)
        order.append((s, clock.s))

    async def all_of_them():
        await asyncio.gather(*map(wakes, (3600.0, 7200.0, 1.0)))

    run(clock, all_of_them())
    assert order == [(1.0, 1.0), (3600.0, 3600.0), (7200.0, 7200.0)]
