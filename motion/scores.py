"""How near is a generated motion to the true one? The measures that papers about two-speaker motion report, and those
that they leave out.

One rule: a score says which way is better and what it cannot see. The paper's own measures (Fréchet distance, squared
error) reward a frozen face at the right mean, and a Fréchet distance does not know time; so the dynamics stand beside
them, and speaking and listening frames are scored apart.

Sources: DualTalk, arXiv 2505.18096, and its released metric code, for FD, P-FD, MSE, SID, rPCC and the scaling of its
tables; SID as an idea: Ng et al. 2022, "Learning to Listen"; FDD: Xing et al. 2023, "CodeTalker". What lips do is in
motion/lipsync.py.

Letters: T frames, C channels, K clusters. A motion is [T, C]: 57 = 52 ARKit weights, head, gaze; or FLAME's 56 =
expression 50, jaw 3, neck 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.cluster.vq
import scipy.signal

from motion.frame import ARKIT, FPS, INDEX

LOW, HIGH, ZERO, ONE = "low", "high", "0", "1"  # what is better: as low, as high, as near to 0, as near to 1 as can be
# Sway, gestures, fast nods (Hale 2020), and what is faster than any head: jitter; 25 fps end at 12.5.
BANDS_HZ = ((0.2, 1.0), (1.0, 2.6), (2.6, 6.5), (6.5, 12.0))
LEAST_FRAMES = 2 * FPS  # fewer frames of a role than this say nothing about it


@dataclass(frozen=True)
class Group:
    """Channels that are scored together, and how the paper's tables scale them."""

    name: str
    channels: tuple[int, ...]
    clusters: int  # K of SID
    fd_scale: float  # of FD and P-FD
    mse_scale: float
    rpcc_scale: float
    moving: tuple[int, ...]  # the channels whose dynamics are compared: the upper face of an expression, else all


def _group(name: str, channels: Sequence[int], moving: Sequence[int] | None = None) -> Group:
    scales = {"exp": (40, 1.0, 10.0, 100.0), "jaw": (10, 1e3, 1e3, 10.0), "head": (10, 1e2, 1e2, 10.0)}
    clusters, fd, mse, rpcc = scales[name]
    return Group(name, tuple(channels), clusters, fd, mse, rpcc, tuple(channels if moving is None else moving))


_UPPER = tuple(i for name, i in INDEX.items() if name.startswith(("eye", "brow", "cheekSquint", "noseSneer")))
FLAME_GROUPS = (_group("exp", range(50)), _group("jaw", range(50, 53)), _group("head", range(53, 56)))
# The jaw is its opening: the 51 other weights are the expression, those that move the jaw sideways among them.
ARKIT_GROUPS = (
    _group("exp", [i for i in range(len(ARKIT)) if i != INDEX["jawOpen"]], _UPPER),
    _group("jaw", [INDEX["jawOpen"]]),
    _group("head", range(52, 57)),  # with the gaze
)


def groups(channels: int) -> tuple[Group, ...]:
    """Expression, jaw and head of a motion with so many channels.

    Raises:
        ValueError: neither ours nor FLAME's.
    """
    known = {57: ARKIT_GROUPS, 56: FLAME_GROUPS}
    if channels not in known:
        raise ValueError(f"a motion has {channels} channels; expected 57 (ours) or 56 (FLAME), or groups of its own")
    return known[channels]


# The paper's measures, unscaled


