"""Flite's voices, for corpora: what the program tells becomes phones."""

import numpy as np
import pytest

from agents.tts import engines
from agents.tts.flite import MANNERS, PHONES, Flite, installed, phones
from app.corpus_voices import Together
from dialogue.errors import EngineError
from dialogue.types import Feeling, Phone
from motion.corpus import PHONE_INDEX

ABSENT = pytest.mark.skipif(not installed(), reason="the program flite is not here: apt-get install flite")


def test_every_sound_of_flite_is_one_that_a_corpus_knows():
    assert all(symbol in PHONE_INDEX for symbol in PHONES.values())


def test_what_flite_tells_becomes_phones_that_touch():
    told = "pau:0.100 hh:0.150 ay:0.300 pau:0.400"
    assert phones(told) == (Phone("h", 4800, 7200), Phone("I", 7200, 14400))


def test_an_unknown_sound_is_named():
    with pytest.raises(EngineError, match="'qq'"):
        phones("pau:0.1 qq:0.2")


def test_nobody_is_offered_these_voices():
    assert "flite" not in engines()


@pytest.mark.skipif(installed(), reason="flite is here")
def test_without_the_program_one_hears_how_to_get_it():
    with pytest.raises(EngineError, match="apt-get install flite"):
        Flite()


@ABSENT
@pytest.mark.slow
@pytest.mark.parametrize("voice", MANNERS)
def test_phones_lie_in_the_sound(voice):
    (said,) = Flite().speak("She saw the boats.", voice, Feeling(), 0)
    assert 0.5 * 48_000 < len(said.samples) < 3 * 48_000
    assert [p.symbol for p in said.phones][:3] in (["ʃ", "i", "s"], ["ʃ", "ɪ", "s"])
    assert said.phones[-1].end <= len(said.samples)
    assert 0.02 < np.sqrt(np.mean(said.samples**2)) < 0.4


@ABSENT
def test_a_voice_that_is_not_there_is_named():
    with pytest.raises(EngineError, match="no voice 'flite-sl'"):
        next(Flite().speak("Hello.", "flite-sl", Feeling(), 0))


@ABSENT
@pytest.mark.slow
def test_engines_together_speak_each_with_its_own_voices():
    one, two = Flite({"a": MANNERS["flite-slt"]}), Flite({"b": MANNERS["flite-rms"]})
    both = Together((one, two))
    assert [v.name for v in both.voices()] == ["a", "b"]
    assert len(next(both.speak("Hello.", "b", Feeling(), 0)).samples) > 0
    assert len(both.laugh("a", Feeling(), 0).samples) > 0
