"""What a loudspeaker is given: the clock, and cuts that nobody hears late."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.loudspeaker import FADE, Loudspeaker
from dialogue.types import RATE

BLOCK = 480


def tone(n, level=0.5):
    return np.full(n, level, np.float32)


def test_time_passes_as_a_device_takes_sound():
    speaker = Loudspeaker(2)
    for _ in range(3):
        assert not speaker.play(BLOCK).any()
    assert speaker.played == 3 * BLOCK


def test_sound_that_comes_too_late_is_heard_from_now_on():
    speaker = Loudspeaker(1)
    speaker.play(BLOCK)
    assert speaker.put(0, tone(BLOCK), 0) == BLOCK
    assert (speaker.play(BLOCK) == 0.5).all()


def test_sounds_of_one_follow_each_other_and_those_of_two_are_heard_together():
    speaker = Loudspeaker(2)
    assert [speaker.put(0, tone(BLOCK, 0.25), 0), speaker.put(0, tone(BLOCK, 0.25), 0)] == [0, BLOCK]
    speaker.put(1, tone(BLOCK, 0.25), 0)
    assert (speaker.play(BLOCK) == 0.5).all() and (speaker.play(BLOCK) == 0.25).all()


def test_two_loud_voices_do_not_clip():
    speaker = Loudspeaker(2)
    for who in (0, 1):
        speaker.put(who, tone(BLOCK, 0.9), 0)
    assert np.abs(speaker.play(BLOCK)).max() <= 1.0


def test_a_cut_fades_within_10_ms_without_a_click():
    speaker = Loudspeaker(1)
    speaker.put(0, tone(RATE), 0)
    speaker.play(BLOCK)
    assert speaker.cut(0) == BLOCK + FADE
    after = speaker.play(4 * BLOCK)
    assert after[0] == 0.5 and not after[FADE:].any()
    assert np.abs(np.diff(after)).max() < 0.01


@given(st.lists(st.tuples(st.sampled_from("pc"), st.integers(1, 4000)), max_size=30))
def test_nothing_is_heard_after_a_cut_until_something_is_put(steps):
    speaker, silent_from = Loudspeaker(1), 0
    for what, n in steps:
        if what == "p":
            begin = speaker.put(0, tone(n), speaker.played)
            silent_from = begin + n
        else:
            silent_from = min(silent_from, speaker.cut(0))
        at = speaker.played
        heard = speaker.play(BLOCK)
        assert not heard[max(silent_from - at, 0) :].any()


def test_what_was_long_ago_is_forgotten():
    speaker = Loudspeaker(1)
    speaker.put(0, tone(BLOCK), 0)
    speaker.put(0, tone(BLOCK), 0)
    speaker.forget(BLOCK)
    assert not speaker.read(0, 0, BLOCK).any() and speaker.read(0, BLOCK, BLOCK).all()
