import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.tts.align import CLOSURE, FRAME, POWER_FRAME, timed
from agents.tts.reading import Spoken
from agents.tts.take import KOKORO_LIKE
from dialogue.types import RATE

MS = RATE // 1000


def account(spoken, tokens, silent=()):
    """timed() for given frames per symbol (pads of 10 and 1), all sounding but the spans `silent` in ms."""
    symbols = " ".join(w.phones for w in spoken if w.phones)
    frames = np.array([10, *tokens, 1], float)
    power = np.ones(int(frames.sum()) * 2)
    for start, end in ((0, 150), *silent):
        power[round(start / 12.5) : round(end / 12.5)] = 0.0
    return timed(spoken, symbols, frames, power, KOKORO_LIKE)


def test_a_stress_mark_makes_the_vowel_after_it_longer_and_stressed():
    times = account([Spoken("tea", "tˈi")], [2, 3, 4])
    t, i = times.phones
    assert (t.symbol, t.stressed, i.symbol, i.stressed) == ("t", False, "i", True)
    assert i.start == (10 + 2) * FRAME - 50 * MS


def test_friction_leads_more_than_a_liquid():
    (_, s), (_, l) = account([Spoken("is", "ɪs")], [4, 4]).phones, account([Spoken("ill", "ɪl")], [4, 4]).phones
    assert s.start < l.start


def test_words_in_a_phrase_touch_and_a_silent_comma_is_no_pause():
    times = account([Spoken("a,", "ɐ,"), Spoken("bee", "bi")], [3, 1, 1, 3, 5])
    assert times.words[0].end == times.words[1].start


def test_a_real_pause_belongs_to_nobody_and_a_plosive_closes_before_it_bursts():
    times = account([Spoken("a,", "ɐ,"), Spoken("bee", "bi")], [3, 8, 1, 3, 5], silent=[(300, 500)])
    assert times.words[0].end == 300 * MS
    assert times.words[1].start == 500 * MS - CLOSURE


def test_a_word_that_is_not_said_lies_in_the_pause_where_it_is_written():
    times = account([Spoken("a,", "ɐ,"), Spoken("🙂", ""), Spoken("me", "mi")], [3, 8, 1, 3, 5], silent=[(300, 500)])
    a, smile, me = times.words
    assert (smile.text, smile.start, smile.end) == ("🙂", a.end, me.start)


def test_the_last_sound_ends_with_the_sound_and_not_with_the_account():
    times = account([Spoken("is.", "ɪz.")], [4, 10, 4], silent=[(430, 800)])
    assert times.phones[-1].end == round(430 / 12.5) * POWER_FRAME


phones = st.text("ptkbmsʃfaɪiæʌnlɹˈ ,.", min_size=1, max_size=12).filter(lambda s: any(c not in "ˈ ,." for c in s))


@pytest.mark.slow
@given(st.lists(phones, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_times_go_forward_whatever_the_model_says(pieces, random):
    spoken = [Spoken(f"w{i}", " ".join(p.split())) for i, p in enumerate(pieces)]
    symbols = " ".join(w.phones for w in spoken)
    frames = np.array([random.randint(1, 12) for _ in range(len(symbols) + 2)], float)
    power = np.array([random.choice([0.0, 1e-6, 1.0]) for _ in range(int(frames.sum()) * 2)])
    times = timed(spoken, symbols, frames, power, KOKORO_LIKE)
    assert all(0 <= p.start < p.end for p in times.phones)
    assert all(a.end <= b.start for a, b in zip(times.phones, times.phones[1:]))
    assert all(a.end <= b.start for a, b in zip(times.words, times.words[1:]))
