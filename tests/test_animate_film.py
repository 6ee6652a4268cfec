"""Two recordings become a film: their sound, in time with the pictures, and what lies beside it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from app import animate_film
from app.animate_film import animate
from app.direction import Direction
from app.film import FilmOptions
from app.workers import Workers
from dialogue.errors import DuologueError, OutputError
from dialogue.types import RATE
from motion import export
from motion.frame import ARKIT, HOP, INDEX, MotionFrame
from spoken import spoken, write

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[1]
SMALL = (320, 180)


@pytest.fixture(scope="module")
def sounds():
    return spoken()


@pytest.fixture(scope="module")
def files(sounds, tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorded")
    return [write(folder / f"{name}.wav", sound) for name, sound in zip(("left", "right"), sounds)]


@pytest.fixture(scope="module")
def film(files, tmp_path_factory):
    """A film of both, and what was told meanwhile."""
    steps = []
    path = tmp_path_factory.mktemp("filmed") / "out" / "talk.mp4"
    return animate(files, options(path), Direction(), lambda *step: steps.append(step)), steps


def options(path, **other):
    return FilmOptions(path, "draft", SMALL, **other)


def pictures(path):
    with av.open(str(path)) as file:
        shown = [(frame.time, frame.to_ndarray(format="gray")) for frame in file.decode(video=0)]
    return np.array([time for time, _ in shown]), np.stack([picture for _, picture in shown])


def heard(path):
    """The film's sound as players play it: [2, N], what comes before time 0 left out."""
    with av.open(str(path)) as file:
        frames = list(file.decode(audio=0))
    return np.concatenate([frame.to_ndarray() for frame in frames], 1)[:, max(-frames[0].pts, 0) :]


def test_a_film_has_the_sound_of_the_recordings_and_the_faces_that_belong_to_it(sounds, film):
    result, steps = film
    assert [p.name for p in result.written] == ["talk.mp4", "talk.timeline.json", "talk.left.csv", "talk.right.csv"]
    told = json.loads(result.written[1].read_text("utf-8"))
    times, shown = pictures(result.written[0])
    hops = -(-sounds.shape[1] // HOP)
    assert len(times) == hops == told["duration"] // HOP and result.filmed_s == pytest.approx(hops / 25)
    np.testing.assert_allclose(times, np.arange(hops) / 25, atol=1e-6)
    assert shown.std() > 10 and np.abs(np.diff(shown.astype(int), axis=0)).max() > 50
    assert [b["participant"] for b in told["beats"]] == sorted(b["participant"] for b in told["beats"])
    assert {b["name"] for b in told["beats"]} == {"left", "right"} and told["shots"][0]["kind"] == "wide"
    for path, own in zip(result.written[2:], sounds):
        opened = export.read(path).weights[:, INDEX["jawOpen"]]
        assert np.abs(np.diff(opened))[np.abs(own[: (hops - 1) * HOP : HOP]) > 0].mean() > 0.005
    assert {step[0] for step in steps} == {"reading", "listening", "filming"} and steps[-1][1] == steps[-1][2]


def test_the_sound_of_the_film_is_that_of_the_recordings_to_the_millisecond(sounds, film):
    mixed = heard(film[0].written[0])
    for own, channel in zip(sounds, mixed):  # each is nearer to its own side
        n = min(len(own), len(channel))
        across = np.fft.irfft(np.fft.rfft(channel[:n], 2 * n) * np.conj(np.fft.rfft(own[:n], 2 * n)))
        assert abs((int(np.argmax(across)) + n) % (2 * n) - n) <= RATE // 1000
    power = [[np.sum(channel[: len(own)][own != 0] ** 2) for channel in mixed] for own in sounds]
    assert power[0][0] > 2 * power[0][1] and power[1][1] > 2 * power[1][0]


def test_pictures_and_sound_of_a_film_are_one_to_the_millisecond(tmp_path, monkeypatch):
    """Both mouths open with each of four beeps, and both are found again in the mp4."""
    beeps = [25, 50, 75, 100]  # hops
    sound = np.zeros(125 * HOP, np.float32)
    for hop in beeps:
        sound[hop * HOP : (hop + 5) * HOP] = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(5 * HOP) / RATE)

    def told(listened, model, seed):
        for i, _ in enumerate(listened.hops()):
            weights = np.zeros(len(ARKIT), np.float32)
            weights[INDEX["jawOpen"]] = any(hop <= i < hop + 5 for hop in beeps)
            yield (MotionFrame(i * HOP, weights, np.zeros(3, np.float32), np.zeros(2, np.float32)),) * 2

    monkeypatch.setattr(animate_film, "faces", told)
    animate([write(tmp_path / "beeps.wav", sound, RATE)], options(tmp_path / "beeps.mp4"), Direction())
    times, shown = pictures(tmp_path / "beeps.mp4")
    changed = np.abs(np.diff(shown.astype(int), axis=0)).sum((1, 2))
    opened = np.sort(np.argsort(changed)[-8:])[::2] + 1  # four open, four close
    loud = np.convolve(np.abs(heard(tmp_path / "beeps.mp4")).max(0) > 0.05, np.ones(480), "full")[: len(sound)] > 0
    begun = np.flatnonzero(np.diff(loud.astype(int)) == 1) / RATE
    assert len(begun) == 4
    assert np.abs(times[opened] - begun).max() < 0.002, (times[opened], begun)


