"""Seats and cameras: everyone is in the frame, nobody crosses the line."""

import numpy as np
import pytest

from render.camera import (
    SHOTS,
    TABLE_DEEP,
    TABLE_EDGE,
    TABLE_Y,
    Shot,
    blocking,
    glances,
    partner,
    placements,
    shown,
    view,
)
from render.errors import SceneError
from render.scene import look_at, perspective, visible

WIDE = 16 / 9


def projected(shot, seats, point, aspect=WIDE, at=0):
    """Where a point of the room is in the picture, -1..1, y up."""
    v = view(shot, seats, aspect, at)
    x, y, z, w = perspective(v.fov, aspect) @ look_at(v.eye, v.target) @ [*point, 1.0]
    assert w > 0, "behind the camera"
    return np.array([x, y]) / w


def every_shot(seats):
    for kind in SHOTS:
        for subject in range(len(seats)) if kind in ("single", "over-shoulder") else [None]:
            yield Shot(kind, subject)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_head_it_is_about_is_whole_in_every_shot(count):
    seats = placements([None] * count)
    for shot in every_shot(seats):
        for i in [shot.subject] if shot.subject is not None else range(count):
            x, y, z = blocking(shot, seats)[i].position
            for dx, dy in ((0, 0.14), (0, -0.14), (0.09, 0), (-0.09, 0)):
                assert (np.abs(projected(shot, seats, (x + dx, y + dy, z))) < 1.0).all(), (shot, i, dx, dy)


@pytest.mark.parametrize("aspect", [16 / 9, 1.2, 1.0, 9 / 16])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_nobody_sees_below_the_table(count, aspect):
    for kind in ("wide", "two-shot"):
        x, y = projected(Shot(kind), placements([None] * count), (0.0, TABLE_Y - TABLE_DEEP, TABLE_EDGE), aspect)
        assert y < -1.0


def test_a_glance_leads_from_the_partner_to_the_audience_or_past_the_middle():
    (_, _, left), (_, _, right) = glances(placements([None, None]), WIDE)
    assert -1.0 < left < -0.6 and abs(left + right) < 1e-9, "who sits left turns to the own right"
    three = glances(placements([None] * 3), WIDE)
    assert three[0, 1] == three[0, 2] == 0.0, "the next and the one behind lie the same way"
    assert three[1, 0] < -0.3 and three[1, 2] > 0.3 and abs(three[1, 3]) < 0.05
    assert not glances(placements([None]), WIDE).round(9).any()


def test_who_sits_left_is_left_and_looks_right_in_every_shot():
    seats = placements(["right", "left"])
    assert seats[0].position[0] > 0 > seats[1].position[0]
    for shot in every_shot(seats):
        right, left = (projected(shot, seats, s.position)[0] for s in blocking(shot, seats))
        assert left < right
        v = view(shot, seats, WIDE)
        assert v.eye[2] > 0, "the camera stays on its side of the line"
    assert seats[1].yaw > 0 > seats[0].yaw and seats[1].gaze[1] > 0 > seats[0].gaze[1]


def test_faces_of_a_single_look_just_past_the_lens():
    seats = placements([None, None])
    v = view(Shot("single", 0), seats, WIDE)
    to_camera = np.arctan2(v.eye[0] - seats[0].position[0], v.eye[2])
    face = seats[0].yaw + seats[0].head[1]
    assert np.radians(10) < face - to_camera < np.radians(25)
    assert face + seats[0].gaze[1] - to_camera < np.radians(30)
    assert projected(Shot("single", 0), seats, seats[0].position)[0] < 0, "the look has room"


def test_shoulders_do_not_touch_in_a_two_shot():
    seats = placements([None, None])
    inner = [s.position[0] + 0.22 * np.cos(s.yaw) * np.sign(s.yaw) for s in seats]
    assert inner[0] < inner[1]


def test_no_frame_shows_where_a_bust_ends():
    seats = placements([None, None])
    for shot in every_shot(seats):
        if shot.kind in ("single", "over-shoulder"):
            x, _, z = seats[shot.subject].position
            assert projected(shot, seats, (x, -0.30, z))[1] < -1.0
        else:
            assert projected(shot, seats, (0.0, TABLE_Y, 0.0))[1] > -1.0, "the table is in the frame and hides it"


def test_over_a_shoulder_the_partner_turns_away_and_keeps_out_of_the_face():
    seats = placements([None, None, None])
    assert partner(0, seats) == 1 and partner(2, seats) == 1
    seats = placements([None, None])
    shot = Shot("over-shoulder", 0)
    owner = blocking(shot, seats)[1]
    assert abs(owner.yaw) > abs(seats[1].yaw) + 0.4 and owner.dim < 1
    apart = projected(shot, seats, owner.position)[0] - projected(shot, seats, seats[0].position)[0]
    assert apart > 0.5


def test_a_single_shows_nobody_else():
    seats = placements([None, None])
    assert shown(Shot("single", 1), seats) == (1,) and shown(Shot("wide"), seats) == (0, 1)


def test_the_camera_breathes_without_turning():
    seats = placements([None, None])
    views = [view(Shot("two-shot"), seats, WIDE, at) for at in range(0, 48_000 * 30, 48_000)]
    eyes, looks = np.array([v.eye for v in views]), np.array([np.subtract(v.target, v.eye) for v in views])
    assert 0.005 < np.ptp(eyes[:, 0]) < 0.02 and np.ptp(looks, axis=0).max() < 1e-9
    assert view(Shot("wide"), seats, WIDE, 96_000) == view(Shot("wide"), seats, WIDE, 96_000)


def test_a_portrait_picture_still_shows_both():
    seats = placements([None, None])
    for seat in seats:
        assert (np.abs(projected(Shot("two-shot"), seats, seat.position, aspect=9 / 16)) < 1).all()


def test_nobody_is_drawn_who_cannot_be_seen():
    seats = placements([None, None])
    v = view(Shot("single", 0), seats, WIDE)
    assert visible(v, seats[0], (1280, 720))
    far = blocking(Shot("wide"), placements([None] * 4))[3]
    assert not visible(v, far, (1280, 720))


@pytest.mark.parametrize(
    "make, says",
    [
        (lambda: Shot("singel", 0), "did you mean 'single'"),
        (lambda: Shot("single"), "has no subject"),
        (lambda: placements(["lefft"]), "did you mean 'left'"),
        (lambda: view(Shot("single", 4), placements([None, None]), WIDE), "expected 0..1"),
        (lambda: blocking(Shot("over-shoulder", 4), placements([None, None])), "expected 0..1"),
    ],
)
def test_what_cannot_be_shot_is_said(make, says):
    with pytest.raises(SceneError, match=says):
        make()
