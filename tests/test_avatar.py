"""A motion frame becomes a pose; hair is a spring whose state is an argument."""

import dataclasses

import numpy as np
import pytest

from motion.frame import HOP, INDEX, MotionFrame
from render import bust, gltf
from render.avatar import HAIR_LIMIT, Poser, Sway, rotation, swing
from render.camera import Placement
from tiny_avatar import glb

SEAT = Placement((0.0, 0.0, 0.0), 0.0, (0.0, 0.0), (0.0, 0.0))


def frame(at=0, head=(0.0, 0.0, 0.0), gaze=(0.0, 0.0), **weights):
    w = np.zeros(52, np.float32)
    for name, value in weights.items():
        w[INDEX[name]] = value
    return MotionFrame(at, w, np.float32(head), np.float32(gaze))


@pytest.fixture(scope="module")
def poser():
    return Poser(bust.understand(gltf.parse(glb(), "tiny.glb")))


def test_angles_mean_what_the_motion_frame_says():
    forward, up = np.array([0, 0, 1.0]), np.array([0, 1.0, 0])
    assert (rotation(0.3, 0, 0) @ forward)[1] > 0, "pitch up lifts the nose"
    assert (rotation(0, 0.3, 0) @ forward)[0] > 0, "own left is +X for someone who faces +Z"
    assert (rotation(0, 0, 0.3) @ up)[0] > 0, "roll to the own left lowers the left ear"


def test_a_still_face_is_the_rest_face(poser):
    pose = poser.pose(frame(), SEAT, None, 0)
    assert np.allclose(pose.moving, poser.rest)
    assert np.allclose(pose.head, pose.lag)


def test_a_weight_moves_its_shape_and_is_clipped(poser):
    half, full, over = (poser.pose(frame(jawOpen=w), SEAT, None, 0).moving for w in (0.5, 1.0, 3.0))
    assert np.allclose(full - poser.rest, 2 * (half - poser.rest), atol=1e-6)
    assert np.array_equal(full, over) and np.abs(full - poser.rest).max() > 0.005


def test_eyes_follow_gaze_and_seat_and_not_old_look_weights(poser):
    seat = dataclasses.replace(SEAT, gaze=(0.0, 0.19))
    by_seat = poser.pose(frame(eyeLookUpLeft=1.0), seat, None, 0).moving
    by_gaze = poser.pose(frame(gaze=(0.0, 0.19)), SEAT, None, 0).moving
    assert np.allclose(by_seat, by_gaze) and not np.allclose(by_seat, poser.rest)


def test_head_and_seat_add_up(poser):
    seat = Placement((0.4, 0.0, 0.1), 0.5, (0.0, 0.2), (0.0, 0.0))
    pose = poser.pose(frame(head=(0.0, 0.1, 0.0)), seat, None, 0)
    assert np.allclose(pose.head[:3, :3], rotation(0, 0.8, 0))
    pivot = np.append(poser.bust.pivot, 1.0)
    assert np.abs((pose.head - pose.body) @ pivot).max() < 0.005, "the neck stays on the shoulders"


def test_breath_lifts_the_shoulders_by_millimetres(poser):
    heights = [poser.pose(frame(), SEAT, None, at).body[1, 3] for at in range(0, 48_000 * 5, 9_600)]
    assert 0.002 < np.ptp(heights) < 0.006


def test_hair_of_a_still_head_hangs_still():
    sway = None
    for k in range(10):
        sway = swing(sway, frame(k * HOP, (0.1, 0.2, 0.0)))
    assert sway == Sway(9 * HOP, sway.angle) and np.allclose(sway.angle, (0.1, 0.2, 0.0))


def test_hair_lags_overshoots_and_comes_to_rest():
    sway, lag = swing(None, frame(0)), []
    for k in range(1, 100):
        sway = swing(sway, frame(k * HOP, (0.0, 0.3, 0.0)))
        lag.append(sway.angle[1] - 0.3)
    assert lag[0] < -0.2 and max(lag) > 0.05 and abs(lag[-1]) < 1e-3


def test_hair_does_not_depend_on_who_draws_which_frame():
    frames = [frame(k * HOP, (0.05 * np.sin(k), 0.3 * np.sin(0.4 * k), 0.0)) for k in range(40)]
    sway, all_sways = None, []
    for f in frames:
        sway = swing(sway, f)
        all_sways.append(sway)
    again = None
    for f in frames[:21]:
        again = swing(again, f)
    assert again == all_sways[20]
    assert swing(all_sways[20], frames[3]) == Sway(frames[3].start, swing(None, frames[3]).angle), (
        "going back in time starts at rest"
    )


def test_hair_at_another_rate_swings_alike():
    def after_a_second(step):
        sway = swing(None, frame(0))
        for at in range(step, 48_001, step):
            sway = swing(sway, frame(at, (0.0, 0.3, 0.0)))
        return sway.angle[1]

    assert after_a_second(800) == pytest.approx(after_a_second(1920), abs=1e-9)


def test_hair_never_goes_through_the_face(poser):
    wild = Sway(0, (0.0, 3.0, 0.0))
    pose = poser.pose(frame(), SEAT, wild, 0)
    turned = np.arccos(np.clip((np.trace(pose.head[:3, :3].T @ pose.lag[:3, :3]) - 1) / 2, -1, 1))
    assert turned <= HAIR_LIMIT + 1e-6
