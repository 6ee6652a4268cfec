"""Every engine is measured in a process of its own, or told to be absent, with the reason."""

import pytest

from app.bench_engines import chosen, probed, told
from dialogue.errors import EngineError


@pytest.mark.slow
def test_an_engine_that_is_here_is_measured():
    found = {figure.name: figure for figure in told("vad", "silero", probed("vad", "silero"))}
    assert set(found) == {f"vad_silero_{name}" for name in ("load_s", "answer_ms", "x_realtime", "rss_mb")}
    assert found["vad_silero_x_realtime"].value > 1 and found["vad_silero_rss_mb"].value > 5
    assert all(figure.ok is None and figure.note for figure in found.values())


@pytest.mark.slow
def test_an_engine_that_is_not_here_is_told_with_the_reason_and_is_no_failure(monkeypatch, capsys):
    monkeypatch.setenv("DUOLOGUE_LLM__ENGINE", "ollama")
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    assert list(told("llm", "ollama", probed("llm", "ollama"))) == []
    assert (
        "duologue bench: llm ollama is absent: ollama at 127.0.0.1:9: nobody answers" in capsys.readouterr().err
    )


def test_a_process_that_ends_is_told_with_its_last_words(capsys):
    assert list(told("vad", "no_such", probed("vad", "no_such"))) == []
    assert "vad no_such is absent: no vad engine named 'no_such'" in capsys.readouterr().err


@pytest.mark.parametrize(("stage", "name"), [("llm", "openai"), ("llm", "ollama"), ("asr", "openai"), ("tts", "coqui")])
def test_whoever_reaches_beyond_is_not_asked_unless_the_settings_name_it(monkeypatch, stage, name):
    with pytest.raises(EngineError, match=f"do not name it; run: duologue config set {stage}.engine {name}"):
        chosen(stage, name)
    monkeypatch.setenv(f"DUOLOGUE_{stage.upper()}__ENGINE", name)
    monkeypatch.setenv(f"DUOLOGUE_{stage.upper()}__MODEL", "tiny")
    assert chosen(stage, name)["model"] == "tiny"
