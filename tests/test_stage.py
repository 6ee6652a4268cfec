"""Rooms are painted once, the same every time, and hold every camera's view."""

import numpy as np
import pytest

from render import stage
from render.camera import SHOTS, Shot, placements, view
from render.errors import SceneError


@pytest.mark.slow
@pytest.mark.parametrize("name", stage.STAGES)
def test_a_room_is_soft_varied_and_not_brighter_than_a_face(name):
    room = stage.paint(name, stage.LIGHTS["warm"]).astype(float)
    assert room.shape == (600, 1520, 3)
    luma = room @ [0.2126, 0.7152, 0.0722]
    assert luma.std() > 8 and (luma > 245).mean() < 0.08
    assert np.abs(np.diff(luma, axis=1)).mean() < 3, "out of focus"
    assert luma[:, 600:920].mean() < 175


@pytest.mark.slow
def test_a_room_is_painted_the_same_every_time_and_takes_its_light():
    warm, again, cool = (stage.paint("plain", stage.LIGHTS[n]) for n in ("warm", "warm", "cool"))
    assert np.array_equal(warm, again)
    assert cool[..., 2].mean() > warm[..., 2].mean()


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("aspect", [16 / 9, 9 / 16, 1.0])
def test_every_camera_sees_a_part_of_the_panorama(count, aspect):
    seats = placements([None] * count)
    for kind in SHOTS:
        for subject in range(count) if kind in ("single", "over-shoulder") else [None]:
            w, h, u, v = stage.window(view(Shot(kind, subject), seats, aspect), aspect)
            assert 0 < w <= 1 and 0 < h <= 1 and 0 <= u <= 1 - w and 0 <= v <= 1 - h


def test_a_camera_that_turns_sees_another_part_of_the_same_room():
    seats = placements([None, None])
    u = [
        stage.window(view(Shot(*s), seats, 16 / 9), 16 / 9)[2]
        for s in (("single", 0), ("two-shot", None), ("single", 1))
    ]
    assert u[0] < u[1] < u[2]


def test_a_standing_camera_needs_one_backdrop():
    seats = placements([None, None])
    windows = {stage.window(view(Shot("wide"), seats, 16 / 9, at), 16 / 9) for at in range(0, 48_000 * 20, 48_000)}
    assert len(windows) == 1


def test_the_key_comes_from_the_partners_side():
    left, right = (stage.key_direction(stage.LIGHTS["warm"], side) for side in (1.0, -1.0))
    assert left[0] > 0 > right[0] and np.allclose(np.linalg.norm(left), 1) and left[1] > 0.3


def test_unknown_names_get_a_suggestion():
    with pytest.raises(SceneError, match="did you mean 'studio'"):
        stage.paint("studo", stage.LIGHTS["warm"])
    with pytest.raises(SceneError, match="there is: warm, cool, evening"):
        stage.find_light("disco")
