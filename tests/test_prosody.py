"""Loudness, pitch and colour of a hop, and what is normal for a voice."""
import numpy as np
import pytest

from dialogue.types import RATE
from motion.frame import HOP
from motion.prosody import Voice, hear, learn

TIME = np.arange(HOP) / RATE


def voice(hz: float, loud: float = 0.1) -> np.ndarray:
    return (loud * sum(np.sin(2 * np.pi * hz * k * TIME) / k for k in range(1, 12))).astype(np.float32)


@pytest.mark.parametrize("hz", [85, 120, 180, 240, 330])
def test_pitch_is_heard_within_three_percent(hz: int):
    assert hear(voice(hz)[None]).pitch_hz[0] == pytest.approx(hz, rel=0.03)


def test_noise_and_silence_have_no_pitch():
    noise = np.random.default_rng(1).normal(0, 0.1, (1, HOP)).astype(np.float32)
    heard = hear(np.concatenate([noise, np.zeros((1, HOP), np.float32)]))
    assert heard.pitch_hz.tolist() == [0.0, 0.0]
    assert heard.level_db[1].max() == pytest.approx(-100.0)
    assert heard.level_db[0].mean() == pytest.approx(-20.0, abs=1.0)


def test_broken_samples_are_silence_or_full_scale_and_never_stay_in_a_voice():
    broken = np.stack([voice(150)] * 3)
    broken[0], broken[1, 5], broken[2] = np.nan, np.inf, broken[2] * 1e30
    heard, v = hear(broken), Voice()
    assert np.isfinite(heard.level_db).all() and heard.level_db[0].max() == pytest.approx(-100.0)
    assert heard.level_db.max() < 1e-6
    for level in heard.level_db.max(1):
        v = learn(v, float(level), 150.0)
    assert np.isfinite(v).all()


def test_both_halves_of_a_hop_are_heard_apart():
    sound = voice(150)
    sound[: HOP // 2] = 0
    level = hear(sound[None]).level_db[0]
    assert level[0] < -90 < -40 < level[1]


def test_hiss_and_murmur_have_different_colours():
    hiss = np.diff(np.random.default_rng(1).normal(0, 0.1, HOP + 1)).astype(np.float32)
    murmur = (0.2 * np.sin(2 * np.pi * 200 * TIME)).astype(np.float32)
    colour = hear(np.stack([hiss, murmur])).colour
    assert colour[0].argmax() == 3 and colour[1, 0] > 0.95
    assert np.allclose(colour.sum(1), 1.0)


def test_a_voice_learns_its_own_loudness_and_pitch():
    rng, v = np.random.default_rng(2), Voice()
    levels, pitches = rng.normal(-30, 4, 1500), rng.normal(200, 20, 1500)
    for level, pitch in zip(levels, pitches):
        v = learn(v, level, pitch)
    assert v.loud_db == pytest.approx(np.percentile(levels, 92), abs=2.0)
    assert v.low_hz == pytest.approx(np.percentile(pitches, 26), rel=0.05) and v.mid_hz == pytest.approx(200, rel=0.05)
    assert v.effort(v.loud_db) == 1.0 and v.effort(v.loud_db - 22) == 0.0 and v.effort(0.0) == 1.15


def test_room_noise_is_learned_as_noise():
    v = Voice()
    for _ in range(500):
        v = learn(v, -52.0, 0.0)
    assert not v.sounds(-52.0) and v.sounds(-25.0)
