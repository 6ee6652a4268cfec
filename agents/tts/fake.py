"""A voice for tests: one tone or hiss per letter, at once, without a model.

One rule: the sound is a pure function of the arguments, and every phone can be found in it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from agents.tts import Speech, Voice
from agents.tts.reading import clauses
from dialogue.errors import EngineError, did_you_mean
from dialogue.types import RATE, Emotion, Feeling, Phone, Word

PHONE = RATE * 70 // 1000  # 70 ms: about 14 phones a second, an ordinary speaking rate
EDGE = RATE // 200  # 5 ms: no clicks
GAP = RATE * 20 // 1000  # between words
VOICES = {"low": 110.0, "high": 220.0}  # Hz
PHONES = dict(zip("abcdefghijklmnopqrstuvwxyz", "æbkdɛfɡhɪʤklmnɑpkɹstʌvwkjz"))
VOWELS = frozenset("æɛɪɑʌ")
HISSES = frozenset("fhstk")


class Engine:
    """Speaks every line in one breath per sentence."""

    deterministic = True

    def voices(self) -> tuple[Voice, ...]:
        return tuple(Voice(name, "fake", f"a tone of {hz:.0f} Hz") for name, hz in VOICES.items())

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        hz = _pitch(voice, feeling)
        rng = np.random.default_rng(seed)
        for words in clauses(text, lambda word, after: word[-1] in ".!?"):
            if any(map(_phones, words)):
                yield _said(words, hz, rng)

    def laugh(self, voice: str, feeling: Feeling, seed: int, kind: str = "laughs") -> Speech:
        bursts = {"laughs": 5, "chuckles": 3}
        if kind not in bursts:
            raise EngineError(f"fake cannot make the sound '{kind}'{did_you_mean(kind, bursts)}")
        speech = _said(["ha"] * bursts[kind], _pitch(voice, feeling) * 1.3, np.random.default_rng(seed))
        return Speech(speech.samples, (), speech.phones)

    def close(self) -> None:
        """There is nothing to free."""


def _pitch(voice: str, feeling: Feeling) -> float:
    if voice not in VOICES:
        raise EngineError(f"fake has no voice '{voice}'{did_you_mean(voice, VOICES)}")
    return VOICES[voice] * (1.0 + 0.05 * list(Emotion).index(feeling.emotion) * feeling.intensity)


def _phones(word: str) -> list[str]:
    """One for each letter; those of other scripts are all one vowel."""
    return [PHONES.get(c, "ʌ") for c in word.lower() if c.isalpha()]


def _said(words: list[str], hz: float, rng: np.random.Generator) -> Speech:
    out, spoken, phones, at = [], [], [], 0
    for word in words:
        start = at
        for symbol in _phones(word):
            out.append(_tone(symbol, hz, rng))
            phones.append(Phone(symbol, at, at + PHONE, symbol in VOWELS))
            at += PHONE
        spoken.append(Word(word, start, at))
        if at > start:
            out.append(np.zeros(GAP, np.float32))
            at += GAP
    return Speech(np.concatenate(out)[:-GAP], tuple(spoken), tuple(phones))


def _tone(symbol: str, hz: float, rng: np.random.Generator) -> np.ndarray:
    t = np.arange(PHONE) / RATE
    wave = rng.uniform(-0.1, 0.1, PHONE) if symbol in HISSES else 0.3 * np.sin(2 * np.pi * hz * t)
    if symbol not in VOWELS:
        wave = wave * 0.4
    edge = np.minimum(np.arange(PHONE), np.arange(PHONE)[::-1]) / EDGE
    return (wave * np.minimum(edge, 1.0)).astype(np.float32)
