"""Piper's joe. What needs his 63 MB is skipped where they are not installed."""

import re

import numpy as np
import pytest
from ear import engine_or_skip, heard, offsets

from agents import models
from agents.tts.piper import MODEL, SPEAKERS, Engine, given_back
from dialogue.errors import ModelFileError
from dialogue.types import RATE, Emotion, Feeling

SENTENCES = (
    "The birch canoe slid on the smooth planks.",
    "It is easy to tell the depth of a well.",
    "Kick the ball straight and follow through.",
    "A pot of tea helps to pass the evening.",
    "The fish twisted and turned on the bent hook.",
    "Take the winding path to reach the lake.",
)


@pytest.fixture(scope="module")
def engine():
    engine = engine_or_skip("piper")
    yield engine
    engine.close()


def test_the_time_of_a_pad_goes_to_the_phone_that_sounds_in_it():
    """Begin and pad, then each symbol with its pad, then end."""
    frames = np.array([5, 1, *(4, 2) * 4, 3.0])
    assert given_back("ætæn", ["æ", "t", "æ", "n"], frames).tolist() == [6, 4, 6, 6 + 2 * 0.85, 4 + 2 * 0.15 + 2, 3]


def test_a_pad_before_a_stress_mark_stays_and_both_halves_of_a_diphthong_are_one():
    frames = np.array([5, 1, *(4, 2) * 4, 3.0])
    assert given_back("tˈA", ["t", "ˈ", "eɪ"], frames).tolist() == [6, 6, 4, 2 + 6 + 6, 3]


def test_a_space_and_the_pads_around_it_are_before_a_consonant_and_after_it_nobodys():
    frames = np.array([0, 0, *(4, 2) * 3, 0.0])
    assert given_back("ə t", ["ə", " ", "t"], frames).tolist() == [0, 4, 2 + 4, 2 + 6, 0]
    assert given_back("t ə", ["t", " ", "ə"], frames).tolist() == [0, 6, 4, 2 + 6, 0]


def test_one_sound_that_is_two_of_our_symbols_is_halved():
    assert given_back("əɹ", ["ɚ", ""], np.array([0, 0, 4, 2, 0.0])).tolist() == [0, 2, 4, 0]


def test_without_its_files_it_has_no_voices_and_says_what_to_run(monkeypatch):
    absent = models.ModelFile((models.Piece("no_such_package", "no-such==1.0", "x"),), 1, "0" * 64, "CC0-1.0", "")
    monkeypatch.setitem(models.MANIFEST, MODEL, absent)
    engine = Engine()
    assert engine.voices() == ()
    with pytest.raises(ModelFileError, match="no-such==1.0 is not installed; run: duologue models pull piper-joe"):
        list(engine.speak("Hello.", "joe", Feeling(), 0))


@pytest.mark.slow
@pytest.mark.parametrize("voice", SPEAKERS)
def test_phones_are_where_their_sound_is(engine, voice):
    found = [offsets(s) for text in SENTENCES for s in engine.speak(text, voice, Feeling(), 0)]
    for kind in ("closure", "hiss", "voice"):
        ms = np.concatenate([f[kind] for f in found])
        assert len(ms) >= 3 and abs(np.median(ms)) < 12, (kind, sorted(ms))
        assert np.mean(np.abs(ms) <= 25) > 0.75, (kind, sorted(ms))


@pytest.mark.slow
def test_another_seed_is_another_take_of_the_same_words(engine):
    (a,), (b,) = (list(engine.speak(SENTENCES[0], "joe", Feeling(), seed)) for seed in (1, 2))
    assert [w.text for w in a.words] == [w.text for w in b.words] and len(a.samples) != len(b.samples)


@pytest.mark.slow
@pytest.mark.parametrize("pace, emotion", [(1.12, "afraid"), (0.86, "sad")])
def test_a_pace_is_kept_though_every_symbol_takes_whole_frames(engine, pace, emotion):
    def length(feeling):
        return sum(len(s.samples) for t in SENTENCES for s in engine.speak(t, "joe", feeling, 0))

    assert length(Feeling()) / length(Feeling(Emotion(emotion))) == pytest.approx(pace, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize(
    "voice, emotion", [("joe", "neutral"), ("joe-quick", "happy"), ("joe", "sad"), ("joe", "angry")]
)
def test_an_ear_hears_every_word(engine, voice, emotion):
    text = "I really think we should go home now, before the rain starts again."
    sound = np.concatenate([s.samples for s in engine.speak(text, voice, Feeling(Emotion(emotion)), 0)])
    assert heard(sound) == re.sub("[,.]", "", text.lower()).split()
    assert -27 < 20 * np.log10(np.sqrt(np.mean(sound**2))) < -17
    assert np.abs(sound.mean()) < 1e-3 and len(sound) < 6 * RATE
