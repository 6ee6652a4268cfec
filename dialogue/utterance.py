"""One performed line: its sound, and when each word, phone, feeling and cue falls.

One rule: every position counts from the utterance's own first sample; the timeline alone knows where that lies.

Letter: N samples at RATE.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dialogue.types import Cue, Feeling, Phone, Word


@dataclass(frozen=True, eq=False)
class Utterance:
    """What a participant says in one turn.

    Args:
        samples: float32 [N] in -1..1. Trimmed: it begins and ends with sound, so that a gap of 0.3 s is heard as 0.3 s.
            May be empty, for a line of gestures or of writing that no voice can speak.
        text: what is said, as written, without tags: emoji and other scripts included.
        words: in order; they need not cover the text.
        feelings: (at, feeling) in order, the one at 0 included.
        cues: the names of dialogue.emotion's VOCALS and GESTURES, in order.
    """

    participant: int
    samples: np.ndarray
    text: str = ""
    words: tuple[Word, ...] = ()
    phones: tuple[Phone, ...] = ()
    feelings: tuple[tuple[int, Feeling], ...] = ()
    cues: tuple[Cue, ...] = ()

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise ValueError(f"samples are {self.samples.dtype} {self.samples.shape}; expected float32 [N]")

    def __len__(self) -> int:
        return len(self.samples)


def cut(utterance: Utterance, at: int, fade: int) -> Utterance:
    """The utterance up to `at`, faded out over its last `fade` samples; what starts at or after `at` is gone."""
    if at >= len(utterance):
        return utterance
    at = max(at, 0)
    heard = tuple(replace(w, end=min(w.end, at)) for w in utterance.words if w.start < at)
    return replace(
        utterance,
        samples=faded(utterance.samples[:at], fade),
        text=heard_text(utterance.text, utterance.words, len(heard)),
        words=heard,
        phones=tuple(replace(p, end=min(p.end, at)) for p in utterance.phones if p.start < at),
        feelings=tuple((t, f) for t, f in utterance.feelings if t < at),
        cues=tuple(c for c in utterance.cues if c.at < at),
    )


def faded(samples: np.ndarray, fade: int) -> np.ndarray:
    """A copy that reaches silence along a raised cosine over its last `fade` samples."""
    fade = min(fade, len(samples))
    out = samples.copy()
    if fade:
        out[len(out) - fade :] *= (0.5 + 0.5 * np.cos(np.linspace(0.0, np.pi, fade))).astype(np.float32)
    return out


def pieces(text: str, words: tuple[Word, ...]) -> tuple[str, ...]:
    """The text shared out among its words, one piece each: joined, they give the text again. What no word covers
    (emoji, dashes) stays with the word before it, and at the very beginning with the first."""
    starts, at = [], 0
    for word in words:
        core = word.text.strip(".,;:!?…—–-\"'()[]“”‘’ ")
        found = text.find(core, at) if core else -1
        starts.append(at if found < 0 else found)
        at = starts[-1] + (len(core) if found >= 0 else 0)
    if starts:
        starts[0] = 0
    return tuple(text[a:b] for a, b in zip(starts, [*starts[1:], len(text)]))


def heard_text(text: str, words: tuple[Word, ...], heard: int) -> str:
    """The beginning of the text that holds the first `heard` words; all of it if they are all."""
    if heard >= len(words):
        return text
    return "".join(pieces(text, words)[:heard]).rstrip(' ,;:—–-([{"“‘«')
