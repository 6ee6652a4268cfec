"""Lessons: what stands at which hop, and how sound is disturbed."""

import numpy as np
import pytest
import small_corpus

from motion import lessons
from motion.corpus import PHONES
from motion.events import MOUTH, gather
from motion.features import CEILING, FLOOR
from motion.frame import INDEX
from motion.models.dual_stream import FEELINGS, LOOKAHEAD


@pytest.fixture(scope="module")
def lesson():
    return lessons.study(small_corpus.clip("a", "train"))


@pytest.fixture(scope="module")
def banks(lesson):
    return gather(lessons.takes([lesson]), np.random.default_rng(1))


def test_a_window_is_a_function_of_its_chance(lesson, banks):
    a, b = (lessons.cut([lesson], banks, (2, 60), np.random.default_rng(5), True) for _ in range(2))
    assert all(np.array_equal(x, y) for x, y in zip(vars(a).values(), vars(b).values()))


def test_a_frame_stands_at_the_hop_that_makes_it(lesson, banks):
    window = lessons.cut([lesson], banks, (1, 60), np.random.default_rng(5), False)
    mel = lesson.mel[:, :, 0].astype(np.float32)
    at = next(n for n in range(mel.shape[1] - 59) if np.array_equal(mel[:, n : n + 60], window.mel[0, :, :, 0]))
    assert np.array_equal(window.motion[0], lesson.motion[:, at - LOOKAHEAD : at - LOOKAHEAD + 60])
    assert np.array_equal(window.controls[0], lesson.controls[:, at : at + 60])
    assert np.array_equal(window.phones[0], lesson.phones[:, 2 * at - 5 : 2 * at + 115])  # 2 at + 1 tells 2 (at - 2)


def test_contacts_are_lips_that_meet_in_speech_and_not_in_silence(lesson):
    jaw = lesson.motion[0, :, INDEX["jawOpen"]]
    met = lesson.contact[0, :, 0] > 0
    silent = np.arange(len(jaw)) // 50 % 2 == 1
    assert met[(jaw == 0) & ~silent].mean() > 0.9 and not met[jaw > 0.1].any() and met[silent].mean() < 0.05


def test_events_may_begin_only_after_their_rest(lesson):
    assert (lesson.rested[lesson.began > 0] == 1.0).mean() > 0.95
    blinks = np.flatnonzero(lesson.began[0, :, 1])
    assert list(blinks[:4]) == [40, 80, 120, 160] and lesson.rested[0, 41:55, 1].max() == 0.0


def test_scales_are_deviations_and_never_nothing(lesson):
    scale = lessons.normal([lesson])["mouth.scale"]
    jaw = list(MOUTH).index(INDEX["jawOpen"])
    assert scale[jaw] > 0.1 and scale.min() == np.float32(0.04)


def test_where_phones_are_unknown_loudness_tells_who_speaks(lesson):
    unknown = np.full_like(lesson.phones, -1)
    said = lessons.speaks(unknown, lesson.mel.astype(np.float32))
    true = lesson.phones.reshape(2, -1, 2).max(-1) == PHONES.index("ɑ")
    assert said[true].mean() > 0.9 and said[:, 60:90][0].mean() < 0.1


def test_disturbed_sound_stays_within_the_features_and_differs_by_stream():
    mel = np.full((3, 2, 50, 256), -1.0, np.float32)
    out = lessons.disturb(mel, np.random.default_rng(2))
    assert out.shape == mel.shape and out.min() >= FLOOR and out.max() <= CEILING
    assert len({round(float(x), 4) for x in out.mean((2, 3)).ravel()}) == 6


def test_windows_of_speech_lie_around_a_voice(lesson):
    speech = lessons.cut_speech([lesson], (8, 60), np.random.default_rng(4), False)
    assert speech.mel.shape == (8, 60, 256) and speech.motion.shape == (8, 60, 57)
    assert (speech.phones > 0).mean() > 0.35  # half of the clip is silent


def test_where_there_is_only_noise_the_mouth_rests_and_nothing_is_felt(lesson):
    draws = [lessons.cut_speech([lesson], (2, 60), np.random.default_rng(i), True) for i in range(8)]
    silent = [d for d in draws if not d.motion[0].any()]
    assert 0 < len(silent) < 8
    for d in silent:
        assert not d.phones[0].any() and not d.contact[0].any() and not d.controls[0][:, FEELINGS].any()
        assert d.mel[0].std() > 0.2 and d.motion[1].any()


def test_a_generated_partner_is_what_others_see_and_not_what_is_learnt(lesson):
    made = lesson.motion.astype(np.float32).swapaxes(0, 1)[:-LOOKAHEAD].copy()
    made[..., 52:57] = 0.3  # nobody looks at anybody
    beside = lessons.closed(lesson, made)
    assert (beside.heads[:, :-LOOKAHEAD] == np.float32(0.3)).all()
    assert np.allclose(beside.heads[:, -LOOKAHEAD:], lesson.heads[:, -LOOKAHEAD:], atol=1e-5)  # kept as float16
    assert not beside.gaze[:, 1:-LOOKAHEAD, 2].any() and np.array_equal(beside.gaze[..., 0], lesson.gaze[..., 0])
    assert beside.motion is lesson.motion
