"""Every engine is measured in a process of its own, or told to be absent, with the reason."""

import pytest

from app.bench_engines import probed, told


@pytest.mark.slow
def test_an_engine_that_is_here_is_measured():
    found = {figure.name: figure for figure in told("vad", "silero", probed("vad", "silero"))}
    assert set(found) == {f"vad_silero_{name}" for name in ("load_s", "answer_ms", "x_realtime", "rss_mb")}
    assert found["vad_silero_x_realtime"].value > 1 and found["vad_silero_rss_mb"].value > 5
    assert all(figure.ok is None and figure.note for figure in found.values())


@pytest.mark.slow
def test_an_engine_that_is_not_here_is_told_with_the_reason_and_is_no_failure(monkeypatch, capsys):
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    assert list(told("llm", "ollama", probed("llm", "ollama"))) == []
    assert (
        "duologue bench: llm ollama is absent: ollama at http://127.0.0.1:9: nobody answers" in capsys.readouterr().err
    )


def test_a_process_that_ends_is_told_with_its_last_words(capsys):
    assert list(told("vad", "no_such", probed("vad", "no_such"))) == []
    assert "vad no_such is absent: no vad engine named 'no_such'" in capsys.readouterr().err
