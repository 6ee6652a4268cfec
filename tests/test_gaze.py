"""Eyes: where they go, when, and what the head leaves over for them. Blinks belong to them."""

import numpy as np

from dialogue.types import Emotion, Role
from motion.blink import CLOSURE, HELD, REFRACTORY, Lids, blink, closure
from motion.frame import FPS
from motion.gaze import LARGE, Gaze, Scene, in_head, look, on_partner


def scene(role: Role = Role.LISTENING, **more) -> Scene:
    return Scene(
        **{
            "role": role,
            "starts_in": None,
            "ends_in": None,
            "watched": True,
            "partner_away": False,
            "emotion": Emotion.NEUTRAL,
            "camera": -1,
            **more,
        }
    )


def watch(role: Role, frames: int, seed: int = 3) -> list[Gaze]:
    gaze, out = Gaze(), []
    for frame in range(frames):
        gaze = look(gaze, frame, scene(role), (seed, 0))
        out.append(gaze)
    return out


def test_a_listener_looks_more_than_a_speaker():
    shares = [np.mean([not g.away for g in watch(role, 6000)]) for role in (Role.LISTENING, Role.SPEAKING)]
    assert 0.7 < shares[0] < 0.95 and 0.4 < shares[1] < 0.65  # this listener is watched without a break


def test_a_turn_ends_on_the_partner():
    gaze = Gaze(aim=(-0.1, 0.2), until=1000, held=False)
    assert not look(gaze, 10, scene(Role.SPEAKING, ends_in=8), (3, 0)).away


def test_most_turns_begin_averted():
    starts = [look(Gaze(until=10_000), 100, scene(Role.IDLE, starts_in=5), (seed, 0)).away for seed in range(200)]
    assert 0.55 < np.mean(starts) < 0.78


def test_sad_eyes_go_down_and_thoughtful_ones_mostly_up():
    def heights(emotion):
        looks = [
            look(Gaze(), 50, scene(Role.SPEAKING, emotion=emotion, told="look-away"), (seed, 0)).aim[0]
            for seed in range(100)
        ]
        return np.mean(np.array(looks) > 0)

    assert heights(Emotion.SAD) < 0.15 < 0.45 < heights(Emotion.THOUGHTFUL)


def test_look_camera_turns_to_the_side_of_the_audience():
    assert look(Gaze(), 5, scene(told="look-camera", camera=-1), (1, 0)).aim[1] < -0.3
    assert look(Gaze(), 5, scene(told="look-camera", camera=1), (1, 0)).aim[1] > 0.3


def test_a_large_shift_takes_two_frames_and_a_small_one_one():
    gaze = Gaze(point_until=100, until=1)
    away = look(gaze, 0, scene(told="look-camera"), (1, 0))
    assert 0.5 < away.eye[1] / (away.aim[1] + away.point[1]) < 0.8 and away.shift > LARGE
    after = look(away, 1, scene(), (1, 0))
    assert abs(after.eye[1] - after.aim[1] - after.point[1]) < 0.02


def test_eyes_on_the_partner_are_never_quite_still():
    eyes = np.array([g.eye for g in watch(Role.LISTENING, 500) if not g.away])
    assert 0.005 < eyes.std() < 0.05 and np.abs(eyes).max() < 0.5


def test_eyes_turn_against_the_head_so_that_a_nod_keeps_the_partner():
    heads = np.stack([np.linspace(-0.2, 0.1, 9), np.linspace(0.1, -0.1, 9), np.zeros(9)], -1)
    assert on_partner(heads, in_head(np.zeros((9, 2)), heads)).all()
    assert not on_partner(np.zeros(3), np.array([0.0, 0.3]))


def blinks(speaking: float, minutes: int = 10, urge: float = 0.0) -> list[int]:
    lids, starts = Lids(), []
    for frame in range(minutes * 60 * FPS):
        before, lids = lids, blink(lids, frame, speaking, urge, (5, 0))
        if lids.since != before.since:
            starts.append(frame)
    return starts


def test_people_blink_more_when_they_talk():
    rest, talk = len(blinks(0.0)) / 10, len(blinks(1.0)) / 10
    assert 6 < rest < 14 and 18 < talk < 28  # gaze shifts and turn edges bring the rest up to 17 and 26


def test_only_a_double_blink_comes_within_the_refractory_time():
    gaps = np.diff(blinks(1.0))
    assert np.mean(gaps < REFRACTORY) < 0.1 and gaps.min() >= len(CLOSURE)


def test_a_forced_blink_comes_at_once():
    assert blink(Lids(since=95 - len(HELD)), 100, 0.0, 1.0, (1, 0)).since == 100


def test_a_blink_shuts_in_80_ms_and_opens_slower():
    lids = Lids(since=10)
    curve = [closure(lids, frame) for frame in range(9, 18)]
    shut = curve.index(1.0)
    assert shut == 2 and 0.0 < curve[1] < 1.0
    assert curve[shut:] == sorted(curve[shut:], reverse=True) and curve[shut + 3] > 0.05 and curve[-1] == 0.0
