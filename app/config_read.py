"""Where settings are read: a file, the environment, the command line; each becomes a layer of valid values.

One rule: a key or a value that is not understood is never dropped. Every mistake of a layer is told at once, with where
it stands, what is there, what was expected, and the nearest name that exists. A key of a server is not repeated, and
not accepted.

A layer is a flat dict, "llm.model" -> Given.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agents import api_keys
from app.config_model import MOST, VERSION, Config, Own, Section
from dialogue.errors import ConfigError, did_you_mean

PREFIX, INSIDE = "DUOLOGUE_", "__"
ANOTHER = "DUOLOGUE_CONFIG"  # the variable that names another file
MODELS_FOLDER, OFFLINE = "DUOLOGUE_CACHE", "DUOLOGUE_OFFLINE"  # what agents/models.py reads
SHORT = {MODELS_FOLDER: ("models", "folder"), OFFLINE: ("models", "offline")}
MOST_BYTES = 65_536  # of a file; one that says everything has 2000
SECRET = re.compile(r"(^|[_.-])(key|apikey|token|secret|password|passwd|credentials?)s?$", re.I)
EXPECTED = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": 'a table of names, such as { me = "me.wav" }',
    "tuple_type": 'a list of texts, such as ["ada", "ben"]',
    "string_too_short": "a text that is not empty",
    "too_short": "at least one name",
    "too_long": f"at most {MOST} names",
}  # what pydantic calls a mistake: what it should be


@dataclass(frozen=True)
class Origin:
    """Where a value comes from. where: file:line, the persona's file, the variable, or the flag; "" for a default."""

    layer: str
    where: str = ""

    def __str__(self) -> str:
        return self.where if self.layer == "file" else f"{self.layer} {self.where}".rstrip()


@dataclass(frozen=True)
class Given:
    """A value that somebody chose, valid."""

    value: Any
    origin: Origin


Key = tuple[str, ...]  # of tables, outermost first
Layer = dict[str, Given]
Where = Callable[[Key], Origin]


def read(path: Path, needed: bool = False) -> Layer:
    """What a file chooses; nothing if there is none.

    Args:
        needed: a file that is not there is a mistake.
    Raises:
        ConfigError: it cannot be read, or says something that is not understood.
    """
    try:
        with open(path, "rb") as file:
            source = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        if not needed:
            return {}
        raise ConfigError([f"{path}: there is no such file; to begin one: duologue config set KEY VALUE"]) from error
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}; expected a file in TOML"]) from error
    return parse(source, str(path))


def parse(source: bytes, name: str) -> Layer:
    """What the bytes of a file choose.

    Raises:
        ConfigError: as `read`.
    """
    if len(source) > MOST_BYTES:
        raise ConfigError([f"{name}: more than {MOST_BYTES} bytes; expected a file of settings"])
    try:
        text = source.decode("utf-8-sig").replace("\r\n", "\n")
        table = tomllib.loads(text)
    except UnicodeDecodeError:
        raise ConfigError([f"{name}: is no text in UTF-8; save it as such"]) from None
    except tomllib.TOMLDecodeError as error:
        what, _, at = str(error).partition(" (at ")
        line = re.match(r"line (\d+)", at)
        raise ConfigError([f"{name}:{line[1] if line else text.count(chr(10)) + 1}: is no TOML: {what}"]) from None
    except RecursionError:
        raise ConfigError([f"{name}: is nested too deeply; expected a file of settings"]) from None
    lines = line_of(text)

    def origin(key: Key) -> Origin:
        while key and key not in lines:
            key = key[:-1]
        return Origin("file", f"{name}:{lines.get(key, 1)}")

    _check_version(table, origin)
    return _checked(table, origin, strict=True)


