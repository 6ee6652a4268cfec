"""When each word and phone sounds in speech that came without times: forced alignment against a voice that has them.

One rule: the same words, said by hibari, are laid along the sound by dynamic time warping, and her times go with them.
So nothing has to be recognised, no further model is needed, and a strange voice gets as many words as were written.

Both are heard as mel cepstra with their slopes, each brought to zero mean and unit variance: what is left of a voice is
what it says. Held to voices whose own times are known, words are off by 5-16 ms in the median, nine of ten by less than
50 (hibari's other speakers, Piper's joe, Kokoro's onyx and bella; a whisperer, nicole, by 13 and 106).

Source: Sakoe & Chiba 1978 (IEEE ASSP 26), symmetric steps; Malfrère & Dutoit 1997 (Eurospeech), alignment by synthesis.

Letters: N samples at RATE, T frames of 10 ms, R of them in the guide, D numbers of a frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from agents.mel import HOP, MODEL_RATE, WINDOW, for_model, log_mel
from agents.tts import Speech
from agents.tts.align import SHORTEST, forward
from dialogue.types import RATE, Phone, Word

FRAME = RATE * HOP // MODEL_RATE  # 480 samples, 10 ms
BANDS, CEPSTRA = 80, 13
SLOPE = 2  # frames on either side
SLOWEST, AT_LEAST = 8, 30 * RATE  # times the guide's length, samples: what is longer is not what was written
ASIDE = 1.6  # what a step costs that only one of the two takes, of 2 for both: more, and both go along together


def aligned(samples: np.ndarray, guide: Speech) -> Speech:
    """The sound with its words and phones.

    Args:
        samples: float32 [N] without silence around it, of the words of `guide`.
    Raises:
        ValueError: it is too short to hold the phones of these words, or far too long for them.
    """
    if not SHORTEST * max(len(guide.phones), 1) <= len(samples) <= max(SLOWEST * len(guide.samples), AT_LEAST):
        raise ValueError(f"sound has {len(samples)} samples for {len(guide.phones)} phones")
    at = _mapped(guide.samples, samples)
    phones = forward([replace(p, start=at(p.start), end=at(p.end)) for p in guide.phones], len(samples))
    return Speech(samples, _words(guide, phones, at), tuple(phones))


def _words(guide: Speech, phones: list[Phone], at: Callable[[int], int]) -> tuple[Word, ...]:
    """A word sounds from its first phone to its last; one that is not said lies where it is written."""
    words: list[Word] = []
    last = 0
    for word in guide.words:
        own = [new for old, new in zip(guide.phones, phones) if word.start <= old.start and old.end <= word.end]
        start, end = (own[0].start, own[-1].end) if own else (max(at(word.start), last), max(at(word.end), last))
        words.append(Word(word.text, start, end))
        last = end
    return tuple(words)


def _mapped(guide: np.ndarray, samples: np.ndarray) -> Callable[[int], int]:
    """From a place in the guide to that in the sound where the same is said."""
    mine, its = path(features(guide), features(samples))
    edges = np.arange(mine[-1] + 2)
    # A guide's frame is where, on average, it lies in the sound; its edge, half way to the frame before.
    middles = np.bincount(mine, its) / np.bincount(mine)
    between = np.concatenate([[0.0], (middles[1:] + middles[:-1]) / 2 + 0.5, [len(samples) / FRAME]])
    scale = len(guide) / FRAME / (mine[-1] + 1)  # the last frame may be cut short

    def at(place: int) -> int:
        return int(np.interp(place / FRAME / scale, edges, between) * FRAME)

    return at


def features(samples: np.ndarray) -> np.ndarray:
    """float32 [T, D] of sound [N] at RATE: cepstra and their slopes, zero mean and unit variance over time."""
    small = for_model(samples)
    size = max(-(-len(small) // HOP) * HOP, WINDOW // HOP * HOP + HOP)
    cepstra = _cosines() @ log_mel(np.pad(small, (0, size - len(small))), BANDS)
    wide = np.pad(cepstra, ((0, 0), (SLOPE, SLOPE)), mode="edge")
    both = np.concatenate([cepstra, wide[:, 2 * SLOPE :] - wide[:, : -2 * SLOPE]])
    both -= both.mean(axis=1, keepdims=True)
    return (both / np.maximum(both.std(axis=1, keepdims=True), 1e-6)).T


@cache
def _cosines() -> np.ndarray:
    """float32 [CEPSTRA, BANDS]: the first rows of a cosine transform."""
    k, n = np.arange(CEPSTRA)[:, None], np.arange(BANDS)[None]
    return np.cos(np.pi * k * (n + 0.5) / BANDS).astype(np.float32)


def path(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The frames of `a` [R, D] and of `b` [T, D] that belong together, from both first to both last.

    Costs are added up one anti-diagonal after the other, each in one stroke: its cells depend only on the two before.
    """
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2.0 * a @ b.T
    cost = np.sqrt(np.maximum(squares, 0.0))
    rows, columns = cost.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    came = np.zeros((rows, columns), np.int8)  # 0 both, 1 from the row before, 2 from the column before
    for diagonal in range(rows + columns - 1):
        i = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1))
        j = diagonal - i
        here = cost[i, j]
        ways = np.stack([total[i, j] + 2.0 * here, total[i, j + 1] + ASIDE * here, total[i + 1, j] + ASIDE * here])
        best = ways.argmin(axis=0)
        came[i, j] = best
        total[i + 1, j + 1] = ways[best, np.arange(len(i))]
    i, j = rows - 1, columns - 1
    back = [(i, j)]
    while i or j:
        step = came[i, j]
        i, j = i - (step != 2), j - (step != 1)
        back.append((i, j))
    pairs = np.array(back[::-1])
    return pairs[:, 0], pairs[:, 1]
