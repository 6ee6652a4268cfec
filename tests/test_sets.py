"""What lies in a folder is found out, paired and cut without a guess."""

from pathlib import Path

import numpy as np
import pytest

from app import sets
from dialogue.errors import CorpusError
from dialogue.types import Role
from motion.corpus import AUDIO_RATE, ROLES


@pytest.mark.parametrize(
    ("names", "pairs"),
    [
        (("talk.ADA.wav", "talk.BEN.wav"), {"talk": 2}),
        (("a_speaker1.wav", "a_speaker2.wav", "b-left.flac", "b-right.flac"), {"a": 2, "b": 2}),
        (("call 1.mp3", "call 2.mp3", "other.ogg"), {"call": 2, "other": 1}),
        (("x.1.wav", "x.2.wav", "x.3.wav"), {"x.1": 1, "x.2": 1, "x.3": 1}),
        (("one.wav",), {"one": 1}),
        (("left.wav", "right.wav"), {"left": 2}),
    ],
)
def test_recordings_are_paired_by_all_but_the_last_part_of_their_names(names, pairs):
    found = sets.pair_up([Path(name) for name in names])
    assert {name: len(paths) for name, paths in found.items()} == pairs
    assert sorted(path.name for paths in found.values() for path in paths) == sorted(names)


def test_a_long_recording_becomes_clips_of_a_minute_with_roles_found_by_energy():
    seconds = 61
    tracks = [np.zeros(seconds * AUDIO_RATE, np.float32), np.zeros((seconds + 3) * AUDIO_RATE, np.float32)]
    tracks[0][: 30 * AUDIO_RATE] = 0.1
    tracks[1][35 * AUDIO_RATE :] = 0.1
    (clip,) = sets.pieces("talk", tracks)  # the last second is too short for a clip of its own
    assert clip.seconds == 60.0 and clip.name == "talk-00" and clip.has_motion == (False, False)
    roles = [[ROLES[r] for r in own] for own in clip.roles.T]
    assert set(roles[0][: 25 * 30]) == {Role.SPEAKING} and set(roles[1][25 * 36 :]) == {Role.SPEAKING}
    assert roles[0][25 * 40] is Role.LISTENING and roles[0][25 * 33] is roles[1][25 * 33] is Role.IDLE
    assert [c.frames for c in sets.pieces("talk", [np.ones(130 * AUDIO_RATE, np.float32)] * 2)] == [1500, 1500, 250]


@pytest.mark.parametrize(
    ("tracks", "told"),
    [
        ([np.zeros(99_999, np.float32)] * 3, "'talk' has 3 tracks; expected two"),
        ([np.zeros(9_999, np.float32)] * 2, r"lasts 0.60 s; expected 2"),
    ],
)
def test_recordings_that_are_no_conversation_are_told(tracks, told):
    with pytest.raises(CorpusError, match=told):
        list(sets.pieces("talk", tracks))
