"""Every setting with its value and where it comes from, as `duologue config show` prints it.

One rule: a row tells what will be used. Where a person chose nothing and an engine decides, the engine is asked; where
it says nothing either, the row is empty. A key of a server is a row that tells where it is, and never what it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from agents import api_keys
from agents.llm import http, ollama
from app.config import OF_ENGINE, STAGES, Settled, engine_settings
from app.config_model import Config, Section
from dialogue.errors import EngineError

HIDDEN = "***"


@dataclass(frozen=True)
class Row:
    """One setting. origin: for people. where: in its layer, as Origin. of: the persona that it is true of; "" for all."""

    key: str
    value: Any
    origin: str
    layer: str
    where: str = ""
    of: str = ""

    @property
    def title(self) -> str:
        return f"{self.of}: {self.key}" if self.of else self.key

    @property
    def text(self) -> str:
        if self.value is None:
            return "-"
        return self.value if self.value == HIDDEN else json.dumps(self.value, ensure_ascii=False)

    def as_dict(self) -> dict[str, Any]:
        """For other programs; `where` is a file with its line, a variable or a flag."""
        found = {"key": self.key, "value": self.value, "from": self.layer, "where": self.where}
        return found | ({"persona": self.of} if self.of else {})


def rows(settled: Settled) -> list[Row]:
    """All of them: first what holds for all, then what is otherwise for a persona of the cast."""
    ask = cache(_found)  # a keyring may take long to answer, or never do: it is asked once for each name
    common = list(_rows(settled, ask))
    known = {(row.key, row.origin, str(row.value)) for row in common}
    own = [
        replace(row, of=name)
        for name, its in settled.own.items()
        for row in _rows(its, ask)
        if (row.key, row.origin, str(row.value)) not in known
    ]
    return common + own


def _rows(settled: Settled, ask: Callable[[str], str]) -> Iterator[Row]:
    for name in Config.model_fields:
        section = getattr(settled.config, name)
        if not isinstance(section, Section):
            if name == "version":
                yield _row(name, section, settled)
            continue
        for key in type(section).model_fields:
            value = getattr(section, key)
            if value is None and key in OF_ENGINE and section.engine:
                value = engine_settings(name, section.engine).get(key)
            yield _row(f"{name}.{key}", value, settled)
        if name in STAGES:
            yield from _key_row(name, section, ask)


def _row(key: str, value: Any, settled: Settled) -> Row:
    origin = settled.origin(key)
    return Row(key, value, str(origin), origin.layer, origin.where)


def _key_row(stage: str, section: Section, ask: Callable[[str], str]) -> Iterator[Row]:
    """The key that an engine sends, if it sends one."""
    name = section.key_name or (engine_settings(stage, section.engine).get("key_name") if section.engine else None)
    if not name and section.engine == "openai":
        name = http.name_of_key(section.base_url or http.URL, None)
    if not name and section.engine == "ollama":
        name = http.name_of_key(ollama.address(section.base_url), None, "ollama")
    if not name:
        return
    found = ask(name)
    layer, _, where = found.partition(" ")
    origin = found or f"none: no {name} in environment or keyring"
    yield Row(f"{stage}.key", HIDDEN if found else None, origin, layer.rstrip(",") or "default", where)


def _found(name: str) -> str:
    """Where the key of that name is, for people; "" if it is nowhere."""
    try:
        return api_keys.where(name)
    except EngineError:
        return "keyring, which is locked"
