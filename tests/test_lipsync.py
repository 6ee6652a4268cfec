"""Each measure of lips against an answer known beforehand, and against damage that it must, or cannot, put in order."""

import numpy as np
import pytest
from damaged import frozen, half, late, talk
from scipy.ndimage import gaussian_filter1d

from motion import lipsync
from motion.corpus import PHONE_INDEX
from motion.frame import FPS

WAVE = 0.5 + 0.5 * np.sin(2 * np.pi * np.arange(600) / 20.0)  # 1.25 Hz: turning points 10 frames apart
SPEECH = gaussian_filter1d(np.random.default_rng(5).normal(size=1500), 2.5)


def test_correlation_finds_the_lag_and_what_remains_there():
    exact = lipsync.sync(WAVE, WAVE)
    assert exact.r == pytest.approx(1.0) and exact.lag_frames == 0
    behind = lipsync.sync(late(WAVE, 5), WAVE)
    assert behind.r == pytest.approx(0.0, abs=0.02) and behind.lag_frames == 5
    assert behind.best_r == pytest.approx(1.0, abs=0.01)
    assert lipsync.sync(WAVE, late(WAVE, 2)).lag_frames == -2, "early is negative"
    assert lipsync.sync(1.0 - WAVE, WAVE).r == pytest.approx(-1.0)


def test_correlation_needs_a_second_of_movement():
    assert lipsync.sync(WAVE, np.ones(600)) is None and lipsync.sync(np.ones(600), WAVE) is None
    assert lipsync.sync(WAVE, WAVE, np.arange(600) < FPS - 1) is None


def test_correlation_orders_shifts_roles_and_a_frozen_listener_and_is_blind_to_amplitude():
    t = talk()
    r = [lipsync.sync(late(t.lips, n), t.lips, t.speaking).r for n in (0, 1, 2, 4)]
    assert r == sorted(r, reverse=True) and r[0] == pytest.approx(1.0) and r[3] < 0.3
    assert [lipsync.sync(late(t.lips, n), t.lips, t.speaking).lag_frames for n in (1, 2, 4)] == [1, 2, 4]
    assert lipsync.sync(t.partner[:, 17], t.lips, t.speaking).r < 0.3
    assert lipsync.sync(half(t.lips), t.lips).r == pytest.approx(1.0), "its nature: amplitude is no correlation"
    still = frozen(t.lips, t.speaking)
    assert lipsync.sync(still, t.lips, t.speaking) is None


@pytest.mark.parametrize("frames", [0, 1, 2, 4])
def test_misalignment_of_a_shifted_curve_is_the_shift(frames):
    assert lipsync.misalignment_ms(late(WAVE, frames), WAVE) == pytest.approx(40.0 * frames, abs=3.0)


@pytest.mark.slow
def test_misalignment_orders_shifts_of_speech_and_is_blind_to_amplitude():
    apart = [lipsync.misalignment_ms(late(SPEECH, n), SPEECH) for n in (0, 1, 2, 4)]
    assert apart[0] == 0.0 and apart == sorted(apart) and len(set(apart)) == 4
    assert apart[1] == pytest.approx(40.0, abs=8.0) and apart[2] == pytest.approx(80.0, abs=16.0)
    assert lipsync.misalignment_ms(half(SPEECH), SPEECH) < 10.0, "its nature: only when lips turn counts"
    assert lipsync.misalignment_ms(np.ones(600), WAVE) is None, "a frozen mouth has no turning points"
    assert lipsync.misalignment_ms(WAVE[:2], WAVE[:2]) is None


def test_misalignment_within_a_mask_knows_nothing_of_the_rest():
    on = np.zeros(600, bool)
    on[100:300] = on[400:410] = True  # the second stretch is too short to count
    elsewhere = np.where(on, late(WAVE, 2), late(WAVE, 7))
    elsewhere[400:410] = 0.0
    assert lipsync.misalignment_ms(elsewhere, WAVE, on) == pytest.approx(80.0, abs=6.0)
    assert lipsync.misalignment_ms(elsewhere, WAVE) > 100.0
    assert lipsync.misalignment_ms(WAVE, WAVE, ~np.ones(600, bool)) is None


@pytest.mark.slow
def test_misalignment_sees_another_ones_lips():
    t = talk()
    assert lipsync.misalignment_ms(t.partner[:, 17], t.lips) > lipsync.misalignment_ms(late(t.lips, 1), t.lips)


def test_the_alignment_is_the_cheapest_path():
    rng = np.random.default_rng(1)
    for n, m in ((5, 7), (9, 4), (6, 6), (1, 3), (3, 1)):
        a, b = rng.normal(size=n), rng.normal(size=m)
        slow = np.full((n + 1, m + 1), np.inf)
        slow[0, 0] = 0.0
        for i in range(1, n + 1):
            for j in range(1, m + 1):
                slow[i, j] = abs(a[i - 1] - b[j - 1]) + min(slow[i - 1, j], slow[i, j - 1], slow[i - 1, j - 1])
        path = lipsync._aligned(a, b)
        assert path[0] == (0, 0) and path[-1] == (n - 1, m - 1)
        assert sum(abs(a[i] - b[j]) for i, j in path) == pytest.approx(slow[n, m])


