import numpy as np
import pytest
from scipy.signal import butter, find_peaks, hilbert, sosfiltfilt

from agents.tts.hibari import Engine
from agents.tts.laugh import KINDS
from agents.tts.speakers import SPEAKERS
from dialogue.types import RATE, Emotion, Feeling


@pytest.fixture(scope="module")
def engine():
    engine = Engine()
    list(engine.speak("Hello.", "heart", Feeling(), 0))  # it loads here, not in the first test
    yield engine
    engine.close()


def bursts(laugh):
    """Positions of the maxima of the loudness contour."""
    envelope = sosfiltfilt(butter(2, 10, fs=RATE, output="sos"), np.abs(hilbert(laugh.samples)))
    return find_peaks(envelope, prominence=0.1 * envelope.max(), distance=RATE // 10)[0]


def pitch(laugh, start, end):
    x = laugh.samples[start + (end - start) // 4 : end]  # the vowel without its onset
    x = x - x.mean()
    r = np.correlate(x, x, "full")[len(x) - 1 :]
    lags = np.arange(RATE // 500, RATE // 80)
    lag = lags[np.argmax(r[lags])]
    return RATE / lag, r[lag] / r[0]


@pytest.mark.parametrize("voice", SPEAKERS)
def test_a_laugh_has_four_to_six_bursts_a_second(engine, voice):
    for seed in range(3):
        at = bursts(engine.laugh(voice, Feeling(), seed))
        assert 4 <= len(at) <= 7
        assert 4.0 <= RATE / np.diff(at).mean() <= 6.0


def test_a_chuckle_is_shorter_and_softer(engine):
    laugh, chuckle = (engine.laugh("heart", Feeling(), 0, kind) for kind in ("laughs", "chuckles"))
    assert 2 <= len(bursts(chuckle)) <= 3
    assert len(chuckle.samples) < 0.7 * len(laugh.samples)
    assert np.abs(chuckle.samples).max() < 0.8 * np.abs(laugh.samples).max()


@pytest.mark.parametrize("voice", ["heart", "adam"])
def test_its_vowels_are_voiced_and_their_pitch_falls(engine, voice):
    laugh = engine.laugh(voice, Feeling(), 2)
    vowels = [pitch(laugh, p.start, p.end) for p in laugh.phones if p.symbol == "ʌ"]
    assert all(voicing > 0.4 for _, voicing in vowels)
    assert vowels[0][0] > 1.15 * vowels[-1][0]


def test_the_mouth_opens_with_every_burst(engine):
    laugh = engine.laugh("kofi", Feeling(), 0)
    assert [p.symbol for p in laugh.phones[:4]] == ["h", "ʌ", "h", "ʌ"]
    assert all(a.end <= b.start for a, b in zip(laugh.phones, laugh.phones[1:]))
    for burst in bursts(laugh):
        assert any(p.symbol == "ʌ" and p.start <= burst < p.end for p in laugh.phones)


def test_no_two_laughs_are_the_same_but_the_seed_repeats_one(engine):
    a, b, again = (engine.laugh("ivy", Feeling(Emotion.HAPPY), seed).samples for seed in (1, 2, 1))
    assert np.array_equal(a, again) and not np.array_equal(a[:1000], b[:1000])


def test_every_kind_is_one_that_a_line_may_ask_for():
    from dialogue.emotion import VOCALS

    assert set(KINDS) == set(VOCALS)
