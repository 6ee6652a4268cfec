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
from motion.corpus import CHANNELS, FRAME_SAMPLES, PHONE_FRAMES, ROLES, Clip
from motion.frame import FPS, INDEX
from motion.scores import BANDS_HZ, HIGH, LOW, ONE, ZERO, Score
from motion.visemes import lip_opening

STILL = 1e-3  # lips that move by less than a thousandth of an open jaw while they speak do not speak
LIP_NAMES = ("lip_r", "lip_lag_frames", "mtm_ms", "closure_hit", "closure_false", "pucker_r")
JAW_NAMES = ("jaw_r", "jaw_lag_frames", "jaw_best_r", "jaw_mtm_ms")
RATIOS = ("fd", "pfd", "mse", "rpcc", "sid")  # of the goals against the paper's model


def judge(clip: Clip, performed: np.ndarray) -> tuple[Score, ...]:
    """Mean scores over the participants whose face is known, in a clip of two. Where one face is known, P-FD and rPCC
    have no value: they ask what the partner did.

    Args:
        performed: [T', 2, C] as a model made it; C as the clip's motion, or FLAME's. T' may be less than the clip has:
            what a model that waits has not shown yet is not judged.
    Raises:
        ValueError: the performance does not fit the clip.
    """
    frames = len(performed)
    truth = true_motion(clip)
    if performed.shape != truth[:frames].shape or clip.participants != 2:
        expected = (clip.frames, 2, truth.shape[-1])
        raise ValueError(f"clip '{clip.name}' is performed as {performed.shape}; expected {expected}, as the truth is")
    if not any(clip.has_motion):
        raise ValueError(f"clip '{clip.name}' knows no face; expected a clip that does")
    truth, rows = truth[:frames], []
    for p in np.flatnonzero(clip.has_motion):
        roles = {"speaking": speaks(clip)[:frames, p], "listening": listens(clip)[:frames, p]}
        partner = truth[:, 1 - p] if clip.has_motion[1 - p] else None
        row = list(scores.scores(performed[:, p], truth[:, p], partner, roles))
        if performed.shape[-1] == CHANNELS:
            phones = None if clip.phones is None else clip.phones[: frames * PHONE_FRAMES, p]
            row += _lips(performed[:, p], truth[:, p], roles["speaking"], phones)
            row.append(Score("lip_std_ratio", "lips", "listening", listening_lips(performed[:, p], roles), LOW))
        mine, true = parts(performed[:, p]), parts(truth[:, p])
        for name in true:
            row += _bands(name, mine[name], true[name])
        rows.append(row)
    return scores.mean_scores(rows)


def _bands(group: str, performed: np.ndarray, truth: np.ndarray) -> Iterator[Score]:
    """band_0.2-1_hz and so on: scores.band_error_db of all frames."""
    found = scores.band_error_db(performed, truth) or (None,) * len(BANDS_HZ)
    for (low, high), value in zip(BANDS_HZ, found):
        yield Score(f"band_{low:g}-{high:g}_hz", group, "all", value, ZERO)


def across(clip: Clip, performed: np.ndarray) -> tuple[Score, ...]:
    """What can be compared whatever kind either face is, ours or FLAME's: when the jaw opens, and how the head moves.

    Args:
        performed: [T', 2, C] of either kind.
    Returns:
        mean scores over the participants whose face is known: jaw_r, jaw_lag_frames, jaw_best_r and jaw_mtm_ms while
        speaking; head_std_ratio and the bands of the head over all frames.
    Raises:
        ValueError: the clip knows no face.
    """
    if not any(clip.has_motion):
        raise ValueError(f"clip '{clip.name}' knows no face; expected a clip that does")
    frames, rows = len(performed), []
    truth = true_motion(clip)[:frames]
    for p in np.flatnonzero(clip.has_motion):
        mine, true, said = jaw(performed[:, p]), jaw(truth[:, p]), speaks(clip)[:frames, p]
        opening = lipsync.sync(mine, true, said)
        values = (opening and opening.r, opening and float(opening.lag_frames), opening and opening.best_r)
        values = zip(JAW_NAMES, (*values, lipsync.misalignment_ms(mine, true, said)), (HIGH, ZERO, HIGH, LOW))
        row = [Score(name, "jaw", "speaking", value, better) for name, value, better in values]
        mine, true = head(performed[:, p]), head(truth[:, p])
        row.append(Score("head_std_ratio", "head", "all", scores.spread_ratio(mine, true), ONE))
        row += _bands("head", mine, true)
        rows.append(row)
    return scores.mean_scores(rows)


