"""Calls that block, made in a thread that may hang, without anybody hanging with it.

One rule: no call waits for ever, neither for its own answer nor for one that hangs before it. A thread that does not
come back is left alone with its call, and the next call gets a fresh one. Threads that were left are daemons: none
keeps a program from ending. A few may be left, no more: whoever hangs always is not asked before one comes back.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Protocol

from dialogue.errors import EngineError

COLD_S = 20.0  # for the first answer of all: a model may be loaded for it
YIELD_S = 0.3  # for a call that nobody waits for any more to make way for the next
MOST_LEFT = 4  # threads that hang at a time


class Thread(Protocol):
    """Makes one call after the other."""

    def submit(self, call: Callable[..., Any], *args: Any) -> Future:
        """The answer to come; a call whose future was cancelled before its turn is not made."""

    def close(self) -> None:
        """End after the call that is being made; those that wait are cancelled. Waits for nothing; idempotent."""


class DaemonThread:
    """A real one; it begins with its first call. Standard executors are waited for when a program ends, this is not."""

    def __init__(self, name: str) -> None:
        self._name, self._thread, self._closed = name, None, False
        self._calls: SimpleQueue[tuple[Future, Callable[..., Any], tuple] | None] = SimpleQueue()

    def submit(self, call: Callable[..., Any], *args: Any) -> Future:
        future: Future = Future()
        if self._closed:
            future.cancel()
            return future
        if self._thread is None:
            self._thread = threading.Thread(target=_work, args=(self._calls,), name=self._name, daemon=True)
            self._thread.start()
        self._calls.put((future, call, args))
        return future

    def close(self) -> None:
        self._closed = True
        while not self._calls.empty():
            if (waiting := self._calls.get()) is not None:
                waiting[0].cancel()
        self._calls.put(None)


def _work(calls: SimpleQueue) -> None:
    while (wanted := calls.get()) is not None:
        future, call, args = wanted
        if not future.set_running_or_notify_cancel():
            continue
        try:
            result = call(*args)
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
            future.set_exception(error)
        else:
            future.set_result(result)
        del wanted, future, call, args  # a thread that waits keeps nothing alive
        result = None


class Worker:
    """Makes blocking calls for one loop, one after the other.

    Args:
        name: of whoever is called, for people: "the voice".
    """

    def __init__(self, name: str, thread: Callable[[str], Thread] = DaemonThread) -> None:
        self.name, self._make, self._thread = name, thread, thread(name)
        self._running: Future | None = None  # the newest call, until somebody took its answer
        self._left: set[Future] = set()  # calls that hang, each in a thread of its own
        self._turn = asyncio.Lock()
        self._warm = False

    async def run(self, within_s: float, call: Callable[..., Any], *args: Any) -> Any:
        """What the call answers.

        Args:
            within_s: the longest wait for it, once it is its turn; longer until there was a first answer.
        Raises:
            EngineError: it hangs, or too many before it do.
            Exception: whatever the call raises.
        """
        async with self._turn:
            if self._running is not None and not await self._within(YIELD_S, self._running):
                self._leave()  # whoever asked is gone: it had its time
            self._left = {future for future in self._left if not future.done()}
            if len(self._left) >= MOST_LEFT:
                raise EngineError(f"{self.name} hangs in {len(self._left)} calls; choose another, or start again")
            future = self._running = self._thread.submit(call, *args)
            within_s = within_s if self._warm else max(within_s, COLD_S)
            if not await self._within(within_s, future):
                self._leave()
                raise EngineError(f"{self.name} gave no answer within {within_s:g} s; try again, or a faster one")
            self._running, self._warm = None, True
            return future.result()

    def close(self) -> None:
        """End the thread; what hangs is left to itself. Idempotent."""
        self._thread.close()

    @property
    def busy(self) -> bool:
        """Whether a call is being made, be it one that nobody waits for any more."""
        return self._running is not None and not self._running.done()

    @property
    def left(self) -> int:
        """Calls that hang now."""
        return sum(not future.done() for future in self._left)

    async def _within(self, within_s: float, call: Future) -> bool:
        """Whether a call ends in time. Nobody is told of an error that comes too late."""
        answer = asyncio.wrap_future(call)
        answer.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        try:
            done, _ = await asyncio.wait([answer], timeout=within_s)
        finally:
            if not answer.done():
                answer.cancel()  # the call itself too, if it has not begun
        return bool(done)

    def _leave(self) -> None:
        """Go on without the newest call."""
        self._left.add(self._running)
        self._thread.close()
        self._thread, self._running = self._make(self.name), None
