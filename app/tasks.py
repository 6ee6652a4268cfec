"""The work of a conversation that is under way: one scope for all its tasks, so that none outlives it.

One rule: every task has a key and an end. Who begins something of the same key, or cancels it, does not wait for it;
closing does, but not for ever: what even then goes on is an engine's that swallows being cancelled, and is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any

TRIES, WAIT_S = 3, 0.5  # to cancel what does not end


class Tasks:
    """Args:
    failed: takes what a task raised.
    """

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        self._failed = failed
        self._tasks: dict[Hashable, asyncio.Task] = {}
        self._dropped: set[asyncio.Task] = set()  # cancelled, and not yet over

    @property
    def busy(self) -> bool:
        return any(not task.done() for task in [*self._tasks.values(), *self._dropped])

    def begin(self, key: Hashable, work: Coroutine[Any, Any, None]) -> None:
        self.cancel(key)
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(lambda ended: self._ended(key, ended))
        self._tasks[key] = task

    def cancel(self, key: Hashable) -> None:
        if (task := self._tasks.pop(key, None)) and not task.done():
            task.cancel()
            self._dropped.add(task)

    async def close(self) -> int:
        """Cancel everything.

        Returns:
            how many tasks do not end.
        """
        for key in list(self._tasks):
            self.cancel(key)
        for _ in range(TRIES):
            if not self._dropped:
                break
            await asyncio.wait(list(self._dropped), timeout=WAIT_S)
            for task in self._dropped:
                task.cancel()
        return len(self._dropped)

    def _ended(self, key: Hashable, task: asyncio.Task) -> None:
        self._dropped.discard(task)
        if self._tasks.get(key) is task:
            del self._tasks[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error)
