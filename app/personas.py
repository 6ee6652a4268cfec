"""Which personas are here: those that come with the program, files of them, and character cards.

One rule: a name is one of ours; whatever has an ending is a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from agents import card, persona
from agents.persona import Persona
from dialogue.errors import PersonaError, did_you_mean

FOLDER = Path(__file__).resolve().parents[1] / "scenarios" / "personas"
ENDINGS = (".toml", ".md")


def known() -> dict[str, Path]:
    """Name -> file of the personas that come with the program."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}


def personas(names: Iterable[str]) -> tuple[Persona, ...]:
    """The personas of those names, in their order.

    Raises:
        PersonaError: there is none of a name, or a file says something that no persona has.
    """
    return tuple(found(name).persona for name in names)


def found(name: str) -> card.Card:
    """The persona of a name or a file; a persona's own file is a card without notes.

    Raises:
        PersonaError: as `personas`.
    """
    path, ours = Path(name), known()
    ending = path.suffix.lower()
    if ending in ENDINGS:
        return card.Card(persona.load(path))
    if ending in card.ENDINGS:
        return card.load(path)
    if name.lower() not in ours:
        endings = ", ".join((*ENDINGS, *card.ENDINGS))
        raise PersonaError(f"no persona named '{name}'{did_you_mean(name, ours)}; a file works too: {endings}")
    return card.Card(persona.load(ours[name.lower()]))


def all_of_ours() -> Iterator[tuple[str, Persona]]:
    """Name and persona of each that comes with the program."""
    return ((name, persona.load(path)) for name, path in known().items())
