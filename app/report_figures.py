"""An evaluation for programs: every figure by name, and those that set one model beside another.

One rule: figures that are divided by each other come from the same clips.
"""

from __future__ import annotations

from typing import Any

from app.contenders import LOUDNESS, OPEN, REFERENCE, Contender, Way
from app.evaluate import Evaluation
from motion import judge

PARTS = ("exp", "jaw", "head")


def opened(contender: Contender) -> Way | None:
    """The way in which it sees the partner's true motion, if it has one."""
    return next((way for way in contender.plays if way.loop == OPEN), None)


def closed_loop_cost(e: Evaluation, contender: Contender) -> dict[str, float]:
    """FD closed over FD open, minus 1, of each part of the face; empty where there is no open loop."""
    way = opened(contender)
    both = e.performed(contender.name, way) if way else set()
    fd = [
        {
            s.group: s.value
            for s in e.scores(contender.name, one, both.__contains__)
            if (s.name, s.when) == ("fd", "all")
        }
        for one in (contender.main, way)
        if both
    ]
    return {part: fd[0][part] / fd[1][part] - 1.0 for part in PARTS if fd and fd[1].get(part)}


def ratios(e: Evaluation) -> dict[tuple[str, str, str], dict[str, float]]:
    """(our model, DualTalk's name, its loop) -> ratio_fd.exp and so on, against the first DualTalk model."""
    theirs = next((c for c in e.models if c.family == "dualtalk"), None)
    if theirs is None or theirs.channels != e.channels:
        return {}
    out = {}
    for ours in (c for c in e.models if c.family != "dualtalk" and c.channels == theirs.channels):
        for way in theirs.plays:
            if same := e.performed(theirs.name, way):
                own, other = (e.scores(*of, same.__contains__) for of in ((ours.name, ours.main), (theirs.name, way)))
                out[ours.name, theirs.name, way.loop] = judge.ratios(own, other)
    return out


def figures(e: Evaluation) -> dict[str, dict[str, Any]]:
    """Contender -> way -> name.group.when -> value; what was measured of it; and what it is over another."""
    out: dict[str, dict[str, Any]] = {}
    ways = [(c.name, way) for c in e.contenders for way in c.plays]
    for name, way in [*ways, (LOUDNESS, REFERENCE)]:
        values = {f"{s.name}.{s.group}.{s.when}": s.value for s in e.scores(name, way) if s.value is not None}
        out.setdefault(name, {})[f"{way.labels} labels, {way.loop} loop"] = values
    for name, measured in e.measured.items():
        out[name]["human"] = {r.name: {"value": _plain(r.value), "ok": r.ok} for r in measured.human}
        out[name]["per_minute"] = {f"{event}, {when}": rate for (event, when), rate in measured.rates.items()}
        out[name]["slcc"] = measured.intensity_r
    for c in e.models:
        if cost := closed_loop_cost(e, c):
            out[c.name]["closed_loop_cost"] = cost
    for (ours, theirs, loop), found in ratios(e).items():
        out[ours][f"over {theirs}, {loop} loop"] = found
    return out


def _plain(value: float | None) -> float | None:
    return None if value is None else float(value)
