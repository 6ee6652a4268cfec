"""Feelings on faces."""

import numpy as np
import pytest

from dialogue.types import Emotion, Feeling
from motion.expressions import EMOTIONS, MIRROR, POSES, REST, activation, aims, express, join
from motion.frame import INDEX
from motion.visemes import shape

NONE = np.zeros((1, 52), np.float32)


def face(emotion: Emotion, intensity: float = 1.0, speech: float = 0.0) -> np.ndarray:
    return express(activation(Feeling(emotion, intensity))[None], np.array([speech]), NONE)[0]


def test_every_emotion_has_a_pose():
    assert set(POSES) == set(Emotion)


def test_no_two_emotions_look_alike():
    faces = [face(e) for e in EMOTIONS]
    assert min(np.abs(a - b).max() for i, a in enumerate(faces) for b in faces[:i]) > 0.2


@pytest.mark.parametrize("emotion", [e for e in Emotion if e is not Emotion.NEUTRAL])
def test_half_the_intensity_is_half_the_way_from_rest(emotion):
    assert np.allclose(face(emotion, 0.5), (face(emotion) + face(emotion, 0.0)) / 2, atol=1e-6)


def test_neutral_is_a_friendly_rest():
    assert np.allclose(face(Emotion.NEUTRAL), REST)
    assert REST[INDEX["mouthSmileLeft"]] > 0.1


def test_faces_stay_within_reach_of_the_shapes():
    for emotion in Emotion:
        assert face(emotion).min() > -0.01 and face(emotion).max() <= 1.05


def test_while_speaking_the_mouth_makes_way_and_the_eyes_do_not():
    quiet, speaking = face(Emotion.SURPRISED), face(Emotion.SURPRISED, speech=1.0)
    assert speaking[INDEX["jawOpen"]] < 0.2 * quiet[INDEX["jawOpen"]]
    assert speaking[INDEX["eyeWideLeft"]] == quiet[INDEX["eyeWideLeft"]]
    assert face(Emotion.HAPPY, speech=1.0)[INDEX["mouthSmileLeft"]] > 0.4


def test_a_listener_mirrors_joy_weaker_and_meets_anger_with_concern():
    other = activation(Feeling(Emotion.HAPPY))[None]
    shown = aims(np.zeros((1, 8)), other, np.zeros(1))[0]
    assert 0.2 < shown[EMOTIONS.index(Emotion.HAPPY)] < 0.8
    angry = aims(np.zeros((1, 8)), activation(Feeling(Emotion.ANGRY))[None], np.zeros(1))[0]
    assert angry[EMOTIONS.index(Emotion.ANGRY)] == 0 and angry[EMOTIONS.index(Emotion.SAD)] > 0
    assert (MIRROR.sum(1) < 0.7).all()


def test_a_speaker_shows_its_own_feeling_whatever_the_other_feels():
    own = activation(Feeling(Emotion.SAD, 0.7))[None]
    assert np.array_equal(aims(own, activation(Feeling(Emotion.HAPPY))[None], np.ones(1)), own)


def test_feelings_never_add_up_to_more_than_one():
    own = activation(Feeling(Emotion.HAPPY))[None]
    assert aims(own, own, np.zeros(1)).sum() <= 1.0 + 1e-6


def test_joining_smile_and_spread_vowel_stays_below_one():
    both = join(shape(mouthSmile=0.8), shape(mouthSmile=0.5))
    assert both[INDEX["mouthSmileLeft"]] == pytest.approx(0.9)
    assert np.array_equal(join(REST, shape()), REST)
