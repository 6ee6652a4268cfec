"""Settings of the window survive, and never stand in the way."""

import json
import os
import stat
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import settings
from app.settings import Settings

CHOSEN = Settings((1000, 700), False, False, "Mikrofon äöü", "Headphones", "draft", 1.5)


def test_what_was_saved_is_loaded_and_nothing_else_lies_there(tmp_path):
    path = tmp_path / "new" / "window.json"
    assert settings.save(path, CHOSEN) == ""
    assert settings.load(path) == (CHOSEN, "")
    assert os.listdir(path.parent) == ["window.json"]


def test_no_file_is_the_defaults_without_a_word(tmp_path):
    assert settings.load(tmp_path / "window.json") == (Settings(), "")


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 50_000, b" " * 70_000])
def test_a_damaged_file_is_the_defaults_and_a_notice(tmp_path, damage):
    path = tmp_path / "window.json"
    path.write_bytes(damage)
    found, notice = settings.load(path)
    assert found == Settings() and str(path) in notice and "damaged" in notice


def test_an_unknown_key_is_left_out_and_an_impossible_value_is_its_default():
    kept = {"size": [10, 10], "panel": 1, "quality": "best", "scale": float("nan"), "of_tomorrow": 3, "speaker": "A"}
    assert settings.read(kept) == Settings(speaker="A")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("aé\n", max_size=5),
    lambda inner: st.lists(inner, max_size=3),
)


@given(st.fixed_dictionaries({}, optional={name: json_values for name in Settings.__dataclass_fields__}))
def test_whatever_a_file_says_settings_can_be_used_and_saved(kept):
    found = settings.read(kept)
    assert settings.read(json.loads(json.dumps(settings.asdict(found)))) == found


def test_what_is_chosen_elsewhere_is_remembered_only_if_the_person_changed_it():
    before, chosen = Settings(quality="draft", subtitles=False), {"quality": "high", "subtitles": True}
    now = replace(before, panel=False, **chosen)
    assert settings.remembered(now, before, chosen) == replace(before, panel=False)
    now = replace(now, quality="standard")
    assert settings.remembered(now, before, chosen) == replace(before, panel=False, quality="standard")


def test_a_failed_save_keeps_the_old_file_and_says_why(tmp_path):
    path = tmp_path / "window.json"
    path.mkdir()  # nothing can be renamed to a folder
    assert str(path) in settings.save(path, CHOSEN)
    assert os.listdir(tmp_path) == ["window.json"] and stat.S_ISDIR(path.stat().st_mode)


def test_the_place_is_the_config_folder_of_the_platform():
    assert settings.place().name == "window.json" and settings.place().parent.name == "duologue"
