"""`duologue bench` at the command line.

One rule: as app/cli.py's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

SUITES = ("film", "motion", "turns", "talk", "engines", "film-10min")
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
    bench.set_defaults(run=_bench)


def _bench(options: argparse.Namespace) -> int:
    from app.bench import Ask, run
    from dialogue.errors import DuologueError

    suites = [options.suite] if options.suite else list(QUICK)
    asked = {name: getattr(options, name) for name in ("weights", "baseline", "real", "quick")}
    fit = {"turns": ("real", "quick"), "talk": ("quick",)}.get(
        options.suite or "", tuple(asked) if "motion" in suites else ()
    )
    if given := [name for name, value in asked.items() if value and name not in fit]:
        raise DuologueError(
            f"--{given[0]} is an option of `duologue bench motion`; '{options.suite}' has no use for it"
        )
    return run(suites, options.json, Ask(**asked))
