"""`duologue doctor` at the command line.

One rule: as app/cli.py's.
"""

from __future__ import annotations

import argparse

from app import cli_config


def add(commands: argparse._SubParsersAction) -> None:
    """The grammar of `duologue doctor`."""
    told = "look whether everything works here, and tell what to install"
    doctor = commands.add_parser(
        "doctor",
        help=told,
        description=f"{told.capitalize()}: draws a picture, writes and reads a film, says a sentence and hears it, asks "
        "the mind, listens to the microphone for a second.",
        epilog="Exit status: 0 if film, talk and stream (live pictures at 25 a second) work, else the sum of 2 (no film), "
        "4 (no talk) and 8 (no stream).",
    )
    doctor.add_argument("--json", action="store_true", help="one object")
    cli_config.add_choices(doctor)
    doctor.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    config = cli_config.settled(options).config
    from app.doctor import run

    return run(config, options.json)
