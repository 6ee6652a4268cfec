"""The default voices: that they say the words, at the times they claim, as clearly different people."""

import itertools
import re

import numpy as np
import pytest
from ear import heard
from scipy.signal import butter, sosfilt

from agents import models
from agents.tts.graph import with_output
from agents.tts.hibari import DURATIONS, Engine, Network
from agents.tts.misaki import Reader
from agents.tts.speakers import SPEAKERS
from dialogue.errors import EngineError
from dialogue.types import RATE, Emotion, Feeling

SENTENCES = (
    "See the fish swim past my mother and buy a big bag of apples.",
    "Peter took ten cups of tea to the top of the tower.",
    "The soft cushion broke the man's fall.",
    "Two blue fish swam in the tank, but she felt sick.",
)
VOWELS = frozenset("AIOWYiuæɑɔəɛɜɪʊʌ")


@pytest.fixture(scope="module")
def engine():
    engine = Engine()
    list(engine.speak("Hello.", "heart", Feeling(), 0))  # it loads here, not in the first test
    yield engine
    engine.close()


def say(engine, text, voice="heart", feeling=Feeling(), seed=0):
    return list(engine.speak(text, voice, feeling, seed))


def level_db(samples):
    return 10 * np.log10(np.mean(samples**2) + 1e-12)


def quietest_db(samples):
    """Of its 10 ms windows."""
    n = RATE // 100
    return min(level_db(samples[i : i + n]) for i in range(0, max(len(samples) - n, 1), n))


@pytest.mark.slow
def test_the_graph_gives_its_durations_and_otherwise_stays_the_same():
    model = models.read("hibari")
    assert with_output(model, DURATIONS).startswith(model)
    parts, frames = Network(model).run(Reader().ids("həlˈO."))
    assert len(frames) == len("həlˈO.") + 2
    assert frames.sum() * 2 == len(parts.f0)  # 25 ms in frames of 12.5 ms


@pytest.mark.slow
@pytest.mark.parametrize("voice", ["heart", "walter"])
def test_phones_are_where_their_sound_is(engine, voice):
    hiss = butter(4, 4000, "high", fs=RATE, output="sos")
    closures, hisses = [], []
    for text in SENTENCES:
        for speech in say(engine, text, voice):
            treble = sosfilt(hiss, speech.samples)
            vowels = np.median([level_db(speech.samples[p.start : p.end]) for p in speech.phones if p.symbol in VOWELS])
            sharp = np.median([level_db(treble[p.start : p.end]) for p in speech.phones if p.symbol in VOWELS])
            for p in speech.phones:
                if p.symbol in "pbtdkɡ":
                    closures.append(vowels - quietest_db(speech.samples[p.start : p.end]))
                elif p.symbol in "sʃ":
                    hisses.append(level_db(treble[p.start : p.end]) - sharp)
    assert np.mean(np.array(closures) > 12) > 0.9, sorted(closures)
    assert np.mean(np.array(hisses) > 6) > 0.9, sorted(hisses)


def test_a_pause_belongs_to_no_phone_and_to_no_word(engine):
    (speech,) = say(engine, "I saw the ship, but she left.")
    ship, but = (next(w for w in speech.words if w.text == t) for t in ("ship,", "but"))
    assert but.start - ship.end >= 0.1 * RATE
    assert not [p for p in speech.phones if p.start < but.start and p.end > ship.end]


def test_a_number_is_one_word_however_long_it_takes_to_say(engine):
    (speech,) = say(engine, "It cost 1,250 dollars at 7:30 pm")
    number = next(w for w in speech.words if w.text == "1,250")
    assert number.end - number.start > 0.8 * RATE
    assert len([p for p in speech.phones if number.start <= p.start < number.end]) > 15


@pytest.mark.slow
@pytest.mark.parametrize("text", ["你好，我是本。今天天气很好！" * 20, "7" * 300])
def test_a_page_without_a_single_space_is_said_to_its_end(engine, text):
    words = [w for speech in say(engine, text) for w in speech.words]
    assert "".join(w.text for w in words) == text
    assert all(w.end - w.start > 0.2 * RATE for w in words)


