"""`duologue talk` at the command line: what a person may choose, and the one call.

One rule: as app/cli.py's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from app import cli_config, cli_models

NOT_WRITTEN = ("asr", "me", "mic", "speaker", "headless", "real_time")  # options of what is heard or seen


def add(commands: argparse._SubParsersAction) -> None:
    """The grammar of `duologue talk`."""
    told = "talk with an avatar, or with two"
    talk = commands.add_parser("talk", help=told, description=f"{told.capitalize()}. Nothing leaves this machine unless "
        "the settings say so: `duologue config show` tells them.")  # fmt: skip
    cli_config.add_choices(talk)
    talk.add_argument("--mic", type=Path, metavar="FILE", help="a recording in place of the microphone")
    talk.add_argument("--speaker", type=Path, metavar="OUT.wav", help="a file in place of the loudspeaker")
    talk.add_argument("--headless", action="store_true", help="without a window")
    talk.add_argument("--text", action="store_true", help="type and read in the terminal, without sound")
    talk.add_argument(
        "--events", type=Path, metavar="LOG.jsonl", help="write down what happens, one JSON object a line"
    )
    talk.add_argument("--real-time", action="store_true", help="with --mic: let silence last as long as it does")
    talk.add_argument("--yes", action="store_true", help="download models that are not here without asking")
    cli_models.offline(talk)
    talk.set_defaults(run=_talk)


def _talk(options: argparse.Namespace) -> int:
    """Talk as it was asked for.

    Raises:
        DuologueError: --text, and with it what cannot be had in writing; or a loudspeaker that is no wav.
    """
    from dialogue.errors import DuologueError

    given = [f"--{name.replace('_', '-')}" for name in NOT_WRITTEN if getattr(options, name) not in (None, False)]
    if options.text and given:
        raise DuologueError(
            f"--text with {', '.join(given)}: --text types and reads in the terminal, with no sound and no picture; leave "
            f"out {' and '.join(given)}, or leave out --text"
        )
    if options.speaker and options.speaker.suffix.lower() != ".wav":
        raise DuologueError(
            f"--speaker is '{options.speaker}'; expected a name that ends in .wav, for no other kind of sound is written; "
            "choose one such as out.wav"
        )
    settings = cli_config.settled(options)  # before anything heavy is loaded: a mistake in them is told at once
    from app.talk import Ask, talk

    same = ("mic", "speaker", "headless", "text", "events", "real_time", "yes")
    return talk(Ask(settings, **{name: getattr(options, name) for name in same}))
