"""The part of a report that needs no truth: what people do, and what the faces of each contender did.

One rule: a range is that of motion/human.py, a count that of motion/metrics.py; nothing is measured anew here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.contenders import FROZEN, TRUTH
from app.evaluate import EVENTS, MEASURED_S, Evaluation
from app.report_cells import number, table
from motion.human import Row


def human(e: Evaluation) -> list[str]:
    who = [c for c in (*e.models, *(c for c in e.contenders if c.name == TRUTH)) if e.measured[c.name].human]
    if not who:
        return []
    tables = {c.name: {row.name: row for row in e.measured[c.name].human} for c in who}
    own = [row for row in e.measured[who[0].name].human if row.of == "motion"]
    rows = [
        [f"{row.name}, {row.unit}", _range(row), *(_marked(tables[c.name][row.name]) for c in who), row.source]
        for row in own
        if any(tables[c.name][row.name].value is not None for c in who)
    ]
    judged = {c.name: [r.ok for r in e.measured[c.name].human if r.of == "motion" and r.ok is not None] for c in who}
    rows.append(["**in range**", "", *(f"**{sum(oks)} of {len(oks)}**" for oks in judged.values()), ""])
    talked = [r for r in e.measured[who[0].name].human if r.of == "conversation" and r.value is not None]
    told = [[f"{r.name}, {r.unit}", _range(r), _marked(r), r.source] for r in talked]
    return [
        "## Human figures",
        "",
        "What people do, and what these faces did: ✓ in the range, ✗ outside. Little time makes wide chance: five "
        "minutes are the least to judge by.",
        *([f"Of the first {MEASURED_S // 60} minutes."] if sum(e.clips.values()) > MEASURED_S else []),
        "",
        *table(["", "people", *(c.name for c in who), "source"], rows, words=1),
        "",
        "The conversations themselves, the same for all:",
        "",
        *table(["", "people", "here", "source"], told, words=1),
    ]


def _range(row: Row) -> str:
    if row.low is not None and row.high is not None:
        return f"{number(row.low)} … {number(row.high)}"
    return f"≥ {number(row.low)}" if row.low is not None else f"≤ {number(row.high)}"


def _marked(row: Row) -> str:
    return number(row.value) + {True: " ✓", False: " ✗", None: ""}[row.ok]


def people(event: str, when: str, rows: Sequence[Row]) -> tuple[float, float] | None:
    """Human range of an event per minute, where there is one. Of nods a share of ten-second windows is known: a rate of
    r a minute, come by chance, is in 1 - exp(-r / 6) of them."""
    known = {row.name: row for row in rows}
    row = known.get(f"{event}_{when}")
    if row is None or event not in ("blinks", "nods"):
        return None
    if event == "blinks":
        return row.low, row.high
    return -6.0 * math.log(1.0 - row.low / 100.0), -6.0 * math.log(1.0 - row.high / 100.0)


def events(e: Evaluation) -> list[str]:
    who = [c for c in e.contenders if e.measured[c.name].rates and c.name != FROZEN]
    if not who:
        return []
    rows = []
    for event in EVENTS:
        for when in ("speaking", "listening"):
            span = people(event, when, e.measured[who[0].name].human)
            cells = [e.measured[c.name].rates.get((event, when)) for c in who]
            rows.append([f"{event}, {when}", "–" if span is None else f"{span[0]:.1f} … {span[1]:.1f}"])
            rows[-1] += ["–" if value is None else f"{value:.1f}" for value in cells]
    return [
        "## Events per minute",
        "",
        "Beginnings of blinks, nods and shifts of gaze per minute of that role. The human range of nods follows from "
        "the share of ten-second windows that hold one, as if they came by chance.",
        "",
        *table(["", "people", *(c.name for c in who)], rows),
    ]
