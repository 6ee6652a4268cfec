"""What every judge of the end of a turn must do, whichever it is; engines are discovered, so that a new one
is held to it."""

import itertools

import numpy as np
import pytest

from agents import end_of_turn, models
from agents.tts.hibari import Engine as Hibari
from dialogue.errors import EngineError
from dialogue.types import RATE, Feeling

STILL = np.zeros(RATE // 5, np.float32)
SENTENCES = (
    "I went to the market this morning.", "She has lived here since the summer.", "Could you pass me the salt?",
    "My brother plays the piano every day.", "We should meet again next week.", "What time does the train leave?",
    "The children were sleeping in the garden.", "He never told me where he was going.", "That was a lovely dinner.",
    "Do you know where my keys are?", "The weather will be better tomorrow.", "I cannot find my other shoe.",
    "They opened a new shop on the corner.", "Have you ever been to Portugal?", "My father taught me how to swim.",
    "The last bus leaves at eleven.", "She wrote him a very long letter.", "It has been raining for three days.",
    "Nobody answered when I called.", "I would like a cup of tea, please.",
)  # fmt: skip


@pytest.fixture(scope="module", params=end_of_turn.engines())
def engine(request):
    engine = end_of_turn.load(request.param)
    engine.warm()
    yield engine
    engine.close()
    engine.close()


def test_an_answer_is_a_chance_and_always_the_same(engine):
    noise = np.random.default_rng(1).uniform(-0.2, 0.2, RATE).astype(np.float32)
    answers = {engine.complete(np.concatenate([noise, STILL])) for _ in range(2)}
    assert len(answers) == 1 and 0.0 <= answers.pop() <= 1.0


def test_what_is_older_than_the_window_says_nothing(engine):
    sound = np.random.default_rng(1).uniform(-0.2, 0.2, engine.window).astype(np.float32)
    older = np.concatenate([np.full(RATE, 0.5, np.float32), sound])
    assert engine.complete(sound) == engine.complete(older)


def test_no_sound_is_a_callers_mistake(engine):
    with pytest.raises(ValueError, match="at least one"):
        engine.complete(np.zeros(0, np.float32))
    with pytest.raises(ValueError, match="expected float32"):
        engine.complete(np.zeros(100))


@pytest.mark.slow
def test_whole_sentences_sound_more_complete_than_cut_ones():
    voice, engine = Hibari(), end_of_turn.load("smart_turn")
    whole, cut = [], []
    for i, text in enumerate(SENTENCES):
        said = next(voice.speak(text, voice.voices()[i % 3].name, Feeling(), i))
        word = said.words[len(said.words) * 3 // 5]  # it stops before this one
        whole.append(engine.complete(np.concatenate([said.samples, STILL])))
        cut.append(engine.complete(np.concatenate([said.samples[: word.start], STILL])))
    engine.close()
    voice.close()
    better = [1.0 if a > b else 0.5 if a == b else 0.0 for a, b in itertools.product(whole, cut)]
    assert np.mean(better) > 0.6, f"area under the curve {np.mean(better):.2f}"
    assert np.mean(whole) > np.mean(cut) and np.mean(np.array(whole) > 0.5) > 0.7


def test_an_engine_that_is_not_there_is_told():
    with pytest.raises(EngineError, match="no end_of_turn engine named 'smart_trun'; did you mean 'smart_turn'"):
        end_of_turn.load("smart_trun")


def test_the_model_in_the_package_is_the_published_one(tmp_path):
    assert len(models.read("smart_turn")) == models.MANIFEST["smart_turn"].size
    (tmp_path / "half.onnx").write_bytes(models.read("smart_turn")[:1000])
    with pytest.raises(models.ModelFileError, match="not the expected file: 1000 bytes.*install Duologue again"):
        models.read("smart_turn", tmp_path / "half.onnx")