def loudness_alone(clip: Clip) -> tuple[Score, ...]:
    """The lips of whoever opens the mouth as far as its own voice is loud: what any curve of lips must beat.

    Returns:
        lip_r, lip_lag_frames and mtm_ms as `judge`, or of a clip of FLAME jaw_r and so on as `across`.
    """
    truth, rows = true_motion(clip), []
    part, names = ("lips", LIP_NAMES) if clip.flame is None else ("jaw", JAW_NAMES)
    level = 10.0 * np.log10((clip.audio.reshape(2, -1, FRAME_SAMPLES).astype(np.float64) ** 2).mean(-1).T + 1e-10)
    for p in np.flatnonzero(clip.has_motion):
        said = speaks(clip)[:, p]
        if not said.any():
            continue
        curve = np.maximum(level[:, p], np.percentile(level[said, p], 92) - 30.0)  # as metrics.jaw_energy
        true = lip_opening(truth[:, p, :52]) if clip.flame is None else jaw(truth[:, p])
        found = lipsync.sync(curve, true, said)
        values = {"r": found and found.r, "lag_frames": found and float(found.lag_frames)}
        values |= {"best_r": found and found.best_r, "mtm_ms": lipsync.misalignment_ms(curve, true, said)}
        better = {"r": HIGH, "lag_frames": ZERO, "best_r": HIGH, "mtm_ms": LOW}
        named = {n: n.removeprefix("lip_").removeprefix("jaw_") for n in names}
        rows.append([Score(n, part, "speaking", values[k], better[k]) for n, k in named.items() if k in values])
    return scores.mean_scores(rows)


def true_motion(clip: Clip) -> np.ndarray:
    """[T, P, C] what the faces truly did, ours or FLAME's; zeros for a face that nobody knows."""
    return clip.motion if clip.flame is None else clip.flame


def parts(motion: np.ndarray) -> dict[str, np.ndarray]:
    """[T, C] apart: exp and jaw as motion.scores has them, the head alone [T, 3], and of ours the gaze [T, 2]."""
    exp, opening, _ = scores.groups(motion.shape[1])
    out = {"exp": motion[:, list(exp.channels)], "jaw": motion[:, list(opening.channels)], "head": head(motion)}
    return out | ({"gaze": motion[:, 55:57]} if motion.shape[1] == CHANNELS else {})


def jaw(motion: np.ndarray) -> np.ndarray:
    """How far the jaw is open [T], of ours [T, 57] or FLAME's [T, 56] in radians."""
    return motion[:, INDEX["jawOpen"] if motion.shape[1] == CHANNELS else 50]


def head(motion: np.ndarray) -> np.ndarray:
    """[T, 3] radians about the axes to the side, up and ahead: pitch, yaw, roll of ours, axis-angle of FLAME's."""
    return motion[:, 52:55] if motion.shape[1] == CHANNELS else motion[:, 53:56]


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
    """ratio_fd.exp and so on: our scores of all frames over theirs. Below 1 is better, of sid above. None over what is
    nothing: the SID of a lone cluster is -1.4e-6."""
    known = {(s.name, s.group): s.value for s in theirs if s.when == "all"}
    return {
        f"ratio_{s.name}.{s.group}": s.value / known[s.name, s.group]
        for s in ours
        if s.when == "all" and s.name in RATIOS and s.value is not None and (known.get((s.name, s.group)) or 0.0) > 0.0
    }
