"""Chance that can be rolled back."""
import numpy as np

from motion.chance import Draw, between, drift, lognormal, uniform


def test_the_same_question_gets_the_same_answer_and_another_another():
    assert uniform(1, 2, Draw.BLINK, 3) == uniform(1, 2, Draw.BLINK, 3)
    assert len({uniform(1, 2, Draw.BLINK, i) for i in range(1000)}) == 1000
    assert uniform(1, 2) != uniform(2, 1) and uniform(-1) != uniform(1)


def test_answers_are_spread_evenly():
    counts, _ = np.histogram([uniform(7, i) for i in range(20_000)], bins=20, range=(0, 1))
    assert counts.min() > 850 and counts.max() < 1150  # 1000 each, deviation 31


def test_neighbouring_questions_have_nothing_in_common():
    a = np.array([uniform(7, i) for i in range(5000)])
    assert abs(np.corrcoef(a[:-1], a[1:])[0, 1]) < 0.05


def test_times_have_the_mean_that_was_asked_for():
    draws = [lognormal(2.0, 0.5, 3, i) for i in range(5000)]
    assert min(draws) > 0 and abs(np.mean(draws) - 2.0) < 0.06
    assert 2.0 <= between(2.0, 3.0, 1) <= 3.0


def test_drift_has_deviation_one_and_more_power_at_low_frequencies():
    made = drift(np.random.default_rng(1), (2, 3), 0.06, 1.6)
    curve = np.array([made.at(t) for t in np.arange(0, 400, 0.2)])
    assert curve.shape == (2000, 2, 3) and np.allclose(curve.std(0), 1.0, atol=0.15)
    power = np.abs(np.fft.rfft(curve, axis=0)) ** 2
    frequency = np.fft.rfftfreq(2000, 0.2)
    low, high = (power[(frequency > a) & (frequency < b)].mean() for a, b in ((0.05, 0.2), (0.8, 1.6)))
    assert low > 4 * high
