"""The card of a trained model: what it was trained on, how it does on voices it never heard, what it cannot do.

One rule: every figure is measured here, on whole clips, by the model as it is shipped, playing closed loop: no truth
about any face goes in. Lips are judged while their owner speaks; a figure without occasion is left out.

Letters: P participants, T frames.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from dialogue.types import Role
from motion import lipsync
from motion.corpus import AUDIO_RATE, PHONE_FRAMES, ROLES, Clip, Corpus
from motion.events import take_apart
from motion.features import listen, start
from motion.frame import FPS, INDEX
from motion.models.dual_stream import LOOKAHEAD, Model, feel
from motion.scores import spectrum_error, spread_ratio
from motion.visemes import lip_opening

SPEAKING = ROLES.index(Role.SPEAKING)
AROUND = round(0.3 * FPS)  # frames around speech that belong to it: lips prepare and come to rest
ROWS = {
    "lip_r": "lip opening against the truth, r while speaking",
    "lip_lag_frames": "lag at which it fits best, frames of 40 ms",
    "mtm_ms": "turning points of lip opening, mean distance in ms",
    "closure_hit": "share of p, b, m in which the lips meet",
    "closure_false": "share of open speech in which they meet too",
    "pucker_r": "mouthPucker against the truth, r while speaking",
    "velocity_spectrum_error": "spectrum of lip velocity, share of the truth's",
    "listener_lip_std_ratio": "quick lip motion while only the other speaks, over that while speaking",
    "pose_std_ratio": "head, deviation over the truth's",
    "blink_rate_ratio": "blinks over the truth's",
    "nod_rate_ratio": "nods over the truth's",
    "shift_rate_ratio": "shifts of gaze over the truth's",
}


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


def figures(model: Model, clips: Sequence[Clip], tell: Callable[[int], None] = lambda _: None) -> dict[str, float]:
    """The ROWS over some clips: means over participants, rates over all of their time."""
    found: dict[str, list[float]] = {name: [] for name in ROWS}
    counts = np.zeros((2, 3))
    for done, clip in enumerate(clips):
        made = perform(model, clip, seed=done)
        for p in range(clip.participants):
            if clip.has_motion[p]:
                true = clip.motion[: len(made), p]
                counts += judge(found, made[:, p], true, clip, p)
        tell(done + 1)
    out = {name: float(np.mean(row)) for name, row in found.items() if row}
    for i, name in enumerate(("blink_rate_ratio", "nod_rate_ratio", "shift_rate_ratio")):
        if counts[1, i]:
            out[name] = float(counts[0, i] / counts[1, i])
    return out


def judge(found: dict[str, list[float]], made: np.ndarray, true: np.ndarray, clip: Clip, p: int) -> np.ndarray:
    """Adds to `found` what one participant shows; returns counts of blinks, nods, shifts: [made or true, 3]."""
    frames = len(made)
    if clip.phones is not None:
        said = (clip.phones.reshape(-1, PHONE_FRAMES, clip.participants) > 0).any(1)[:frames]
    else:
        said = clip.true_roles[:frames] == SPEAKING
    own, other = said[:, p], np.delete(said, p, 1).any(1)
    near = np.convolve(own, np.ones(2 * AROUND + 1), "same") > 0
    mine, truth = lip_opening(made[:, :52]), lip_opening(true[:, :52])

    def add(name: str, value: Any) -> None:
        if value is not None and np.isfinite(value):
            found[name].append(float(value))

    if fit := lipsync.sync(mine, truth, near):
        add("lip_r", fit.r)
        add("lip_lag_frames", fit.lag_frames)
    pucker = INDEX["mouthPucker"]
    if fit := lipsync.sync(made[:, pucker], true[:, pucker], near):
        add("pucker_r", fit.r)
    add("mtm_ms", lipsync.misalignment_ms(mine, truth))
    if clip.phones is not None:
        met = lipsync.closure(mine, truth, clip.phones[: frames * PHONE_FRAMES, p])
        add("closure_hit", met.hit)
        add("closure_false", met.false)
    add("velocity_spectrum_error", spectrum_error(mine[:, None], truth[:, None]))
    alone = other & ~near
    if alone.sum() >= FPS and own.sum() >= FPS:
        quick = mine - np.convolve(mine, np.ones(13) / 13, "same")  # slow smiles are no lip motion
        add("listener_lip_std_ratio", quick[alone].std() / (quick[own].std() + 1e-9))
    add("pose_std_ratio", spread_ratio(made[:, 52:55], true[:, 52:55]))
    return np.array([[x.sum() for x in (a.blink, a.nod, a.shift)] for a in map(take_apart, (made, true))])


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
        rows="\n".join(_row(name, told, columns) for name, told in ROWS.items()),
    )
    path.write_text(text, "utf-8")


def _row(name: str, told: str, columns: dict[str, dict[str, float]]) -> str:
    values = (f"{column[name]:.3f}" if name in column else "" for column in columns.values())
    return f"| {name} | {told} | {' | '.join(values)} |"


CARD = """\
# {name}: a trained motion model

{size}. It hears {ahead} ms past the time of a frame.

Made with `{command}`.
Corpus `{corpus}`: {hours:.2f} hours of {voices} voices.
Trained {ended.steps} steps with seed {seed}; the weights are those of step {ended.best_step}, the best of the
validation split (loss {ended.loss:.4f}).

## Figures

On voices that it was not trained on, test ({test}) and unseen ({unseen}), closed loop, with the corpus's wrong role
labels.

| figure | | {columns} |
|---|---|{rule}
{rows}

## Limits

- It learned from synthetic voices and a performer of rules, not from people: it can be no more human than that.
- It heard English only. Noise and coloured sound were in its training, telephones and music were not.
- Blinks and nods come when they should, in shapes drawn from a few that were seen; eyes go to one of a few places.
- It knows no words: what is said reaches the face only as sound, roles and feelings.
"""
