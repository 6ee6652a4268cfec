"""Patience: how long a silence lasts before the turn is over; named stories, and what holds for all evidence."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dialogue.patience import COMPLETE_S, HESITANT, LEAST, MOST, Evidence, Pace, patience, paused
from dialogue.types import RATE, samples

SAID = samples(2.5)
chances = st.one_of(st.none(), st.floats(0.0, 1.0))
texts = st.one_of(
    st.none(), st.text(max_size=40), st.sampled_from(["I want to", "Yes.", "so, um,", "What is it?", HESITANT])
)
evidences = st.builds(Evidence, st.integers(0, 60 * RATE), chances, texts, chances, chances)
paces = st.builds(Pace, st.integers(0, 10 * RATE), st.integers(0, 100))


def wait_s(text, acoustic=0.95, language=0.6, said=SAID, pace=Pace()):
    return patience(Evidence(said, acoustic, text, language), pace) / RATE


def test_a_complete_question_is_answered_soon():
    assert wait_s("What is the tallest building in the world?") <= 0.5


def test_a_filler_waits_longer_than_a_complete_sentence():
    assert wait_s("I would like to go, um...") > 2 * wait_s("I would like to go.")


def test_a_search_for_words_is_a_filler_and_the_same_words_in_a_question_or_an_answer_are_none():
    for filler in ("um—", "well –", "let's see,", "what's it called,", "kind of", "how shall I put it...", "erm"):
        assert wait_s(f"I would like to go, {filler}") > 2 * wait_s("I would like to go home.")
    for done in (
        "What is it like?",
        "Nice, and what's it called?",
        "I suppose so.",
        "I guess so.",
        "It all went well.",
        "The rent is due as well.",
        "Did you sleep well?",
    ):
        assert wait_s(done) <= wait_s("I would like to go home.")


def test_what_trails_off_waits_longer_than_what_stops_at_a_comma():
    assert wait_s("The flat is small...") > 1.5 * wait_s("The flat is small,")


def test_a_sentence_that_breaks_off_waits_longer_than_one_that_ends():
    assert wait_s("I would like to go to the...") > wait_s("I would like to go to the lake.")


def test_a_comma_waits_longer_than_a_full_stop():
    assert wait_s("When I was a child,") > wait_s("When I was a child.")


def test_a_preposition_or_a_conjunction_at_the_end_waits_longer():
    for last in ("and", "to", "the", "because", "with"):
        assert wait_s(f"I was walking {last}") > wait_s("I was walking home")


def test_one_word_is_an_answer_though_hardly_anything_was_said():
    little = samples(0.5)
    assert wait_s("Yes.", said=little) < wait_s("The second one on the left is", said=little)


def test_nobody_is_done_who_has_hardly_begun():
    assert wait_s("The house on the hill.", said=samples(0.8)) > wait_s("The house on the hill.", said=samples(3.0))


def test_the_silence_alone_waits_longer_than_a_turn_that_all_sources_call_over():
    assert patience(Evidence(SAID)) > patience(Evidence(SAID, 0.95, "That is all.", 0.9))


def test_no_single_source_ends_a_turn_at_once():
    broken = "so I went to the, um,"
    assert wait_s(broken, acoustic=1.0, language=0.01) > 1.0
    assert wait_s(broken, acoustic=0.01, language=1.0) > 1.0
    assert wait_s("That is all.", acoustic=0.01, language=0.01) > 0.5


def test_whoever_sounds_done_never_waits_longer_than_a_second_and_whoever_hesitates_may():
    unlikely = dict(acoustic=0.01, language=0.001, said=samples(1.2))
    assert wait_s("The meeting went well yesterday evening.", **unlikely) == COMPLETE_S
    for more in ("The meeting went, um,", "The meeting went...", "The meeting went to the"):
        assert wait_s(more, **unlikely) > 1.2 * COMPLETE_S


def test_a_full_stop_that_was_nearly_a_comma_waits_longer():
    sure, unsure = (patience(Evidence(samples(1.5), 0.9, "I went home.", 0.4, stop)) for stop in (0.95, 0.4))
    assert sure < unsure


def test_somebody_who_pauses_long_is_given_longer_and_a_stranger_is_not():
    slow = fast = Pace()
    for _ in range(10):
        slow, fast = paused(slow, samples(1.2)), paused(fast, samples(0.2))
    text = "I went home and"
    assert wait_s(text, pace=fast) < wait_s(text) < wait_s(text, pace=slow)
    assert wait_s(text, pace=Pace(samples(3.0), 0)) == wait_s(text)


@given(evidences, paces)
def test_patience_is_never_below_a_fifth_of_a_second_nor_above_three(evidence, pace):
    assert LEAST == samples(0.2) and MOST == samples(3.0)
    assert LEAST <= patience(evidence, pace) <= MOST


@given(evidences, paces, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_more_complete_a_turn_sounds_the_shorter_the_wait(evidence, pace, a, b):
    waits = [patience(replace(evidence, acoustic=c), pace) for c in sorted((a, b))]
    assert waits[0] >= waits[1]


@given(evidences, paces, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_likelier_the_text_ends_the_shorter_the_wait(evidence, pace, a, b):
    waits = [patience(replace(evidence, language=c), pace) for c in sorted((a, b))]
    assert waits[0] >= waits[1]


@given(evidences, paces, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_likelier_a_full_stop_the_shorter_the_wait(evidence, pace, a, b):
    waits = [patience(replace(evidence, stop=c), pace) for c in sorted((a, b))]
    assert waits[0] >= waits[1]


@given(evidences, st.integers(0, 3 * RATE), st.integers(0, 3 * RATE))
def test_the_longer_a_person_pauses_the_longer_the_wait(evidence, a, b):
    waits = [patience(evidence, Pace(hold, 8)) for hold in sorted((a, b))]
    assert waits[0] <= waits[1]


@given(st.lists(st.integers(0, 3 * RATE), max_size=30))
def test_a_pace_stays_within_the_silences_it_has_heard(silences):
    pace = Pace()
    for silence in silences:
        pace = paused(pace, silence)
    assert pace.holds == len(silences)
    assert not silences or min(silences) - 8 <= pace.hold <= max(silences) + 8
