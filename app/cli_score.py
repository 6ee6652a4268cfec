"""`duologue score` at the command line.

One rule: as app/cli.py's.
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add(commands: argparse._SubParsersAction) -> None:
    """The grammar of `duologue score`."""
    told = "tell from event logs how well conversations went"
    score = commands.add_parser("score", help=told, description=f"{told.capitalize()}: waits, turns answered, "
        "interruptions yielded to, backchannels ignored, false stops, faults.")  # fmt: skip
    score.add_argument("log", nargs="+", type=Path, metavar="LOG.jsonl", help="what `duologue talk --events` wrote")
    score.add_argument("--json", action="store_true", help="one object")
    score.set_defaults(run=_score)


def _score(options: argparse.Namespace) -> int:
    import json

    from app.score import Score, read, score

    told = sum((score(read(path)) for path in options.log), Score()).told()
    print(json.dumps(told, indent=2) if options.json else "\n".join(_lines(told)))
    return 0


def _lines(told: dict) -> list[str]:
    """For people."""
    waits = told["voice_to_voice_ms"]
    out = [f"turns              {told['turns']}, {told['answered']} answered, {told['cut_in']} cut into"]
    out.append(f"end of voice to first sound   {_delay(waits)}")
    out.append(f"interruptions      {told['interruptions']}, {told['yielded']} yielded to")
    out += [f"{kind + 's':<18} {count}, {right} ignored" for kind, (right, count) in told["ignored"].items()]
    out += [f"voices over an avatar after which it went on: {told['went_on']}"] if told["went_on"] else []
    out.append(f"false stops        {told['false_stops']}")
    out += [f"  {name:<16} {_delay(delays)}" for name, delays in told["stages_ms"].items() if delays]
    faults = ", ".join(f"{count} of {stage}" for stage, count in told["faults"].items())
    return [*out, f"faults             {faults or 'none'}"]


def _delay(delays: dict | None) -> str:
    return f"{delays['p50']} ms median, {delays['p95']} ms 95th percentile" if delays else "none measured"
