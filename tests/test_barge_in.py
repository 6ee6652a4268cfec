"""Barge-in: who wants the floor; named stories, what holds for all overlaps, and phrases that the rules must not know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.caller_phrases import JUDGING, TUNING
from dialogue.barge_in import ASSENT, ASSENTING, FADE, LATEST, Overlap, Verdict, _without_assent, _words, judge
from dialogue.types import RATE, samples

overlaps = st.builds(
    Overlap,
    st.integers(0, 3 * RATE),
    st.integers(0, 2 * RATE),
    st.one_of(st.none(), st.text(max_size=30), st.sampled_from(TUNING.interruptions + TUNING.backchannels)),
    st.floats(-20.0, 20.0),
)


def verdict(text, voiced_s, silence_s=0.0, level_db=6.0):
    return judge(Overlap(samples(voiced_s), samples(silence_s), text, level_db))


def test_mm_hm_leaves_the_floor():
    for text in ("Mm-hm.", "Uh-huh", "Yeah, yeah.", "Right.", "Oh, I see.", "Of course."):
        assert verdict(text, 0.4, 0.2) is Verdict.LEAVES


def test_wait_stop_takes_it_before_it_is_over():
    assert verdict("Wait, stop", 0.4) is Verdict.TAKES


def test_a_question_takes_it_after_its_first_words():
    for text in ("What do you", "Can we", "Could you repeat", "Sorry", "Let me", "I don't"):
        assert verdict(text, 0.4) is Verdict.TAKES


def test_assent_with_an_objection_takes_it():
    assert verdict("Yeah, but that's", 0.5) is Verdict.TAKES
    assert verdict("Okay wait", 0.5) is Verdict.TAKES


def test_a_single_assent_is_open_while_the_voice_goes_on_and_takes_it_if_that_lasts():
    assert verdict("Okay", 0.4) is Verdict.OPEN
    assert verdict("Okay", 1.0) is Verdict.TAKES


def test_an_unknown_short_answer_leaves_it_by_its_shape():
    assert verdict("Splendid", 0.6, 0.3) is Verdict.LEAVES
    assert verdict(None, 0.5, 0.3) is Verdict.LEAVES


def test_many_unknown_words_take_it_by_their_shape():
    assert verdict("the boat sails at noon", 0.7, 0.3) is Verdict.TAKES


def test_a_cough_without_words_leaves_it():
    assert verdict("", 0.3, 0.3) is Verdict.LEAVES


def test_quiet_talk_to_somebody_else_never_takes_it():
    assert verdict("Where did you put it", 1.2, level_db=-3.0) is not Verdict.TAKES


def test_the_voice_is_turned_down_after_a_tenth_of_a_second():
    assert FADE == samples(0.1)


@given(overlaps)
def test_every_overlap_is_decided_a_second_after_it_began(overlap):
    if overlap.voiced + overlap.silence >= LATEST:
        assert judge(overlap) is not Verdict.OPEN


@given(overlaps, st.floats(-60.0, -0.001))
def test_what_lies_below_the_gate_never_takes_the_floor(overlap, level_db):
    assert judge(Overlap(overlap.voiced, overlap.silence, overlap.text, level_db)) is not Verdict.TAKES


def test_phrases_for_judging_are_in_no_lexicon_and_not_among_those_for_tuning():
    for mine, theirs in (
        (JUDGING.backchannels, TUNING.backchannels),
        (JUDGING.interruptions, TUNING.interruptions),
        (JUDGING.asides, TUNING.asides),
        (JUDGING.turns, TUNING.turns),
    ):
        assert not {tuple(_words(p)) for p in mine} & {tuple(_words(p)) for p in theirs}
    for phrase in JUDGING.backchannels + JUDGING.interruptions:
        assert " ".join(_words(phrase)) not in ASSENT | set(ASSENTING), phrase


@pytest.mark.parametrize("phrase", JUDGING.backchannels)
def test_no_short_answer_for_judging_is_made_of_words_that_assent(phrase):
    assert _without_assent(_words(phrase))
