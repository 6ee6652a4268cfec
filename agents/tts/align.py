"""When each phone sounds, from the durations that the voice model works with.

One rule: times are those of the sound, not of the model's bookkeeping.

The model gives frames of 25 ms to every symbol, stress marks, spaces and punctuation included. Aligned with its own
audio (Viterbi over Gaussian phone templates, 62 sentences, mostly Harvard's, 1600 phones), the sound runs ahead of
that account, by 50 ms in the median. Leads hold the medians, plosives from the moment the closure begins. A stress mark's frames already sound as the vowel after it. Spaces inside
a phrase take no time: there the phones touch; where there is a real pause, the frames' own power says when the sound
ends and begins.

Letters: F frames of 12.5 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from agents.tts.reading import Spoken
from dialogue.types import RATE, Phone, Word

FRAME = RATE // 40  # 25 ms
POWER_FRAME = RATE // 80  # 12.5 ms
PAUSE = RATE * 80 // 1000  # a shorter gap between words is no silence
SHORTEST = RATE // 100  # of a phone: 10 ms
SILENT_DB = -50.0  # below the loudest frame
CLOSURE = RATE // 20  # 50 ms: after a pause, lips and tongue close before the burst is heard
PLOSIVES = frozenset("pbtdkɡ")
MARKS = "ˈˌ"  # stress: its frames belong to the vowel that follows
MODIFIERS = "ːʰʲ̃"  # length, breath, palatal, nasal: their frames belong to the phone before
SILENT = frozenset(' ;:,.!?—…"()“”→↓↗↘')


@dataclass(frozen=True)
class Leads:
    """How far the sound runs ahead of the account: ms for the phones that are named, and for all others."""

    usual_ms: float
    ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Timed:
    """Words and phones of one part, in samples from its first."""

    words: tuple[Word, ...]
    phones: tuple[Phone, ...]


def timed(spoken: list[Spoken], symbols: str, frames: np.ndarray, power: np.ndarray, leads: Leads) -> Timed:
    """Times of words and phones.

    Args:
        spoken: the words; their phones joined by single spaces are `symbols` (silent words contribute nothing).
        symbols: what the model was given, without the pads.
        frames: float [len(symbols) + 2], durations of pad, symbols, pad.
        power: float [F], linear, of the sound.
        leads: of the model.
    """
    phones, owners, points = _accounted(spoken, symbols, frames, leads)
    phones = _joined(phones, points, power)
    return Timed(_words(spoken, phones, owners), tuple(phones))


def _accounted(
    spoken: list[Spoken], symbols: str, frames: np.ndarray, leads: Leads
) -> tuple[list[Phone], list[int], set[int]]:
    """Phones as the model accounts for them, each moved by its lead; which word each belongs to; before which of them
    a punctuation mark stands."""
    edges = np.concatenate([[0.0], np.cumsum(frames)]) * FRAME
    speaking = [i for i, word in enumerate(spoken) if word.phones]
    bounds = np.cumsum([len(spoken[i].phones) + 1 for i in speaking])
    phones: list[Phone] = []
    owners: list[int] = []
    points: set[int] = set()
    stress: float | None = None

    def led(edge: float, symbol: str) -> int:
        return max(round(edge - leads.ms.get(symbol, leads.usual_ms) * RATE / 1000), 0)

    for at, symbol in enumerate(symbols):
        if symbol in MARKS:
            stress = edges[at + 1]
        elif symbol in MODIFIERS and phones:
            phones[-1] = replace(phones[-1], end=led(edges[at + 2], ""))
        elif symbol not in SILENT:
            start = led(edges[at + 1] if stress is None else stress, symbol)
            if phones:  # time goes forward: a lead never eats the phone before
                start = max(start, phones[-1].start + SHORTEST)
            phones.append(Phone(symbol, start, max(led(edges[at + 2], ""), start + SHORTEST), stress is not None))
            owners.append(speaking[int(np.searchsorted(bounds, at, side="right"))])
            stress = None
        elif symbol != " ":
            points.add(len(phones))
    return phones, owners, points


def _joined(phones: list[Phone], points: set[int], power: np.ndarray) -> list[Phone]:
    """Phones that touch inside a phrase; across a pause they end and begin with the sound."""
    silent = power <= power.max(initial=0.0) * 10 ** (SILENT_DB / 10)
    out = list(phones)
    for i in range(len(phones) + 1):
        before, after = (out[i - 1] if i else None), (out[i] if i < len(phones) else None)
        if before and after and after.start - before.end <= PAUSE and i not in points:
            out[i - 1] = replace(before, end=after.start)
            continue
        first = before.start + SHORTEST if before else 0
        last = after.end - SHORTEST if after else len(power) * POWER_FRAME
        start, end = _silence(silent, first // POWER_FRAME, -(-last // POWER_FRAME), before is None, after is None)
        if before and after and (end - start) * POWER_FRAME <= PAUSE:  # a comma that nobody hears
            out[i - 1] = replace(before, end=after.start)
            continue
        if before:
            closed = before.start + CLOSURE if before.symbol in PLOSIVES else first  # silent itself, then released
            out[i - 1] = replace(before, end=min(max(start * POWER_FRAME, closed), last, end * POWER_FRAME))
        if after:
            begin = end * POWER_FRAME - (CLOSURE if after.symbol in PLOSIVES else 0)
            out[i] = replace(after, start=min(max(begin, out[i - 1].end if before else 0), last))
    return forward(out)


def forward(phones: list[Phone], end: int | None = None) -> list[Phone]:
    """The same, each at least SHORTEST and none before the one before it: leads and silences may collide.

    Args:
        end: of the sound, if none may pass it; then it is at least as long as all of them at their shortest.
    """
    at, out = 0, []
    for left, phone in zip(reversed(range(len(phones))), phones):
        last = None if end is None else end - left * SHORTEST
        start = max(phone.start, at)
        if last is not None:
            start = min(start, last - SHORTEST)
        at = max(phone.end, start + SHORTEST)
        if last is not None:
            at = min(at, last)
        out.append(replace(phone, start=start, end=at))
    return out


def _silence(silent: np.ndarray, first: int, last: int, leading: bool, trailing: bool) -> tuple[int, int]:
    """The pause among frames [first, last): the longest silent run, or the one that touches the very edge; an empty
    one in the middle if nothing is silent."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], silent[first:last], [False]]).astype(np.int8))) + first
    runs = list(zip(edges[::2].tolist(), edges[1::2].tolist()))
    if leading:
        return next((r for r in runs if r[0] == first), (first, first))
    if trailing:
        return next((r for r in runs if r[1] == min(last, len(silent))), (last, last))
    return max(runs, key=lambda r: r[1] - r[0], default=((first + last) // 2, (first + last) // 2))


def _words(spoken: list[Spoken], phones: list[Phone], owners: list[int]) -> tuple[Word, ...]:
    """A word sounds from its first phone to its last; a silent word lies in the pause where it is written."""
    spans: dict[int, tuple[int, int]] = {}
    for phone, owner in zip(phones, owners):
        spans[owner] = (spans.get(owner, (phone.start, 0))[0], phone.end)
    words: list[Word] = []
    before = phones[0].start if phones else 0
    for i, word in enumerate(spoken):
        if i in spans:
            start, end = spans[i]
        else:
            start = before
            end = max(next((spans[j][0] for j in range(i + 1, len(spoken)) if j in spans), before), before)
        words.append(Word(word.text, start, end))
        before = end
    return tuple(words)
