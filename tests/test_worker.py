"""Calls that block are made one after the other, and one that hangs stops nobody."""

import asyncio
import threading

import pytest

from agents.worker import MOST_LEFT, DaemonThread, Worker
from app.virtual import Clock, VirtualThread, run
from dialogue.errors import EngineError


@pytest.fixture
def hung():
    """An event for which calls hang; they are let go at the end, and their threads end."""
    event = threading.Event()
    yield event
    event.set()
    for thread in threading.enumerate():
        if thread.name == "the ear":
            thread.join(5.0)
    assert not [t for t in threading.enumerate() if t.name == "the ear"]


def held(work):
    """Run `work(worker)` in a loop, and close the worker."""

    async def held_in_loop():
        worker = Worker("the ear")
        await worker.run(5.0, int)  # its model is loaded
        try:
            return await work(worker)
        finally:
            worker.close()

    return asyncio.run(held_in_loop())


def test_the_first_call_may_load_a_model():
    clock = Clock()

    async def work():
        worker = Worker("the ear", lambda name: VirtualThread(clock))
        await worker.run(1.0, clock.takes, 15.0)
        with pytest.raises(EngineError, match="within 1 s"):
            await worker.run(1.0, clock.takes, 15.0)

    run(clock, work())


def test_calls_are_made_in_their_order_in_one_thread(hung):
    made = []

    def call(i):
        made.append((i, threading.current_thread()))
        return i

    async def work(worker):
        return await asyncio.gather(*(worker.run(5.0, call, i) for i in range(20)))

    assert held(work) == list(range(20)) == [i for i, _ in made]
    assert len({thread for _, thread in made}) == 1


def test_what_a_call_raises_is_raised_and_the_next_one_is_made(hung):
    async def work(worker):
        with pytest.raises(ZeroDivisionError):
            await worker.run(5.0, lambda: 1 // 0)
        return await worker.run(5.0, lambda: "well")

    assert held(work) == "well"


def test_a_call_that_hangs_is_left_and_the_next_gets_a_fresh_thread(hung):
    async def work(worker):
        with pytest.raises(EngineError, match="the ear gave no answer within 0.02 s"):
            await worker.run(0.02, hung.wait)
        assert worker.left == 1
        return await worker.run(5.0, lambda: "well"), worker.left

    assert held(work) == ("well", 1)


def test_a_call_that_nobody_waits_for_any_more_does_not_keep_the_next_one_waiting(hung):
    async def work(worker):
        begun = threading.Event()
        task = asyncio.create_task(worker.run(60.0, lambda: (begun.set(), hung.wait())))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        return await worker.run(60.0, lambda: "well"), worker.left

    assert held(work) == ("well", 1)


def test_a_call_that_was_cancelled_before_its_turn_is_never_made(hung):
    made = []

    async def work(worker):
        first = asyncio.create_task(worker.run(60.0, hung.wait))
        second = asyncio.create_task(worker.run(60.0, made.append, 2))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait([second])
        hung.set()
        await first
        await worker.run(60.0, made.append, 3)

    held(work)
    assert made == [3]


def test_whoever_always_hangs_is_not_asked_for_ever(hung):
    async def work(worker):
        for _ in range(100 * MOST_LEFT):  # on a busy machine a call may not have begun in a millisecond
            if worker.left == MOST_LEFT:
                break
            with pytest.raises(EngineError, match="no answer"):
                await worker.run(0.001, hung.wait)
        with pytest.raises(EngineError, match=f"hangs in {MOST_LEFT} calls"):
            await worker.run(0.001, hung.wait)
        hung.set()
        while worker.left:
            await asyncio.to_thread(lambda: None)
        return await worker.run(5.0, lambda: "well")

    assert held(work) == "well"


def test_a_closed_thread_makes_no_more_calls(hung):
    thread = DaemonThread("the ear")
    thread.close()
    assert thread.submit(lambda: 1).cancelled()