def test_lip_intensity_goes_with_loudness_within_each_voice():
    loud = [0.1, 0.2, 0.3, 1.0, 2.0, 3.0]
    lips = [3.0, 4.0, 5.0, 0.1, 0.2, 0.3]
    voices = ["a"] * 3 + ["b"] * 3
    assert lipsync.intensity_correlation(lips, loud, voices) == pytest.approx(1.0), "each voice by its own measure"
    assert lipsync.intensity_correlation(lips[::-1], loud, voices) == pytest.approx(-1.0)
    against = lipsync.intensity_correlation([1.0, 2.0, 1.0, 2.0], [1.0, 1.5, 2.0, 1.5], ["a", "a", "b", "b"])
    assert against == pytest.approx(0.0), "one with and one against"
    assert lipsync.intensity_correlation([1.0, 2.0], [1.0, 2.0], ["a", "b"]) is None


def test_lip_intensity_orders_amplitude_and_not_time():
    tone = np.sin(np.arange(16_000) * 0.3)
    assert lipsync.loudness(0.5 * tone) == pytest.approx(0.5 / np.sqrt(2), rel=1e-3)
    assert lipsync.intensity(np.arange(50) * 0.02) == pytest.approx(0.02)
    assert lipsync.intensity(half(SPEECH)) == pytest.approx(0.5 * lipsync.intensity(SPEECH))
    assert lipsync.intensity(late(SPEECH, 4)) == pytest.approx(lipsync.intensity(SPEECH), rel=0.02)


@pytest.mark.slow
def test_lip_intensity_goes_less_with_loudness_the_more_of_it_is_damaged():
    """Forty stretches of two voices, each as loud as its lips move, give or take."""
    rng = np.random.default_rng(7)
    amount = rng.uniform(0.2, 1.0, 40)
    lips = [a * gaussian_filter1d(rng.normal(size=80), 1.5) for a in amount]
    loud = [lipsync.loudness(a * np.exp(0.3 * rng.normal()) * rng.normal(size=4000)) for a in amount]
    voices = ["a"] * 20 + ["b"] * 20

    def slcc(made):
        return lipsync.intensity_correlation([lipsync.intensity(x) for x in made], loud, voices)

    whole = slcc(lips)
    assert whole > 0.7
    for damage in (half, lambda x: late(x, 1), lambda x: late(x, 2), lambda x: late(x, 4)):
        assert slcc([damage(x) for x in lips]) == pytest.approx(whole, abs=0.03), "its nature: amount within a voice"
    uneven = slcc([half(x) if i % 2 else x for i, x in enumerate(lips)])
    swapped = slcc(lips[20:] + lips[:20])
    assert whole > uneven + 0.1 > swapped + 0.2
    assert slcc([np.zeros(80) + x.mean() for x in lips]) is None, "frozen lips have no intensity"


def said(frames=200, every=20, length=2):
    """Phones of ə with a bilabial of `length` frames at each multiple of `every`, and the lips that fit."""
    phones, opening = np.full(frames * 2, PHONE_INDEX["ə"], np.int16), np.full(frames, 0.3)
    for i, at in enumerate(range(every, frames - every, every)):
        phones[2 * at : 2 * (at + length)] = PHONE_INDEX["pbm"[i % 3]]
        opening[at : at + length] = 0.0
    return phones, opening


def test_closures_count_bilabials_that_close_and_open_speech_that_does_not():
    phones, opening = said()
    assert lipsync.closure(opening, opening, phones) == (1.0, 0.0)
    assert lipsync.closure(np.zeros(200), opening, phones) == (1.0, 1.0), "lips that never part hit and fail everywhere"
    some = opening.copy()
    some[20:22] = some[40:42] = 0.3
    assert lipsync.closure(some, opening, phones).hit == pytest.approx(6 / 8)
    silent = np.zeros(400, np.int16)
    assert lipsync.closure(opening, opening, silent) == (None, None)


def test_closures_order_shifts_and_amplitude():
    phones, opening = said(length=1)
    found = [lipsync.closure(late(opening, n), opening, phones) for n in (0, 1, 2, 4)]
    assert [c.hit for c in found] == [1.0, 1.0, 0.0, 0.0], "a frame is forgiven"
    assert found[0].false == found[1].false == 0.0 and found[2].false > 0.0
    assert lipsync.closure(half(opening), opening, phones) == (0.0, 0.0)
    assert lipsync.closure(np.full(200, opening.mean()), opening, phones).hit == 0.0


def test_closures_of_anothers_lips_come_at_the_wrong_places():
    phones, opening = said()
    others = late(opening, 10)  # opened and closed as often, but not where these phones are
    assert lipsync.closure(others, opening, phones).hit < 0.2 < lipsync.closure(opening, opening, phones).hit
    assert lipsync.closure(others, opening, phones).false > 0.05
