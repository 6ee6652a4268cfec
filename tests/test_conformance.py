"""What every engine of every stage must do, whichever it is. Engines are found by their folders: one that is added
tomorrow is held to this at once, and needs a line in plugged.py only if something must be started for it.

Servers are real ones on loopback, processes real processes, models real models.
"""

import asyncio
import importlib
import inspect
import threading
import time
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import plugged
import psutil
import pytest

from agents.llm import Message, Options
from dialogue.errors import EngineError
from dialogue.types import RATE, Feeling

HEAVY = {("llm", "local"), ("tts", "kokoro"), ("tts", "piper"), ("tts", "coqui"), ("asr", "faster_whisper")}
ASKED = (Message("system", "You are Ada."), Message("user", "Hello there!"))
PATIENT = Options(max_tokens=24, first_s=30.0, idle_s=10.0)
AT_ONCE_S = 0.1
CLOSED_S = 5.0  # that what is under way in a thread may still take
TICK_S = 0.25  # that a loop may stand still on a busy machine; a model that held Python up would take longer
SENTENCES = "Yes. Why not? Fine."
NOISE = np.random.default_rng(0).normal(0.0, 0.1, RATE).astype(np.float32)


@dataclass
class Plugged:
    """An engine at work, the server that was started for it, the loop it is asked from, and what it gave first."""

    stage: str
    name: str
    engine: Any
    server: Any
    runner: asyncio.Runner
    first: list


def marked(*stages):
    """All engines of those stages; of those that take seconds, the tests are slow."""
    slow = pytest.mark.slow
    return [pytest.param(e, marks=slow if e in HEAVY else (), id="-".join(e)) for e in plugged.every(*stages)]


@pytest.fixture(scope="module", params=marked(*plugged.STAGES))
def it(request):
    stage, name = request.param
    with started(stage, name) as plug:
        yield plug


@contextmanager
def started(stage, name):
    """An engine that has worked once; closed twice, as whoever uses it may."""
    with plugged.needs(stage, name) as (settings, server), asyncio.Runner() as runner:
        engine = plugged.load(stage, name, settings)
        try:
            yield Plugged(stage, name, engine, server, runner, runner.run(worked(stage, engine)))
        finally:
            for _ in range(2):
                runner.run(closed(stage, engine))


async def closed(stage, engine):
    await (engine.close() if stage == "llm" else asyncio.to_thread(engine.close))


async def worked(stage, engine):
    """Everything that the engines of a stage are there for, once; what comes out."""
    if stage == "llm":
        async with aclosing(engine.stream(ASKED, PATIENT)) as pieces:
            return [piece async for piece in pieces]
    return await asyncio.to_thread(work, stage, engine)


def work(stage, engine):
    if stage == "tts":
        return [s.samples for s in engine.speak(SENTENCES, engine.voices()[0].name, Feeling(), 3)]
    if stage == "asr":
        return [engine.transcribe(NOISE, words=True)]
    if stage == "end_of_turn":
        return [engine.complete(NOISE)]
    state, out = engine.start(1), []
    for at in range(0, RATE - engine.frame, engine.frame):
        chance, state = engine.hear(NOISE[None, at : at + engine.frame], state)
        out.append(chance)
    return out


def test_an_engine_has_everything_that_its_protocol_asks_for(it):
    package = importlib.import_module(f"agents.{it.stage}")
    (protocol,) = (kind for name, kind in vars(package).items() if name.endswith("Engine"))
    assert all(hasattr(it.engine, attribute) for attribute in protocol.__annotations__)
    for method, wanted in inspect.getmembers(protocol, inspect.isfunction):
        if not method.startswith("_"):
            has = inspect.signature(getattr(it.engine, method)).parameters
            assert list(has) == list(inspect.signature(wanted).parameters)[1:], method


def test_an_engine_never_holds_the_loop_up(it):
    async def run():
        longest, working = 0.0, asyncio.create_task(worked(it.stage, it.engine))
        while not working.done():
            start = time.perf_counter()
            await asyncio.sleep(0.001)  # a heart that beats; how late it beats is what is tested
            longest = max(longest, time.perf_counter() - start)
        return longest, await working

    longest, out = it.runner.run(run())
    assert out and longest < TICK_S


