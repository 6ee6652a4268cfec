"""Rooms and microphones: noise as loud as asked, bands that are cut, echoes that move nothing in time."""

import numpy as np
import pytest

from app.corpus_room import (
    CLEAN,
    NOISES,
    SNR_DB,
    Room,
    filtered,
    furnished,
    level,
    noise,
    recorded,
    reverberant,
    speech_power,
)
from motion.corpus import AUDIO_RATE


def voice(seconds=6, seed=0):
    """Bursts of a 200 Hz tone with harmonics, half of the time silence."""
    t = np.arange(seconds * AUDIO_RATE) / AUDIO_RATE
    tone = sum(np.sin(2 * np.pi * 200 * k * t + k * seed) / k for k in range(1, 15))
    return (0.1 * tone * (np.sin(2 * np.pi * 0.5 * t + seed) > 0)).astype(np.float32)


def power(sound, low, high):
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    hz = np.fft.rfftfreq(len(sound), 1 / AUDIO_RATE)
    return spectrum[(hz >= low) & (hz < high)].sum()


@pytest.mark.parametrize("kind", NOISES)
@pytest.mark.parametrize("snr_db", SNR_DB)
def test_noise_is_as_far_below_speech_as_asked(kind, snr_db):
    sound = voice()
    made = noise(sound, kind, snr_db, np.random.default_rng(1))
    speaking = np.abs(sound).reshape(-1, 640).max(1) > 0
    loud = (sound.reshape(-1, 640)[speaking].astype(float) ** 2).mean()
    assert 10 * np.log10(loud / np.mean(made.astype(float) ** 2)) == pytest.approx(snr_db, abs=0.5)


@pytest.mark.slow
def test_rooms_have_between_10_and_40_db():
    rooms = [furnished(np.random.default_rng(i)) for i in range(500)]
    told = [room.snr_db for room in rooms if room.snr_db is not None]
    assert SNR_DB == (10.0, 40.0) and min(told) >= 10.0 and max(told) <= 40.0
    assert 0.7 < len(told) / 500 < 0.9
    assert 0.07 < np.mean([room.telephone for room in rooms]) < 0.19
    assert 0.25 < np.mean([room.reverb_s is not None for room in rooms]) < 0.45


def test_silence_gets_no_noise_and_has_no_speech():
    silence = np.zeros(AUDIO_RATE, np.float32)
    assert speech_power(silence) == 0.0
    assert not noise(silence, "pink", 10.0, np.random.default_rng(0)).any()


def test_a_telephone_leaves_what_lies_between_300_and_3400_hz():
    sound = np.random.default_rng(0).uniform(-0.1, 0.1, AUDIO_RATE * 2).astype(np.float32)
    through = filtered(sound, Room(telephone=True))
    for low, high, least, most in ((0, 150, -99, -20), (500, 3000, -1, 1), (5000, 8000, -99, -20)):
        change_db = 10 * np.log10(power(through, low, high) / power(sound, low, high))
        assert least < change_db < most


def test_a_tilt_takes_its_decibels_from_each_octave():
    sound = np.random.default_rng(0).uniform(-0.1, 0.1, AUDIO_RATE * 2).astype(np.float32)
    through = filtered(sound, Room(tilt_db=-2.0))
    change = [10 * np.log10(power(through, hz, hz * 1.1) / power(sound, hz, hz * 1.1)) for hz in (500, 1000, 2000)]
    assert np.diff(change) == pytest.approx([-2.0, -2.0], abs=0.3)


def test_nothing_moves_in_time():
    click = np.zeros(AUDIO_RATE, np.float32)
    click[5000] = 0.5
    rng = np.random.default_rng(0)
    for moved in (reverberant(click, 0.5, 3.0, rng), filtered(click, Room(tilt_db=1.0, bump_db=3.0, telephone=True))):
        assert np.abs(moved).argmax() == 5000


def test_echoes_fall_by_60_db_in_the_time_asked():
    click = np.zeros(AUDIO_RATE, np.float32)
    click[0] = 1.0
    echoes = reverberant(click, 0.4, 0.0, np.random.default_rng(0))
    early, late = (echoes[a : a + 800].astype(float).std() for a in (800, 800 + AUDIO_RATE // 5))
    assert 20 * np.log10(early / late) == pytest.approx(30.0, abs=4.0)  # 60 dB in 0.4 s: 30 in 0.2
    assert np.abs(echoes[AUDIO_RATE // 2 :]).max() < 1e-6


def test_a_level_wanders_no_further_than_asked():
    gain_db = 20 * np.log10(level(AUDIO_RATE * 60, -6.0, 4.0, np.random.default_rng(0)))
    assert gain_db.min() >= -10.01 and gain_db.max() <= -1.99 and np.ptp(gain_db) > 3.0
    assert (level(100, -6.0, 0.0, np.random.default_rng(0)) == np.float32(10 ** (-6 / 20))).all()


def test_the_other_voice_leaks_in_as_loud_as_asked():
    both = np.stack([voice(seed=0), np.zeros(6 * AUDIO_RATE, np.float32)])
    heard = recorded(both, (CLEAN, Room(crosstalk_db=-30.0)), np.random.default_rng(0))
    assert np.array_equal(heard[0], both[0])
    assert np.allclose(heard[1], both[0] * 10**-1.5, atol=1e-6)


def test_a_recording_is_never_clipped():
    both = np.stack([voice(), voice(seed=1)]) * 4
    heard = recorded(both, (Room(gain_db=20.0), Room(snr_db=10.0)), np.random.default_rng(0))
    assert np.abs(heard).max() <= 0.9701 and heard.dtype == np.float32
