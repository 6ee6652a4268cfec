import numpy as np

from agents.tts import Speech
from agents.tts.trim import KEEP, audible, trimmed
from dialogue.types import RATE, Phone, Word


def tone(silence_before, sound, silence_after):
    wave = 0.3 * np.sin(2 * np.pi * 220 * np.arange(sound) / RATE)
    return np.concatenate([np.zeros(silence_before), wave, np.zeros(silence_after)]).astype(np.float32)


def test_silence_around_goes_and_times_move_along():
    speech = Speech(tone(RATE, RATE, RATE), (Word("a", RATE, 2 * RATE),), (Phone("ɐ", RATE, 2 * RATE),))
    out = trimmed(speech)
    assert abs(len(out.samples) - RATE - 2 * KEEP) < RATE // 100
    assert out.words[0].start == out.phones[0].start == KEEP


def test_silence_inside_stays():
    samples = np.concatenate([tone(0, RATE, RATE), tone(0, RATE, 0)])
    assert audible(samples) == (0, 3 * RATE)


def test_times_outside_the_sound_are_brought_inside():
    out = trimmed(Speech(tone(RATE, RATE, RATE), (Word("a", 0, 3 * RATE),)))
    assert (out.words[0].start, out.words[0].end) == (0, len(out.samples))


def test_pure_silence_becomes_nothing():
    assert len(trimmed(Speech(np.zeros(RATE, np.float32))).samples) == 0
    assert len(trimmed(Speech(np.zeros(0, np.float32))).samples) == 0


def test_a_phone_that_is_too_soft_to_hear_still_has_its_moment():
    phones = (Phone("h", 0, RATE), Phone("ɐ", RATE, 2 * RATE), Phone("θ", 2 * RATE + 2000, 3 * RATE))
    h, _, th = trimmed(Speech(tone(RATE, RATE, RATE), (), phones)).phones
    assert h.end - h.start > 0 and th.end - th.start == RATE // 100
