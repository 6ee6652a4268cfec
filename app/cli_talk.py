"""`duologue talk` at the command line: what a person may choose, and the one call.

One rule: as app/cli.py's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli_models import offline


def add(commands: argparse._SubParsersAction) -> None:
    """The grammar of `duologue talk`."""
    told = "talk with an avatar, or with two"
    talk = commands.add_parser("talk", help=told, description=f"{told.capitalize()}. Nothing leaves this machine unless "
        "--llm says so.")  # fmt: skip
    talk.add_argument("--cast", default="ada", metavar="NAME[,NAME]", help="personas, files of them, or character cards (default: ada)")
    talk.add_argument("--me", metavar="AVATAR", help="show yourself too, moved by your own voice")
    talk.add_argument("--llm", default="local", metavar="NAME", help="local, openai, ollama or script (default: local)")
    talk.add_argument("--llm-model", metavar="NAME", help="a model of openai or ollama, or for local a GGUF file")
    talk.add_argument("--llm-url", metavar="URL", help="of any server that speaks OpenAI's protocol, or Ollama's")
    talk.add_argument("--asr", default="tiny.en", metavar="NAME", help="tiny.en, base, small, a folder, or owner/name "
        "of the Hugging Face hub (default: tiny.en)")  # fmt: skip
    talk.add_argument(
        "--language", metavar="XX", help="the one that you speak, two letters (default: that of the first of the cast)"
    )
    talk.add_argument("--mic", type=Path, metavar="FILE", help="a recording in place of the microphone")
    talk.add_argument("--speaker", type=Path, metavar="OUT.wav", help="a file in place of the loudspeaker")
    talk.add_argument("--headless", action="store_true", help="without a window")
    talk.add_argument("--text", action="store_true", help="type and read in the terminal, without sound")
    talk.add_argument(
        "--events", type=Path, metavar="LOG.jsonl", help="write down what happens, one JSON object a line"
    )
    talk.add_argument("--real-time", action="store_true", help="with --mic: let silence last as long as it does")
    talk.add_argument("--seed", type=int, default=0, metavar="S")
    talk.add_argument("--yes", action="store_true", help="download models that are not here without asking")
    offline(talk)
    talk.set_defaults(run=_talk)


def _talk(options: argparse.Namespace) -> int:
    """Talk as it was asked for."""
    from app.talk import Ask, talk

    same = ("me", "llm", "asr", "language", "mic", "speaker", "headless", "text", "events", "real_time", "seed", "yes")
    cast = tuple(name.strip() for name in options.cast.split(",") if name.strip())
    wanted = {name: getattr(options, name) for name in same}
    return talk(Ask(cast=cast, model=options.llm_model, url=options.llm_url, **wanted))
