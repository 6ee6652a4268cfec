"""How each engine is made to work in a test: what it needs is started for it, on loopback or as a process of its own.

An engine that needs nothing needs no line here. One that does and has none is asked as it is, and the tests that every
engine is held to tell what is missing.
"""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from minds import faulty
from tongues import KEY, tongues

from dialogue.errors import ModelFileError

STAGES = ("llm", "tts", "asr", "vad", "end_of_turn")
STAND_IN = Path(__file__).parent / "stand_in"  # a package TTS that speaks with hibari


@contextmanager
def minds(path):
    with faulty() as server:
        yield {"base_url": f"{server.url}{path}", "model": "tiny-chat", "again_s": 0.01}, server


@contextmanager
def talking():
    with tongues() as server:
        yield {"base_url": server.url}, server


@contextmanager
def coqui():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{STAND_IN}:{Path(__file__).parents[1]}")
        yield {"model": str(STAND_IN / "model"), "python": sys.executable}, None


STARTS = {
    ("llm", "openai"): lambda: minds("/v1"),
    ("llm", "ollama"): lambda: minds(""),
    ("tts", "openai"): talking,
    ("asr", "openai"): talking,
    ("tts", "coqui"): coqui,
}


def every(*stages):
    """(stage, name) of all engines in the folders of those stages."""
    return [(stage, name) for stage in stages for name in importlib.import_module(f"agents.{stage}").engines()]


@contextmanager
def needs(stage, name):
    """The settings that an engine works with, and the server that was started for it, or None."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", KEY)
        for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            patch.delenv(proxy, raising=False)
        with STARTS[stage, name]() if (stage, name) in STARTS else _nothing() as (settings, server):
            yield settings, server


@contextmanager
def _nothing():
    yield {}, None


def load(stage, name, settings):
    """The engine; the test is skipped, with the reason, where what it needs is not installed."""
    try:
        engine = importlib.import_module(f"agents.{stage}").load(name, **settings)
        if stage == "tts" and not engine.voices():
            engine.close()
            pytest.skip(f"{name} has no voices here")
        if (stage, name) == ("llm", "local"):
            import xllamacpp  # noqa: F401

            from agents import models

            models.verified("smollm2-135m")
    except (ImportError, ModelFileError) as error:
        pytest.skip(str(error))
    return engine
