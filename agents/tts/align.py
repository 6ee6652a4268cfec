"""When each phone sounds, from the durations that the voice model works with.

One rule: times are those of the sound, not of the model's bookkeeping.

The model gives frames of 25 ms to every symbol, stress marks, spaces and punctuation included. Measured against its own
audio, the sound runs LEAD ahead of that account, and the frames of a stress mark already sound as the vowel after it.
Spaces and punctuation belong to no phone.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.tts.reading import Spoken
from dialogue.types import RATE, Phone, Word

FRAME = RATE // 40  # 25 ms
LEAD = RATE * 55 // 1000
MARKS = "ˈˌ"  # stress: its frames belong to the vowel that follows
MODIFIERS = "ːʰʲ̃"  # length, breath, palatal, nasal: their frames belong to the phone before
SILENT = frozenset(" ;:,.!?—…\"()“”→↓↗↘")


@dataclass(frozen=True)
class Timed:
    """Words and phones of one part, in samples from its first."""

    words: tuple[Word, ...]
    phones: tuple[Phone, ...]


def timed(spoken: list[Spoken], symbols: str, frames: np.ndarray) -> Timed:
    """Times of words and phones.

    Args:
        spoken: the words; their phones joined by single spaces are `symbols` (silent words contribute nothing).
        symbols: what the model was given, without the pads.
        frames: float [len(symbols) + 2], durations of pad, symbols, pad.
    """
    ends = np.cumsum(frames) * FRAME - LEAD
    starts = np.maximum(ends - frames * FRAME, 0).astype(int)
    ends = np.maximum(ends, 0).astype(int)
    phones: list[Phone] = []
    owners: list[int] = []
    speakers = [i for i, word in enumerate(spoken) if word.phones]
    bounds = np.cumsum([len(spoken[i].phones) + 1 for i in speakers])
    stress_from: int | None = None
    for at, symbol in enumerate(symbols):
        start, end = int(starts[at + 1]), int(ends[at + 1])
        if symbol in MARKS:
            stress_from = start
        elif symbol in MODIFIERS and phones:
            phones[-1] = Phone(phones[-1].symbol, phones[-1].start, end, phones[-1].stressed)
        elif symbol not in SILENT:
            phones.append(Phone(symbol, start if stress_from is None else stress_from, end, stress_from is not None))
            owners.append(speakers[int(np.searchsorted(bounds, at, side="right"))])
            stress_from = None
    return Timed(words_of(spoken, phones, owners), tuple(phones))


def words_of(spoken: list[Spoken], phones: list[Phone], owners: list[int]) -> tuple[Word, ...]:
    """A word sounds from its first phone to its last; a silent word lies in the pause where it is written."""
    spans: dict[int, tuple[int, int]] = {}
    for phone, owner in zip(phones, owners):
        spans[owner] = (spans.get(owner, (phone.start, 0))[0], phone.end)
    words, before = [], phones[0].start if phones else 0
    for i, word in enumerate(spoken):
        if i in spans:
            start, end = spans[i]
        else:
            start = before
            end = next((spans[j][0] for j in range(i + 1, len(spoken)) if j in spans), before)
        words.append(Word(word.text, start, max(end, start)))
        before = max(end, start)
    return tuple(words)
