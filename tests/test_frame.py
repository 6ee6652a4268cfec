"""One moment of one face: names, shapes, blending and the eyes."""

import numpy as np
import pytest

from motion.frame import ARKIT, INDEX, LOOK, MotionFrame, blend, look_weights


def frame(start: int = 0, weight: float = 0.0, head: float = 0.0) -> MotionFrame:
    return MotionFrame(start, np.full(52, weight, np.float32), np.full(3, head, np.float32), np.zeros(2, np.float32))


def test_there_are_52_different_names():
    assert len(set(ARKIT)) == 52 and INDEX["tongueOut"] == 51


def test_a_frame_of_the_wrong_shape_is_refused_with_both_shapes():
    with pytest.raises(ValueError, match=r"\(51,\).*expected \(52,\)"):
        MotionFrame(0, np.zeros(51, np.float32), np.zeros(3, np.float32), np.zeros(2, np.float32))


def test_half_way_between_two_frames_everything_is_half_way():
    middle = blend(frame(0), frame(1920, 1.0, 0.2), 0.5)
    assert middle.start == 960
    assert np.allclose(middle.weights, 0.5) and np.allclose(middle.head, 0.1)


def test_looking_to_its_own_left_turns_the_left_eye_out_and_the_right_eye_in():
    weights = dict(zip([ARKIT[i] for i in LOOK], look_weights(np.array([0.0, 0.19]))))
    assert weights["eyeLookOutLeft"] == weights["eyeLookInRight"] == pytest.approx(0.5)
    assert sum(weights.values()) == pytest.approx(1.0)


def test_looking_down_and_far_stays_within_reach_of_the_shapes():
    weights = dict(zip([ARKIT[i] for i in LOOK], look_weights(np.array([-2.0, -2.0]))))
    assert weights["eyeLookDownLeft"] == weights["eyeLookDownRight"] == 1.0
    assert weights["eyeLookInLeft"] == weights["eyeLookOutRight"] == 1.0
    assert weights["eyeLookUpLeft"] == 0.0


def test_many_gazes_at_once_give_the_same_weights_as_one_by_one():
    gazes = np.random.default_rng(1).normal(0, 0.2, (7, 2))
    assert np.array_equal(look_weights(gazes), np.stack([look_weights(g) for g in gazes]))
