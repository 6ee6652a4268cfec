"""The process in which Coqui's models live, a package in it that stands in for theirs; tests/coqui/ has the real one."""

import sys
import threading
import time
from contextlib import closing

import plugged
import psutil
import pytest

from agents import tts
from dialogue.errors import EngineError
from dialogue.types import Feeling


@pytest.fixture(scope="module")
def settings():
    with plugged.needs("tts", "coqui") as (settings, _):
        yield settings


@pytest.fixture(scope="module")
def engine(settings):
    with closing(tts.load("coqui", **settings)) as engine:
        yield engine


def said(engine, text, voice="default"):
    return list(engine.speak(text, voice, Feeling(), 0))


@pytest.mark.slow
def test_a_process_that_dies_is_started_once_more(engine):
    said(engine, "Hello.")
    engine._child._process.kill()
    assert said(engine, "Hello again.")


@pytest.mark.slow
def test_a_process_that_dies_again_is_an_error_and_the_next_sentence_is_spoken(engine):
    with pytest.raises(EngineError, match="coqui: its process died twice"):
        said(engine, "I die.")
    assert said(engine, "Hello again.")


@pytest.mark.slow
def test_what_the_package_says_of_a_failure_is_one_line(engine):
    with pytest.raises(EngineError, match="^coqui: a tensor is of the wrong size$"):
        said(engine, "I fail.")
    assert said(engine, "Hello again.")


@pytest.mark.slow
def test_the_process_is_given_no_keys(engine):
    with pytest.raises(EngineError, match="^coqui: the key is None$"):
        said(engine, "My keys.")


@pytest.mark.slow
def test_a_process_that_hangs_is_killed_after_a_while_or_by_closing(settings):
    others = psutil.Process().children()
    with closing(tts.load("coqui", **settings, patience_s=4.0)) as engine:
        said(engine, "Hello.")
        with pytest.raises(EngineError, match="no sound within 4 s"):
            said(engine, "I hang.")
    told = []

    def speak(engine):
        try:
            said(engine, "I hang.")
        except EngineError as error:
            told.append(str(error))

    engine = tts.load("coqui", **settings)
    said(engine, "Hello.")
    thread = threading.Thread(target=speak, args=(engine,))
    thread.start()
    start = time.perf_counter()
    engine.close()
    thread.join(1.0)
    assert time.perf_counter() - start < 2.0 and psutil.Process().children() == others
    assert told == ["the coqui engine is closed; make a new one"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "change, says",
    [
        ({"python": "/no/such/python"}, "python is '/no/such/python' .*expected one that has coqui-tts"),
        ({"model": "xyz"}, "no model 'xyz': expected a folder, a checkpoint, or a name"),
        ({"model": "tests"}, "no config.json in tests"),
    ],
)
def test_what_is_not_there_is_told_with_what_to_do(settings, change, says):
    with closing(tts.load("coqui", **settings | change)) as engine:
        for _ in range(2):
            with pytest.raises(EngineError, match=says):
                said(engine, "Hello.")


@pytest.mark.slow
def test_without_the_package_it_says_what_to_install(settings, monkeypatch):
    monkeypatch.delenv("PYTHONPATH")
    with closing(tts.load("coqui", model=settings["model"], python=sys.executable)) as engine:
        with pytest.raises(EngineError, match="cannot import TTS.*run: python -m pip install coqui-tts"):
            said(engine, "Hello.")


def test_voices_are_the_speakers_that_the_settings_name(settings):
    assert tts.load("coqui").voices() == ()
    named = tts.load("coqui", model="x/xtts_v2", speakers={"me": "me.wav", "ana": "Ana Florence"})
    assert [(v.name, v.description) for v in named.voices()] == [("me", "of xtts_v2"), ("ana", "of xtts_v2")]
    with pytest.raises(EngineError, match="coqui has no voice 'mee'; did you mean 'me'"):
        said(named, "Hello.", "mee")


@pytest.mark.slow
def test_a_python_that_is_told_to_be_safe_runs_the_process_too(settings, monkeypatch):
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    with closing(tts.load("coqui", **settings)) as engine:
        assert said(engine, "Hello.")
