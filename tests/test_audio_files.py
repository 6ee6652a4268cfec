"""Files in place of a microphone and a loudspeaker."""

import time
import wave

import numpy as np
import pytest

from app.audio_files import Files
from app.echo import BLOCK
from dialogue.errors import OutputError
from dialogue.types import RATE


def run(files):
    files.start()
    out = []
    while (both := files.block()) is not None:
        out.append(both)
    files.stop()
    return out


def test_what_the_microphone_hears_is_the_recording_and_then_silence():
    sound = np.linspace(-0.5, 0.5, 3 * BLOCK + 7, dtype=np.float32)
    blocks = run(Files(lambda n: np.zeros(n, np.float32), sound, linger=2 * BLOCK, busy=lambda: False))
    heard = np.concatenate([heard for heard, _ in blocks])
    assert len(blocks) == 6
    np.testing.assert_array_equal(heard[: len(sound)], sound)
    assert not heard[len(sound) :].any()


def test_what_is_played_is_in_the_wav(tmp_path):
    tone = np.full(BLOCK, 0.25, np.float32)
    run(Files(lambda n: tone, np.zeros(BLOCK, np.float32), tmp_path / "a" / "out.wav", linger=0, busy=lambda: False))
    with wave.open(str(tmp_path / "a" / "out.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (RATE, 1, BLOCK)
        got = np.frombuffer(file.readframes(BLOCK), "<i2") / 32767
    np.testing.assert_allclose(got, 0.25, atol=1e-4)


def test_time_flies_while_nobody_thinks_and_passes_as_it_does_while_somebody_does():
    busy = False
    files = Files(lambda n: np.zeros(n, np.float32), np.zeros(60 * RATE, np.float32), linger=0, busy=lambda: busy)
    files.start()
    begin = time.perf_counter()
    for _ in range(1000):
        files.block()
    assert time.perf_counter() - begin < 5.0  # ten seconds of silence
    busy = True
    begin = time.perf_counter()
    for _ in range(6):
        files.block()
    assert time.perf_counter() - begin >= 0.05


def test_a_file_that_cannot_be_written_is_said_at_once(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write"):
        Files(lambda n: np.zeros(n), np.zeros(1, np.float32), tmp_path / "file" / "out.wav").start()
