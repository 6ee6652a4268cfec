"""What every transcriber must do, whichever it is; and what the default one makes of real sound."""

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import plugged
import pytest
from test_end_of_turn import SENTENCES

from agents import asr, models
from agents.asr.faster_whisper import begins_again, believable, once
from agents.tts.hibari import Engine as Hibari
from dialogue.errors import EngineError, ModelFileError
from dialogue.patience import HESITANT
from dialogue.types import RATE, Feeling

HAVE_BASE = models.installed("whisper-base")


@pytest.fixture(scope="module", params=asr.engines())
def engine(request):
    with plugged.needs("asr", request.param) as (settings, _):
        engine = plugged.load("asr", request.param, settings)
        engine.warm()
        yield engine
        engine.close()
        engine.close()


@pytest.fixture(scope="module")
def tiny():
    engine = asr.load("faster_whisper", "tiny.en")
    engine.warm()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def said():
    """Utterances of SENTENCES by all of hibari's voices in turn."""
    voice = Hibari()
    names = [v.name for v in voice.voices()]
    out = [next(voice.speak(text, names[i % len(names)], Feeling(), i)) for i, text in enumerate(SENTENCES)]
    voice.close()
    return out


def plain(text):
    return re.sub(r"[^a-z ]", "", text.lower()).split()


def wrong(got, want):
    """Words that must be put in, left out or changed: the distance of Levenshtein."""
    row = list(range(len(want) + 1))
    for i, word in enumerate(got, 1):
        last, row[0] = row[0], i
        for j, other in enumerate(want, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (word != other))
    return row[-1]


@pytest.mark.slow
def test_silence_and_noise_are_no_words(engine):
    rng = np.random.default_rng(1)
    for sound in (np.zeros(0), np.zeros(RATE), rng.normal(0.0, 1e-3, RATE), 1e-3 * np.sin(np.arange(RATE) * 0.01)):
        assert engine.transcribe(sound.astype(np.float32)).text == ""


@pytest.mark.slow
def test_words_have_times_inside_the_sound_and_make_the_text(engine, said):
    got = engine.transcribe(said[0].samples, words=True)
    assert got.words and " ".join(word.text for word in got.words) == got.text
    times = [t for word in got.words for t in (word.start, word.end)]
    assert times == sorted(times) and times[0] >= 0 and times[-1] <= len(said[0].samples)
    assert engine.transcribe(said[0].samples).words == () and engine.transcribe(said[0].samples).text == got.text


def test_what_cannot_be_heard_is_a_callers_mistake(engine):
    with pytest.raises(ValueError, match="expected float32"):
        engine.transcribe(np.zeros(100))
    with pytest.raises(ValueError, match="split it at a pause"):
        engine.transcribe(np.zeros(engine.longest + 1, np.float32))


@pytest.mark.slow
def test_a_short_context_makes_no_more_mistakes_than_thirty_seconds(tiny, said, monkeypatch):
    def mistakes():
        return sum(wrong(plain(tiny.transcribe(s.samples).text), plain(t)) for s, t in zip(said, SENTENCES))

    words = sum(len(plain(text)) for text in SENTENCES)
    short = mistakes()
    monkeypatch.setattr("agents.asr.faster_whisper.LEAST", 30)
    assert short <= mistakes() + 0.02 * words, f"{short} of {words}"