def line_of(text: str) -> dict[Key, int]:
    """The line on which each key and each table of a TOML text begins; of what stands in an inline table, that
    table's."""
    lines, table, quote = {}, (), ""
    for number, line in enumerate(text.split("\n"), 1):
        if not quote:
            head = line.strip()
            name = re.match(r"\[\[?(.*?)\]\]?\s*(#.*)?$", head)
            key = name[1] if name else head.partition("=")[0]
            path = _path(f"{key} = 0")
            if name and path:
                table = path
                lines.setdefault(table, number)
            elif path:
                lines.setdefault(table + path, number)
        for mark in re.findall(r'"""|' + "'''", line):  # a text of several lines: what stands in it is no key
            quote = mark if not quote else "" if mark == quote else quote
    return lines


def _path(line: str) -> Key:
    """The key of `key = 0`, however it is dotted and quoted; () if it is none."""
    try:
        table: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    path = ()
    while isinstance(table, dict) and len(table) == 1:
        ((key, table),) = table.items()
        path += (key,)
    return path


def _check_version(table: dict, origin: Where) -> None:
    version = table.get("version", VERSION)
    if type(version) is int and version > VERSION:
        raise ConfigError(
            [
                f"{origin(('version',))}: is for a newer Duologue (version = {version}; this one knows {VERSION}); update "
                f"Duologue, or name another file with --config or {ANOTHER}. The file is left as it is"
            ]
        )


def environment(environ: Mapping[str, str]) -> Layer:
    """What the environment chooses. A variable that is empty chooses nothing.

    Raises:
        ConfigError: a variable names no setting, or not one of its values.
    """
    table, names = {}, {}
    sections = {name.partition("_")[0] for name in Config.model_fields if name != "version"}
    for variable in sorted(environ):
        path = SHORT.get(variable) or tuple(variable.removeprefix(PREFIX).lower().split(INSIDE))
        ours = variable.startswith(PREFIX) and (len(path) > 1 or path[0].partition("_")[0] in sections)
        if ours and environ[variable].strip():
            _put(table, path, environ[variable])
            names[path] = variable
    return _checked(table, lambda path: Origin("environment", names.get(path, PREFIX + INSIDE.join(path).upper())))


def flags(chosen: Mapping[str, tuple[str, object]]) -> Layer:
    """What the command line chooses.

    Args:
        chosen: key -> the flag that chose it, and its value.
    Raises:
        ConfigError: there is no such setting, or it cannot have this value.
    """
    table: dict = {}
    for key, (_, value) in chosen.items():
        _put(table, tuple(key.split(".")), value)
    return _checked(table, lambda path: Origin("flag", chosen.get(".".join(path), ("--set",))[0]))


def value_of(key: str, text: str) -> Any:
    """The value of a setting that a person wrote as a text.

    Raises:
        ConfigError: there is no such setting, or it cannot have this value.
    """
    path = tuple(key.split("."))
    table: dict = {}
    _put(table, path, text)
    ((leaf, given),) = _checked(table, lambda _: Origin("file", "nothing was changed")).items()
    value = given.value
    for part in path[leaf.count(".") + 1 :]:  # of a setting that is a table of names
        value = value[part]
    return value


def _put(table: dict, path: Key, value: object) -> None:
    """Into a nested dict; where a value and a table meet, the one that came first stays."""
    for key in path[:-1]:
        inner = table.setdefault(key, {})
        if not isinstance(inner, dict):
            return
        table = inner
    table.setdefault(path[-1], value)


def _checked(table: dict, origin: Where, strict: bool = False) -> Layer:
    """The valid leaves of a table.

    Args:
        origin: of a path. strict: values have types of their own; else they are texts, as a command line has them.
    """
    layer, problems = {}, []
    for path, value, model in _leaves(table, Config, (), origin, problems):
        if isinstance(value, str | list | dict) and api_keys.like_a_key(str(value)):
            problems.append(_secret(path, origin(path)))
            continue
        try:
            valid = getattr(model.model_validate({path[-1]: value}, strict=strict), path[-1])
            layer[_flat(path)] = Given(valid, origin(path))
        except ValidationError as error:
            problems += [_told(path, value, origin(path), mistake) for mistake in error.errors(include_url=False)[:1]]
    if problems:
        raise ConfigError(dict.fromkeys(problems))
    return layer


