"""Two voices in two channels."""

import numpy as np

from app.mix import pan_gains, stereo


def test_a_voice_keeps_its_power_wherever_it_sits():
    gains = pan_gains(np.array([-1.0, 0.0, 1.0]))
    np.testing.assert_allclose((gains**2).sum(0), 1, atol=1e-6)
    assert gains[0, 0] > gains[1, 0] and abs(gains[0, 1] - gains[1, 1]) < 1e-6 and gains[1, 2] > gains[0, 2]


def test_two_loud_voices_at_once_do_not_clip_and_quiet_sound_is_untouched():
    tracks = np.linspace(-1, 1, 200, dtype=np.float32)[None].repeat(2, 0)
    mixed = stereo(tracks, pan_gains(np.array([-1.0, 1.0])))
    assert np.abs(mixed).max() <= 1.0 and (np.diff(mixed[0]) >= 0).all()
    quiet = tracks * 0.1
    np.testing.assert_array_equal(stereo(quiet, pan_gains(np.zeros(2))), pan_gains(np.zeros(2)) @ quiet)
