"""What a trained model hears: causal, level-robust, the same in any chunking and at either rate."""

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogue.types import RATE
from motion import features
from motion.features import BANDS, PER_BLOCK, block, listen, start


def voice(seconds: float, rate: int, seed: int = 1) -> np.ndarray:
    """[2, N]: a buzz with syllables, and noise bursts."""
    t = np.arange(round(seconds * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * 130 * k * t) / k for k in range(1, 20)) * np.abs(np.sin(2 * np.pi * 2.1 * t))
    noise = np.random.default_rng(seed).normal(size=len(t)) * (np.sin(2 * np.pi * 0.7 * t) > 0)
    return (0.1 * np.stack([buzz, noise])).astype(np.float32)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 5000), min_size=1, max_size=8), st.sampled_from(features.RATES))
def test_streaming_equals_offline_to_the_last_bit_in_any_chunking(sizes, rate):
    audio = voice(0.5, rate)
    whole, end = listen(audio, start(2, rate), rate)
    ears, parts, at = start(2, rate), [], 0
    for size in [*sizes, audio.shape[1]]:
        part, ears = listen(audio[:, at : at + size], ears, rate)
        parts.append(part)
        at = min(at + size, audio.shape[1])
    assert np.array_equal(np.concatenate(parts, 1), whole)
    assert np.array_equal(ears.loud_db, end.loud_db) and np.array_equal(ears.rest, end.rest)


def test_what_comes_later_changes_nothing_before():
    audio = voice(1.0, RATE)
    other = audio.copy()
    other[:, 20 * block(RATE) :] = 0.5
    a, b = listen(audio, start(2))[0], listen(other, start(2))[0]
    assert np.array_equal(a[:, :20], b[:, :20]) and not np.array_equal(a[:, 20:], b[:, 20:])


def test_a_column_ends_with_its_own_10_ms():
    click = np.zeros((1, block(RATE)), np.float32)
    click[0, 2 * block(RATE) // PER_BLOCK + 10] = 1.0  # in the third column
    columns = listen(click, start(1))[0].reshape(PER_BLOCK, BANDS)
    assert (columns[:2] == columns[0]).all() and columns[2].mean() > columns[0].mean() + 0.1


@pytest.mark.slow
def test_sound_of_a_corpus_and_of_a_conversation_give_the_same_features():
    fast = voice(4.0, RATE)
    slow = soxr.resample(fast.T, RATE, 16_000, "VHQ").T.astype(np.float32)
    a = listen(fast, start(2, RATE), RATE)[0]
    b = listen(slow, start(2, 16_000), 16_000)[0]
    loud = a > -3.0
    assert a.shape == b.shape and np.abs(a - b)[loud].mean() < 0.01 and np.percentile(np.abs(a - b)[loud], 99) < 0.1


@pytest.mark.slow
def test_a_quieter_microphone_is_heard_alike_after_a_few_seconds():
    audio = voice(20.0, 16_000)
    near, far = listen(audio, start(2, 16_000), 16_000)[0], listen(audio * 0.1, start(2, 16_000), 16_000)[0]
    assert np.abs(near - far)[:, -250:].mean() < 0.05


def test_silence_is_the_floor_and_leaves_the_voice_unlearned():
    heard, ears = listen(np.zeros((2, RATE), np.float32), start(2))
    assert heard.max() < -3.0 and (ears.learned == 0).all() and (ears.loud_db == features.LOUD_START_DB).all()


def test_a_state_can_be_listened_from_again():
    audio = voice(0.4, RATE)
    _, ears = listen(audio[:, :9000], start(2))
    once, again = listen(audio[:, 9000:], ears)[0], listen(audio[:, 9000:], ears)[0]
    assert np.array_equal(once, again)


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="rate is 44100 Hz; expected one of"):
        start(2, 44_100)
    with pytest.raises(ValueError, match=r"shape \(3, 10\); expected \(2, samples\)"):
        listen(np.zeros((3, 10), np.float32), start(2))