def test_every_pair_of_voices_differs_clearly():
    for (a, x), (b, y) in itertools.combinations(SPEAKERS.items(), 2):
        semitones = abs(12 * np.log2(x.pitch / y.pitch))
        throat = abs(np.log(x.throat / y.throat))
        pace = abs(np.log(x.pace / y.pace))
        assert semitones / 3 + throat / 0.05 + pace / 0.08 > 2, (a, b)


@pytest.mark.slow
def test_voices_have_the_pitch_and_the_pace_of_their_table(engine):
    spoken = {voice: [say(engine, text, voice)[0] for text in SENTENCES] for voice in SPEAKERS}
    length = {voice: sum(len(s.samples) for s in speeches) for voice, speeches in spoken.items()}
    for voice, speaker in SPEAKERS.items():
        ratio = np.median([r for a, b in zip(spoken[voice], spoken["heart"]) for r in pitch_ratios(a, b)])
        assert ratio == pytest.approx(speaker.pitch, rel=0.06), voice
        assert length["heart"] / length[voice] == pytest.approx(speaker.pace, rel=0.03), voice


def pitch_ratios(a, b):
    """Of the vowels that are long enough to measure in both."""
    x, y = pitches(a), pitches(b)
    return [x[i] / y[i] for i in x.keys() & y.keys()]


def pitches(speech):
    """Hz of the long vowels by their place among the phones, from the autocorrelation of 60 ms at 8 kHz."""
    out = {}
    rate, n = 8000, 480
    low = sosfilt(butter(4, 900, "low", fs=RATE, output="sos"), speech.samples)[:: RATE // rate]
    lags = np.arange(rate // 450, rate // 55)
    for i, p in enumerate(speech.phones):
        if p.symbol in VOWELS and (p.end - p.start) // 6 > n:
            x = low[((p.start + p.end) // 6 - n) // 2 :][:n]
            x = x - x.mean()
            r = np.correlate(x, x, "full")[n - 1 :] / np.arange(n, 0, -1)
            peaks = [k for k in lags if r[k] > 0.85 * r[lags].max() and r[k] >= r[k - 1] and r[k] >= r[k + 1]]
            if peaks:
                out[i] = rate / peaks[0]
    return out


@pytest.mark.slow
def test_feelings_move_pitch_and_pace_as_their_table_says(engine):
    moods = (Emotion.NEUTRAL, Emotion.SAD, Emotion.SURPRISED)
    plain, sad, surprised = (say(engine, SENTENCES[0], "heart", Feeling(mood))[0] for mood in moods)
    assert len(sad.samples) > 1.1 * len(plain.samples) > 1.05 * len(surprised.samples)
    assert np.median(pitch_ratios(sad, plain)) < 0.95 and np.median(pitch_ratios(surprised, plain)) > 1.15


@pytest.mark.slow
def test_voices_have_no_offset_and_no_clipped_peaks(engine):
    for voice in SPEAKERS:
        (speech,) = say(engine, SENTENCES[1], voice, Feeling(Emotion.ANGRY))
        assert abs(speech.samples.mean()) < 1e-3
        assert np.abs(speech.samples).max() < 1.0


def test_a_closed_engine_says_so():
    engine = Engine()
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        say(engine, "Hello.")


@pytest.mark.slow
@pytest.mark.parametrize(
    "voice, emotion",
    list(zip(SPEAKERS, ("neutral", "surprised", "sad", "angry", "afraid", "thoughtful"))),
)
def test_an_ear_hears_every_word_in_every_voice_and_feeling(engine, voice, emotion):
    text = "I really think we should go home now, before the rain starts again."
    speeches = say(engine, text, voice, Feeling(Emotion(emotion)))
    assert heard(np.concatenate([s.samples for s in speeches])) == re.sub("[,.]", "", text.lower()).split()
