"""The mouth: every phone moves it, neighbours melt, and lips that must meet do meet."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogue.types import RATE, Emotion, Feeling, Phone
from motion import expressions
from motion.frame import HOP, INDEX
from motion.visemes import PHONES, STILL, VOWELS, articulate, lip_opening, segments, settle, shape, visemes

MISAKI = "AIOQWYbdfhijklmnpstuvwzæðŋɑɔəɛɜɡɪɹʃʊʌʒʤʧˈˌθᵊᵻɾTaɒːʔ"


def spoken(symbols: str, length: int = 3840) -> tuple:
    """Segments of phones in a row, 80 ms each, from 0.2 s on."""
    begin = round(0.2 * RATE)
    phones = [Phone(s, begin + i * length, begin + (i + 1) * length) for i, s in enumerate(symbols)]
    return tuple(x for phone in phones for x in segments(phone))


def mouth_of(symbol: str) -> np.ndarray:
    return articulate(spoken(symbol, 9600), round(0.2 * RATE) + 4800).weights


def test_every_symbol_of_misaki_has_a_mouth():
    assert not [s for s in MISAKI if s not in PHONES]


def test_an_unknown_symbol_takes_its_first_known_letter_and_never_freezes():
    assert visemes("uː") == visemes("u")
    assert visemes("ˈm") == visemes("m"), "marks are looked past"
    assert visemes("ˈˌ") == visemes("ˈ"), "alone they stay marks"
    assert visemes("?")[0].mouth[INDEX["jawOpen"]] > 0.1
    assert visemes("Ж")[0].mouth[INDEX["jawOpen"]] > visemes("ж")[0].mouth[INDEX["jawOpen"]] > 0.1


def test_open_vowels_open_more_than_close_ones_and_round_ones_round():
    jaw, pucker = INDEX["jawOpen"], INDEX["mouthPucker"]
    assert mouth_of("ɑ")[jaw] > mouth_of("ɛ")[jaw] > mouth_of("ɪ")[jaw] > mouth_of("i")[jaw]
    assert min(mouth_of(s)[pucker] for s in "uwʊɹ") > 0.2 > max(mouth_of(s)[pucker] for s in "ɑæis")
    assert mouth_of("θ")[INDEX["tongueOut"]] > 0.1 > mouth_of("t")[INDEX["tongueOut"]]


def test_a_diphthong_is_a_movement_from_its_first_vowel_to_its_second():
    speech, begin = spoken("I", 9600), round(0.2 * RATE)
    early, late = (articulate(speech, begin + at).weights[INDEX["jawOpen"]] for at in (1500, 8000))
    assert early > late + 0.1


def test_lips_round_before_the_round_vowel_begins():
    pucker = INDEX["mouthPucker"]
    middle_of_t = round(0.2 * RATE) + 1920
    assert (
        articulate(spoken("tu"), middle_of_t).weights[pucker]
        > articulate(spoken("ti"), middle_of_t).weights[pucker] + 0.1
    )


def test_far_from_speech_the_mouth_is_still():
    assert articulate(spoken("ɑ"), 3 * RATE) is STILL
    assert articulate((), 0) is STILL


def test_the_mouth_comes_home_within_a_quarter_of_a_second():
    speech, end = spoken("ɑ", 9600), round(0.2 * RATE) + 9600
    assert lip_opening(articulate(speech, end + RATE // 4).weights) < 0.03


@settings(max_examples=60, deadline=None)
@given(
    before=st.sampled_from(sorted(VOWELS)),
    stop=st.sampled_from("pbm"),
    after=st.sampled_from(sorted(VOWELS)),
    emotion=st.sampled_from(list(Emotion)),
    length_ms=st.integers(30, 140),
    offset=st.integers(0, HOP - 1),
)
def test_lips_meet_on_p_b_and_m_in_every_expression(before, stop, after, emotion, length_ms, offset):
    begin = RATE // 2 + offset
    end = begin + length_ms * RATE // 1000
    phones = (Phone(before, begin - 4800, begin), Phone(stop, begin, end), Phone(after, end, end + 4800))
    speech = tuple(s for phone in phones for s in segments(phone))
    face = expressions.express(expressions.activation(Feeling(emotion))[None], np.ones(1), expressions.LAUGH[None])[0]
    openings = []
    for at in range((begin // HOP - 1) * HOP, end + HOP, HOP):
        mouth = articulate(speech, at)
        openings.append(float(lip_opening(settle(expressions.join(face, mouth.weights), mouth))))
    assert min(openings) == pytest.approx(0.0, abs=1e-3)


def test_the_lower_lip_touches_the_teeth_on_f_and_v_while_smiling():
    speech = spoken("f", 9600)
    mouth = articulate(speech, round(0.2 * RATE) + 3000)
    face = expressions.express(expressions.activation(Feeling(Emotion.HAPPY))[None], np.ones(1), np.zeros((1, 52)))[0]
    settled = settle(expressions.join(face, mouth.weights), mouth)
    assert mouth.teeth == 1.0
    assert settled[INDEX["mouthRollLower"]] > 0.3 and settled[INDEX["mouthUpperUpLeft"]] > 0.1
    assert lip_opening(settled) < 0.05


def test_settling_leaves_the_weights_it_was_given_alone():
    weights = shape(jawOpen=0.5)
    settle(weights, articulate(spoken("m", 9600), round(0.2 * RATE) + 3000))
    assert weights[INDEX["jawOpen"]] == np.float32(0.5)


def test_lip_opening_counts_jaw_against_close():
    assert lip_opening(shape(jawOpen=0.4)) == pytest.approx(0.4)
    assert lip_opening(shape(jawOpen=0.4, mouthClose=0.4)) == pytest.approx(0.0, abs=1e-6)
    assert lip_opening(shape(mouthPress=1.0)) == 0.0
