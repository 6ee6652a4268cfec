"""Words and phones found in sound alone, held to voices that know their own times."""

import numpy as np
import pytest
from ear import engine_or_skip

from agents.tts.forced import aligned, path
from agents.tts.hibari import Engine as Hibari
from dialogue.types import RATE, Emotion, Feeling

MS = RATE // 1000
SENTENCES = (
    "The birch canoe slid on the smooth planks.",
    "It is easy to tell the depth of a well.",
    "Kick the ball straight and follow through.",
    "The fish twisted and turned on the bent hook.",
    "Well, I never saw a bigger fish, did you?",
    "My mother baked plum pies, but my brother ate most of them.",
)


@pytest.fixture(scope="module")
def hibari():
    engine = Hibari()
    yield engine
    engine.close()


def off(hibari, engine, voice, feeling=Feeling()):
    """ms between where words and phones are found and where they are."""
    words, phones = [], []
    for text in SENTENCES:
        (guide,), (said,) = hibari.speak(text, "adam", Feeling(), 0), engine.speak(text, voice, feeling, 0)
        found = aligned(said.samples, guide)
        assert [w.text for w in found.words] == [w.text for w in said.words]
        words += [abs(a - b) for x, y in zip(found.words, said.words) for a, b in ((x.start, y.start), (x.end, y.end))]
        phones += [abs(x.start - y.start) for x, y in zip(found.phones, said.phones)]
    return np.array(words) / MS, np.array(phones) / MS


@pytest.mark.slow
@pytest.mark.parametrize("voice, emotion", [("heart", "neutral"), ("walter", "sad"), ("ivy", "surprised")])
def test_words_and_phones_are_found_where_they_are(hibari, voice, emotion):
    for ms in off(hibari, hibari, voice, Feeling(Emotion(emotion))):
        assert np.median(ms) < 20 and np.percentile(ms, 90) < 45, (np.median(ms), np.percentile(ms, 90))


@pytest.mark.slow
def test_a_voice_of_another_family_is_followed_too(hibari):
    joe = engine_or_skip("piper")
    for ms in off(hibari, joe, "joe"):
        assert np.median(ms) < 20 and np.percentile(ms, 90) < 60, (np.median(ms), np.percentile(ms, 90))
    joe.close()


@pytest.mark.slow
def test_whatever_sounds_words_stay_in_order_and_inside(hibari):
    (guide,) = hibari.speak("A bag of apples.", "adam", Feeling(), 0)
    rng = np.random.default_rng(0)
    for size in (RATE // 5, RATE, 7 * RATE):
        for sound in (rng.normal(0, 0.1, size), np.sin(np.arange(size) * 0.05), np.ones(size)):
            found = aligned(sound.astype(np.float32), guide)
            for things in (found.words, found.phones):
                assert all(0 <= t.start < t.end <= size for t in things)
                assert all(a.end <= b.start for a, b in zip(things, things[1:]))
            assert all(any(w.start <= p.start and p.end <= w.end for w in found.words) for p in found.phones)


def test_sound_too_short_for_its_phones_is_refused(hibari):
    (guide,) = hibari.speak("A bag of apples.", "adam", Feeling(), 0)
    with pytest.raises(ValueError, match="480 samples for"):
        aligned(np.ones(480, np.float32), guide)


def test_the_path_goes_from_both_beginnings_to_both_ends():
    a, b = np.array([[0.0], [0], [5], [9]]), np.array([[0.0], [5], [5], [5], [9]])
    mine, its = path(a, b)
    assert list(zip(mine.tolist(), its.tolist())) == [(0, 0), (1, 0), (2, 1), (2, 2), (2, 3), (3, 4)]
