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
import psutil
import pyloudnorm
import pytest

from app.film import FilmOptions, film, picture_size
from app.workers import Workers
from dialogue.errors import DuologueError, EngineError, OutputError, PlayError
from dialogue.types import RATE
from motion import export
from played import pictures

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
        f"small.{ending}"
        for ending in ("mp4", "ADA.wav", "BEN.wav", "srt", "vtt", "timeline.json", "ADA.csv", "BEN.csv")
    }
    timeline = json.loads((tmp_path / "out" / "small.timeline.json").read_text("utf-8"))
    shown = decoded(tmp_path / "out" / "small.mp4")
    assert len(shown) == timeline["duration"] * 25 // RATE == round(result.filmed_s * 25)
    assert shown.std() > 10 and np.abs(np.diff(shown.astype(int), axis=0)).max() > 50  # a picture, and it moves
    for name in ("ADA", "BEN"):
        with wave.open(str(tmp_path / "out" / f"small.{name}.wav")) as stem:
            assert (stem.getnframes(), stem.getframerate(), stem.getnchannels()) == (timeline["duration"], RATE, 1)
        assert len(export.read(tmp_path / "out" / f"small.{name}.csv").frames()) == len(shown)
    cut = timeline["beats"][1]
    assert cut["interrupted"] and "time" not in cut["heard"].split() and cut["text"].endswith("here.")
    assert "time here" not in (tmp_path / "out" / "small.srt").read_text("utf-8")
    assert "<v BEN>" in (tmp_path / "out" / "small.vtt").read_text("utf-8")
    assert timeline["shots"][0] == {"at": 0, "kind": "wide", "subject": None}
    assert steps[-1][0] == "filming" and steps[-1][1] == steps[-1][2]


def test_every_speaker_has_the_same_loudness_in_the_stems(play, tmp_path):
    film(play, FilmOptions(tmp_path / "small.mp4", "draft", (64, 64)))
    for name in ("ADA", "BEN"):
        with wave.open(str(tmp_path / f"small.{name}.wav")) as stem:
            packed = np.frombuffer(stem.readframes(stem.getnframes()), np.uint8).reshape(-1, 3)
        samples = np.pad(packed, ((0, 0), (1, 0))).view("<i4")[:, 0] / 2**31
        assert pyloudnorm.Meter(RATE).integrated_loudness(samples) == pytest.approx(-16.0, abs=0.3)


@pytest.mark.parametrize("people", [1, 4])
def test_one_alone_and_many_whose_names_are_in_any_script_are_filmed_too(tmp_path, people):
    names = ("ADA", "李雷", "अदिति", "DR WHO")[:people]
    cast = "".join(f"  {name}: {{voice: heart, avatar: maya}}\n" for name in names)
    path = tmp_path / "many.play"
    path.write_text(f"---\nsize: [64, 64]\ncast:\n{cast}---\n" + "".join(f"{name}: Hi!\n" for name in names), "utf-8")
    written = film(path, FilmOptions(tmp_path / "ünï cødé.mp4", "draft")).written
    assert all(path.stat().st_size > 0 for path in written)
    assert {f"ünï cødé.{name}.{kind}" for name in names for kind in ("wav", "csv")} < {p.name for p in written}


def test_the_same_seed_gives_the_same_film(play, tmp_path):
    for run in "ab":
        film(play, FilmOptions(tmp_path / run / "small.mp4", "draft"))
    for name in ("small.timeline.json", "small.ADA.wav", "small.BEN.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    np.testing.assert_array_equal(decoded(tmp_path / "a" / "small.mp4"), decoded(tmp_path / "b" / "small.mp4"))


def test_either_model_may_move_the_faces_and_an_unknown_one_is_refused_before_anything_is_spoken(play, tmp_path):
    moved = []
    for model in ("dual_stream", "procedural"):
        out = tmp_path / model / "small.mp4"
        film(play, FilmOptions(out, "draft", (64, 64), model=model))
        moved.append(export.read(out.with_name("small.BEN.csv")))
        assert np.ptp(moved[-1].head, axis=0).min() > 0.01
    assert len(moved[0].head) == len(moved[1].head) and not np.array_equal(moved[0].head, moved[1].head)
    with pytest.raises(EngineError, match="did you mean 'procedural'"):
        film(play, FilmOptions(tmp_path / "no.mp4", model="procedual"), lambda *_: pytest.fail("work began"))


def test_other_picture_rates_show_what_lies_between_the_motion_frames(tmp_path):
    path = tmp_path / "sixty.play"
    path.write_text(PLAY.format(fps=60, avatar="maya"), "utf-8")
    result = film(path, FilmOptions(tmp_path / "sixty.mp4", "draft", (160, 96), subtitles=False, extras=False))
    assert result.written == (tmp_path / "sixty.mp4",)
    assert len(decoded(tmp_path / "sixty.mp4")) == round(result.filmed_s * 60)


def run(play, out, *options, at="False", do="pass", **environment):
    """`duologue film` in a process of its own, which does something when its progress stands `at` somewhere."""
    code = (
        "import multiprocessing, os, resource, signal, sys; from app import cli, progress\n"
        "out = sys.argv[4]; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "def limit(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))\n"
        "def tell(self, stage, done, total):\n"
        f"    if {at}: {do}\n"
        "progress.Bar.__call__ = tell\n"
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "film", str(play), "-o", str(out), "--quality", "draft", *options]
    env = {**os.environ, **environment}
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, start_new_session=True
    )