def _leaves(
    table: dict, model: type[Section], above: Key, origin: Where, problems: list[str]
) -> Iterator[tuple[Key, Any, type[Section]]]:
    """Every value of a table whose key is known, with its path and the section that it belongs to."""
    for key, value in table.items():
        path = (*above, key)
        kind = model.model_fields[key].annotation if key in model.model_fields else None
        if kind is None:
            problems.append(_unknown(path, model, origin(path)))
        elif kind != dict[str, Own] and not (isinstance(kind, type) and issubclass(kind, Section)):
            yield path, value, model
        elif not isinstance(value, dict):
            problems.append(f"{origin(path)}: {_name(path)} is {shown(value)}; expected a table [{_name(path)}]")
        elif kind != dict[str, Own]:
            yield from _leaves(value, kind, path, origin, problems)
        else:
            for name, own in value.items():
                inner = (*path, name)
                if not isinstance(own, dict) or "." in name:
                    problems.append(f"{origin(inner)}: expected a table such as [personas.ada], named without a dot")
                else:
                    yield from _leaves(own, Own, inner, origin, problems)


def _unknown(path: Key, model: type[Section], origin: Origin) -> str:
    if SECRET.search(path[-1]):
        return _secret(path, origin)
    known = model.model_fields
    if origin.layer == "environment":
        inside = [PREFIX + INSIDE.join((*path[:-1], name)).upper() for name in _dotted(model)]
        return f"{origin}: no setting has this name{did_you_mean(origin.where, inside)}"
    return f"{origin}: unknown key '{_name(path)}'{did_you_mean(path[-1], known)}"


def _dotted(model: type[Section]) -> Iterator[str]:
    """Every key below a section, as the environment has it."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from (f"{name}{INSIDE}{key}" for key in _dotted(field.annotation))
        else:
            yield name


def _secret(path: Key, origin: Origin) -> str:
    return (
        f"{origin}: {_name(path)} holds a key; settings are copied, shared and shown, so none may stand here. "
        f"Take it out, and put it into the environment as {api_keys.NAMES['openai']}, or run: duologue config key set openai"
    )


def _told(path: Key, value: object, origin: Origin, mistake: Mapping[str, Any]) -> str:
    """One mistake that pydantic found, as people read it."""
    context = mistake.get("ctx", {})
    if path[-1] == "key_name":  # some put the key itself there
        return f"{origin}: {_name(path)} is no name, or the key itself: {context.get('error', 'expected a text in quotes')}"
    if mistake["type"] == "value_error":
        return f"{origin}: {_name(path)} is {shown(value)}: {context['error']}"
    if mistake["type"] == "literal_error" and (known := re.findall(r"'([^']*)'", context["expected"])):
        return f"{origin}: {_name(path)} is {shown(value)}{did_you_mean(str(value), known)}"
    expected = EXPECTED.get(mistake["type"]) or mistake["msg"].replace("Input should be ", "a value ")
    return f"{origin}: {_name(path)} is {shown(value)}; expected {expected}"


def shown(value: object) -> str:
    """A value as a message may show it: on one line, not longer than that, and no key."""
    text = repr(value) if isinstance(value, str | int | float | list | tuple) else f"a {type(value).__name__}"
    if isinstance(value, bool):
        text = str(value).lower()
    return "***" if api_keys.like_a_key(text) else text if len(text) <= 60 else f"{text[:57]}..."


def _name(path: Key) -> str:
    """A key as a message may show it."""
    name = ".".join(path)
    return "***" if api_keys.like_a_key(name) else name


def _flat(path: Key) -> str:
    """The key of a layer; personas are called by any case."""
    return ".".join(part.casefold() for part in path)
