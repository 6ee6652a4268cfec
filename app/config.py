"""The settings of this machine: what was chosen in which layer, and what holds in the end.

One rule: what is said later goes before what was said earlier, key by key, in this order. One more: a model, an address
and a key's name belong to an engine, so a layer that names another engine takes none of them from the layers before it.

    default        app/config_model.py
    file           config.toml in the platform's config folder, or the file that DUOLOGUE_CONFIG or --config names
    persona        for one avatar: what its own file says, then [personas.NAME] of config.toml
    environment    DUOLOGUE_SECTION__KEY, such as DUOLOGUE_LLM__MODEL
    flag           of the command line
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from agents import persona, tts
from agents.persona import Persona
from app import personas
from app.config_model import Config, Models, Section, Tts
from app.config_read import (
    ANOTHER,
    MODELS_FOLDER,
    OFFLINE,
    Given,
    Layer,
    Origin,
    environment,
    flags,
    read,
)
from dialogue.errors import ConfigError

NAME = "config.toml"
DEFAULT = Origin("default")
OF_ENGINE = ("model", "base_url", "key_name", "voices", "format", "python", "speakers", "download", "patience_s")
SPOKEN = ("voice", "language")  # that a persona says, and so do [tts] and [personas.NAME]
STAGES = ("llm", "asr", "tts")  # whose engines can be told some of these


@dataclass(frozen=True)
class Settled:
    """What holds.

    Args:
        config: the values. origins: where each comes from, by its dotted key; a key that is not there is a default.
        own: the same as it is for each persona of the cast, by its name in the cast.
    """

    config: Config = Config()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    own: Mapping[str, Settled] = field(default_factory=dict)

    def origin(self, key: str) -> Origin:
        return self.origins.get(key, DEFAULT)

    def of(self, name: str) -> Config:
        """What holds for one persona of the cast."""
        return self.own[name].config if name in self.own else self.config


def place(environ: Mapping[str, str]) -> tuple[Path, bool]:
    """The file of settings, and whether a person named it: then it must be there."""
    if named := environ.get(ANOTHER, "").strip():
        return Path(named), True
    from platformdirs import user_config_path

    return user_config_path("duologue", appauthor=False) / NAME, False


def load(
    chosen: Mapping[str, tuple[str, object]], file: Path | None = None, environ: Mapping[str, str] = os.environ
) -> Settled:
    """What holds on this machine.

    Args:
        chosen: on the command line: key -> flag and value. file: of settings; None takes that of `place`.
    Raises:
        ConfigError: a layer says something that is not understood, or tells an engine what it cannot be told.
        PersonaError: the file of a persona of the cast is damaged.
    """
    path, needed = (file, True) if file else place(environ)
    layers, problems = [], []
    for reading in (lambda: read(path, needed), lambda: environment(environ), lambda: flags(chosen)):
        try:
            layers.append(reading())
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return settle(layers, said)


def settle(layers: Sequence[Layer], said: Callable[[str], Layer]) -> Settled:
    """What holds.

    Args:
        layers: of the file, the environment and the flags, in this order.
        said: the layer of a persona's own file, by its name in the cast.
    Raises:
        ConfigError: an engine is told what it cannot be told.
        PersonaError: as `said`.
    """
    first, *rest = layers
    common, own = _settled(merge(layers)), {}
    for name in common.config.talk.cast:
        parts = [first, said(name), _own(first, name)]
        for layer in rest:
            parts += [layer, _own(layer, name)]
        own[name] = _settled(merge(parts))
    return Settled(common.config, common.origins, own)


def said(name: str) -> Layer:
    """What a persona's own file chooses; nothing if there is none of that name, which is told when it is wanted.

    Raises:
        PersonaError: the file is damaged.
    """
    path = Path(name) if Path(name).suffix else personas.known().get(name.lower(), Path())
    if not path.is_file():
        return {}
    whole, where = personas.found(name).persona, Origin("persona", str(path))
    if path.suffix.lower() in personas.ENDINGS:
        keys = persona.says(path)
    else:  # of a card it is not known what it says itself; what is as usual needs no saying
        keys = {key for key in SPOKEN if getattr(whole, key) != getattr(Persona, key)}
    return {f"tts.{key}": Given(getattr(whole, key), where) for key in SPOKEN if key in keys}


def merge(layers: Sequence[Layer]) -> Layer:
    """One layer of many; the later goes before the earlier."""
    out: Layer = {}
    for layer in layers:
        for key, engine in layer.items():
            section, _, last = key.rpartition(".")
            if last == "engine" and chosen(out, key) != engine.value:
                for belonging in OF_ENGINE:
                    out.pop(f"{section}.{belonging}", None)
        out |= layer
    return out


def chosen(layer: Layer, key: str) -> object:
    """What a layer chooses, or what is so by default."""
    if key in layer:
        return layer[key].value
    found: Any = Config()
    for part in key.split("."):
        found = getattr(found, part, None)
    return found


def own_key(cast_name: str) -> str:
    """The name under [personas] of one that the cast names, perhaps by its file."""
    path = Path(cast_name)
    return (path.stem if path.suffix else cast_name).casefold()


def _own(layer: Layer, name: str) -> Layer:
    """What a layer says of one persona, as if it said so of all."""
    head, found = f"personas.{own_key(name)}.", {}
    for key, given in layer.items():
        if key.startswith(head):
            inner = key.removeprefix(head)
            found[f"tts.{inner}" if inner in SPOKEN else inner] = given
    return found


def _settled(layer: Layer) -> Settled:
    table: dict[str, Any] = {}
    for key, given in layer.items():
        *above, last = key.split(".")
        inner = table
        for name in above:
            inner = inner.setdefault(name, {})
        inner[last] = given.value
    config = Config.model_validate(table)
    problems = [problem for stage in STAGES for problem in _unfit(stage, getattr(config, stage), layer)]
    if problems:
        raise ConfigError(problems)
    return Settled(config, {key: given.origin for key, given in layer.items()}, {})


def _unfit(stage: str, section: Section, layer: Layer) -> list[str]:
    """What an engine is told and cannot be told."""
    can = engine_settings(stage, section.engine) if section.engine else ()
    wrong = [name for name in OF_ENGINE if name not in can and f"{stage}.{name}" in layer]
    has = ", ".join(name for name in OF_ENGINE if name in can) or "no such setting"
    of_none = "belongs to an engine, and none is named"
    why = f"the {stage} engine '{section.engine}' has {has}" if section.engine else of_none
    origins = {name: layer[f"{stage}.{name}"].origin for name in wrong}
    return [f"{o}: {stage}.{name} cannot be used: {why}; {_instead(stage, name, o)}" for name, o in origins.items()]


def _instead(stage: str, setting: str, origin: Origin) -> str:
    """How to name an engine that has a setting, as whoever chose that would: by a flag, or where settings stand."""
    engines = import_module(f"agents.{stage}").engines()
    known = [name for name in engines if name != tts.FOR_TESTS and setting in engine_settings(stage, name)]
    if not known:
        return "take it out"
    if origin.layer != "flag":
        return f"take it out, or choose an engine that has it: {stage}.engine = {' or '.join(known)}"
    flag = "--llm " if stage == "llm" else f"--set {stage}.engine="
    return f"add {' or '.join(flag + name for name in known)}"


def engine_settings(stage: str, engine: str) -> dict[str, Any]:
    """What an engine can be told, with what it does if it is not."""
    parameters = inspect.signature(import_module(f"agents.{stage}.{engine}").Engine).parameters
    return {name: parameter.default for name, parameter in parameters.items()}


def for_engine(section: Section) -> dict[str, Any]:
    """What the engine of a section is told: what a person chose, and nothing that it decides itself."""
    chosen = {name: getattr(section, name, None) for name in OF_ENGINE}
    return {name: value for name, value in chosen.items() if value is not None}


def for_voices(section: Tts) -> tts.Settings:
    """What the engines of voices are told; a voice may be of any of them, so each finds its own by its name."""
    return {section.engine: for_engine(section)} if section.engine else {}


def for_language(tongues: Mapping[str, Mapping[str, Any]], language: str) -> dict[str, dict[str, Any]]:
    """What engines of voices are told, by their names, if they are to speak a language."""
    more = {"language": language}
    return {
        name: dict(its) | (more if "language" in engine_settings("tts", name) else {}) for name, its in tongues.items()
    }


def hand_over(models: Models, environ: MutableMapping[str, str]) -> None:
    """Tell agents.models, which reads the environment, what holds."""
    for variable, value in ((MODELS_FOLDER, models.folder), (OFFLINE, "1" if models.offline else None)):
        if value is None:
            environ.pop(variable, None)
        else:
            environ[variable] = value


def fit(file: Layer) -> None:
    """Raise unless what a file chooses can be used together.

    Raises:
        ConfigError: an engine is told what it cannot be told.
    """
    settle((file, {}, {}), lambda _: {})
