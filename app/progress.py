"""The progress bar of long work: what is being done, how far, how long still.

One rule: nothing is drawn where no one looks (a pipe).
"""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Where long work tells how far it is."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


def silent(stage: str, done: int, total: int) -> None:
    """Tells no one."""


class Bar:
    """A line on the terminal for each stage, with the time still to go."""

    def __enter__(self) -> Bar:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.progress import (
            Progress as Lines,
        )

        console = Console(stderr=True)
        self._lines = Lines(
            TextColumn("{task.description:>12}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
            TextColumn("to go"), TimeRemainingColumn(), console=console, disable=not console.is_terminal,
        )  # fmt: skip
        self._tasks: dict[str, int] = {}
        self._lines.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._lines.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._lines.add_task(stage, total=total)
        self._lines.update(self._tasks[stage], completed=done, total=total)
