"""What every voice engine must do, whichever it is; engines are discovered, so a new one is held to it at once."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import plugged
import pytest

from agents import tts
from dialogue.emotion import VOCALS
from dialogue.errors import EngineError
from dialogue.types import RATE, Emotion, Feeling

NEUTRAL = Feeling()


LARGE = ("coqui", "kokoro", "piper")  # seconds a sentence, where a test of the others takes none


@pytest.fixture(
    scope="module", params=[pytest.param(n, marks=pytest.mark.slow) if n in LARGE else n for n in tts.engines()]
)
def engine(request):
    with plugged.needs("tts", request.param) as (settings, _):
        engine = plugged.load("tts", request.param, settings)
        list(engine.speak("Hello.", engine.voices()[0].name, NEUTRAL, 0))  # it loads here, not in the first test
        yield engine
        engine.close()


@pytest.fixture
def voice(engine):
    return engine.voices()[0].name


def say(engine, text, voice, feeling=NEUTRAL, seed=0):
    return list(engine.speak(text, voice, feeling, seed))


def test_an_engine_has_voices_that_name_it(engine):
    assert engine.voices()
    assert all(v.engine == type(engine).__module__.split(".")[-1] and v.description for v in engine.voices())


def test_speech_is_sound_at_our_rate_with_words_and_phones_in_order_inside_it(engine, voice):
    for speech in say(engine, "Well, I never saw a bigger fish. Did you?", voice):
        assert speech.samples.dtype == np.float32 and speech.samples.ndim == 1
        assert 0.05 < np.abs(speech.samples).max() <= 1.0
        for things in (speech.words, speech.phones):
            assert all(a.end <= b.start for a, b in zip(things, things[1:]))
            assert all(0 <= t.start < t.end <= len(speech.samples) for t in things)


def test_words_are_the_source_words_with_their_punctuation(engine, voice):
    words = [w.text for s in say(engine, 'Well, "I" paid 1,250 dollars to Dr. Smith.', voice) for w in s.words]
    assert words == ["Well,", '"I"', "paid", "1,250", "dollars", "to", "Dr.", "Smith."]


def test_phones_lie_inside_the_words_that_they_sound(engine, voice):
    (speech,) = say(engine, "My brother bought a bag", voice)
    for phone in speech.phones:
        assert any(w.start <= phone.start and phone.end <= w.end for w in speech.words)
    assert any(phone.stressed for phone in speech.phones)


def test_speech_begins_and_ends_with_sound(engine, voice):
    for speech in say(engine, "Good morning. How are you?", voice):
        loud = np.flatnonzero(np.abs(speech.samples) > 0.005 * np.abs(speech.samples).max())  # -46 dB, as the trimming
        assert loud[0] <= RATE * 0.03 and len(speech.samples) - loud[-1] <= RATE * 0.05


def test_no_click_where_speech_begins_and_ends(engine, voice):
    for speech in say(engine, "Good morning.", voice):
        assert abs(speech.samples[0]) < 0.01 and abs(speech.samples[-1]) < 0.01


def test_the_same_arguments_give_the_same_samples(engine, voice):
    a, b = (say(engine, "Once more, please.", voice, Feeling(Emotion.AFRAID, 0.7), seed=5) for _ in range(2))
    assert all(np.array_equal(x.samples, y.samples) for x, y in zip(a, b))
    assert [(x.words, x.phones) for x in a] == [(y.words, y.phones) for y in b]


@pytest.mark.parametrize("text", ["", " \n ", "...", "—", "\u200d"])
def test_nothing_to_say_is_no_speech(engine, voice, text):
    assert say(engine, text, voice) == []


@pytest.mark.parametrize(
    "text",
    ["Great 😀 job!", "Привет, Ben.", "Say 你好 now", "naïve café ﬁne x² ³", "¿Qué? [x](y) \\ {z}"],
)
def test_any_writing_is_spoken_without_losing_a_word(engine, voice, text):
    speeches = say(engine, text, voice)
    assert [w.text for s in speeches for w in s.words] == text.split()


def test_writing_without_spaces_is_spoken_in_pieces_and_nothing_is_lost(engine, voice):
    words = [w.text for s in say(engine, "a" * 500, voice) for w in s.words]
    assert "".join(words) == "a" * 500


@pytest.mark.slow
def test_a_very_long_line_comes_in_small_parts(engine, voice):
    parts = engine.speak("and so on " * 1700, voice, NEUTRAL, 0)
    for _, part in zip(range(3), parts):
        assert 0 < len(part.samples) < 60 * RATE


@pytest.mark.parametrize("kind", VOCALS)
def test_every_sound_of_the_voice_that_a_play_may_ask_for_can_be_made(engine, voice, kind):
    laugh = engine.laugh(voice, NEUTRAL, 1, kind)
    assert laugh.words == () and laugh.phones
    assert 0.3 * RATE < len(laugh.samples) < 1.7 * RATE
    assert np.array_equal(laugh.samples, engine.laugh(voice, NEUTRAL, 1, kind).samples)


def test_an_unknown_voice_or_sound_is_an_error_with_a_suggestion(engine, voice):
    with pytest.raises(EngineError, match=f"did you mean '{voice}'"):
        say(engine, "Hello.", voice + "x")
    with pytest.raises(EngineError, match="did you mean 'laughs'"):
        engine.laugh(voice, NEUTRAL, 0, "laughz")


def test_an_unknown_engine_is_an_error_that_lists_the_folder():
    with pytest.raises(EngineError, match=r"no tts engine named 'pipper'; agents/tts/ has: coqui, fake, hibari"):
        tts.load("pipper")


def test_a_voice_is_found_by_its_name_or_with_its_engine():
    assert tts.find_voice("heart") == tts.find_voice("hibari/heart")
    assert tts.find_voice("fake/low").engine == "fake"
    assert tts.split("coqui/tts_models/en/vctk") == ("coqui", "tts_models/en/vctk") and tts.split("heart") == (
        "",
        "heart",
    )


@pytest.mark.parametrize(
    "name, says",
    [
        ("hart", "no voice named 'hart'; did you mean 'heart'"),
        ("hibari/low", "no voice named 'low' in hibari"),
        ("pipper/x", "no tts engine named 'pipper'"),
    ],
)
def test_a_voice_that_does_not_exist_is_an_error_that_helps(name, says):
    with pytest.raises(EngineError, match=says):
        tts.find_voice(name)


def test_people_are_not_offered_the_voices_for_tests():
    assert "low" not in [v.name for v in tts.voices()]


@pytest.mark.slow
def test_asking_for_voices_loads_nothing_heavy():
    heavy = ("onnxruntime", "hibari", "scipy", "soxr", "anyascii", "pyloudnorm")
    code = f"""import sys; from agents import tts, delivery, loudness
tts.voices(); print([m for m in {heavy} if m in sys.modules])"""
    root = Path(__file__).resolve().parents[1]
    assert subprocess.check_output([sys.executable, "-c", code], cwd=root, text=True).strip() == "[]"


def test_closing_twice_is_fine():
    for name in tts.engines():
        engine = tts.load(name)
        engine.close()
        engine.close()