@pytest.mark.slow
def test_loud_noise_hum_and_bursts_are_no_words(tiny):
    rng = np.random.default_rng(1)
    for seconds in (0.2, 1.0, 3.0, 8.0):
        n = round(seconds * RATE)
        for sound in (
            rng.normal(0.0, 0.05, n),
            rng.normal(0.0, 0.3, n),
            np.cumsum(rng.normal(0.0, 1e-3, n)).clip(-1, 1),
            0.1 * np.sin(np.arange(n) * (2 * np.pi * 50 / RATE)),
            rng.normal(0.0, 0.2, n) * np.exp(-np.arange(n) / (0.05 * RATE)),
        ):
            assert tiny.transcribe(sound.astype(np.float32), voiced=n // 10).text == ""


@pytest.mark.slow
@pytest.mark.slow
def test_a_full_stop_is_likelier_behind_a_whole_sentence_than_behind_half_of_it(tiny, said):
    whole, half = [], []
    for speech in said[:8]:
        cut = speech.words[len(speech.words) // 2].start
        whole.append(tiny.transcribe(speech.samples, prompt=HESITANT).stop)
        half.append(tiny.transcribe(speech.samples[:cut], prompt=HESITANT).stop)
    assert all(0.0 <= stop <= 1.0 for stop in whole + half if stop is not None)
    assert np.median([s for s in whole if s is not None]) > 0.6 > np.median([s for s in half if s is not None])


def test_words_sound_where_they_are_told_to(tiny, said):
    off = []
    for s in said:
        got = tiny.transcribe(s.samples, words=True).words
        if [plain(w.text) for w in got] == [plain(w.text) for w in s.words]:
            off += [abs(a.end - b.end) for a, b in zip(got, s.words)]
    assert len(off) > 40 and np.median(off) < 0.15 * RATE


@pytest.mark.slow
def test_two_threads_hear_what_one_does(tiny, said):
    sounds = [s.samples for s in said[:4]]
    alone = [tiny.transcribe(sound) for sound in sounds]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(tiny.transcribe, sounds)) == alone


@pytest.mark.slow
@pytest.mark.skipif(not HAVE_BASE, reason="Whisper base is not installed: two packages of 70 MB")
def test_base_hears_at_least_as_well_and_more_languages(tiny, said):
    base = asr.load("faster_whisper", "base")
    base.warm("de")
    some = list(zip(said, SENTENCES))[:6]
    mistakes = [sum(wrong(plain(e.transcribe(s.samples).text), plain(t)) for s, t in some) for e in (tiny, base)]
    assert mistakes[1] <= mistakes[0] + 1
    base.close()


@pytest.mark.slow
def test_a_language_that_a_model_does_not_know_is_told_before_it_starts(tiny):
    with pytest.raises(EngineError, match="'tiny.en' does not know the language 'de'; it knows en; 'base' and all"):
        tiny.warm("de")


def test_what_whisper_makes_up_is_not_believed():
    assert believable("I went home.", 0.05, -0.2, RATE)
    assert not believable("Thanks for watching!", 0.4, -0.6, RATE // 10)
    assert believable("Thank you.", 0.05, -0.1, RATE // 5)
    assert believable("You.", 0.5, -1.2, RATE) and not believable("You.", 0.9, -0.7, RATE)
    assert not believable("I went home.", 0.9, -1.5, RATE)
    assert not believable("no no no no no no no no no no no no no no no no no no no", 0.1, -0.2, RATE)
    assert not believable(" ... ", 0.1, -0.2, RATE)


def test_an_engine_or_model_that_is_not_there_is_told(tmp_path):
    with pytest.raises(EngineError, match="no asr engine named 'faster_wisper'; did you mean 'faster_whisper'"):
        asr.load("faster_wisper")
    with pytest.raises(EngineError, match="'fake' has no model 'tiny'"):
        asr.load("fake", "tiny")
    with pytest.raises(ModelFileError, match="no folder '.*absent'; expected one in CTranslate2's format"):
        asr.load("faster_whisper", str(tmp_path / "absent")).warm()


@pytest.mark.slow
def test_a_folder_that_is_no_model_is_told(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"not a model")
    with pytest.raises(ModelFileError, match="has no config.json; expected a model in CTranslate2's format"):
        asr.load("faster_whisper", str(tmp_path)).warm()


@pytest.mark.slow
def test_a_damaged_model_never_reaches_the_runtime(monkeypatch, tmp_path):
    (tmp_path / "model.bin").write_bytes(b"damaged")
    found = models.find
    monkeypatch.setattr(
        models, "find", lambda name: (tmp_path / "model.bin",) if name == "whisper-tiny.en" else found(name)
    )
    with pytest.raises(ModelFileError, match="'whisper-tiny.en'.*not the expected file.*models pull whisper-tiny.en"):
        asr.load("faster_whisper").warm()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("hello there, how are you today? Hello there, how're you today?", "hello there, how are you today?"),
        ("what do you like to do? What do you like do?", "what do you like to do?"),
        ("Where were you? Where were you?", "Where were you?"),
        ("No, no.", "No, no."),
        ("I like the sea, and you like the hills.", "I like the sea, and you like the hills."),
        ("Wait, stop. I have another question.", "Wait, stop. I have another question."),
        ("", ""),
    ],
)
def test_what_a_prompted_transcriber_writes_twice_was_said_once(text, kept):
    assert once(text) == kept


def test_a_loop_that_was_left_in_its_midst_is_told_from_a_sentence_that_is_begun_twice():
    assert begins_again("What's wrong with the old one? What's wrong with")
    assert begins_again("We met at noon. It was cold. We met,")
    for said in (
        "I went... I went to the lake.",
        "Is it far? It is not.",
        "Go on. Go",
        "",
        "Yes.",
        "What was it? What was it?",
    ):
        assert not begins_again(said)


def test_a_sentence_that_a_loop_bends_a_little_more_each_time_is_heard_once():
    bent = "what is your favorite food? What is your favorite foods? What is you favorite food?"
    assert once(bent) == "what is your favorite food?"
    assert once("It was cold. It was really very cold. Yes.") == "It was cold. It was really very cold. Yes."
