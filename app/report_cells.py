"""What stands in the tables of a report: numbers as people read them, arrows, the best in bold.

One rule: a cell without a figure says so; nothing is filled in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from motion.scores import HIGH, LOW, ONE, ZERO, Score

ARROWS = {LOW: "↓", HIGH: "↑", ZERO: "→ 0", ONE: "→ 1"}
Key = tuple[str, str, str]  # name, group, when


def number(value: float | None) -> str:
    """Three digits that tell something; a dash where there is nothing."""
    if value is None:
        return "–"
    if abs(value) < 5e-5:
        return "0"
    return f"{value:.{max(2 - math.floor(math.log10(abs(value))), 0)}f}" if abs(value) < 99.5 else f"{value:.0f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], words: int = 0) -> list[str]:
    """Lines of a table; its first column and its last `words` hold words, the others numbers."""
    figures = len(head) - 1 - words
    lines = [list(head), ["---", *["---:"] * figures, *["---"] * words], *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def by_key(scored: Iterable[Score]) -> dict[Key, Score]:
    """Scores that have a value, by what they are of."""
    return {(s.name, s.group, s.when): s for s in scored if s.value is not None}


def rows(columns: Sequence[dict[Key, Score]], wanted: Sequence[tuple[str, Key]], contest: int) -> Iterator[list[str]]:
    """One line for each wanted figure that any column has; of the first `contest` columns the best is bold."""
    for label, key in wanted:
        found = [column.get(key) for column in columns]
        told = next((s for s in found if s), None)
        if told is None:
            continue
        worth = [_badness(s) for s in found[:contest]]
        best = min((w for w in worth if w is not None), default=None)
        cells = [number(s.value if s else None) for s in found]
        if contest > 1 and worth.count(best) < contest:
            cells[:contest] = [f"**{c}**" if w is not None and w == best else c for c, w in zip(cells, worth)]
        yield [f"{label} {ARROWS[told.better]}", *cells]


def _badness(score: Score | None) -> float | None:
    if score is None:
        return None
    aim = {ZERO: 0.0, ONE: 1.0}.get(score.better)
    return abs(score.value - aim) if aim is not None else score.value if score.better == LOW else -score.value
