"""Two recordings become two faces: whoever speaks moves the lips, and whoever listens does not."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app import cli
from app.animate import move
from app.direction import Direction
from dialogue.errors import DuologueError, OutputError, RecordingError
from dialogue.types import RATE, Emotion, Feeling
from motion import export
from motion.frame import HOP, INDEX
from spoken import spoken, write

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def sounds():
    return spoken()


@pytest.fixture
def files(sounds, tmp_path):
    return [write(tmp_path / f"{name}.wav", sound) for name, sound in zip(("left", "right"), sounds)]


def energy(sound):
    """dB of each hop [T], above what is audible."""
    hops = sound[: len(sound) // HOP * HOP].reshape(-1, HOP)
    return np.maximum(10 * np.log10((hops**2).mean(1) + 1e-9), -50)


@pytest.mark.slow
@pytest.mark.parametrize("crosstalk_db", [None, -15])
def test_lips_move_with_ones_own_voice_at_the_right_moment_and_rest_for_the_others(sounds, tmp_path, crosstalk_db):
    leak = np.float32(0 if crosstalk_db is None else 10 ** (crosstalk_db / 20))
    mixed = sounds + leak * np.roll(sounds[::-1], RATE // 250, 1)
    paths = [write(tmp_path / f"{name}.wav", sound) for name, sound in zip(("left", "right"), mixed)]
    for path, clean, other in zip(move(paths, tmp_path / "m", Direction()), sounds, sounds[::-1]):
        made = export.read(path)
        assert len(made.starts) == -(-sounds.shape[1] // HOP) and (np.diff(made.starts) == HOP).all()
        opened = made.weights[:, INDEX["jawOpen"]]
        own, theirs = energy(clean), energy(other)
        fits = [np.corrcoef(np.roll(opened[: len(own)], -lag), own)[0, 1] for lag in range(-4, 5)]
        assert max(fits) > 0.6 and abs(int(np.argmax(fits)) - 4) <= 1, fits
        speaks, listens = own > -35, (theirs > -35) & (own <= -50)
        still, moved = (np.abs(np.diff(opened))[: len(own) - 1][x[1:]].mean() for x in (listens, speaks))
        assert still < 0.25 * moved
        assert made.head[: len(own)][listens].std(0).max() > 0.003  # and yet alive


@pytest.mark.slow
def test_motion_needs_no_opengl_and_is_named_after_the_recordings(files, tmp_path):
    code = (
        "import sys; from app import cli; status = cli.main(sys.argv[1:]);"
        "assert not {'moderngl', 'torch'} & set(sys.modules), 'drawing or training was loaded'; sys.exit(status)"
    )
    command = [sys.executable, "-c", code, "animate", *map(str, files), "--motion", str(tmp_path / "m")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [str(tmp_path / "m" / name) for name in ("left.csv", "right.csv")]
    assert sorted(p.name for p in (tmp_path / "m").iterdir()) == ["left.csv", "right.csv"]


@pytest.mark.slow
def test_the_same_seed_moves_alike_and_another_otherwise(files, tmp_path):
    made = [
        [p.read_bytes() for p in move(files, tmp_path / str(i), Direction(seed=s))] for i, s in enumerate((1, 1, 2))
    ]
    assert made[0] == made[1] != made[2]


@pytest.mark.slow
def test_styles_and_feelings_reach_the_face_they_are_meant_for(files, tmp_path):
    plain, told = (
        [export.read(path) for path in move(files, tmp_path / name, Direction(**said))]
        for name, said in (
            ("a", {}),
            ("b", {"styles": ("ordinary", "lively"), "emotions": ("neutral", "happy 0.9"), "names": ("Ann", "Ben")}),
        )
    )
    smile = INDEX["mouthSmileLeft"]
    more = [t.weights[:, smile].mean() - p.weights[:, smile].mean() for t, p in zip(told, plain)]
    assert more[1] > 0.05 and more[1] > 2 * more[0]
    assert told[1].head.std() > plain[1].head.std()
    assert sorted(p.name for p in (tmp_path / "b").iterdir()) == ["Ann.csv", "Ben.csv"]


@pytest.mark.slow
@pytest.mark.parametrize("sound", ["one alone", "both in one", "silence"])
def test_one_file_is_enough(sounds, tmp_path, sound):
    both = {"one alone": sounds[0], "both in one": sounds, "silence": np.zeros(RATE)}[sound]
    written = move([write(tmp_path / "call.wav", both)], tmp_path / "m", Direction())
    assert [p.name for p in written] == (
        ["call.left.csv", "call.right.csv"] if sound == "both in one" else ["call.speaker.csv", "call.listener.csv"]
    )
    jaws = [np.percentile(np.abs(np.diff(export.read(p).weights[:, INDEX["jawOpen"]])), 95) for p in written]
    assert [jaw > 0.02 for jaw in jaws] == [sound != "silence", sound == "both in one"], jaws


@pytest.mark.slow
def test_the_performer_of_rules_moves_them_too(files, tmp_path):
    made = [export.read(path) for path in move(files, tmp_path / "m", Direction(model="procedural"))]
    assert all(np.abs(np.diff(m.weights[:, INDEX["jawOpen"]])).max() > 0.05 for m in made)


WRONG = {
    "unknown model": ({"model": "dual_steam"}, "no model named 'dual_steam'; did you mean 'dual_stream'"),
    "unknown style": ({"styles": ("livly",)}, "no style named 'livly'; did you mean 'lively'"),
    "unknown feeling": ({"emotions": ("hapy",)}, "no emotion 'hapy'; did you mean \\[happy\\]"),
    "too much feeling": ({"emotions": ("happy 6",)}, "no emotion 'happy 6'; expected such as"),
    "three feelings": ({"emotions": ("sad",) * 3}, "--emotion has 3 values; expected one for both, or 2"),
    "three avatars": ({"avatars": ("maya",) * 3}, "--avatars has 3 values"),
    "one name": ({"names": ("Ann",)}, "--names has 1 values; expected 2"),
    "a path as name": ({"names": ("../a", "b")}, "'../a' cannot be a name"),
    "one name twice": ({"names": ("Ann", "ANN")}, "both are named 'Ann'"),
    "odd rate": ({"fps": 23}, "23 pictures a second; expected one of 24, 25"),
    "seed below": ({"seed": -1}, "seed -1; expected 0 or more"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_meant_is_told_before_anything_is_read(case):
    said, message = WRONG[case]
    with pytest.raises(DuologueError, match=message):
        Direction(**said)


@pytest.mark.slow
def test_the_style_of_a_take_moves_somebody_as_in_the_take(files, tmp_path):
    take = move(files, tmp_path / "take", Direction(styles=("lively",)))[0]
    made = move(files, tmp_path / "made", Direction(styles=(str(take), "ordinary")))
    assert made[0].read_bytes() != move(files, tmp_path / "plain", Direction())[0].read_bytes()
    (tmp_path / "none.csv").write_text("Timecode\n")
    with pytest.raises(DuologueError, match="no style in '.*none.csv'"):
        move(files, tmp_path / "wrong", Direction(styles=(str(tmp_path / "none.csv"),)))


def test_one_feeling_is_for_both_and_two_are_for_each():
    happy, sad = Feeling(Emotion.HAPPY, 0.6), Feeling(Emotion.SAD)
    assert Direction(emotions=("joy 0.6",)).feelings() == (happy, happy)
    assert Direction(emotions=("happy 0.6", "sad")).feelings() == (happy, sad)
    assert Direction().feelings() == (Feeling(), Feeling())


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_read(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot make the folder '.*file': it is a file; choose another"):
        move([tmp_path / "none.wav"], tmp_path / "file", Direction())
    with pytest.raises(RecordingError, match="no recording '.*none.wav'"):
        move([tmp_path / "none.wav"], tmp_path / "m", Direction())


def test_the_command_line_tells_a_mistake_in_one_line(tmp_path, capsys):
    assert cli.main(["animate", str(tmp_path / "none.wav"), "--motion", str(tmp_path)]) == 1
    told = f"duologue: no recording '{tmp_path}/none.wav'; expected a file of sound, such as left.wav\n"
    assert capsys.readouterr().err == told
