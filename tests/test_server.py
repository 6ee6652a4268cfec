"""Voices and ears behind a server of OpenAI's protocol: a real one on loopback, which speaks, hears, and fails."""

import logging
import re
import socket
import threading
import time
from contextlib import closing

import numpy as np
import pytest
from ear import heard
from tongues import FAULTS, KEY, VOICES, tongues

from agents import api_keys, asr, tts
from agents.tts.openai import decoded, listed
from app import cast, cli
from app.config_model import Config
from app.doctor_checks import voice_and_ears
from app.performance import perform
from dialogue.errors import EngineError
from dialogue.types import RATE, Emotion, Feeling

NOISE = np.random.default_rng(0).normal(0.0, 0.1, RATE).astype(np.float32)
TEXT = "My mother baked a plum pie."
EXPECTED = {
    "stall": "silent for 0.3 s",
    "mid_stall": "silent for 0.3 s",
    "cut": "broke in the middle|no sound|broken wav|no answer",
    "429": "too many requests",
    "500": "the server failed",
    "401": "key was refused",
    "404": "not found|no model named",
    "garbage": "no sound|no answer of a transcriber",
    "html": "no sound|no answer of a transcriber",
    "empty": "no sound|no answer of a transcriber",
}


@pytest.fixture(scope="module")
def running():
    with tongues() as server:
        yield server


