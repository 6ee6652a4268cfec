"""The mp4 plays, whatever happens to the program that writes it."""

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from app.encode import Encoder, VideoFormat, writable
from dialogue.errors import OutputError
from dialogue.types import RATE
from played import pictures

ROOT = Path(__file__).resolve().parents[1]
SMALL = VideoFormat(160, 96, 25)

WRITE = """
import sys, numpy as np
from pathlib import Path
from app.encode import Encoder, VideoFormat
encoder = Encoder(Path(sys.argv[1]), VideoFormat(160, 96, 25))
noise = np.random.default_rng(0).integers(16, 235, (144, 160), dtype=np.uint8)
for i in range(200):
    encoder.picture(np.roll(noise, i, 1))
    encoder.sound(np.zeros((2, 1920), np.float32))
    if i == 149:
        {then}
"""


def write(path, then):
    return subprocess.run(
        [sys.executable, "-c", WRITE.format(then=then), str(path)], cwd=ROOT, capture_output=True, text=True
    )


def test_a_closed_film_has_every_picture_and_every_sample(tmp_path):
    path = tmp_path / "a.mp4"
    encoder = Encoder(path, SMALL)
    for i in range(30):
        encoder.picture(np.full((144, 160), 16 + i, np.uint8))
        encoder.sound(np.full((2, 1920), 0.1, np.float32))
    encoder.close()
    encoder.close()
    with av.open(str(path)) as file:
        times = [frame.pts * frame.time_base for frame in file.decode(video=0)]
    assert [float(t) for t in times] == pytest.approx([i / 25 for i in range(30)])
    with av.open(str(path)) as file:
        heard = sum(frame.samples for frame in file.decode(audio=0))
    assert 30 * 1920 <= heard <= 30 * 1920 + 2 * 1024  # AAC works in blocks of 1024
    assert RATE == 48_000


@pytest.mark.slow
def test_a_film_killed_halfway_plays_to_within_a_second(tmp_path):
    path = tmp_path / "killed.mp4"
    write(path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert 150 - 25 <= pictures(path) <= 150


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a POSIX matter")
def test_a_full_disk_leaves_the_film_so_far(tmp_path):
    path = tmp_path / "full.mp4"
    limit = (
        "import resource, os; resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(sys.argv[1]) + 20_000,) * 2)"
    )
    done = write(path, "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); " + limit)
    assert done.returncode != 0
    assert pictures(path) >= 125


@pytest.mark.parametrize(
    "name, part",
    [
        ("film.avi", ".mp4"),
        ("folder.mp4", "folder"),
        ("file.txt/film.mp4", "cannot write"),
        ("x" * 300 + ".mp4", "cannot write"),
        ("", "is a folder"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused_before_the_work(tmp_path, name, part):
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "file.txt").touch()
    with pytest.raises(OutputError, match=part):
        writable(tmp_path / name)
