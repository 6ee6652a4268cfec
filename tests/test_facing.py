"""Turning to a partner: eyes first, then the head, and what a face does beside it stays."""

import numpy as np

from motion.facing import HEAD_SHARE, Facing, face, turned
from motion.frame import ARKIT, FPS, LOOK, MotionFrame


def frame(gaze=(0.0, 0.0), head=(0.0, 0.0, 0.0)):
    return MotionFrame(0, np.zeros(len(ARKIT), np.float32), np.float32(head), np.float32(gaze))


def after(frames, aim=-0.8, facing=Facing()):
    for _ in range(frames):
        facing = face(facing, aim)
    return facing


def test_eyes_are_there_in_two_frames_and_the_head_within_half_a_second():
    assert after(2).eye == -0.8 and abs(after(2).head) < 0.15
    assert abs(after(FPS // 2).head + 0.8 * HEAD_SHARE) < 0.08
    heads = [after(n).head for n in range(2 * FPS)]
    assert min(heads) >= -0.8 * HEAD_SHARE - 1e-6, "it does not swing past"


def test_the_look_goes_where_it_was_told_and_a_nod_stays_a_nod():
    nod = frame(gaze=(0.05, 0.0), head=(-0.2, 0.1, 0.0))
    now = turned(nod, after(2 * FPS))
    assert np.allclose(now.head[:2] + now.gaze, nod.head[:2] + nod.gaze + [0.0, -0.8], atol=1e-5)
    assert now.head[0] == nod.head[0] and now.weights[LOOK].max() > 0


def test_who_faces_the_usual_partner_is_left_alone():
    still = frame()
    assert turned(still, after(9, 0.0)) is still
    back = after(3 * FPS, 0.0, after(FPS))
    assert np.allclose(turned(still, back).head, 0.0, atol=1e-3)
