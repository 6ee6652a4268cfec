"""One performance of one clip of a corpus, against what the faces truly did: every score, of motions and of lips.

One rule: who speaks is what truly was, however wrong the labels were that the model was given; so clean and wrong
labels, and closed and open loop, are scored by the same figures, and the caller says which it was.

Letters: T frames, P participants, C channels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from dialogue.types import Role
from motion import lipsync, scores
from motion.corpus import CHANNELS, PHONE_FRAMES, ROLES, Clip
from motion.frame import FPS, INDEX
from motion.scores import HIGH, LOW, ZERO, Score
from motion.visemes import lip_opening

STILL = 1e-3  # lips that move by less than a thousandth of an open jaw while they speak do not speak
LIP_NAMES = ("lip_r", "lip_lag_frames", "mtm_ms", "closure_hit", "closure_false", "pucker_r")
RATIOS = ("fd", "pfd", "mse", "rpcc", "sid")  # of the goals against the paper's model


def judge(clip: Clip, performed: np.ndarray) -> tuple[Score, ...]:
    """Mean scores over the participants whose face is known, in a clip of two.

    Args:
        performed: [T', 2, C] as a model made it; C as the clip's motion, or FLAME's. T' may be less than the clip has:
            what a model that waits has not shown yet is not judged.
    Raises:
        ValueError: the performance does not fit the clip.
    """
    frames = len(performed)
    truth = clip.motion if performed.shape[-1] == CHANNELS else clip.flame
    if truth is None or performed.shape != truth[:frames].shape or clip.participants != 2:
        expected = (clip.frames, 2, performed.shape[-1] if truth is None else truth.shape[-1])
        raise ValueError(f"clip '{clip.name}' is performed as {performed.shape}; expected {expected}, as the truth is")
    if not all(clip.has_motion):  # P-FD and rPCC ask what the partner did
        raise ValueError(f"clip '{clip.name}' does not know both faces; expected a clip that does")
    truth, rows = truth[:frames], []
    for p in range(2):
        roles = {"speaking": speaks(clip)[:frames, p], "listening": listens(clip)[:frames, p]}
        row = list(scores.scores(performed[:, p], truth[:, p], truth[:, 1 - p], roles))
        if performed.shape[-1] == CHANNELS:
            phones = None if clip.phones is None else clip.phones[: frames * PHONE_FRAMES, p]
            row += _lips(performed[:, p], truth[:, p], roles["speaking"], phones)
            row.append(Score("lip_std_ratio", "lips", "listening", listening_lips(performed[:, p], roles), LOW))
        rows.append(row)
    return scores.mean_scores(rows)


def judge_all(clips: Iterable[Clip], perform: Callable[[Clip], np.ndarray]) -> tuple[Score, ...]:
    """Mean scores over clips of what `perform` makes of each, as `judge` takes it."""
    return scores.mean_scores([judge(clip, perform(clip)) for clip in clips])


def speaks(clip: Clip) -> np.ndarray:
    """bool [T, P]."""
    return clip.true_roles == ROLES.index(Role.SPEAKING)


def listens(clip: Clip) -> np.ndarray:
    """bool [T, P]: only others speak."""
    return clip.true_roles == ROLES.index(Role.LISTENING)


def listening_lips(performed: np.ndarray, roles: dict[str, np.ndarray], margin: int = round(0.3 * FPS)) -> float | None:
    """Deviation of the lip opening while only the other speaks over that while speaking, `margin` frames away from own
    speech, where lips prepare and come to rest. Only what changes within half a second counts: a smile is no speech.
    None without either, or for lips that do not even speak."""
    opening = lip_opening(performed[:, :52])
    quick = opening - np.convolve(np.pad(opening, 6, mode="edge"), np.ones(13) / 13, "valid")
    near = np.convolve(roles["speaking"], np.ones(2 * margin + 1), "same") > 0
    alone, said = roles["listening"] & ~near, roles["speaking"]
    if alone.sum() < FPS or said.sum() < FPS or quick[said].std() < STILL:
        return None
    return float(quick[alone].std() / quick[said].std())


def _lips(performed: np.ndarray, truth: np.ndarray, said: np.ndarray, phones: np.ndarray | None) -> Iterator[Score]:
    mine, true = lip_opening(performed[:, :52]), lip_opening(truth[:, :52])
    opening = lipsync.sync(mine, true, said)
    pucker = lipsync.sync(performed[:, INDEX["mouthPucker"]], truth[:, INDEX["mouthPucker"]], said)
    closed = lipsync.Closure(None, None) if phones is None else lipsync.closure(mine, true, phones)
    values = {
        "lip_r": (opening and opening.r, HIGH),
        "lip_lag_frames": (opening and float(opening.lag_frames), ZERO),
        "mtm_ms": (lipsync.misalignment_ms(mine, true, said), LOW),
        "closure_hit": (closed.hit, HIGH),
        "closure_false": (closed.false, LOW),
        "pucker_r": (pucker and pucker.r, HIGH),
    }
    for name in LIP_NAMES:
        value, better = values[name]
        yield Score(name, "lips", "speaking", value, better)


def ratios(ours: Sequence[Score], theirs: Sequence[Score]) -> dict[str, float]:
    """ratio_fd.exp and so on: our scores of all frames over theirs. Below 1 is better, of sid above."""
    known = {(s.name, s.group): s.value for s in theirs if s.when == "all"}
    return {
        f"ratio_{s.name}.{s.group}": s.value / known[s.name, s.group]
        for s in ours
        if s.when == "all" and s.name in RATIOS and s.value is not None and known.get((s.name, s.group))
    }
