"""Kokoro's voices. What needs their 92 MB is skipped where they are not installed."""

import re

import numpy as np
import pytest
from ear import engine_or_skip, heard, offsets
from test_piper import SENTENCES

from agents import models
from agents.tts.kokoro import MODEL, SPEAKERS, STYLES, Engine, language_of
from dialogue.errors import ModelFileError
from dialogue.types import RATE, Emotion, Feeling


ENGLISH = [name for name in SPEAKERS if language_of(name) == "en"]


@pytest.fixture(scope="module")
def engine():
    engine = engine_or_skip("kokoro")
    yield engine
    engine.close()


def test_every_speaker_has_a_style_and_there_are_women_and_men():
    assert SPEAKERS.keys() == STYLES.keys() and set(STYLES.values()) == set(models.STYLES)
    assert {style[1] for style in STYLES.values() if style[0] == "a"} == {"f", "m"}


def test_a_voice_is_there_when_its_style_is(monkeypatch, tmp_path):
    whole = models.ModelFile((models.Piece("dialogue", "duologue", "types.py"),), 1, "0" * 64, "Apache-2.0", "")
    monkeypatch.setitem(models.MANIFEST, MODEL, whole)
    monkeypatch.setattr(models, "cache", lambda: tmp_path)
    assert Engine().voices() == ()
    (tmp_path / "kokoro").mkdir()
    (tmp_path / "kokoro" / "am_puck.bin").touch()
    assert [v.name for v in Engine().voices()] == ["puck"]


def test_without_its_files_it_has_no_voices_and_says_what_to_run(monkeypatch):
    pieces = tuple(models.Piece("no_such_package", f"no-such-{i}==1.0", "x") for i in (1, 2))
    monkeypatch.setitem(models.MANIFEST, MODEL, models.ModelFile(pieces, 1, "0" * 64, "Apache-2.0", ""))
    engine = Engine()
    assert engine.voices() == ()
    with pytest.raises(ModelFileError, match="no-such-1==1.0 is not installed; run: duologue models pull kokoro"):
        list(engine.speak("Hello.", "puck", Feeling(), 0))


@pytest.mark.slow
@pytest.mark.parametrize("voice", ["bella", "fenrir"])
def test_phones_are_where_their_sound_is(engine, voice):
    found = [offsets(s) for text in SENTENCES for s in engine.speak(text, voice, Feeling(), 0)]
    for kind in ("closure", "hiss", "voice"):
        ms = np.concatenate([f[kind] for f in found])
        assert len(ms) >= 3 and abs(np.median(ms)) < 16, (kind, sorted(ms))
        assert np.mean(np.abs(ms) <= 25) > 0.75, (kind, sorted(ms))


@pytest.mark.slow
@pytest.mark.parametrize(
    "voice, emotion",
    list(zip(ENGLISH, ("neutral", "happy", "sad", "angry", "surprised", "afraid", "thoughtful") * 2)),
)
def test_an_ear_hears_every_word_in_every_voice(engine, voice, emotion):
    text = "I really think we should go home now, before the rain starts again."
    sound = np.concatenate([s.samples for s in engine.speak(text, voice, Feeling(Emotion(emotion)), 0)])
    assert heard(sound) == re.sub("[,.]", "", text.lower()).split()
    assert -27 < 20 * np.log10(np.sqrt(np.mean(sound**2))) < -16
    assert np.abs(sound.mean()) < 1e-3 and len(sound) < 9 * RATE
