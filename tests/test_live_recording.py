"""The record button makes a film."""

import av
import numpy as np
import pytest

from app.live_faces import still
from app.live_recording import LiveRecording
from dialogue.errors import OutputError
from motion.frame import HOP


@pytest.mark.slow
def test_what_was_kept_becomes_a_film_with_its_sound(tmp_path):
    recording = LiveRecording(("Ada",), ("maya",), 100)
    assert recording.next == HOP
    for k in range(30):
        tone = 0.3 * np.sin(np.arange(HOP) * 0.05).astype(np.float32)
        recording.keep([still(k * HOP)], tone[None] * (k > 10), np.zeros(HOP, np.float32))
    result = recording.film(tmp_path / "talk.mp4")
    assert result.filmed_s == pytest.approx(1.2)
    with av.open(str(tmp_path / "talk.mp4")) as film:
        sound = np.concatenate([f.to_ndarray()[0] for f in film.decode(audio=0)])
    assert np.abs(sound[: 5 * HOP]).max() < 0.02 < np.abs(sound[15 * HOP : 25 * HOP]).max()


def test_nothing_cannot_be_filmed(tmp_path):
    with pytest.raises(OutputError, match="nothing was recorded"):
        LiveRecording(("Ada",), ("maya",), 0).film(tmp_path / "talk.mp4")