def test_an_engine_that_says_so_does_the_same_again(it):
    if it.stage == "llm":  # a server may answer otherwise, and in other pieces
        again = it.runner.run(worked(it.stage, it.engine))
        assert it.name not in ("local", "script") or "".join(again) == "".join(it.first)
    elif it.stage in ("vad", "end_of_turn") or it.engine.deterministic:
        for a, b in zip(it.first, it.runner.run(worked(it.stage, it.engine)), strict=True):
            assert np.array_equal(a, b)


def test_a_stream_gives_its_first_piece_before_it_makes_the_next(it):
    async def talk():
        async with aclosing(it.engine.stream(ASKED, PATIENT)) as pieces:
            return await anext(pieces), [piece async for piece in pieces]

    def speak():
        before = len(it.server.seen) if it.server else 0
        pieces = it.engine.speak(SENTENCES, it.engine.voices()[0].name, Feeling(), 3)
        first = next(pieces)
        assert it.server is None or len(it.server.seen) == before + 1
        return first.samples, list(pieces)

    if it.stage in ("llm", "tts"):
        first, rest = it.runner.run(talk()) if it.stage == "llm" else speak()
        assert len(first) and len(rest) > 1


def test_whoever_waits_for_an_engine_is_free_at_once_when_cancelled(it):
    async def run():
        heard = asyncio.Event()

        async def listen():
            async with aclosing(it.engine.stream(ASKED, PATIENT)) as pieces:
                async for _ in pieces:
                    heard.set()
                    await asyncio.Event().wait()  # what it says next is not taken any more

        task = asyncio.create_task(listen())
        await heard.wait()
        return await freed(task)

    if it.stage == "llm":  # of the others, which block a thread, closing is what ends them
        assert it.runner.run(run()) < AT_ONCE_S


def test_closing_an_engine_ends_at_once_what_it_waits_for_and_leaves_nothing_behind(it):
    threads, children, sockets = alive()
    with started(it.stage, it.name) as plug:
        if plug.server is not None:
            plug.server.plan.append("stall")

            async def run():
                task = asyncio.create_task(worked(plug.stage, plug.engine))
                await asyncio.to_thread(begun, plug.server)
                start = time.perf_counter()
                if plug.stage == "llm":
                    await freed(task)
                await closed(plug.stage, plug.engine)
                if plug.stage != "llm":
                    with pytest.raises(EngineError, match="closed"):
                        await task
                return time.perf_counter() - start

            assert plug.runner.run(run()) < AT_ONCE_S
            assert plug.server.gone.wait(1.0), "the connection is still open"
    for thread in set(threading.enumerate()) - threads:
        thread.join(1.0)
    after = alive()
    assert not [t.name for t in after[0] - threads] and after[1] <= children and after[2] <= sockets


def test_an_engine_without_a_server_that_is_closed_at_work_ends_soon(it):
    async def run(plug):
        task = asyncio.create_task(worked(plug.stage, plug.engine))
        await asyncio.sleep(0)
        await closed(plug.stage, plug.engine)
        await asyncio.wait([task], timeout=CLOSED_S)
        assert task.done()
        assert task.exception() is None or isinstance(task.exception(), EngineError)

    if it.server is None:
        with started(it.stage, it.name) as plug:
            plug.runner.run(run(plug))


def test_a_setting_that_an_engine_has_not_is_one_clear_line(it):
    with pytest.raises(EngineError, match=f"{it.stage} engine '{it.name}' has no setting 'no_such_thing'") as caught:
        importlib.import_module(f"agents.{it.stage}").load(it.name, no_such_thing=1)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


async def freed(task):
    """Seconds until a task that is cancelled has ended."""
    start = time.perf_counter()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return time.perf_counter() - start


def begun(server):
    """Until the server has been asked, and is silent."""
    while server is not None and server.plan:
        threading.Event().wait(0.001)


def alive():
    """Threads, children and sockets of this process."""
    me = psutil.Process()
    sockets = {(c.fd, c.laddr) for c in me.net_connections("inet")}
    return set(threading.enumerate()), {child.pid for child in me.children()}, sockets
