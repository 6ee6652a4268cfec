import numpy as np
import pytest

from agents.mel import MODEL_RATE, for_model, log_mel
from dialogue.types import RATE


@pytest.mark.slow
def test_the_spectrogram_is_that_of_whisper():
    from faster_whisper.feature_extractor import FeatureExtractor

    rng = np.random.default_rng(1)
    for sound in (rng.normal(0.0, 0.1, 8 * MODEL_RATE), np.sin(np.arange(MODEL_RATE) ** 1.5 / 200), np.zeros(800)):
        sound = sound.astype(np.float32)
        ours = log_mel(sound)
        assert ours.dtype == np.float32 and ours.shape == (80, len(sound) // 160)
        np.testing.assert_allclose(ours, FeatureExtractor()(sound, padding=0), atol=1e-4)
        finer = FeatureExtractor(feature_size=128)(sound, padding=0)
        np.testing.assert_allclose(log_mel(sound, 128), finer, atol=1e-4)


def test_a_tone_keeps_its_place_and_level_at_the_models_rate():
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)
    got = for_model(tone.astype(np.float32))
    assert got.dtype == np.float32 and len(got) == MODEL_RATE
    np.testing.assert_allclose(got[500:-500], tone[::3][500:-500], atol=2e-3)


def test_what_cannot_be_heard_is_a_callers_mistake():
    with pytest.raises(ValueError, match="expected float32"):
        for_model(np.zeros((2, 100), np.float32))
    with pytest.raises(ValueError, match="whole hops"):
        log_mel(np.zeros(801, np.float32))
