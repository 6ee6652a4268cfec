"""`duologue models` as a person types it."""

import io
import json
import sys

import pytest
from minds import faulty
from shelf import put_hub, sha256, shelf

from agents import models
from app import cli, consent

DATA = bytes(range(256)) * 100


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """A manifest of one model, on a server of its own."""
    monkeypatch.setenv(models.FOLDER, str(tmp_path / "cache"))
    monkeypatch.setenv(models.OFFLINE, "")  # so that what --offline sets goes with the test
    with shelf({"/tiny.bin": DATA}) as server:
        source = models.Web(f"{server.url}/tiny.bin")
        file = models.ModelFile((), len(DATA), sha256(DATA), "MIT", "", (source,), "tiny/tiny.bin")
        monkeypatch.setitem(models.MANIFEST, "tiny", file)
        monkeypatch.setitem(models.MODELS, "tiny", models.Model("tts", ("tiny",)))
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


def ran(capsys, *arguments):
    code = cli.main(["models", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_model_is_listed_pulled_found_verified_and_removed(tiny, capsys, tmp_path):
    path = tmp_path / "cache" / "tiny" / "tiny.bin"
    assert ran(capsys, "path", "tiny") == (
        1,
        "",
        "duologue: model 'tiny' is not here; run: duologue models pull tiny\n",
    )
    code, out, err = ran(capsys, "pull", "tiny")
    assert (code, out) == (0, "tiny is here\n") and "tiny: tts, 26 kB, licence MIT, from http://127.0.0.1" in err
    assert ran(capsys, "path", "tiny") == (0, f"{path}\n", "")
    assert ran(capsys, "verify", "tiny") == (0, "tiny: right\n", "")
    path.write_bytes(DATA[:-1])
    code, out, err = ran(capsys, "verify")
    assert (
        code == 1 and "duologue: model 'tiny'" in err and "is not the expected file" in err and "hibari: right" in out
    )
    assert ran(capsys, "remove", "tiny") == (0, "tiny: 26 kB deleted\n", "")
    assert not path.exists()


def test_the_list_shows_models_not_files_and_asks_no_one(tiny, capsys):
    code, out, _ = ran(capsys, "list")
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert code == 0 and {*models.MODELS, "NAME"} == set(rows) and tiny.seen == []
    assert "asr" in rows["whisper-base"] and "MIT" in rows["whisper-base"] and "148 MB" in rows["whisper-base"]
    assert max(map(len, rows.values())) <= 120
    told = {row["name"]: row for row in json.loads(ran(capsys, "list", "--json")[1])}
    assert told["tiny"]["here"] is False and told["tiny"]["bytes"] == len(DATA) and told["hibari"]["here"] is True
    assert told["silero_vad"]["where"] == "program" and told["whisper-small"]["sources"] == [
        f"{tiny.url}/Systran/faster-whisper-small"
    ]


def test_of_a_model_that_is_half_here_the_list_says_so_and_how_to_get_the_rest(tiny, capsys):
    assert "-" in row_of("tiny", ran(capsys, "list")[1]) and "part" not in row_of("tiny", ran(capsys, "list")[1])
    half = models.partial(models.kept("tiny"))
    half.parent.mkdir(parents=True)
    half.write_bytes(DATA[: len(DATA) // 4])
    _, out, err = ran(capsys, "list")
    assert "part, 25 %" in row_of("tiny", out) and "tiny only a part is here" in err
    assert "to get the rest: duologue models pull" in err and err.count("\n") == 1
    ran(capsys, "pull", "tiny")
    _, out, err = ran(capsys, "list")
    assert "cache" in row_of("tiny", out) and "tiny" not in err


def row_of(name, table):
    return next(line for line in table.splitlines() if line.split()[0] == name)


def test_a_model_of_the_hub_is_listed_once_it_is_here(tiny, capsys):
    files = {"model.bin": DATA, "config.json": b"{}", "tokenizer.json": b"{}"}
    put_hub(tiny, "some/whisper", files)
    assert ran(capsys, "pull", "some/whisper")[0] == 0
    assert "some/whisper" in ran(capsys, "list")[1] and ran(capsys, "verify", "some/whisper")[0] == 0
    folder = ran(capsys, "path", "some/whisper")[1].strip()
    assert folder.endswith("some--whisper")
    with open(f"{folder}/record.json", "r+b") as record:
        record.write(b"?")
    code, out, err = ran(capsys, "list")
    assert code == 0 and "hibari" in out and "record.json is damaged; run: duologue models remove some/whisper" in err
    assert ran(capsys, "remove", "some/whisper")[0] == 0 and "some/whisper" not in ran(capsys, "list")[1]


def test_an_unknown_name_suggests_the_nearest(tiny, capsys):
    for action in ("pull", "path", "verify", "remove"):
        code, _, err = ran(capsys, action, "whispr-base")
        assert (
            code == 1 and "no model named 'whispr-base'; did you mean 'whisper-base'?" in err and err.count("\n") == 1
        )


def test_offline_pulls_nothing(tiny, capsys):
    code, _, err = ran(capsys, "pull", "tiny", "--offline")
    assert code == 1 and err.startswith("duologue: not here: tiny; and no connection may be made") and tiny.seen == []


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("typed", "comes"), [("y\n", True), ("\n", False), ("no\n", False), ("", False)])
def test_at_a_terminal_it_is_a_question(tiny, monkeypatch, typed, comes):
    said = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr(sys, "stderr", said)
    if comes:
        consent.ensure(["tiny", None])
    else:
        with pytest.raises(models.ModelFileError, match="run: duologue models pull tiny"):
            consent.ensure(["tiny", None])
    assert "tiny: tts, 26 kB, licence MIT" in said.getvalue() and "Download it now? [y/N]" in said.getvalue()
    assert models.installed("tiny") is comes and bool(tiny.seen) is comes


def test_a_model_of_ollama_is_pulled_by_its_daemon(capsys, monkeypatch):
    with faulty() as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        assert cli.main(["models", "pull", "ollama/llama3.2"]) == 0
        assert [path for path, *_ in server.seen] == ["/api/pull"]
    assert capsys.readouterr().out == "ollama/llama3.2 is here\n"
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    assert cli.main(["models", "pull", "ollama/llama3.2"]) == 1
    assert "nobody answers there" in capsys.readouterr().err
