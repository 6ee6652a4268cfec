"""A live conversation with real ears and voices, a written mind, and a recording in place of a person."""

import asyncio
import json
import sys
import wave
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from minds import faulty
from spoken import said, write

from agents import llm
from agents.language import PHRASES
from app import cli
from app.config import load
from app.engines import Mind
from app.eventlog import EventLog
from app.live import Command
from app.personas import personas
from app.session import Session
from app.talk import Ask, _loaded, dressed, engines, patient, toward
from dialogue.errors import DuologueError, EngineError, PersonaError
from dialogue.floor import Dials
from dialogue.types import RATE, samples

PERSONA = """
name = "Ada"
voice = "heart"
avatar = "maya"
manner = "Brief."
"""


def pause(seconds):
    return np.zeros(round(seconds * RATE), np.float32)


@pytest.fixture
def talked(tmp_path, monkeypatch):
    """Talk with a recording of these parts: the events, and what was played."""

    def run(*parts):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "ada.toml").write_text(PERSONA, "utf-8")
        sound = np.concatenate(parts)
        sound = sound + np.random.default_rng(0).normal(0, 1e-3, len(sound)).astype(np.float32)
        write(tmp_path / "mic.wav", sound, RATE)
        options = ["--mic", "mic.wav", "--speaker", "out.wav", "--events", "log.jsonl", "--cast", "ada.toml"]
        assert cli.main(["talk", "--headless", "--llm", "script", *options]) == 0
        with wave.open("out.wav") as file:
            played = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
        return [json.loads(line) for line in Path("log.jsonl").read_text("utf-8").splitlines()], played

    return run


def test_a_persona_does_not_choose_by_itself_who_else_hears_what_it_says(tmp_path):
    file = tmp_path / "eva.toml"
    file.write_text(PERSONA.replace("heart", "openai/alloy"), "utf-8")
    cast = {"talk.cast": ("--cast", str(file))}
    with pytest.raises(EngineError, match="openai/alloy.*config set tts.engine openai.*personas.eva.voice heart"):
        dressed(Ask(load(cast, environ={})))
    for chosen in ({"tts.engine": ("--a", "openai")}, {"tts.voice": ("--a", "openai/alloy")}):
        assert dressed(Ask(load(cast | chosen, environ={})))[0].voice == "openai/alloy"


