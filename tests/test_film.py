"""A screenplay becomes a film, and every file beside it; what goes wrong loses nothing."""
import json
import os
import signal
import subprocess
import sys
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from app.film import FilmOptions, film, picture_size
from dialogue.errors import DuologueError, OutputError, PlayError
from dialogue.types import RATE
from motion import export

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[1]

PLAY = """---
version: 1
title: Small
seed: 5
fps: {fps}
size: [320, 180]
cast:
  ADA: {{voice: heart, avatar: {avatar}, seat: left}}
  BEN: {{voice: adam, avatar: david, seat: right}}
---
ADA: [happy] Hello Ben, what a lovely day.
BEN: (overlap 0.2s) Is it? {{nod}} It rains (laughs) all the time here.
ADA: (interrupts at "time") Not for ever!
"""


@pytest.fixture
def play(tmp_path):
    path = tmp_path / "small.play"
    path.write_text(PLAY.format(fps=25, avatar="maya"), "utf-8")
    return path


def decoded(path):
    with av.open(str(path)) as file:
        return np.stack([frame.to_ndarray() for frame in file.decode(video=0)])


def test_a_film_and_all_that_lies_beside_it_agree_in_length_and_words(play, tmp_path):
    steps = []
    result = film(play, FilmOptions(tmp_path / "out" / "small.mp4", "draft"), lambda *step: steps.append(step))
    assert {p.name for p in result.written} == {
        "small.mp4", "small.ADA.wav", "small.BEN.wav", "small.srt", "small.vtt", "small.timeline.json", "small.ADA.csv", "small.BEN.csv",
    }  # fmt: skip
    timeline = json.loads((tmp_path / "out" / "small.timeline.json").read_text("utf-8"))
    pictures = decoded(tmp_path / "out" / "small.mp4")
    assert len(pictures) == timeline["duration"] * 25 // RATE == round(result.filmed_s * 25)
    assert pictures.std() > 10 and np.abs(np.diff(pictures.astype(int), axis=0)).max() > 50  # a picture, and it moves
    for name in ("ADA", "BEN"):
        with wave.open(str(tmp_path / "out" / f"small.{name}.wav")) as stem:
            assert (stem.getnframes(), stem.getframerate(), stem.getnchannels()) == (timeline["duration"], RATE, 1)
        assert len(export.read(tmp_path / "out" / f"small.{name}.csv").frames()) == len(pictures)
    cut = timeline["beats"][1]
    assert cut["interrupted"] and "time" not in cut["heard"].split() and cut["text"].endswith("here.")
    assert "time here" not in (tmp_path / "out" / "small.srt").read_text("utf-8")
    assert "<v BEN>" in (tmp_path / "out" / "small.vtt").read_text("utf-8")
    assert timeline["shots"][0] == {"at": 0, "kind": "wide", "subject": None}
    assert steps[-1][0] == "filming" and steps[-1][1] == steps[-1][2]


def test_the_same_seed_gives_the_same_film(play, tmp_path):
    for run in "ab":
        film(play, FilmOptions(tmp_path / run / "small.mp4", "draft"))
    for name in ("small.timeline.json", "small.ADA.wav", "small.BEN.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    np.testing.assert_array_equal(decoded(tmp_path / "a" / "small.mp4"), decoded(tmp_path / "b" / "small.mp4"))


def test_other_picture_rates_show_what_lies_between_the_motion_frames(tmp_path):
    path = tmp_path / "sixty.play"
    path.write_text(PLAY.format(fps=60, avatar="maya"), "utf-8")
    result = film(path, FilmOptions(tmp_path / "sixty.mp4", "draft", (160, 96), subtitles=False, extras=False))
    assert result.written == (tmp_path / "sixty.mp4",)
    assert len(decoded(tmp_path / "sixty.mp4")) == round(result.filmed_s * 60)


def test_ctrl_c_leaves_a_film_that_plays_and_says_so(play, tmp_path):
    code = (
        "import os, signal, sys; from app import cli, progress\n"
        "def press(self, stage, done, total):\n"
        "    if (stage, done) == ('filming', 30): os.kill(os.getpid(), signal.SIGINT)\n"
        "progress.Bar.__call__ = press\n"
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    out = tmp_path / "stopped.mp4"
    done = subprocess.run(
        [sys.executable, "-c", code, "film", str(play), "-o", str(out), "--quality", "draft"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 130 and "plays up to there" in done.stderr, done.stderr
    assert 29 <= len(decoded(out)) <= 31
    assert len(export.read(tmp_path / "stopped.ADA.csv").frames()) >= 30


def test_a_full_disk_ends_with_one_clear_error_and_the_film_so_far(play, tmp_path):
    out = tmp_path / "full.mp4"
    code = (
        "import os, resource, signal, sys; from app import cli, progress\n"
        "def fill(self, stage, done, total):\n"
        "    if (stage, done) == ('filming', 30): resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(sys.argv[4]) + 2000,) * 2)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "progress.Bar.__call__ = fill\n"
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "film", str(play), "-o", str(out), "--quality", "draft", "--no-extras"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1 and "Traceback" not in done.stderr and "make room" in done.stderr, done.stderr
    shown = 0
    with av.open(str(out)) as file:
        try:
            for _ in file.decode(video=0):
                shown += 1
        except av.error.InvalidDataError:
            pass  # the last packet is torn
    assert shown >= 15


def test_a_play_that_asks_for_people_who_are_not_here_is_refused_before_anything_is_written(tmp_path):
    path = tmp_path / "wrong.play"
    path.write_text(PLAY.format(fps=25, avatar="mya").replace("heart", "hart"), "utf-8")
    with pytest.raises(PlayError) as refused:
        film(path, FilmOptions(tmp_path / "wrong.mp4"))
    assert "did you mean" in str(refused.value) and "maya" in str(refused.value) and "heart" in str(refused.value)
    assert not (tmp_path / "wrong.mp4").exists()


def test_an_output_that_cannot_be_written_is_told_before_anything_is_spoken(play, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write"):
        film(play, FilmOptions(tmp_path / "file" / "small.mp4"), lambda *_: pytest.fail("work began"))


def test_without_opengl_the_error_names_the_packages(play, tmp_path):
    hidden = {**os.environ, "__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent.json"}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "film", str(play), "-o", str(tmp_path / "no.mp4")],
        cwd=ROOT, env=hidden, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1 and "libegl1" in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_the_drawing_processes_end_when_the_program_is_killed(play, tmp_path):
    import psutil

    running = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "film", str(play), "-o", str(tmp_path / "k.mp4")], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    while running.poll() is None and not (children := psutil.Process(running.pid).children()):
        pass
    running.send_signal(signal.SIGKILL)
    running.wait()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive


@pytest.mark.parametrize("text", ["huge", "1280", "1280:720", "x720", "99999x1"])
def test_a_size_that_is_none_is_explained(text):
    with pytest.raises(DuologueError, match="WIDTHxHEIGHT"):
        picture_size(text)


def test_a_size_is_read_whatever_its_case():
    assert picture_size(" 1920X1080 ") == (1920, 1080)