MIDDLE = "(stage, done) == ('filming', 30)"


def test_ctrl_c_leaves_a_film_that_plays_and_says_so(play, tmp_path):
    out = tmp_path / "stopped.mp4"
    done = run(
        play, out, at=MIDDLE, do="os.killpg(0, signal.SIGINT)"
    )  # a terminal sends it to the drawing processes too
    assert done.returncode == 130 and done.stderr == f"duologue: stopped at 1.2 s; {out} plays up to there\n"
    assert 29 <= len(decoded(out)) <= 31
    assert len(export.read(tmp_path / "stopped.ADA.csv").frames()) >= 30


def test_ctrl_c_while_lines_are_spoken_leaves_nothing_and_no_noise(play, tmp_path):
    done = run(play, tmp_path / "none" / "out.mp4", at="done == 1", do="os.killpg(0, signal.SIGINT)")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "duologue: stopped\n")
    assert list((tmp_path / "none").iterdir()) == []


def test_ctrl_c_before_the_first_picture_leaves_no_film_without_pictures(play, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Workers, "ask", stop)
    with pytest.raises(KeyboardInterrupt):
        film(play, FilmOptions(tmp_path / "none.mp4", "draft"))
    assert not (tmp_path / "none.mp4").exists() and (tmp_path / "none.ADA.wav").exists()


@pytest.mark.parametrize(
    "at, limit, least",
    [
        (MIDDLE, "os.path.getsize(out) + 2000", 15),
        ("stage == 'filming' and done == total", "os.path.getsize(out)", 100),
    ],
    ids=["in the middle", "at the very end"],
)
def test_a_full_disk_ends_with_one_clear_error_and_the_film_so_far(play, tmp_path, at, limit, least):
    out = tmp_path / "full.mp4"
    done = run(play, out, "--no-extras", at=at, do=f"limit({limit})")
    assert done.returncode == 1 and "Traceback" not in done.stderr and "make room" in done.stderr, done.stderr
    assert pictures(out) >= least


def test_a_disk_that_is_full_before_the_first_picture_leaves_no_torn_file(play, tmp_path):
    done = run(play, tmp_path / "out" / "full.mp4", at="done == total", do="limit(3000)")
    assert done.returncode == 1 and "full.ADA.wav" in done.stderr and "make room" in done.stderr, done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_a_drawing_process_that_dies_is_told_and_the_film_so_far_plays(play, tmp_path):
    out = tmp_path / "dead.mp4"
    done = run(play, out, at=MIDDLE, do="[child.kill() for child in multiprocessing.active_children()]")
    assert done.returncode == 1 and "Traceback" not in done.stderr and "the film so far plays" in done.stderr, (
        done.stderr
    )
    assert pictures(out) >= 29


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


def test_without_opengl_the_error_names_the_packages_and_comes_before_the_last_line_is_spoken(play, tmp_path):
    text = play.read_text("utf-8")
    play.write_text(text + "ADA: And so on, and so on, until the day is over.\n" * 150, "utf-8")
    done = run(
        play,
        tmp_path / "no.mp4",
        at="done == total",
        do="print('spoken')",
        __EGL_VENDOR_LIBRARY_FILENAMES="/nonexistent.json",
    )
    assert done.returncode == 1 and "libegl1" in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert done.stdout == ""


def test_the_drawing_processes_end_when_the_program_is_killed(play, tmp_path):
    out = tmp_path / "killed.mp4"
    children = "print(*(child.pid for child in multiprocessing.active_children()), flush=True)"
    done = run(play, out, at=MIDDLE, do=f"{children}; os.kill(os.getpid(), signal.SIGKILL)")
    assert done.returncode == -signal.SIGKILL
    left = [psutil.Process(int(pid)) for pid in done.stdout.split() if psutil.pid_exists(int(pid))]
    _, alive = psutil.wait_procs(left, timeout=30)
    assert len(done.stdout.split()) >= 2 and not alive
    assert pictures(out) >= 5


@pytest.mark.parametrize(
    "text", ["huge", "1280", "1280:720", "x720", "99999x1", "62x64", "64x65", "4098x64", "９６x９６", "-64x64"]
)
def test_a_size_that_is_none_is_explained(text):
    with pytest.raises(DuologueError, match="WIDTHxHEIGHT, both even and 64 to 4096"):
        picture_size(text)


def test_a_size_is_read_whatever_its_case():
    assert picture_size(" 1920X1080 ") == (1920, 1080)
