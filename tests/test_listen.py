"""From recordings to a performance: who spoke, what moves the faces, and how the camera sees it."""

import numpy as np
import pytest

from agents import vad
from app import listen, shots
from app.listen import CLOSED, gates, segments, turns
from app.recordings import Recordings
from dialogue.timeline import Track
from dialogue.types import RATE, Emotion, Feeling, Role
from motion.frame import HOP

S = RATE  # a second
FELT = (Feeling(Emotion.HAPPY, 0.6), Feeling())


def tone(*spoken, seconds=10, gain=0.1):
    out = np.zeros(seconds * S, np.float32)
    for a, b in spoken:
        at = np.arange(round(a * S), round(b * S))
        out[at] = gain * np.sin(2 * np.pi * 440 / RATE * at)
    return out


def recorded(*sounds):
    tracks = tuple(Track() for _ in sounds)
    for track, sound in zip(tracks, sounds):
        track.put(sound.astype(np.float32), 0)
    return Recordings(("ann", "ben"), None, tracks, len(sounds[0]))


def heard(*sounds, feelings=FELT):
    return listen.listen(recorded(*sounds), feelings, vad.load("fake"))


def test_roles_and_feelings_are_those_of_the_recordings():
    timeline = heard(tone((1, 3)), tone((3.5, 6))).timeline
    spoken = [(s.participant, round(s.start / S, 1), round(s.end / S, 1)) for s in timeline.segments]
    assert spoken == [(0, 1.0, 3.0), (1, 3.5, 6.0)]
    assert timeline.roles_at(2 * S) == (Role.SPEAKING, Role.LISTENING)
    assert timeline.roles_at(5 * S) == (Role.LISTENING, Role.SPEAKING)
    assert timeline.roles_at(8 * S) == (Role.IDLE, Role.IDLE)
    assert timeline.feelings_at(5 * S) == FELT and timeline.duration == 10 * S


def test_two_silent_recordings_are_two_people_at_rest():
    made = heard(tone(), tone())
    assert made.timeline.segments == () and (made.gates == 1.0).all()
    assert all(hop.roles == (Role.IDLE, Role.IDLE) for hop in made.hops())


def test_leaked_speech_does_not_move_the_listener_and_ones_own_is_whole():
    a, b = tone((1, 3)), tone((4, 6))
    leak = np.float32(10 ** (-15 / 20))
    made = heard(a + leak * b, b + leak * a)
    moving, sounding = (
        np.concatenate([hop.audio for hop in hops], 1) for hops in (made.hops(), made.timeline.hops(HOP))
    )
    for p, own, others in ((0, (1, 3), (4, 6)), (1, (4, 6), (1, 3))):
        mine, theirs = (slice(round((x + 0.15) * S), round((y - 0.15) * S)) for x, y in (own, others))
        np.testing.assert_array_equal(moving[p, mine], sounding[p, mine])
        np.testing.assert_allclose(moving[p, theirs], CLOSED * sounding[p, theirs], atol=1e-7)
    assert np.abs(np.diff(moving)).max() <= np.abs(np.diff(sounding)).max() * 1.05  # a gate makes no clicks


def test_what_is_no_leak_and_no_speech_moves_a_face_as_it_is():
    """A laugh that the detector does not take for speech must still reach the lips."""
    leaked = np.zeros((2, 50), bool)
    leaked[1, 10:40] = True
    made = gates(leaked, [[(0, 50 * 1536)], [(20 * 1536, 25 * 1536)]], 1536)
    assert (made[0] == 1.0).all()
    assert np.flatnonzero(made[1] < 1.0).tolist() == [*range(8, 18), *range(27, 42)]


@pytest.mark.slow
def test_speech_is_as_loud_as_in_films_and_a_silent_track_stays_as_it_is():
    quiet, noise = tone((1, 6), gain=0.03), np.random.default_rng(1).uniform(-3e-4, 3e-4, 10 * S)
    made = heard(quiet, noise).timeline
    listen.level(made)
    assert np.abs(made.audio(2 * S, S)[0]).max() == pytest.approx(0.22, abs=0.05)  # -16 LUFS of a sine
    np.testing.assert_array_equal(made.audio(0, 10 * S)[1], noise.astype(np.float32))


def test_the_camera_sees_turns_not_words():
    spans = [[(1 * S, 3 * S), (7 * S // 2, 6 * S), (12 * S, 14 * S)], [(4 * S, 9 * S // 2), (7 * S, 9 * S)]]
    assert turns(segments(spans)) == [
        shots.Turn(0, 1 * S, 6 * S),
        shots.Turn(1, 7 * S, 9 * S),
        shots.Turn(0, 12 * S, 14 * S),
    ]


def test_gaps_are_counted_from_the_end_of_whatever_was_heard_before():
    made = segments([[(0, 5 * S)], [(1 * S, 2 * S), (6 * S, 7 * S)]])
    assert [s.actual_gap / S for s in made] == [0, -4, 1]
