"""What every voice activity detector must do, whichever it is; engines are discovered, so a new one is held to it."""

import numpy as np
import pytest

from agents import models, vad
from agents.tts.hibari import Engine as Hibari
from dialogue.errors import EngineError
from dialogue.types import RATE, Feeling


@pytest.fixture(scope="module", params=vad.engines())
def engine(request):
    engine = vad.load(request.param)
    yield engine
    engine.close()
    engine.close()


@pytest.fixture(scope="module")
def speech():
    """Three seconds of a voice."""
    voice = Hibari()
    said = next(voice.speak("My mother baked a plum pie, but my brother ate most of it.", "heart", Feeling(), 1))
    voice.close()
    return said.samples[: 3 * RATE]


def chances(engine, sound):
    """[P, T] for sound [P, N]."""
    state, out = engine.start(len(sound)), []
    for at in range(0, sound.shape[1] - engine.frame + 1, engine.frame):
        chance, state = engine.hear(sound[:, at : at + engine.frame], state)
        out.append(chance)
    return np.stack(out, 1)


@pytest.mark.slow
def test_speech_is_speech_and_silence_is_none(engine, speech):
    chance = chances(engine, np.stack([speech, np.zeros_like(speech)]))
    assert chance.dtype == np.float32 and chance.min() >= 0.0 and chance.max() <= 1.0
    assert np.mean(chance[0] > 0.5) > 0.8 and chance[1].max() < 0.3


@pytest.mark.slow
def test_faint_speech_is_speech_to_the_detector_that_people_use(speech):
    engine = vad.load("silero")
    assert np.mean(chances(engine, speech[None] * np.float32(10 ** (-26 / 20)))[0] > 0.5) > 0.8
    engine.close()


@pytest.mark.slow
def test_a_track_is_heard_alike_alone_and_beside_others(engine, speech):
    alone = chances(engine, speech[None])[0]
    np.testing.assert_allclose(chances(engine, np.stack([speech, speech[::-1]]))[0], alone, atol=1e-4)


def test_a_state_can_be_gone_back_to(engine):
    noise = np.random.default_rng(1).uniform(-0.2, 0.2, (2, engine.frame)).astype(np.float32)
    state = engine.start(2)
    first, _ = engine.hear(noise, state)
    again, _ = engine.hear(noise, state)
    np.testing.assert_array_equal(first, again)


def test_a_wrong_shape_is_a_callers_mistake(engine):
    with pytest.raises(ValueError, match="0 tracks"):
        engine.start(0)
    with pytest.raises(ValueError, match="expected \\(2, "):
        engine.hear(np.zeros((1, engine.frame), np.float32), engine.start(2))


def test_an_engine_that_is_not_there_is_told():
    with pytest.raises(EngineError, match="no vad engine named 'sileroo'; did you mean 'silero'"):
        vad.load("sileroo")


def test_the_model_in_the_package_is_the_published_one(tmp_path):
    assert len(models.read("silero_vad")) == models.MANIFEST["silero_vad"].size
    (tmp_path / "half.onnx").write_bytes(models.read("silero_vad")[:1000])
    with pytest.raises(models.ModelFileError, match="not the expected file: 1000 bytes.*install Duologue again"):
        models.read("silero_vad", tmp_path / "half.onnx")
