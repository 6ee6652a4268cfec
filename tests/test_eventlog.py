"""One JSON object a line."""

import json
from pathlib import Path

import pytest

from app.eventlog import KINDS, EventLog
from dialogue.errors import OutputError


def test_every_line_says_when_and_what(tmp_path):
    log = EventLog(tmp_path / "a" / "log.jsonl")
    log.write(72_000, "heard", participant="you", text="Grüß Gott", ms=12.3456)
    log.close()
    log.close()
    (line,) = (tmp_path / "a" / "log.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line) == {
        "at": 72_000,
        "s": 1.5,
        "kind": "heard",
        "participant": "you",
        "text": "Grüß Gott",
        "ms": 12.35,
    }


def test_half_a_letter_as_a_server_may_send_ends_no_log(tmp_path):
    log = EventLog(tmp_path / "log.jsonl")
    log.write(0, "said", text="so \ud83d")
    log.write(1, "end")
    log.close()
    assert len((tmp_path / "log.jsonl").read_text("utf-8").splitlines()) == 2


def test_a_log_without_a_file_still_tells_its_listeners():
    log, heard = EventLog(), []
    log.listeners.append(heard.append)
    log.write(0, "start")
    assert heard == [{"at": 0, "s": 0.0, "kind": "start"}]


def test_a_folder_that_is_a_file_is_said_at_once(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write"):
        EventLog(tmp_path / "file" / "log.jsonl")


def test_every_kind_is_explained():
    assert all(KINDS.values())


def test_the_page_explains_every_kind():
    page = (Path(__file__).parents[1] / "docs" / "events.md").read_text("utf-8")
    for kind, meaning in KINDS.items():
        assert f"| `{kind}` | {meaning} |" in page
