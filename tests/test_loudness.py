from dataclasses import replace

import numpy as np
import pyloudnorm
import pytest
from scipy.signal import resample_poly

from agents.loudness import CEILING, EDGE, TARGET_LUFS, level, limited, loudness, normalised
from dialogue.schedule import schedule
from dialogue.types import RATE
from performed import performed, play


def babble(seconds, level=0.05, seed=0):
    """Noise with the swell of syllables: a crest factor like that of speech."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE)) / RATE
    return (level * rng.standard_normal(len(t)) * (0.2 + np.sin(2 * np.pi * 2.2 * t) ** 4)).astype(np.float32)


def measured(track):
    return pyloudnorm.Meter(RATE).integrated_loudness(track.astype(float))


def test_the_measure_is_that_of_pyloudnorm_for_a_track_between_silences():
    track = babble(5.0)
    assert loudness([track]) == pytest.approx(measured(np.pad(track, EDGE)), abs=0.01)


@pytest.mark.slow
def test_long_tracks_are_measured_in_chunks_with_the_same_result():
    track = babble(65.0)
    assert loudness([track]) == pytest.approx(measured(track), abs=0.1)


@pytest.mark.parametrize("seconds", [0.3, 0.8, 2.0])
def test_a_wav_of_lines_and_silences_has_the_target_however_short_the_lines_are(seconds):
    rng = np.random.default_rng(0)
    tracks = normalised([babble(seconds * rng.uniform(0.7, 1.3), 0.02, seed) for seed in range(12)])
    wav = np.concatenate([np.pad(track, (rng.integers(RATE // 2, RATE), 0)) for track in tracks] + [np.zeros(RATE)])
    assert measured(wav) == pytest.approx(TARGET_LUFS, abs=0.2)


def test_a_speaker_comes_to_the_target_over_all_lines_together():
    tracks = normalised([babble(3, 0.02, 1), babble(2, 0.1, 2), babble(1, 0.3, 3)])
    assert loudness(tracks) == pytest.approx(TARGET_LUFS, abs=0.3)


def test_quiet_lines_stay_quieter_than_loud_ones_by_as_much_as_before():
    quiet, loud = babble(3, 0.002), babble(3, 0.004)
    a, b = normalised([quiet, loud])
    assert np.std(b) / np.std(a) == pytest.approx(2.0, rel=0.02)


@pytest.mark.parametrize("seconds", [0.2, 0.39, 0.4, 0.41, 1.0])
def test_very_short_speech_is_levelled_too(seconds):
    (track,) = normalised([babble(seconds)])
    assert loudness([track]) == pytest.approx(TARGET_LUFS, abs=1.0)


def test_a_click_too_short_to_be_loud_is_limited_and_not_clipped():
    (track,) = normalised([babble(0.05)])
    assert np.abs(track).max() <= CEILING and loudness([track]) < TARGET_LUFS


def test_silence_stays_silence():
    out = normalised([np.zeros(RATE, np.float32), np.zeros(0, np.float32)])
    assert [len(o) for o in out] == [RATE, 0] and not out[0].any()
    assert loudness([]) is None


def test_no_peak_passes_one_decibel_below_full_scale_even_between_samples():
    bursts = babble(3.0)
    bursts[::4800] += 0.9  # plosives and pops
    (track,) = normalised([bursts])
    assert np.abs(track).max() <= CEILING + 1e-6
    speech_band = resample_poly(resample_poly(track, 1, 2), 2, 1)  # our voices end at 12 kHz
    assert np.abs(resample_poly(limited(speech_band.astype(np.float32)), 4, 1)).max() <= 10 ** (-1 / 20) * 1.02


def test_the_limiter_leaves_what_is_below_the_ceiling_untouched():
    track = babble(1.0, 0.02)
    assert np.array_equal(limited(track), track)


@pytest.mark.slow
def test_the_limiter_works_in_chunks_without_a_seam():
    track = babble(61.0, 0.2)
    track[29 * RATE : 31 * RATE : 1000] = 2.0
    whole, tail = limited(track), limited(track[30 * RATE - 9600 :])
    assert np.allclose(whole[30 * RATE : 40 * RATE], tail[9600 : 9600 + 10 * RATE], atol=1e-6)


def test_the_limiter_moves_smoothly():
    tone = (0.5 * np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE)).astype(np.float32)
    tone[RATE // 2 : RATE // 2 + 480] *= 3
    gain = limited(tone)[1:] / np.where(np.abs(tone[1:]) > 1e-3, tone[1:], np.nan)
    assert np.nanmax(np.abs(np.diff(gain))) < 0.01


def test_each_speaker_is_levelled_alone_by_what_is_heard_and_nothing_moves():
    line = play("".join(f"{name}: one two three four five six seven\n" for name in ("ADA", "BEN", "ADA")))
    lines = [
        replace(u, samples=babble(len(u) / RATE, loud, seed), words=())
        for seed, (u, loud) in enumerate(zip(performed(line), (0.01, 0.2, 0.02), strict=True))
    ]
    before = schedule(line, lines)
    after = level(before)
    for track, old in zip(after.tracks, before.tracks, strict=True):
        assert [(c.start, c.end) for c in track.chunks] == [(c.start, c.end) for c in old.chunks]
        assert measured(track.read(0, after.duration)) == pytest.approx(TARGET_LUFS, abs=0.3)
    assert after.segments == before.segments