@pytest.mark.parametrize("name", ["out/a.mp3", "a", "a.wav.flac", "."])
def test_a_loudspeaker_that_is_no_wav_is_refused_before_anything_is_loaded(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["talk", "--headless", "--mic", "none.wav", "--speaker", name]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"--speaker is '{name}'; expected a name that ends in .wav" in line and not any(tmp_path.iterdir())


@pytest.fixture
def typed(monkeypatch):
    """What somebody types, line by line; nothing more at the end."""

    def lines(*written):
        left = iter([*(f"{line}\n" for line in written), "\n"])
        monkeypatch.setattr(sys, "stdin", type("Lines", (), {"readline": lambda self: next(left)})())

    return lines


def of(events, kind):
    return [event for event in events if event["kind"] == kind]


@pytest.mark.slow
def test_a_question_is_heard_and_answered_once(talked, capsys):
    events, played = talked(pause(1), said("What do you like to do on a rainy day?", "walter"), pause(2))
    assert [event["kind"] for event in (events[0], events[-1])] == ["start", "end"]
    assert "rainy day" in of(events, "turn")[0]["text"].lower()
    (spoken,), (whole,) = of(events, "speak"), of(events, "said")
    assert whole["text"] and not whole["value"]
    before = played[: spoken["at"] - RATE // 10]
    assert not before.any() and played[spoken["at"] :].any()
    assert not of(events, "fault")
    assert "You: " in capsys.readouterr().out


@pytest.mark.slow
def test_an_answer_stops_when_it_is_cut_into_and_only_what_was_heard_is_remembered(talked):
    events, played = talked(
        pause(1),
        said("Hello, tell me about yourself.", "walter"),
        pause(1.4),
        said("Wait, stop. I have another question.", "walter"),
        pause(3),
    )
    cut = of(events, "cancel")
    assert cut, "the answer was over before it could be cut into"
    unsaid = next(event for event in of(events, "said") if event["turn"] == cut[-1]["turn"])
    assert unsaid["value"], "nothing of it was left unsaid"
    assert not played[cut[-1]["at"] + RATE // 20 : cut[-1]["at"] + RATE // 4].any()


@pytest.mark.slow
def test_typing_needs_no_sound(typed, capsys):
    typed("Hello there")
    assert cli.main(["talk", "--text", "--llm", "script"]) == 0
    assert "Ada: " in capsys.readouterr().out


def test_a_persona_or_an_avatar_that_is_not_here_is_said_before_anything_is_loaded(capsys):
    assert cli.main(["talk", "--cast", "adda", "--text"]) == 1
    assert "no persona named 'adda'; did you mean 'ada'?" in capsys.readouterr().err
    assert cli.main(["talk", "--me", "maja", "--headless"]) == 1
    assert "no avatar named 'maja'; did you mean 'maya'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "more", [["--asr", "base"], ["--headless"], ["--mic", "none.wav", "--real-time"], ["--me", "maya"]], ids=" ".join
)
def test_what_cannot_be_had_in_writing_is_no_option_of_writing(more, capsys):
    assert cli.main(["talk", "--text", "--llm", "script", *more]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    flags = ", ".join(flag for flag in more if flag.startswith("--"))
    assert f"--text with {flags}: " in line
    assert line.endswith(f"; leave out {flags.replace(', ', ' and ')}, or leave out --text")


def test_a_mind_that_is_not_here_is_said(capsys):
    assert cli.main(["talk", "--llm", "olama", "--text"]) == 1
    assert "did you mean 'ollama'?" in capsys.readouterr().err


def test_a_mind_elsewhere_that_refuses_us_says_what_works_without_it(capsys, monkeypatch, typed):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong")
    typed("Hello")
    with faulty() as server:
        server.plan += ["401"] * 3
        told = ["--llm-url", f"{server.url}/v1", "--llm-model", "tiny-chat"]
        assert cli.main(["talk", "--text", "--llm", "openai", *told]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "key was refused" in line and "OPENAI_API_KEY" in line and "--llm local" in line and "sk-wrong" not in line


def test_ears_elsewhere_that_cannot_be_reached_say_what_hears_here(capsys, tmp_path):
    write(tmp_path / "mic.wav", pause(0.2), RATE)
    its = ["--llm", "script", "--set", "asr.engine=openai", "--set", "asr.base_url=http://127.0.0.1:9/v1"]
    talk = ["talk", "--headless", "--mic", str(tmp_path / "mic.wav"), *its]
    assert cli.main(talk) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "nobody answers there" in line and "--llm" not in line
    instead = line.rpartition("works without: ")[2].split()
    assert instead == ["--set", "asr.engine=faster_whisper", "--asr", "tiny.en"]
    config = load(
        {"asr.engine": ("--set", instead[1].split("=")[1]), "asr.model": ("--asr", instead[3])}, environ={}
    ).config
    assert (config.asr.engine, config.asr.model) == ("faster_whisper", "tiny.en")


def test_a_mind_that_fails_while_one_types_is_told_beside_something_human(capsys, monkeypatch, typed):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-right")
    typed("Hello", "And now?")
    with faulty() as server:
        server.plan += ["", "500", "500", "500"]  # the first wakes it; then it is asked again twice
        told = ["--llm-url", f"{server.url}/v1", "--llm-model", "tiny-chat"]
        assert cli.main(["talk", "--text", "--llm", "openai", *told]) == 0
    out, err = capsys.readouterr()
    hello, sorry, fine = [line.removeprefix("Ada: ") for line in out.splitlines()[1:]]
    assert hello.startswith("Hi!") and sorry in PHRASES["en"].again and fine == "Hello there."
    assert "llm: " in err and "the server failed (500)" in err


def test_a_damaged_persona_names_its_file(tmp_path):
    (tmp_path / "x.toml").write_text('nam = "Ada"', "utf-8")
    with pytest.raises(PersonaError, match=r"x\.toml: unknown key 'nam'; did you mean 'name'"):
        personas([str(tmp_path / "x.toml")])
    with pytest.raises(DuologueError, match="no persona named"):
        personas(["nobody"])


def test_whom_one_looks_at_answers_unless_another_is_called_by_name():
    cast, events = personas(["ada", "ben"]), []

    async def hold():
        log = EventLog()
        log.listeners.append(events.append)
        ask = Ask(text=True)
        session = Session("You", cast, engines(ask, cast, (Mind(llm.load("script")),) * 2), log)
        for command in (Command("look", "Ben"), Command("type", "Hello."), Command("type", "Ada, and you?")):
            session.do(command)
        await session.close()

    asyncio.run(hold())
    assert [event["value"] for event in of(events, "look")] == ["Ben"]
    assert [event["participant"] for event in of(events, "think")] == ["Ben", "Ada"]


def test_two_avatars_turn_from_each_other_to_the_person_at_the_camera():
    two = toward([1, 2], 3)
    assert two[1, 2] == two[2, 1] == 0.0 and two[1, 0] < -0.5 and two[2, 0] > 0.5
    assert not toward([1], 2).any() and not toward([0, 1], 2).any(), "of two there is one partner"


def test_a_slow_mind_is_waited_for_as_long_as_the_settings_allow():
    slow = Mind(llm.load("script", lines=("Yes.",)), llm.Options(first_s=10.0))
    plain = Mind(slow.engine, llm.Options())
    waits = [patient(SimpleNamespace(own=(mind,)), text=False).stall for mind in (plain, slow)]
    assert waits == [Dials().stall, Dials().stall + samples(7.5)]


def test_a_window_that_is_closed_while_models_load_ends_the_program():
    class Loads:
        async def warm(self):
            await asyncio.Event().wait()  # for ever

    view = SimpleNamespace(taken=lambda: [Command("quit")], commands=None)
    assert asyncio.run(_loaded(Loads(), view)) is False
