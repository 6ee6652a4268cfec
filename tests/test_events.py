"""Motion taken apart into what happens and what goes on."""

import numpy as np

from motion import events
from motion.events import BLINK_FRAMES, FACE, MOUTH, NOD_FRAMES, PITCH, SLOW, ages, gather, nearest, take_apart
from motion.frame import ARKIT, INDEX, LOOK

CLOSURE = (0.52, 1.0, 0.74, 0.38, 0.14, 0.03)


def motion(frames: int = 200) -> np.ndarray:
    """[T, 57]: blinks at 50 and 120, a nod around 80, the eyes to the left at 100; the head sways slowly."""
    out = np.zeros((frames, 57), np.float32)
    out[:, INDEX["eyeWideLeft"]] = 0.2
    for at in (50, 120):
        for i, shut in enumerate(CLOSURE):
            out[at + i, [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]] = shut
            out[at + i, INDEX["eyeWideLeft"]] = 0.2 * (1 - shut)
    t = np.arange(frames) / 25
    out[:, 52] = 0.05 * np.sin(2 * np.pi * 0.2 * t) - 0.06 * np.sin(2 * np.pi * 3.0 * t) * np.exp(
        -(((t - 3.3) / 0.4) ** 2)
    )
    out[100:, 56] = 0.25
    return out


def test_every_channel_is_mouth_face_or_look():
    assert sorted([*MOUTH, *FACE, *LOOK]) == list(range(len(ARKIT)))
    assert list(SLOW[PITCH:]) == [52, 53, 54]


def test_blinks_nods_and_shifts_are_found_where_they_are():
    acts = take_apart(motion())
    assert list(np.flatnonzero(acts.blink)) == [50, 120]
    assert list(np.flatnonzero(acts.shift)) == [100] or 100 in np.flatnonzero(acts.shift)
    (nod,) = np.flatnonzero(acts.nod)
    assert 70 <= nod <= 84
    assert np.allclose(acts.aim[110], motion()[110, 55:57] + motion()[110, 52:54], atol=0.06)


def test_what_is_left_has_no_events():
    acts = take_apart(motion())
    lids = acts.slow[:, events.LIDS]
    assert np.abs(np.diff(lids, axis=0)).max() < 0.01
    t = np.arange(200) / 25
    assert np.abs(acts.slow[10:190, PITCH] - 0.05 * np.sin(2 * np.pi * 0.2 * t)[10:190]).max() < 0.02


def test_the_parts_make_the_whole():
    whole, acts = motion(), take_apart(motion())
    assert np.abs(acts.slow[:, PITCH] + acts.wave - whole[:, 52]).max() < 1e-6
    base = acts.slow[:, list(FACE).index(INDEX["eyeBlinkLeft"])]
    assert np.abs(1 - (1 - base) * (1 - acts.shut) - whole[:, INDEX["eyeBlinkLeft"]]).max() < 0.06


def test_banks_hold_shapes_that_were_seen():
    banks = gather([take_apart(motion())], np.random.default_rng(1))
    assert banks.nods.shape == (events.NODS, NOD_FRAMES) and banks.nods.min() < -0.03
    assert banks.blinks.shape == (events.BLINKS, BLINK_FRAMES) and np.allclose(banks.blinks[:, 1], 1.0, atol=0.01)
    assert nearest(np.array([[0.0, 0.25]]), banks.aims)[0] >= 0


def test_a_face_without_events_gives_banks_of_nothing():
    banks = gather([take_apart(np.zeros((30, 57), np.float32))], np.random.default_rng(1))
    assert not banks.nods.any() and not banks.blinks.any() and not banks.aims.any()


def test_ages_count_frames_since_the_last_beginning():
    began = np.array([0, 1, 0, 0, 1, 0], bool)
    assert list(ages(began)) == [1000, 1000, 1, 2, 3, 1]
