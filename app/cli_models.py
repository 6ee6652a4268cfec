"""`duologue models`: what there is, from where, under which licence; getting it, checking it, deleting it.

One rule: as app/cli.py's. A list never asks the network.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.cli_groups import group

if TYPE_CHECKING:
    from app.progress import Bar

OLLAMA = "ollama/"  # in front of the name of a model that its daemon keeps


def add(commands: argparse._SubParsersAction) -> None:
    """The grammar of `duologue models`."""
    told = "list, pull, verify and remove models"
    more = "Each is checked by its SHA-256 before it is used; none can carry code."
    models = commands.add_parser("models", help=told, description=f"{told.capitalize()}. {more}")
    actions = group(models, "action", "ACTION")
    one = "as the list calls it, or owner/name of a Whisper on the Hugging Face hub; to pull, ollama/NAME too"
    for action, run, names, told in (
        ("list", _list, None, "every model: job, licence, size, whether it is here, where it comes from"),
        ("pull", _pull, "+", "get models; what was broken off is resumed"),
        ("path", _path, 1, "where the files of a model lie"),
        ("verify", _verify, "*", "check models by their SHA-256; all that are here, if none is named"),
        ("remove", _remove, "+", "delete models that were pulled"),
    ):
        part = actions.add_parser(action, help=told, description=f"{told[0].upper()}{told[1:]}.")
        if names is None:
            part.add_argument("--json", action="store_true", help="for programs")
        else:
            part.add_argument("names", nargs=names, metavar="NAME", help=one)
        offline(part)
        part.set_defaults(run=lambda options, run=run: run(_settled(options)))


def offline(command: argparse.ArgumentParser) -> None:
    """The option that forbids every connection."""
    told = "make no connection at all (also: DUOLOGUE_OFFLINE=1)"
    command.add_argument("--offline", action=_Offline, nargs=0, help=told)


def _settled(options: argparse.Namespace) -> argparse.Namespace:
    """The same, once the settings have said where models lie and whether a connection may be made."""
    from app.config import hand_over, load

    hand_over(load({}).config.models, os.environ)
    return options


class _Offline(argparse.Action):
    """Sets the variable, so that whatever is loaded later in this process, and its children, knows."""

    def __call__(self, *_: object) -> None:
        os.environ["DUOLOGUE_OFFLINE"] = "1"


def _list(options: argparse.Namespace) -> int:
    from agents import model_hub, model_pull, models
    from dialogue.errors import ModelFileError

    rows = []
    for name in models.MODELS:
        state = models.state(name)
        rows.append({
            "name": name, "job": models.the(name).job, "licence": models.licence(name), "bytes": state.size,
            "here": state.here, "got": state.got, "where": state.where, "sources": model_pull.sources(name),
            "about": models.MANIFEST[models.the(name).files[0]].about,
        })  # fmt: skip
    for name in model_hub.names():
        try:
            record = model_hub.recorded(name)
        except ModelFileError as error:  # all others are listed all the same
            print(f"duologue: {error}", file=sys.stderr)
            continue
        rows.append({
            "name": name, "job": "asr", "licence": record.licence, "bytes": record.size, "here": model_hub.here(name),
            "got": model_hub.got(record), "where": "cache", "sources": [f"{model_hub.endpoint()}/{name}"],
            "about": "of the hub; its files are those that came at first",
        })  # fmt: skip
    if options.json:
        print(json.dumps(rows, indent=2))
        return 0
    line = "{:16} {:12} {:13} {:>8}  {:15} {}"
    print(line.format("NAME", "JOB", "LICENCE", "SIZE", "HERE", "FROM"))
    for row in rows:
        some = f"part, {100 * row['got'] // row['bytes']} %" if row["got"] else "-"
        here, size = row["where"] if row["here"] else some, model_pull.megabytes(row["bytes"])
        print(line.format(row["name"], row["job"], row["licence"], size, here, ", ".join(_short(row["sources"]))))
    if parts := [row["name"] for row in rows if row["got"] and not row["here"]]:
        sys.stdout.flush()  # what follows is beside the table, and after it
        mend = f"to get the rest: duologue models pull {' '.join(parts)}"
        print(f"duologue: of {', '.join(parts)} only a part is here; {mend}", file=sys.stderr)
    return 0


def _short(sources: list[str]) -> list[str]:
    """Sources as a table has room for them: PyPI, npm, or the server's name, each once."""
    return list(dict.fromkeys(s.split()[0] if " " in s else str(urlsplit(s).hostname) for s in sources))


def _pull(options: argparse.Namespace) -> int:
    from agents import model_pull
    from app.progress import Bar

    ours = [name for name in options.names if not name.startswith(OLLAMA)]
    wanted = model_pull.missing(ours)
    if wanted:
        print(model_pull.plan(wanted), file=sys.stderr, flush=True)
    for name in options.names:
        with Bar() as bar:
            if name in ours:
                model_pull.pull(name, bar)
            else:
                _pull_by_ollama(name.removeprefix(OLLAMA), bar)
        print(f"{name} is here")
    return 0


def _pull_by_ollama(name: str, bar: Bar) -> None:
    """Let the daemon that the settings name fetch a model of its own library."""
    from agents import llm
    from app.config import load

    its = load({}).config.llm
    own = {"base_url": its.base_url, "key_name": its.key_name} if its.engine == "ollama" else {}
    where = {key: value for key, value in own.items() if value}
    mind = llm.load("ollama", model=name, **where)

    async def work() -> None:
        try:
            await mind.pull(bar)
        finally:
            await mind.close()

    asyncio.run(work())


def _path(options: argparse.Namespace) -> int:
    from agents import model_hub, models
    from dialogue.errors import ModelFileError

    (name,) = options.names
    here = model_hub.here(name) if model_hub.is_name(name) else models.state(name).here
    if not here:
        raise ModelFileError(f"model '{name}' is not here; run: duologue models pull {name}")
    for path in (model_hub.folder(name),) if model_hub.is_name(name) else models.state(name).paths:
        print(path)
    return 0


def _verify(options: argparse.Namespace) -> int:
    from agents import model_hub, models
    from dialogue.errors import ModelFileError

    known = (*(name for name in models.MODELS if models.state(name).here), *model_hub.names())
    damaged = 0
    for name in options.names or known:
        try:
            if model_hub.is_name(name):
                model_hub.verified(name)
            else:
                for file in models.the(name).files:
                    models.verify(file)
            print(f"{name}: right")
        except ModelFileError as error:
            damaged += 1
            print(f"duologue: {error}", file=sys.stderr)
    return 1 if damaged else 0


def _remove(options: argparse.Namespace) -> int:
    from agents import model_pull

    for name in options.names:
        print(f"{name}: {model_pull.megabytes(model_pull.remove(name))} deleted")
    return 0
