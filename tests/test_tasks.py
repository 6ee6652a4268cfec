"""No work of a conversation outlives it."""

import asyncio

from app.tasks import Tasks
from app.virtual import Clock, run


def held(work):
    """`work(tasks)` in virtual time: its answer, and what the tasks raised."""
    failed = []

    async def all_of_it():
        tasks = Tasks(failed.append)
        out = await work(tasks)
        return out, [type(error) for error in failed], len(asyncio.all_tasks()) - 1

    return run(Clock(), all_of_it())


def test_whoever_begins_the_same_work_again_drops_the_first():
    done = []

    async def write(what):
        await asyncio.sleep(1.0)
        done.append(what)

    async def work(tasks):
        tasks.begin("ahead", write(1))
        tasks.begin("ahead", write(2))
        assert tasks.busy
        await asyncio.sleep(2.0)
        return done, tasks.busy

    assert held(work) == (([2], False), [], 0)


def test_what_a_task_raises_is_told():
    async def fails():
        raise ZeroDivisionError

    async def work(tasks):
        tasks.begin("x", fails())
        await asyncio.sleep(0.1)
        return await tasks.close()

    assert held(work) == (0, [ZeroDivisionError], 0)


def test_closing_ends_what_is_under_way_also_what_does_not_hear_it_at_once():
    async def deaf(times):
        for _ in range(times):
            try:
                await asyncio.sleep(3600.0)
            except asyncio.CancelledError:
                pass
        await asyncio.sleep(3600.0)

    async def work(tasks):
        tasks.begin("hears", deaf(0))
        tasks.begin("deaf", deaf(2))
        await asyncio.sleep(0.1)
        return await tasks.close()

    assert held(work) == (0, [], 0)
