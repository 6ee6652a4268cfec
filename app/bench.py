"""Figures of this machine and this build: `duologue bench` measures them, users choose presets by them.

One rule: every figure is measured in the run that prints it, has a goal it can miss, and says so when it does.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SUITES = {  # suite -> module:function(Ask) -> Iterator[Figure], one after the other
    "film": ("app.bench_film:figures",),
    "motion": ("app.bench_motion:figures",),
    "turns": ("app.bench_turns:figures",),
    "talk": ("app.bench_talk:figures", "app.bench_faults:figures", "app.bench_soak:figures"),
    "faults": ("app.bench_faults:figures",),
    "soak": ("app.bench_soak:figures",),
    "engines": ("app.bench_engines:figures",),
    "film-10min": ("app.bench_film:figures_long",),
}


@dataclass(frozen=True)
class Figure:
    """One measured number. `low` and `high` are its goal; a figure without either is for information."""

    name: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def ok(self) -> bool | None:
        if self.low is None and self.high is None:
            return None
        return bool((self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high))

    @property
    def goal(self) -> str:
        if self.low is not None and self.high is not None:
            return f"{self.low:g}..{self.high:g}"
        if self.low is not None:
            return f">= {self.low:g}"
        return f"<= {self.high:g}" if self.high is not None else ""


@dataclass(frozen=True)
class Ask:
    """What is to be measured, and with what.

    Args:
        weights: of dual_stream; None takes those inside the package.
        baseline: weights of the DualTalk paper's model; None takes those inside the package, if they are there.
        real: a folder of takes of real speech; None leaves their figures out.
        quick: a fifth of the material.
        real_time: simulated calls last as long as they would; else silence and speech fly past.
        events: a folder for the logs of simulated calls.
    """

    weights: Path | None = None
    baseline: Path | None = None
    real: Path | None = None
    quick: bool = False
    real_time: bool = False
    events: Path | None = None


def tell(line: str) -> None:
    """A line beside the figures: what was left out, and how to get it."""
    print(f"duologue bench: {line}", file=sys.stderr, flush=True)


def figures(suite: str, ask: Ask) -> Iterator[Figure]:
    """Measure one suite."""
    for place in SUITES[suite]:
        module, function = place.split(":")
        yield from getattr(importlib.import_module(module), function)(ask)


def run(suites: list[str], as_json: bool, ask: Ask = Ask()) -> int:
    """Measure and print; 0 when every goal is met, else 1."""
    measured: list[Figure] = []
    if as_json:
        for suite in suites:
            measured += figures(suite, ask)
        print(
            json.dumps(
                {f.name: {"value": _round(f.value), "unit": f.unit, "goal": f.goal, "ok": f.ok} for f in measured},
                indent=2,
            )
        )
    else:
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Column, Table

        console = Console()
        if not console.is_terminal:
            console.width = 160  # a file or a pipe has no width; rich takes 80, and folds the notes into towers
        for suite in suites:
            table = Table(
                Column("figure", no_wrap=True),
                "value",
                "unit",
                "goal",
                "",
                "",
                title=f"duologue bench {suite}",
                title_justify="left",
            )
            for figure in figures(suite, ask):
                measured.append(figure)
                mark = {True: "[green]ok[/]", False: "[red]misses[/]", None: ""}[figure.ok]
                table.add_row(
                    figure.name, f"{_round(figure.value):g}", figure.unit, figure.goal, mark, escape(figure.note)
                )
            console.print(table)
    return 0 if all(f.ok is not False for f in measured) else 1


def _round(value: float) -> float:
    return float(f"{float(value):.4g}")
