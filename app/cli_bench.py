"""`duologue bench` at the command line.

One rule: as app/cli.py's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

SUITES = ("film", "motion", "turns", "talk", "faults", "soak", "engines", "film-10min")
QUICK = SUITES[:2]  # a few minutes; a ten-minute film takes ten


def add(commands: argparse._SubParsersAction) -> None:
    """The grammar of `duologue bench`."""
    bench = commands.add_parser(
        "bench", help="measure this machine and this build", description="Measure this machine and this build."
    )
    bench.add_argument("suite", nargs="?", choices=SUITES, help=f"default: {' and '.join(QUICK)}")
    bench.add_argument("--json", action="store_true", help="one object, figure name -> value, unit, goal, ok")
    motion = bench.add_argument_group("of motion")
    motion.add_argument("--quick", action="store_true", help="a fifth of the material")
    motion.add_argument("--weights", type=Path, metavar="FILE", help="of dual_stream, in place of the package's own")
    motion.add_argument("--baseline", type=Path, metavar="FILE", help="weights of the DualTalk paper's model")
    motion.add_argument(
        "--real",
        type=Path,
        metavar="DIR",
        help="takes of real speech: NAME.wav or .flac, with NAME.csv of Live Link Face or NAME.npz (values, names, fps)",
    )
    calls = bench.add_argument_group("of talk")
    calls.add_argument("--real-time", action="store_true", help="let simulated calls last as long as they would")
    calls.add_argument("--events", type=Path, metavar="DIR", help="keep their event logs, for `duologue score`")
    bench.set_defaults(run=_bench)


def _bench(options: argparse.Namespace) -> int:
    from app.bench import Ask, run
    from dialogue.errors import DuologueError

    suites = [options.suite] if options.suite else list(QUICK)
    asked = {name: getattr(options, name) for name in ("weights", "baseline", "real", "quick", "real_time", "events")}
    fits = {"motion": ("weights", "baseline", "real", "quick"), "turns": ("real", "quick")}
    fits |= {"talk": ("quick", "real_time", "events"), "faults": ("quick",), "soak": ("quick",)}
    fit = {name for suite in suites for name in fits.get(suite, ())}
    if given := [name for name, value in asked.items() if value and name not in fit]:
        of = " and ".join(f"`duologue bench {suite}`" for suite, own in fits.items() if given[0] in own)
        raise DuologueError(
            f"--{given[0].replace('_', '-')} is an option of {of}; '{options.suite or 'film'}' has no use for it"
        )
    return run(suites, options.json, Ask(**asked))
