"""A long conversation leaves nothing behind; `duologue bench soak` measures a day of it."""

import pytest

from app.bench_soak import soak
from app.virtual import Clock, run


@pytest.mark.slow
def test_a_conversation_leaves_no_task_no_thread_and_no_open_file():
    left = soak(60.0, 30.0, None)
    assert left.turns > 5
    assert (left.tasks, left.threads, left.descriptors) == (0, 0, 0)


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
