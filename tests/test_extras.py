"""What lies beside a film is whole or not there, and what cannot be written is told before the work."""

import wave

import numpy as np
import pytest

from app import extras
from app.performance import perform
from dialogue.errors import OutputError
from dialogue.play import parse
from dialogue.types import RATE

PLAY = """---
title: Ünï
cast:
  李雷: {voice: fake/low, avatar: maya}
  DR WHO: {voice: fake/high, avatar: david}
---
李雷: Hello there.
DR WHO: (overlap 0.1s) Hm.
"""


@pytest.fixture(scope="module")
def performance():
    return perform(parse(PLAY, "p.play"))


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_each_file_carries_the_name_of_the_film_and_of_its_speaker(performance, tmp_path):
    written = extras.write_before(tmp_path / "a.b.mp4", performance)
    names = ["a.b.DR WHO.wav", "a.b.srt", "a.b.timeline.json", "a.b.vtt", "a.b.李雷.wav"]
    assert names_in(tmp_path) == sorted(path.name for path in written) == names


def test_a_stem_is_the_track_to_the_last_bit_of_24(performance, tmp_path):
    extras.write_before(tmp_path / "a.mp4", performance)
    timeline = performance.timeline
    with wave.open(str(tmp_path / "a.DR WHO.wav")) as stem:
        assert stem.getparams()[:4] == (1, 3, RATE, timeline.duration)
        packed = np.frombuffer(stem.readframes(timeline.duration), np.uint8).reshape(-1, 3)
    whole = np.zeros((len(packed), 4), np.uint8)
    whole[:, 1:] = packed
    assert np.abs(whole.view("<i4")[:, 0] / 2**31 - timeline.audio(0, timeline.duration)[1]).max() <= 2**-23


def test_what_fails_halfway_leaves_the_file_before_it_and_no_other(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("before")
    with pytest.raises(OutputError, match=r"cannot write '.*a.csv': no room; make room"):
        with extras.whole(path) as part:
            part.write_text("half")
            raise OSError("no room")
    assert names_in(tmp_path) == ["a.csv"] and path.read_text() == "before"


@pytest.mark.parametrize("film", ["x" * 245 + ".mp4", "taken.mp4"])
def test_a_name_that_is_too_long_or_taken_by_a_folder_is_told_before_the_work(tmp_path, film):
    (tmp_path / "taken.DR WHO.csv").mkdir()
    with pytest.raises(OutputError, match=r"cannot write '.*DR WHO"):
        extras.writable(tmp_path / film, ("DR WHO",))
    assert names_in(tmp_path) == ["taken.DR WHO.csv"]


def test_looking_whether_files_can_be_written_leaves_none(tmp_path):
    extras.writable(tmp_path / "a.mp4", ("ADA", "BEN"))
    assert names_in(tmp_path) == []
