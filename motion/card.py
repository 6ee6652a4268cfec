"""The card of a trained model: what it was trained on, how it does on voices it never heard, what it cannot do.

One rule: every figure is measured here, on whole clips, by the model as it is shipped, playing closed loop: no truth
about any face goes in. A figure without occasion is left out.

Letters: P participants, T frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from motion.corpus import AUDIO_RATE, Clip, Corpus
from motion.events import take_apart
from motion.features import listen, start
from motion.frame import FPS
from motion.judge import judge
from motion.models.dual_stream import LOOKAHEAD, Model, feel
from motion.scores import mean_scores

LIPS = {
    "lip_r": "lip opening against the truth while speaking, r",
    "lip_lag_frames": "lag at which it fits best, frames of 40 ms",
    "mtm_ms": "turning points of lip opening, mean distance in ms",
    "closure_hit": "share of p, b, m in which the lips meet",
    "closure_false": "share of open speech in which they meet too",
    "pucker_r": "mouthPucker against the truth while speaking, r",
    "lip_std_ratio": "quick lip motion while only the other speaks, over that while speaking",
}
MOTION = {
    "fd": "Frechet distance of frames",
    "pfd": "the same with the partner's true frame beside each",
    "mse": "squared error",
    "sid": "diversity",
    "rpcc": "correlation with the partner, off by",
    "spread_ratio": "deviation over the truth's",
    "spectrum_error": "spectrum of velocity, off by this share of the truth's",
}
EVENTS = {"blinks": "blink", "nods": "nod", "gaze shifts": "shift"}


class Ended(Protocol):
    """How a training ended."""

    steps: int
    best_step: int
    loss: float  # of the validation split


def perform(model: Model, clip: Clip, seed: int = 0) -> np.ndarray:
    """The model's motion of a clip [T', P, 57]; T' is LOOKAHEAD frames short."""
    mel = listen(clip.audio, start(clip.participants, AUDIO_RATE), AUDIO_RATE)[0]
    felt = feel(clip.feelings, clip.intensity)
    return model.advance(mel, clip.roles.astype(int), felt, model.init_state(clip.participants, seed))[0]


def figures(model: Model, clips: Sequence[Clip]) -> dict[str, tuple[str, float]]:
    """What each figure means and its value: means over participants and clips, and rates over all of their time."""
    scores, counts = [], np.zeros((2, len(EVENTS)))
    for seed, clip in enumerate(clips):
        made = perform(model, clip, seed)
        scores.append(judge(clip, made))
        counts += happenings(made, clip.motion[: len(made)])
    out = {}
    for s in mean_scores(scores):
        if s.value is not None and s.name in LIPS:
            out[s.name] = (LIPS[s.name], s.value)
        elif s.value is not None and s.name in MOTION and s.when == "all":
            out[f"{s.name}.{s.group}"] = (MOTION[s.name], s.value)
    for name, mine, true in zip(EVENTS, *counts):
        if true:
            out[f"{name.replace(' ', '_')}_ratio"] = (f"{name} over the truth's", mine / true)
    return out


def happenings(made: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Counts of EVENTS of all participants, made and true [2, 3]."""
    taken = [[take_apart(motion[:, p]) for p in range(motion.shape[1])] for motion in (made, true)]
    return np.array([[sum(getattr(acts, n).sum() for acts in row) for n in EVENTS.values()] for row in taken])


def write(path: Path, weights: Path, corpus: Corpus, ended: Ended, seed: int, command: str) -> None:
    """Measure `weights` on the test and unseen splits, and write the card as markdown."""
    model = Model(weights)
    columns = {}
    for split in ("test", "unseen"):
        if clips := list(corpus.clips(split)):
            minutes = sum(clip.seconds for clip in clips) / 60
            columns[f"{split}, {minutes:.0f} min"] = figures(model, clips)
    size = f"{sum(a.size for a in model.w.values()):,} numbers, {weights.stat().st_size / 1e6:.1f} MB as float16"
    voices = {split: ", ".join(names) for split, names in corpus.manifest.voices.items()}
    text = CARD.format(
        name=weights.stem,
        size=size,
        ahead=(LOOKAHEAD + 1) * 1000 // FPS,
        command=command,
        corpus=corpus.hash,
        hours=corpus.hours("train"),
        voices=len(corpus.manifest.voices.get("train", ())),
        ended=ended,
        seed=seed,
        test=voices.get("test", "none"),
        unseen=voices.get("unseen", "none"),
        columns=" | ".join(columns),
        rule="---|" * len(columns),
        rows="\n".join(_row(name, columns) for name in dict.fromkeys(n for column in columns.values() for n in column)),
    )
    path.write_text(text, "utf-8")


def _row(name: str, columns: dict[str, dict[str, tuple[str, float]]]) -> str:
    told = next(column[name][0] for column in columns.values() if name in column)
    values = (f"{column[name][1]:.3f}" if name in column else "" for column in columns.values())
    return f"| {name} | {told} | {' | '.join(values)} |"


CARD = """\
# {name}: a trained motion model

{size}. It hears {ahead} ms past the time of a frame.

Made with `{command}`.
Corpus `{corpus}`: {hours:.2f} hours of {voices} voices.
Trained {ended.steps} steps with seed {seed}; the weights are those of step {ended.best_step}, the best of the
validation split (loss {ended.loss:.4f}).

## Figures

On voices that it was not trained on, closed loop, with the corpus's wrong role labels. Test: {test}; unseen: {unseen}.
Scores are scaled as in the paper's tables (motion/scores.py).

| figure | | {columns} |
|---|---|{rule}
{rows}

## Limits

- It learned from synthetic voices and a performer of rules, not from people: it can be no more human than that.
- It heard English only. Noise, rooms and telephones were in its training, music was not.
- Blinks and nods come when they should, in shapes drawn from a few that were seen; eyes go to one of a few places.
- It knows no words: what is said reaches the face only as sound, roles and feelings.
"""