def frechet(prediction: np.ndarray, truth: np.ndarray) -> float:
    """FD: squared distance between two clouds of frames [T, C], as if each were Gaussian. Lower is better.

    It sees means and covariances of frames, never their order. A face frozen at the truth's mean has the trace of the
    truth's covariance; one that moves right around a wrong mean can have more.
    """
    a, b = np.asarray(prediction, np.float64), np.asarray(truth, np.float64)
    apart = a.mean(0) - b.mean(0)
    a, b = np.atleast_2d(np.cov(a, rowvar=False)), np.atleast_2d(np.cov(b, rowvar=False))
    # tr sqrt(ab) = tr sqrt(sqrt(a) b sqrt(a)): symmetric, so that channels that never move cost no precision.
    values, vectors = np.linalg.eigh(a)
    root = (vectors * np.sqrt(values.clip(0.0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ b @ root).clip(0.0)).sum()
    return float(max(apart @ apart + np.trace(a) + np.trace(b) - 2.0 * cross, 0.0))


def paired_frechet(prediction: np.ndarray, truth: np.ndarray, partner: np.ndarray) -> float:
    """P-FD: FD of frames with the partner's true frame beside each, so that also how the two move together counts."""
    return frechet(np.concatenate([partner, prediction], -1), np.concatenate([partner, truth], -1))


def squared_error(prediction: np.ndarray, truth: np.ndarray) -> float:
    """MSE over frames and channels. Lower is better; right motion at the wrong moment costs more than no motion."""
    return float(np.mean((np.asarray(prediction, np.float64) - truth) ** 2))


def diversity(prediction: np.ndarray, truth: np.ndarray, clusters: int, seed: int = 0) -> float:
    """SID, in the direction of the released code: base-2 entropy of the *truth's* frames over clusters fitted on the
    *prediction*. Higher is better, log2(clusters) at most: the prediction's faces tell the truth's faces apart.

    It hardly knows scale: noise that no eye can see cuts the truth in pieces too, so a collapsed model may score like
    a good one. Read it beside `spread_ratio`.

    "Learning to Listen" goes the other way (clusters of the truth, entropy of the prediction): change the arguments.
    """
    centres = _centres(np.asarray(prediction, np.float64), clusters, np.random.default_rng(seed))
    nearest, _ = scipy.cluster.vq.vq(np.asarray(truth, np.float64), centres)
    shares = np.bincount(nearest, minlength=clusters) / len(nearest)
    return float(-(shares * np.log2(shares + 1e-6)).sum())  # 1e-6 as released: a lone cluster gives -1.4e-6


def _centres(frames: np.ndarray, clusters: int, rng: np.random.Generator) -> np.ndarray:
    """k-means [<=K, C] from a k-means++ start; fewer different frames than K give fewer centres."""
    chosen = [frames[rng.integers(len(frames))]]
    far = ((frames - chosen[0]) ** 2).sum(1)
    while len(chosen) < clusters and far.sum() > 0.0:
        chosen.append(frames[rng.choice(len(frames), p=far / far.sum())])
        far = np.minimum(far, ((frames - chosen[-1]) ** 2).sum(1))
    if len(chosen) == 1:  # of one channel scipy would take it for K
        return frames.mean(0, keepdims=True)
    return scipy.cluster.vq.kmeans(frames, np.array(chosen))[0]


def residual_correlation(prediction: np.ndarray, truth: np.ndarray, partner: np.ndarray) -> float:
    """rPCC: how much more or less the prediction goes with the partner than the truth does: the difference of two
    Pearson correlations over flattened arrays. Lower is better. What never changes correlates with nothing: 0."""
    return abs(_pearson(truth, partner) - _pearson(prediction, partner))


def _pearson(a: np.ndarray, b: np.ndarray) -> float:
    a, b = np.ravel(a) - np.mean(a), np.ravel(b) - np.mean(b)
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 1e-12 else 0.0


# Dynamics


def stillness(prediction: np.ndarray, truth: np.ndarray) -> float:
    """FDD, JDD, PDD of upper face, jaw and head pose (of a FLAME expression, which has no upper face of its own, all of
    it): mean over channels of the truth's standard deviation over time minus
    the prediction's. 0 is best; positive is too still, negative too lively."""
    return float((np.std(truth, 0) - np.std(prediction, 0)).mean())


def spread_ratio(prediction: np.ndarray, truth: np.ndarray) -> float | None:
    """Standard deviation of the prediction over that of the truth, all channels together. 1 is best; None if the truth
    stands still."""
    whole = float(np.sqrt(np.var(truth, 0).sum()))
    return float(np.sqrt(np.var(prediction, 0).sum())) / whole if whole > 1e-9 else None


def spectrum_error(prediction: np.ndarray, truth: np.ndarray) -> float | None:
    """Mean difference of the two amplitude spectra of velocity, as a share of the truth's mean. 0 is best, a frozen
    face has 1, half the amplitude 0.5. It knows no phase, and so no time. None if the truth stands still."""
    if len(truth) < LEAST_FRAMES:
        return None
    (_, mine), (_, true) = velocity_spectrum(prediction), velocity_spectrum(truth)
    mine, true = np.sqrt(mine.sum(-1)), np.sqrt(true.sum(-1))
    return float(np.abs(mine - true).mean() / true.mean()) if true.mean() > 1e-9 else None


def band_error_db(prediction: np.ndarray, truth: np.ndarray) -> tuple[float, ...] | None:
    """Power of velocity in each of BANDS_HZ, in dB over the truth's. 0 is best; half the amplitude has -6."""
    if len(truth) < LEAST_FRAMES:
        return None
    (hz, mine), (_, true) = velocity_spectrum(prediction), velocity_spectrum(truth)
    inside = [(low <= hz) & (hz < high) for low, high in BANDS_HZ]
    return tuple(float(10.0 * np.log10((mine[i].sum() + 1e-20) / (true[i].sum() + 1e-20))) for i in inside)


def velocity_spectrum(motion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hz [F] and power per Hz [F, C] of frame differences, Welch's method with windows of 4 s at most."""
    speed = np.diff(np.asarray(motion, np.float64), axis=0) * FPS
    hz, power = scipy.signal.welch(speed, FPS, nperseg=min(4 * FPS, len(speed)), axis=0)
    return hz, power


# All of it


@dataclass(frozen=True)
class Score:
    """One figure. `when` is "all", "speaking" or "listening"; `value` is None where there was no occasion."""

    name: str
    group: str
    when: str
    value: float | None
    better: str  # LOW, HIGH, ZERO or ONE


def scores(
    prediction: np.ndarray,
    truth: np.ndarray,
    partner: np.ndarray | None,
    roles: dict[str, np.ndarray] | None = None,
    parts: Sequence[Group] | None = None,
) -> tuple[Score, ...]:
    """Every score of one participant in one clip, scaled as the paper's tables.

    Args:
        prediction, truth, partner: [T, C]; `partner` is what the other truly did; None where nobody knows it, and then
            P-FD and rPCC have no value. Longer ones are cut, as released.
        roles: frames that are also scored apart: {"speaking": bool [T], "listening": bool [T]}.
        parts: the groups; by default those of `groups`.
    Raises:
        ValueError: the motions do not have the same channels, or not two frames.
    """
    alone, partner = partner is None, truth if partner is None else partner
    got = [np.shape(x) for x in (prediction, truth, partner)]
    if len({shape[1:] for shape in got}) != 1 or len(got[0]) != 2:
        raise ValueError(f"motions have shapes {got}; expected three [T, C] of the same C")
    frames = min(len(prediction), len(truth), len(partner))
    if frames < 2:
        raise ValueError(f"{frames} frames to score; expected at least 2")
    prediction, truth, partner = (np.asarray(x, np.float64)[:frames] for x in (prediction, truth, partner))
    parts = groups(truth.shape[1]) if parts is None else parts
    out: list[Score] = []
    for when, mask in {"all": np.ones(frames, bool), **(roles or {})}.items():
        mask = np.asarray(mask, bool)[:frames]
        for part in parts:
            out += _of_group(part, when, prediction, truth, partner, mask)
    return tuple(replace(s, value=None) if alone and s.name in ("pfd", "rpcc") else s for s in out)


def _of_group(
    part: Group, when: str, prediction: np.ndarray, truth: np.ndarray, partner: np.ndarray, mask: np.ndarray
) -> Iterator[Score]:
    enough = when == "all" or mask.sum() >= LEAST_FRAMES
    c, m = list(part.channels), list(part.moving)
    mine, true, other = (x[mask][:, c] for x in (prediction, truth, partner))

    def score(name: str, better: str, value: float | None, scale: float = 1.0) -> Score:
        return Score(name, part.name, when, None if value is None else value * scale, better)

    if not enough:
        names = (("fd", LOW), ("pfd", LOW), ("mse", LOW), ("sid", HIGH), ("rpcc", LOW), ("stillness", ZERO))
        for name, better in (*names, ("spread_ratio", ONE), ("spectrum_error", LOW)):
            yield score(name, better, None)
        return
    yield score("fd", LOW, frechet(mine, true), part.fd_scale)
    yield score("pfd", LOW, paired_frechet(mine, true, other), part.fd_scale)
    yield score("mse", LOW, squared_error(mine, true), part.mse_scale)
    yield score("sid", HIGH, diversity(mine, true, part.clusters))
    yield score("rpcc", LOW, residual_correlation(mine, true, other), part.rpcc_scale)
    yield score("stillness", ZERO, stillness(prediction[mask][:, m], truth[mask][:, m]))
    yield score("spread_ratio", ONE, spread_ratio(mine, true))
    yield score("spectrum_error", LOW, spectrum_error_within(prediction[:, c], truth[:, c], mask))


def spectrum_error_within(prediction: np.ndarray, truth: np.ndarray, mask: np.ndarray) -> float | None:
    """Velocity where both of its frames count, strung together: the seams of a role are no movement."""
    both = mask[1:] & mask[:-1]
    strung = [np.concatenate([x[:1], x[:1] + np.cumsum(np.diff(x, axis=0)[both], 0)]) for x in (prediction, truth)]
    return spectrum_error(*strung)


def mean_scores(clips: Sequence[Sequence[Score]]) -> tuple[Score, ...]:
    """The mean over clips of each score, as the paper averages; clips without occasion for one are left out of it."""
    found: dict[tuple[str, str, str, str], list[float]] = {}
    for clip in clips:
        for s in clip:
            found.setdefault((s.name, s.group, s.when, s.better), []).extend([] if s.value is None else [s.value])
    return tuple(
        Score(name, group, when, float(np.mean(values)) if values else None, better)
        for (name, group, when, better), values in found.items()
    )
