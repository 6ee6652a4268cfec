"""Commands under a command: `duologue` itself, and `duologue config`, `models`, `persona`.

One rule: whoever names none is shown all there are, and what each does.
"""

from __future__ import annotations

import argparse


def group(parser: argparse.ArgumentParser, dest: str, metavar: str) -> argparse._SubParsersAction:
    """Where the commands under a parser are added; without one of them the exit status is 2, as for any wrong call."""
    commands = parser.add_subparsers(dest=dest, metavar=metavar)

    def none(_: argparse.Namespace) -> None:
        expected = f"expected {metavar}, one of: {', '.join(commands.choices)}"
        parser.exit(2, f"{parser.format_help()}\n{parser.prog}: error: {expected}\n")

    parser.set_defaults(run=none)
    return commands
