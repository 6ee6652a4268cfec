import dataclasses

import numpy as np
import pytest

from agents.tts.prosody import TABLE, Prosody, prosody
from agents.tts.speakers import SPEAKERS, Speaker
from agents.tts.vocoder import BINS, HIGHEST, LOWEST, Parts, Tone, melody, shaped, stretched, tone
from dialogue.types import Emotion, Feeling


def parts(frames=160, hz=200.0):
    """A steady vowel with one formant at 1000 Hz."""
    bump = -0.5 * ((np.arange(BINS) * 20.0 - 1000.0) / 150.0) ** 2 / 10
    magnitude = np.repeat(np.maximum(bump, -6.0).astype(np.float32)[:, None], frames, axis=1)
    flat = np.zeros((BINS, frames), np.float32)
    f0 = np.full(frames, hz, np.float32)
    f0[:20] = f0[-20:] = 0.0
    return Parts(magnitude, flat, flat - 20, magnitude - 4, flat, f0)


def test_every_emotion_has_a_voice():
    assert set(TABLE) == set(Emotion)


def test_neutral_and_no_intensity_change_nothing():
    assert prosody(Feeling()) == Prosody()
    for emotion in Emotion:
        assert prosody(Feeling(emotion, 0.0)) == Prosody()


@pytest.mark.parametrize("emotion", Emotion)
def test_half_the_intensity_is_half_the_way(emotion):
    half, full = prosody(Feeling(emotion, 0.5)), prosody(Feeling(emotion))
    for step in ("pitch_st", "level_db", "tilt_db", "tremor"):
        assert getattr(half, step) == getattr(full, step) / 2
    assert half.range**2 == pytest.approx(full.range) and half.pace**2 == pytest.approx(full.pace)


def test_no_two_emotions_sound_alike():
    assert len({dataclasses.astuple(p) for p in TABLE.values()}) == len(Emotion)


def test_the_cues_go_the_way_that_people_hear_them():
    happy, sad, angry, afraid = (TABLE[e] for e in (Emotion.HAPPY, Emotion.SAD, Emotion.ANGRY, Emotion.AFRAID))
    assert happy.pitch_st > 0 > sad.pitch_st and happy.range > 1 > sad.range and happy.pace > 1 > sad.pace
    assert angry.level_db == max(p.level_db for p in TABLE.values())
    assert angry.tilt_db == max(p.tilt_db for p in TABLE.values())
    assert afraid.tremor == max(p.tremor for p in TABLE.values())


def test_the_models_own_voice_in_a_neutral_mood_is_left_alone():
    vowel = parts()
    assert shaped(vowel, tone(SPEAKERS["heart"], Prosody()), np.random.default_rng(0)) is vowel


def test_pitch_moves_without_the_formants_and_the_formants_without_the_pitch():
    vowel = parts()
    low = shaped(vowel, Tone(pitch=0.5), np.random.default_rng(0))
    long = shaped(vowel, Tone(throat=0.8), np.random.default_rng(0))
    assert np.median(low.f0[low.f0 > 0]) == pytest.approx(100.0)
    assert np.median(long.f0[long.f0 > 0]) == pytest.approx(200.0)
    assert np.argmax(low.harmonic[:, 80]) * 20 == pytest.approx(1000, abs=20)
    assert np.argmax(long.harmonic[:, 80]) * 20 == pytest.approx(800, abs=20)


def test_range_widens_the_melody_around_its_centre():
    f0 = np.array([150.0, 192.0, 250.0], np.float32)
    wide = melody(f0, Tone(range=1.5), np.random.default_rng(0))
    assert wide[1] == pytest.approx(192.0) and wide[0] < 135 and wide[2] > 280


def test_silence_stays_unvoiced_and_no_pitch_leaves_the_human_range():
    f0 = np.array([0.0, 30.0, 41.0, 800.0], np.float32)
    out = melody(f0, Tone(pitch=1.5, tremor=0.05, jitter=0.05), np.random.default_rng(0))
    assert out[0] == out[1] == 0.0 and out[2] >= LOWEST and out[3] <= HIGHEST


def test_tremor_wavers_four_to_six_times_a_second():
    f0 = melody(np.full(800, 192.0, np.float32), Tone(tremor=0.02), np.random.default_rng(1))
    spectrum = np.abs(np.fft.rfft((f0 - f0.mean()) * np.hanning(800)))
    assert 3.5 <= np.argmax(spectrum) * 80 / 800 <= 6.5
    assert 0.015 < f0.std() / f0.mean() * np.sqrt(2) < 0.025


def test_a_stretch_there_and_back_is_no_stretch():
    vowel = parts().harmonic
    there_and_back = stretched(stretched(vowel, 0.85), 1 / 0.85)
    assert np.abs(there_and_back - vowel)[:500].max() < 0.05


def test_breath_adds_noise_only_where_there_is_voice():
    breathy = shaped(parts(), Tone(breath_db=-12.0), np.random.default_rng(0))
    plain = shaped(parts(), Tone(jitter=1e-9), np.random.default_rng(0))
    more = breathy.noise - plain.noise
    assert more[100, 80] > 3 and np.abs(more[:, :15]).max() < 1e-3


def test_a_bright_mood_lifts_the_treble_against_the_bass():
    bright = shaped(parts(), Tone(tilt_db=2.0), np.random.default_rng(0)).harmonic
    plain = shaped(parts(), Tone(tilt_db=1e-9), np.random.default_rng(0)).harmonic
    change_db = (bright - plain)[:, 80] * 20 / np.log(10)
    assert change_db[50] == pytest.approx(0.0, abs=1e-3) and change_db[200] == pytest.approx(4.0, abs=0.01)


def test_a_breathy_speaker_who_is_sad_is_breathier():
    assert tone(Speaker("", breath_db=-14.0), prosody(Feeling(Emotion.SAD))).breath_db > -14.0
