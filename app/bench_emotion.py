"""Figures of feelings: the same sound felt in seven ways, each in three strengths, by the same chance.

One rule: a feeling shows in the upper face, more the stronger it is, and leaves the times of the lips alone.

Letters: P participants, T frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from app.bench import Ask, Figure, tell
from app.bench_lips import feeling
from app.bench_material import HIBARI, Order, conversations, performed
from dialogue.types import Emotion
from motion import lipsync
from motion.corpus import Clip
from motion.frame import ARKIT
from motion.judge import speaks
from motion.models.dual_stream import Model
from motion.visemes import lip_opening

STRENGTHS = (0.33, 0.66, 1.0)
FELT = tuple(e for e in Emotion if e is not Emotion.NEUTRAL)
# What blinks and looks is no expression.
UPPER = [
    i for i, n in enumerate(ARKIT) if n.startswith(("brow", "cheekSquint", "noseSneer", "eyeSquint", "eyeWide"))
]
CLIPS, CLIP_S = 3, 30  # of app/bench_lips.py's


def figures(model: Model, ask: Ask) -> Iterator[Figure]:
    clips = list(conversations(Order(HIBARI, 1 if ask.quick else CLIPS, CLIP_S), tell))
    neutral = [performed(model, feeling(clip, Emotion.NEUTRAL, 0.0)) for clip in clips]
    made = {
        (emotion, strength): [performed(model, feeling(clip, emotion, strength)) for clip in clips]
        for emotion in FELT
        for strength in STRENGTHS
    }
    yield from told(clips, neutral, made)


def told(
    clips: Sequence[Clip],
    neutral: Sequence[np.ndarray],
    made: Mapping[tuple[Emotion, float], Sequence[np.ndarray]],
) -> Iterator[Figure]:
    """Figures of performances [T, P, 57] of some clips, without a feeling and with each."""
    flat = [e.value for e in FELT if not grows([displacement(made[e, s], neutral) for s in STRENGTHS])]
    note = f"of {len(FELT)} feelings at {', '.join(f'{s:g}' for s in STRENGTHS)}"
    note += f"; not: {', '.join(flat)}" if flat else ""
    yield Figure("emotion_monotone", 1.0 - len(flat) / len(FELT), "share", low=1.0, note=note)
    apart = {key: misaligned(clips, motions, neutral) for key, motions in made.items()}
    worst = max(apart, key=apart.__getitem__)
    note = f"lip opening against neutral's while speaking; worst of all: {worst[0].value} {worst[1]:g}"
    yield Figure("emotion_lip_mtm_ms", apart[worst], "ms", high=20.0, note=note)


def grows(values: Sequence[float]) -> bool:
    """Each more than the one before, the first more than nothing."""
    return all(b > a + 1e-6 for a, b in zip((0.0, *values), values))


def displacement(made: Sequence[np.ndarray], neutral: Sequence[np.ndarray]) -> float:
    """How far the upper face stands from neutral's on the average, over all clips and participants."""
    apart = [np.linalg.norm((a - b)[..., UPPER].mean(0), axis=-1) for a, b in zip(made, neutral)]
    return float(np.mean(apart))


def misaligned(clips: Sequence[Clip], made: Sequence[np.ndarray], neutral: Sequence[np.ndarray]) -> float:
    """MTM in ms of lip opening while speaking, mean over clips and participants; infinite if no lips turn alike."""
    found = []
    for clip, mine, plain in zip(clips, made, neutral):
        said = speaks(clip)[: len(mine)]
        for p in range(clip.participants):
            a, b = (lip_opening(m[:, p, :52]) for m in (mine, plain))
            found.append(lipsync.misalignment_ms(a, b, said[:, p]))
    known = [ms for ms in found if ms is not None]
    return float(np.mean(known)) if known else float("inf")