def test_the_same_seed_gives_the_same_film(film, files, tmp_path):
    again = animate(files, options(tmp_path / "talk.mp4"), Direction())
    for one, two in zip(film[0].written, again.written, strict=True):
        if one.suffix == ".mp4":
            np.testing.assert_array_equal(pictures(one)[1], pictures(two)[1])
        else:
            assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("fps", [24, 60])
def test_a_second_of_silence_is_a_film_of_two_quiet_people(tmp_path, fps):
    direction = Direction(avatars=("ruth",), names=("Ann", "Ben"), fps=fps, light="cool")
    result = animate([write(tmp_path / "quiet.wav", np.zeros(100))], options(tmp_path / "quiet.mp4"), direction)
    assert [p.name for p in result.written[2:]] == ["quiet.Ann.csv", "quiet.Ben.csv"]
    assert len(pictures(result.written[0])[0]) == fps and not heard(result.written[0]).any()


def test_a_film_is_never_written_over_a_recording(sounds, tmp_path):
    path = write(tmp_path / "talk.mp4", sounds[0])  # whatever its name, it is sound
    before = path.read_bytes()
    with pytest.raises(OutputError, match="talk.mp4' is one of the recordings; choose another place"):
        animate([path], options(path), Direction())
    assert path.read_bytes() == before


WRONG = {
    "avatars": ({"avatars": ("mya",)}, "no avatar named 'mya'; did you mean 'maya'.*or a .glb file"),
    "an avatar of one's own": ({"avatars": ("none.glb",)}, "no avatar file 'none.glb'"),
    "stage": ({"stage": "studo"}, "no stage named 'studo'; did you mean 'studio'"),
    "light": ({"light": "warn"}, "no light named 'warn'; did you mean 'warm'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_not_there_is_told_before_anything_is_read(tmp_path, case):
    said, message = WRONG[case]
    with pytest.raises(DuologueError, match=message):
        animate([tmp_path / "none.wav"], options(tmp_path / "a.mp4"), Direction(**said))
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_before_the_first_picture_leaves_no_film(files, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Workers, "ask", stop)
    with pytest.raises(KeyboardInterrupt):
        animate(files, options(tmp_path / "none.mp4", extras=False), Direction())
    assert not (tmp_path / "none.mp4").exists()


def test_without_opengl_the_error_names_the_packages(files, tmp_path):
    command = [sys.executable, "-m", "app.cli", "animate", *map(str, files), "-o", str(tmp_path / "no.mp4")]
    env = {**os.environ, "__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent.json"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "libegl1" in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert not (tmp_path / "no.mp4").exists()
