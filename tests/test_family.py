"""A family of voices on a network that is one tone: what a speaker and a feeling do to it."""

import numpy as np
import pytest

from agents.tts.align import Leads
from agents.tts.family import OF_PITCH, Family, Speaker
from agents.tts.prosody import TABLE
from agents.tts.take import Take
from dialogue.emotion import VOCALS
from dialogue.errors import EngineError
from dialogue.types import RATE, Emotion, Feeling

SPEAKERS = {"plain": Speaker("as it is"), "brisk": Speaker("quicker and higher", pace=1.2, tape=1.1, gain_db=-6.0)}
HZ = 500


class Tone:
    """Four frames of 25 ms for every symbol."""

    def __init__(self):
        self.asked = []

    def say(self, symbols, voice, pace, rng):
        self.asked.append((symbols, voice))
        frames = np.full(len(symbols) + 2, 4 / pace)
        frames[[0, -1]] = 0.0
        time = np.arange(round(frames.sum() * 600)) / 24_000
        return Take((0.3 * np.sin(2 * np.pi * HZ * time)).astype(np.float32), 24_000, frames)


@pytest.fixture(scope="module")
def network():
    return Tone()


@pytest.fixture(scope="module")
def family(network):
    family = Family("tones", SPEAKERS, Leads(0), lambda: network)
    say(family)  # it loads here, not in the first test
    return family


def say(family, text="See you, Sue.", voice="plain", feeling=Feeling()):
    return list(family.speak(text, voice, feeling, 0))


def hz(speech):
    return np.abs(np.fft.rfft(speech.samples)).argmax() * RATE / len(speech.samples)


def test_a_sentence_is_one_piece_of_speech_with_its_words(family, network):
    hello, bye = say(family, "Hello, Ben. Good bye!")
    assert [w.text for w in hello.words] == ["Hello,", "Ben."] and [w.text for w in bye.words] == ["Good", "bye!"]
    assert network.asked[-2:] == [("həlˈO, bˈɛn.", "plain"), ("ɡˈʊd bˈI!", "plain")]


def test_a_speaker_is_as_quick_as_high_and_as_loud_as_its_row_says(family):
    (plain,), (brisk,) = say(family), say(family, voice="brisk")
    assert len(plain.samples) / len(brisk.samples) == pytest.approx(1.2, rel=0.01)
    assert hz(brisk) / hz(plain) == pytest.approx(1.1, rel=0.01)
    assert np.abs(brisk.samples).max() / np.abs(plain.samples).max() == pytest.approx(0.5, rel=0.03)


@pytest.mark.parametrize("emotion", Emotion)
def test_a_feeling_moves_pace_level_and_pitch_as_its_table_says(family, emotion):
    (plain,), (felt,) = say(family), say(family, feeling=Feeling(emotion, 1.0))
    mood = TABLE[emotion]
    assert len(plain.samples) / len(felt.samples) == pytest.approx(mood.pace, rel=0.01)
    assert hz(felt) / hz(plain) == pytest.approx(2 ** (OF_PITCH * mood.pitch_st / 12), rel=0.01)
    louder = np.median(np.abs(felt.samples)) / np.median(np.abs(plain.samples))
    assert 20 * np.log10(louder) == pytest.approx(mood.level_db, abs=0.3)


@pytest.mark.parametrize("kind", VOCALS)
def test_a_laugh_is_a_bout_of_breaths_and_vowels_that_grows_softer(family, kind):
    laugh = family.laugh("plain", Feeling(), 3, kind)
    assert laugh.words == () and [p.symbol for p in laugh.phones] == ["h", "ʌ"] * (len(laugh.phones) // 2)
    assert all(a.end == b.start for a, b in zip(laugh.phones, laugh.phones[1:]))
    vowels = [np.abs(laugh.samples[p.start : p.end]).max() for p in laugh.phones if p.symbol == "ʌ"]
    assert len(vowels) >= 2 and vowels[-1] < vowels[0] <= 0.8


def test_what_a_family_does_not_have_is_an_error_with_a_suggestion(family):
    with pytest.raises(EngineError, match="tones has no voice 'plane'; did you mean 'plain'"):
        say(family, voice="plane")
    with pytest.raises(EngineError, match="tones cannot make the sound 'laughz'; did you mean 'laughs'"):
        family.laugh("plain", Feeling(), 0, "laughz")


def test_a_closed_family_says_so(network):
    family = Family("tones", SPEAKERS, Leads(0), lambda: network)
    family.close()
    with pytest.raises(EngineError, match="the tones engine is closed"):
        say(family)
