import numpy as np
import pytest

from agents import tts
from agents.delivery import Line, deliver
from dialogue.emotion import read
from dialogue.errors import EngineError
from dialogue.types import RATE, Cue, Emotion, Feeling

HAPPY, SAD = Feeling(Emotion.HAPPY), Feeling(Emotion.SAD, 0.5)
ENGINE = tts.load("fake")


def perform(text, feeling=Feeling(), seed=0, engine=ENGINE, voice="low"):
    items, mistakes = read(text)
    assert not mistakes
    return deliver(Line(1, items, voice, feeling, seed), engine)


def word(utterance, text):
    return next(w for w in utterance.words if w.text == text)


def silence_between(utterance, a, b):
    return (word(utterance, b).start - word(utterance, a).end) / RATE


def test_a_line_becomes_one_utterance_with_its_text_and_words():
    line, feeling = perform("Hello there, Ben. You came!")
    assert (line.participant, line.text) == (1, "Hello there, Ben. You came!")
    assert [w.text for w in line.words] == ["Hello", "there,", "Ben.", "You", "came!"]
    assert line.samples.dtype == np.float32 and feeling == Feeling()


def test_words_and_phones_lie_where_their_sound_is():
    line, _ = perform("Mama (laughs) came. Nana")
    for phone in line.phones:
        assert np.abs(line.samples[phone.start : phone.end]).max() > 0.03
    assert all(a.end <= b.start for a, b in zip(line.phones, line.phones[1:]))
    assert word(line, "Nana").end == len(line)


def test_a_gesture_falls_between_the_words_it_is_written_between_and_breaks_no_melody():
    line, _ = perform("You are {nod} right")
    assert line.cues == (Cue("nod", word(line, "right").start),)
    assert np.array_equal(line.samples, perform("You are right")[0].samples)


def test_gestures_at_both_ends_fall_at_both_ends():
    line, _ = perform("{smile} You are right. {nod}")
    assert line.cues == (Cue("smile", 0), Cue("nod", len(line)))


def test_a_gesture_finds_its_place_behind_words_that_cannot_be_said():
    line, _ = perform("You 🙂 — are {nod} right")
    assert line.cues == (Cue("nod", word(line, "right").start),)


def test_a_gesture_finds_its_place_between_words_that_are_spoken_in_pieces():
    long = "a" * 100
    line, _ = perform(f"{long} {{nod}} {long} {{smile}} so")
    assert [w.text for w in line.words] == ["a" * 48, "a" * 48, "a" * 4] * 2 + ["so"]
    assert line.cues == (Cue("nod", line.words[3].start), Cue("smile", line.words[6].start))


def test_a_laugh_sounds_where_it_is_written():
    line, _ = perform("You (laughs) came")
    (laugh,) = line.cues
    assert laugh.name == "laughs"
    assert word(line, "You").end < laugh.at < word(line, "came").start - RATE // 2
    assert any(laugh.at <= p.start < word(line, "came").start for p in line.phones)


def test_a_feeling_holds_from_its_place_and_into_the_next_line():
    line, feeling = perform("Oh. [happy] You came! [sad 0.5]", feeling=SAD)
    assert line.feelings == ((0, SAD), (word(line, "You").start, HAPPY), (len(line), SAD))
    assert feeling == SAD


def test_a_feeling_before_the_first_word_holds_from_the_beginning():
    line, feeling = perform("[happy] You came!", feeling=SAD)
    assert line.feelings == ((0, HAPPY),) and feeling == HAPPY


def test_the_feeling_reaches_the_voice():
    assert not np.array_equal(perform("You came")[0].samples, perform("You came", HAPPY)[0].samples)


def test_a_breath_is_longest_between_sentences():
    sentence = silence_between(perform("Come in. Now")[0], "in.", "Now")
    comma = silence_between(perform("Come in, [happy] now")[0], "in,", "now")
    none = silence_between(perform("Come in [happy] now")[0], "in", "now")
    assert 0.25 < sentence < 0.45 and 0.15 < comma < 0.25 and 0.04 < none < 0.08


def test_sad_people_pause_longer():
    assert silence_between(perform("Come in. Now", Feeling(Emotion.SAD))[0], "in.", "Now") > 0.36


@pytest.mark.parametrize("text", ["", "...", "{nod}", "[happy]", "— {nod} …"])
def test_a_line_without_a_sound_is_an_empty_utterance_that_keeps_its_cues_and_text(text):
    line, _ = perform(text)
    assert len(line) == 0 and line.words == ()
    assert [c.name for c in line.cues] == ["nod"] * text.count("nod") and all(c.at == 0 for c in line.cues)
    assert line.text == " ".join(text.replace("{nod}", "").replace("[happy]", "").split())


def test_the_same_seed_gives_the_same_line_and_another_seed_other_pauses():
    a, b, c = (perform("Well. [happy] Ha (laughs) so.", seed=seed)[0] for seed in (4, 4, 5))
    assert np.array_equal(a.samples, b.samples) and a.words == b.words and a.cues == b.cues
    assert len(a) != len(c)


def test_no_clicks_where_pieces_meet():
    line, _ = perform("Mama. Nana (laughs) mama, [sad] nana")
    assert np.abs(np.diff(line.samples)).max() < 0.15  # a hiss of 0.1 steps so much by itself


def test_an_unknown_voice_is_an_error():
    with pytest.raises(EngineError, match="did you mean 'low'"):
        perform("Hello", voice="lov")


@pytest.mark.slow
def test_a_real_voice_delivers_every_word_feeling_and_cue_in_order():
    line, feeling = perform(
        "[happy] Hi! You must be {nod} Ben 🙂, (laughs) Привет! [sad 0.5] I paid 1,250 dollars. (chuckles) {smile}",
        engine=tts.load("hibari"),
        voice="adam",
    )
    assert [w.text for w in line.words] == "Hi! You must be Ben 🙂, Привет! I paid 1,250 dollars.".split()
    assert [c.name for c in line.cues] == ["nod", "laughs", "chuckles", "smile"]
    assert all(a.end <= b.start for a, b in zip(line.words, line.words[1:]))
    assert all(a.end <= b.start for a, b in zip(line.phones, line.phones[1:]))
    assert word(line, "be").end <= line.cues[0].at <= word(line, "Ben").start
    assert feeling == SAD
