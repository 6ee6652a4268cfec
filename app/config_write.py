"""One setting changed in a person's file, everything else in it as they wrote it.

One rule: a file that was understood is understood afterwards, and says the same but for that one setting; what cannot
be changed so is not changed at all. One exception, which is told: with another engine go the settings of the one before.

Source: the `tomlkit` package (MIT), which keeps comments, order and spaces.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.config import OF_ENGINE, chosen, fit
from app.config_model import VERSION
from app.config_named import mistakes
from app.config_read import Layer, parse, value_of
from app.settings import write_whole
from dialogue.errors import ConfigError, OutputError

FIRST = f"version = {VERSION}\n"


def change(path: Path, key: str, text: str | None) -> tuple[str, ...]:
    """Set one setting of a file, which is begun if there is none; or take it out.

    Args:
        key: such as llm.model. text: its value, as a person writes it; None takes it out.
    Returns:
        the keys that were taken out with it: they belonged to another engine.
    Raises:
        ConfigError: the file is not understood as it is, there is no such setting, or it cannot have this value, or
            not beside the others of the file; or it names a persona, a voice or an avatar that is not here.
        OutputError: the file cannot be written.
    """
    path = path.resolve()  # a link to a file elsewhere stays one
    try:
        source = path.read_bytes()
    except FileNotFoundError:
        source = FIRST.encode()
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    new, gone = changed(source, str(path), key, text)
    try:
        write_whole(path, new)
    except OSError as error:
        raise OutputError(f"cannot write '{path}': {error.strerror}; nothing was changed") from error
    return gone


def changed(source: bytes, name: str, key: str, text: str | None) -> tuple[str, tuple[str, ...]]:
    """The text of a file with one setting changed, and what went with it; arguments and errors as `change`."""
    import tomlkit
    import tomlkit.exceptions

    before = parse(source, name)
    value = None if text is None else value_of(key, text)
    try:
        document = tomlkit.parse(source.decode("utf-8-sig"))
        _change(document, key.split("."), value)
        gone = _left_over(before, parse(tomlkit.dumps(document).encode(), name), key)
        for other in gone:
            _change(document, other.split("."), None)
        new = tomlkit.dumps(document)
        after = parse(new.encode(), name)
    except (tomlkit.exceptions.TOMLKitError, ConfigError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            [f"{name}: {key} cannot be changed here; write it with an editor. Nothing was changed"]
        ) from error
    fit(after)
    wrong = [problem for its, problem in mistakes(after, guesses=False) if its == key.casefold()]  # older ones stay
    if value is not None and wrong:
        raise ConfigError([f"{key}: {problem} (nothing was changed)" for problem in wrong])
    if _values(after) != _wanted({k: its for k, its in before.items() if k not in gone}, key, value):
        raise ConfigError([f"{name}: {key} cannot be changed alone; write it with an editor. Nothing was changed"])
    return new, gone


def _left_over(before: Layer, after: Layer, key: str) -> tuple[str, ...]:
    """What a section says of the engine that it had, if it has another one now."""
    section, _, last = key.casefold().rpartition(".")
    if last != "engine" or _engine(before, section) == _engine(after, section):
        return ()
    return tuple(k for k in (f"{section}.{name}" for name in OF_ENGINE) if k in before)


def _engine(layer: Layer, section: str) -> object:
    """The one of a section; that of all where a persona names none."""
    key = f"{section}.engine"
    return chosen(layer, key if key in layer else key.split(".", 2)[-1] if key.startswith("personas.") else key)


def _change(table: Any, path: list[str], value: Any) -> None:
    import tomlkit

    for depth, part in enumerate(path):
        there = next((known for known in table if known.casefold() == part.casefold()), None)
        if depth == len(path) - 1:
            if value is not None:
                table[there or part] = list(value) if isinstance(value, tuple) else value
            elif there:
                table.remove(there)
        elif there:
            table = table[there]
        elif value is None:
            return
        else:  # a table that holds only tables needs no line of its own
            table[part] = tomlkit.table(is_super_table=len(path) - depth > 2)
            table = table[part]


def _values(layer: Layer) -> dict[str, Any]:
    """Each value by its key; of a setting that is a table of names, each of these."""
    found = {}
    for key, given in layer.items():
        if isinstance(given.value, dict):
            found |= {f"{key}.{name}".casefold(): value for name, value in given.value.items()}
        else:
            found[key] = given.value
    return found


def _wanted(before: Layer, key: str, value: Any) -> dict[str, Any]:
    key = key.casefold()
    wanted = _values({k: given for k, given in before.items() if k != key})
    wanted.pop(key, None)
    return wanted if value is None else wanted | {key: value}
