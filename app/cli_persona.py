"""`duologue persona` at the command line: list the personas, show one, make one out of a character card.

One rule: as app/cli.py's.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli_groups import group

if TYPE_CHECKING:
    from agents.card import Card


def add(commands: argparse._SubParsersAction) -> None:
    """The grammar of `duologue persona`."""
    told = "list personas, show one, or make one out of a character card"
    persona = commands.add_parser("persona", help=told, description=f"{told.capitalize()}.")
    deeds = group(persona, "deed", "WHAT")
    deeds.add_parser("list", help="list the personas that come with the program").set_defaults(run=_list)
    shown = deeds.add_parser("show", help="print a persona, or what a card becomes, as TOML")
    shown.add_argument("name", metavar="NAME", help="a persona, a file of one, or a character card")
    shown.set_defaults(run=_show)
    taken = deeds.add_parser("import", help="write a character card (.png, .charx, .json) as a persona to edit")
    taken.add_argument("card", type=Path, metavar="CARD")
    taken.add_argument("-o", "--out", type=Path, required=True, metavar="NAME.toml")
    taken.add_argument("--force", action="store_true", help="even if that file exists")
    taken.set_defaults(run=_import)


def _list(_: argparse.Namespace) -> int:
    from agents.card import cut
    from app.personas import all_of_ours

    for name, who in all_of_ours():
        print(f"{name:10} {who.voice:8} {who.avatar:8} {who.language:3} {cut(who.manner, 60)}")
    return 0


def _show(options: argparse.Namespace) -> int:
    from app.personas import found

    print(_written(found(options.name)), end="")
    return 0


def _import(options: argparse.Namespace) -> int:
    from agents import card
    from dialogue.errors import OutputError

    made = card.load(options.card)
    if options.out.suffix != ".toml":
        raise OutputError(f"-o is {options.out}; expected a name that ends in .toml")
    try:
        with open(options.out, "w" if options.force else "x", encoding="utf-8") as file:
            file.write(_written(made))
    except FileExistsError as error:
        raise OutputError(f"{options.out} is there already; choose another name, or add --force") from error
    except OSError as error:
        raise OutputError(f"{options.out} cannot be written: {error.strerror}") from error
    who = made.persona
    notes = (*made.notes, f"voice {who.voice}, avatar {who.avatar}, language {who.language}: change what does not fit")
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    print(options.out)
    return 0


def _written(made: Card) -> str:
    """A persona to edit; what else the card offers stands below it as comments."""
    from agents.persona import quoted, write

    others = "".join(f"# first_line = {quoted(line)}\n" for line in made.greetings)
    return write(made.persona) + others + "".join(f"# note: {note}\n" for note in made.notes)