@pytest.fixture
def server(running, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    running.plan.clear()
    running.seen.clear()
    running.gone.clear()
    running.models = ()
    running.rate, running.channels, running.lists = 22_050, 1, True
    return running


def made(stage, server, **more):
    return closing({"tts": tts, "asr": asr}[stage].load("openai", **{"base_url": server.url} | more))


def said(engine, text=TEXT, voice="adam", feeling=Feeling()):
    return list(engine.speak(text, voice, feeling, 0))


@pytest.fixture(scope="module")
def speech():
    with closing(tts.load("hibari")) as voice:
        return next(voice.speak("Where did you see them last?", "adam", Feeling(), 0))


@pytest.mark.slow
@pytest.mark.parametrize(
    "form, rate, channels",
    [("wav", 8_000, 1), ("wav", 44_100, 2), ("flac", 24_000, 1), ("mp3", 24_000, 1), ("pcm", 16_000, 1)],
)
def test_a_voice_is_understood_in_whatever_form_and_rate_it_comes(server, form, rate, channels):
    server.rate, server.channels = rate, channels
    with made("tts", server, format=form) as engine:
        (speech,) = said(engine)
    assert heard(speech.samples) == "my mother baked a plum pie".split()
    assert [w.text for w in speech.words] == TEXT.split() and speech.phones[-1].end <= len(speech.samples)


def test_a_feeling_changes_the_pace_the_server_is_asked_for(server):
    with made("tts", server) as engine:
        said(engine)
        said(engine, feeling=Feeling(Emotion.SAD))
    plain, sad = (asked for path, asked in server.seen if path.endswith("/speech"))
    assert "speed" not in plain and sad["speed"] < 0.95 and "sad" in sad["instructions"]


def test_the_voices_are_those_the_server_tells_or_those_that_are_named_or_those_of_the_protocol(server):
    with made("tts", server) as engine:
        assert tuple(v.name for v in engine.voices()) == VOICES
    with made("tts", server, voices=["ada"]) as engine:
        assert [v.name for v in engine.voices()] == ["ada"]
    server.lists = False
    with made("tts", server) as engine:
        assert "alloy" in [v.name for v in engine.voices()]


def test_a_voice_of_a_server_is_found_by_its_engine_and_by_its_name_where_the_settings_have_one(server):
    settings = {"openai": {"base_url": server.url}}
    assert tts.find_voice("openai/kofi", settings).engine == "openai"
    assert {v.engine for v in tts.voices(settings) if v.name == "kofi"} == {"hibari", "openai"}
    assert all(v.engine != "openai" for v in tts.voices())
    with pytest.raises(EngineError, match="no voice named 'kofy' in openai; did you mean 'kofi'"):
        tts.find_voice("openai/kofy", settings)


def screenplay(folder, *voices):
    path = folder / "a.play"
    cast = "".join(f"  {name}: {{voice: {voice}, avatar: maya}}\n" for name, voice in zip("AB", voices))
    path.write_text(f"---\ncast:\n{cast}---\nA: {TEXT}\n", "utf-8")
    return path


def test_a_screenplay_is_spoken_by_the_server_of_the_settings(server, tmp_path):
    settings = {"openai": {"base_url": server.url}}
    performance = perform(cast.read(screenplay(tmp_path, "openai/kofi"), settings), tongues=settings)
    assert [asked["voice"] for path, asked in server.seen if path.endswith("/speech")] == ["kofi"]
    assert performance.timeline.duration > RATE


def test_check_and_voices_ask_the_server_of_the_settings(server, tmp_path, capsys):
    file = tmp_path / "config.toml"
    file.write_text(f'[tts]\nengine = "openai"\nbase_url = "{server.url}"\n', "utf-8")
    play = str(screenplay(tmp_path, "openai/kofi"))
    assert cli.main(["check", play, "--config", str(file)]) == 0
    assert cli.main(["check", play, "--config", str(file), "--set", f"tts.base_url={unused()}"]) == 1
    told = capsys.readouterr().out
    assert "a.play:3: voice of A: " in told and "start the server" in told
    assert cli.main(["voices", "--config", str(file)]) == 0
    assert "kofi       openai   at 127.0.0.1" in capsys.readouterr().out


def test_each_voice_of_a_screenplay_that_is_not_at_the_server_or_at_two_places_has_its_own_line(server, tmp_path):
    wrong = cast.problems_in(screenplay(tmp_path, "openai/kofy", "kofi"), {"openai": {"base_url": server.url}})
    unknown, ambiguous = map(str, wrong)
    assert "did you mean 'kofi'" in unknown and "say one of: hibari/kofi, openai/kofi" in ambiguous


@pytest.mark.slow
def test_the_doctor_tells_of_a_chosen_server_that_is_down():
    config = Config(tts={"engine": "openai", "base_url": unused()})
    found = {f.name: f for f in voice_and_ears(config)}
    assert found["voice"].ok and not found["voice openai"].ok and "start the server" in found["voice openai"].mend


def test_a_server_that_is_down_takes_no_other_voice_away(server):
    settings = {"openai": {"base_url": unused()}}
    assert tts.find_voice("heart", settings).engine == "hibari"
    with pytest.raises(EngineError, match="nobody answers there; start the server"):
        tts.find_voice("openai/alloy", settings)


def test_no_proxy_hears_what_is_said_by_a_server_on_this_machine(server, monkeypatch):
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(proxy, unused())
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with made("tts", server) as engine:
        assert tuple(v.name for v in engine.voices()) == VOICES


@pytest.mark.parametrize("stage", ["tts", "asr"])
def test_an_answer_without_an_end_is_ended(stage, server):
    server.plan.append("endless")
    more = {"voices": VOICES} if stage == "tts" else {}
    with made(stage, server, **more) as engine, pytest.raises(EngineError, match=r"more than \d+ MB in one answer"):
        said(engine) if stage == "tts" else engine.transcribe(NOISE)
    assert server.gone.wait(2.0) and len(server.seen) == 1


def test_numbers_and_texts_of_any_size_are_no_fault(server):
    server.plan.append("numbers")
    with made("asr", server) as engine:
        assert len(engine.transcribe(NOISE, words=True).text) <= 5000


@pytest.mark.parametrize("stage", ["tts", "asr"])
def test_a_wrong_model_is_told_with_the_nearest_and_a_wrong_key_with_its_name(stage, server):
    server.models = ("tiny-one", "big-one")
    more = {"voices": VOICES} if stage == "tts" else {}
    for fault, told in (
        ("404", "no model named 'tiny-onee'; did you mean 'tiny-one'"),
        ("401", "key set OPENAI_API_KEY"),
    ):
        server.plan.append(fault)
        with made(stage, server, model="tiny-onee", **more) as engine, pytest.raises(EngineError, match=told):
            said(engine) if stage == "tts" else engine.transcribe(NOISE)


def test_whoever_waits_for_a_keyring_is_sent_away_at_once(server, monkeypatch):
    asked, unlocked, told = threading.Event(), threading.Event(), []

    def kept(name):
        asked.set()
        unlocked.wait(10)

    monkeypatch.setattr(api_keys, "kept", kept)
    monkeypatch.delenv("OPENAI_API_KEY")
    engine = asr.load("openai", base_url=server.url)

    def ask():
        with pytest.raises(EngineError, match="is closed") as caught:
            engine.transcribe(NOISE)
        told.append(caught.value)

    thread = threading.Thread(target=ask)
    thread.start()
    assert asked.wait(5.0)
    start = time.perf_counter()
    engine.close()
    thread.join(5.0)
    assert told and time.perf_counter() - start < 2.0
    unlocked.set()


def test_nothing_is_believed_of_a_list_of_voices_but_names():
    assert listed({"voices": [{"id": "a"}, {"name": "b"}, "c", "c", 5, None, "", "x\ny", {}]}) == ("a", "b", "c")
    assert listed(["a"]) == ("a",) and listed("abc") == listed(None) == listed({"voices": 3}) == ()


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stage", ["tts", "asr"])
def test_every_fault_is_one_clear_error_in_bounded_time_without_the_key(stage, fault, server, speech, caplog):
    caplog.set_level(logging.DEBUG)
    server.plan.extend([fault] * 2)
    start = time.perf_counter()
    more = {"voices": VOICES} if stage == "tts" else {}
    hasty = {"patience_s": 0.3} if "stall" in fault else {}
    with made(stage, server, **hasty, **more) as engine:
        with pytest.raises(EngineError, match=EXPECTED[fault]) as caught:
            said(engine) if stage == "tts" else engine.transcribe(speech.samples)
        assert time.perf_counter() - start < 4.0
        told = str(caught.value)
        assert "\n" not in told and len(told) < 400 and "openai at 127.0.0.1" in told
        assert KEY not in told + caplog.text and caught.value.__cause__ is None
        server.plan.clear()
        if not hasty:  # it can be asked again
            assert said(engine) if stage == "tts" else engine.transcribe(speech.samples).text


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["tts", "asr"])
def test_a_server_that_fails_once_is_asked_again(stage, server, speech):
    server.plan.append("500")
    with made(stage, server) as engine:
        assert said(engine, voice="adam") if stage == "tts" else engine.transcribe(speech.samples).text


