"""`duologue config` at the command line: what was chosen and where, and how to choose; and the flags that choose.

One rule: as app/cli.py's; pydantic is loaded by the commands, not by their grammar.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from app.cli_groups import group

CHOICES = {
    "cast": ("talk.cast", "NAME[,NAME]", "personas, files of them, or character cards"),
    "me": ("talk.me", "AVATAR", "show yourself too, moved by your own voice"),
    "llm": ("llm.engine", "NAME", "the mind: local, openai, ollama or script"),
    "llm-model": ("llm.model", "NAME", "a model of openai or ollama, or for local a GGUF file"),
    "llm-url": ("llm.base_url", "URL", "of any server that speaks OpenAI's protocol, or Ollama's"),
    "asr": (
        "asr.model",
        "NAME",
        "what hears you: tiny.en, base, small, a folder, or owner/name of the Hugging Face hub",
    ),
    "language": ("asr.language", "XX", "the one that you speak, two letters"),
    "seed": ("talk.seed", "S", "the same seed gives the same choices"),
}  # flag -> setting, what it takes, help; the defaults are those of app/config_model.py


def add(commands: argparse._SubParsersAction) -> None:
    """The grammar of `duologue config`."""
    told = "see and change what is chosen"
    config = commands.add_parser("config", help=told, description=f"{told.capitalize()}. docs/config.md tells more.")
    verbs = group(config, "verb", "VERB")
    show = verbs.add_parser("show", help="every setting, its value, and where that comes from")
    show.add_argument("--json", action="store_true", help="as JSON, for other programs")
    add_choices(show)
    show.set_defaults(run=_show)
    path = verbs.add_parser("path", help="the file of settings")
    path.set_defaults(run=_path)
    verbs.add_parser("schema", help="the JSON Schema of that file").set_defaults(run=_schema)
    change = verbs.add_parser("set", help="change one setting in the file")
    change.add_argument("key", metavar="KEY", help="such as llm.model")
    change.add_argument("value", metavar="VALUE")
    drop = verbs.add_parser("unset", help="take one setting out of the file")
    drop.add_argument("key", metavar="KEY")
    for parser in (change, drop):
        parser.set_defaults(run=_change)
    check = verbs.add_parser("check", help="tell every mistake of a file")
    check.add_argument("file", type=Path, nargs="?", metavar="FILE", help="in place of your own")
    check.set_defaults(run=_check)
    for parser in (path, change, drop):
        parser.add_argument("--config", type=Path, metavar="FILE", help="another file")
    key = verbs.add_parser("key", help="keep the key of a server in the keyring of this system")
    keys = group(key, "what", "VERB")
    for verb, told, run in (("set", "ask for a key and keep it", _keep), ("remove", "forget a key", _remove)):
        parser = keys.add_parser(verb, help=told)
        whose = "openai, ollama, or what key_name is in the settings"
        parser.add_argument("name", metavar="openai|ollama|NAME", help=whose)
        # What comes after it may be the key itself, which argparse would show.
        parser.add_argument("more", nargs="*", default=[], help=argparse.SUPPRESS)
        parser.set_defaults(run=run)


def add_choices(parser: argparse.ArgumentParser) -> None:
    """The flags that choose settings."""
    for flag, (key, takes, told) in CHOICES.items():
        parser.add_argument(f"--{flag}", metavar=takes, help=f"{told} [{key}]")
    add_sources(parser)


def add_sources(parser: argparse.ArgumentParser) -> None:
    """The flags that choose any setting, and where settings are read."""
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="any setting, for this once")
    parser.add_argument("--config", type=Path, metavar="FILE", help="a file of settings in place of your own")


def settled(options: argparse.Namespace) -> Any:
    """What holds with these flags: a Settled.

    Raises:
        ConfigError, PersonaError: as app.config.load.
    """
    from app.config import hand_over, load
    from app.config_read import shown
    from dialogue.errors import ConfigError

    chosen = {}
    for pair in options.set:
        key, sign, value = pair.partition("=")
        if not sign:
            raise ConfigError([f"--set {shown(pair)}: no value; expected KEY=VALUE, such as llm.temperature=0.3"])
        chosen[key.strip()] = (f"--set {key.strip()}", value.strip())
    for flag, (key, *_) in CHOICES.items():
        if (value := getattr(options, flag.replace("-", "_"), None)) is not None:
            chosen[key] = (f"--{flag}", value)
    found = load(chosen, options.config)
    hand_over(found.config.models, os.environ)
    return found


def tongues(options: argparse.Namespace) -> Any:
    """What the engines of voices are told with these flags: an agents.tts.Settings.

    Raises:
        ConfigError, PersonaError: as app.config.load.
    """
    from app.config import for_voices

    return for_voices(settled(options).config.tts)


def _show(options: argparse.Namespace) -> int:
    from app.config_show import rows

    found = rows(settled(options))
    if options.json:
        print(json.dumps([row.as_dict() for row in found], indent=2, ensure_ascii=False))
        return 0
    left = [f"{row.title} = {row.text}" for row in found]
    wide = min(max(map(len, left)), 60)
    for said, row in zip(left, found):
        print(f"{said:{wide}}  {row.origin}")
    return 0


def _path(options: argparse.Namespace) -> int:
    print(_file(options.config))
    return 0


def _schema(_: argparse.Namespace) -> int:
    from app.config_model import schema

    print(json.dumps(schema(), indent=2))
    return 0


def _change(options: argparse.Namespace) -> int:
    from app.config_named import unheard
    from app.config_read import read
    from app.config_write import change

    file = _file(options.config)
    if gone := change(file, options.key, getattr(options, "value", None)):
        print(f"taken out, since they belong to another engine: {', '.join(gone)}")
    print(f"{file}: {options.key} is {'set' if options.verb == 'set' else 'left to its default'}", file=sys.stderr)
    if note := unheard(read(file), options.key.casefold()):
        print(note, file=sys.stderr)
    return 0


def _check(options: argparse.Namespace) -> int:
    from app.config import fit
    from app.config_named import unknown
    from app.config_read import read
    from dialogue.errors import ConfigError

    chosen, problems = read(_file(options.file), needed=True), []
    try:
        fit(chosen)
    except ConfigError as error:
        problems += error.problems
    if problems := [*problems, *unknown(chosen)]:
        raise ConfigError(problems)
    print(f"{_file(options.file)}: no mistakes", file=sys.stderr)
    return 0


def _file(named: Path | None) -> Path:
    from app.config import place

    return named or place(os.environ)[0]


def _key_name(options: argparse.Namespace) -> str:
    from agents import api_keys
    from dialogue.errors import DuologueError

    name = api_keys.name_of(options.name)
    if options.more:
        raise DuologueError(f"too many words; expected {name} alone: the key is typed when it is asked for")
    return name


def _keep(options: argparse.Namespace) -> int:
    from getpass import getpass

    from agents import api_keys

    name = _key_name(options)
    api_keys.check_keyring(name)
    # Without a terminal it is piped in, as a password manager does; either way it is on no command line, which others
    # can see, and shells remember.
    key = getpass(f"Key for {name} (it is not shown): ") if sys.stdin.isatty() else sys.stdin.readline()
    api_keys.keep(name, key.strip())
    print(f"kept in the keyring as {name}")
    return 0


def _remove(options: argparse.Namespace) -> int:
    from agents import api_keys

    name = _key_name(options)
    print(f"{name} is no longer in the keyring" if api_keys.remove(name) else f"the keyring had no {name}")
    return 0