@pytest.mark.parametrize("stage", ["tts", "asr"])
def test_nobody_there_no_address_and_no_key_are_told_with_what_to_do(stage, server, speech, monkeypatch):
    ask = (lambda e: said(e, voice="alloy")) if stage == "tts" else (lambda e: e.transcribe(speech.samples))
    with made(stage, server, base_url=unused()) as engine, pytest.raises(EngineError, match="start the server"):
        ask(engine)
    with pytest.raises(EngineError, match="base_url is 'localhost'; expected http"):
        made(stage, server, base_url="localhost")
    monkeypatch.delenv("OPENAI_API_KEY")
    load = {"tts": tts, "asr": asr}[stage].load
    with closing(load("openai", key_name="NO_SUCH_KEY")) as engine, pytest.raises(EngineError, match="wants a key"):
        ask(engine)


def test_sound_that_cannot_be_the_words_is_an_error():
    silence = np.zeros(100, "<i2").tobytes()
    with pytest.raises(ValueError, match="4 bytes"):
        decoded(b"RIFX", "audio/wav", "wav")
    with pytest.raises(ValueError, match="broken wav"):
        decoded(b"RIFF" + bytes(40), "audio/wav", "wav")
    with pytest.raises(ValueError, match="application/json"):
        decoded(b'{"a": 1}', "application/json", "pcm")
    assert decoded(silence, "audio/L16; rate=22050", "pcm").rate == 22_050
    assert decoded(silence + b"x", "audio/pcm", "pcm").rate == 24_000


@pytest.mark.slow
def test_words_are_heard_with_their_times_and_the_prompt_and_language_go_along(server, speech):
    with made("asr", server) as engine:
        got = engine.transcribe(speech.samples, prompt="Ben: They are gone.", words=True)
        assert engine.transcribe(speech.samples).words == ()
    assert re.sub(r"\W", "", got.text.lower()) == "wheredidyouseethemlast"
    assert " ".join(w.text for w in got.words) == got.text
    assert np.median([abs(a.end - b.end) for a, b in zip(got.words, speech.words)]) < 0.15 * RATE
    asked = server.seen[0][1]
    assert (asked["language"], asked["prompt"], asked["model"]) == ("en", "Ben: They are gone.", "whisper-1")


@pytest.mark.slow
def test_a_server_that_tells_text_alone_is_enough(server, speech):
    with made("asr", server, model="gpt-4o-transcribe") as engine:
        got = engine.transcribe(speech.samples, words=True)
    assert "response_format" not in server.seen[0][1]
    assert " ".join(w.text for w in got.words) == got.text and got.words[-1].end <= len(speech.samples)


def unused():
    """An address on loopback where nobody listens."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"
