"""Do the lips fit? Measures that compare one curve of lip opening with another, or with speech.

One rule: time errors and shape errors are told apart. `sync` gives correlation where the curves stand and where they
fit best; MTM counts frames between matched turning points; closures are counted at p, b and m alone.

Sources: MTM (mean temporal misalignment) and SLCC (speech-lip intensity correlation): Chae-Yeon et al. 2025,
"Perceptually Accurate 3D Talking Head Generation", and their released code.
They measure vertices; we measure `visemes.lip_opening`.

Letters: T frames, K clips.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.ndimage
import scipy.signal

from motion.corpus import PHONE_FRAMES, PHONE_INDEX
from motion.frame import FPS
from motion.metrics import runs
from motion.visemes import TOUCHING

FRAME_MS = 1000.0 / FPS
SIGMA = 2.0  # frames; of the smoothing before turning points are sought
PIECE = 30 * FPS  # derivative DTW keeps T x T costs: longer takes are aligned in pieces of DualTalk's longest clip
BILABIALS = [PHONE_INDEX[symbol] for symbol in "pbm"]


class Sync(NamedTuple):
    """r of two curves as they stand; the lag where they fit best, positive if the prediction is late; r there."""

    r: float
    lag_frames: int
    best_r: float


def sync(prediction: np.ndarray, truth: np.ndarray, mask: np.ndarray | None = None, reach: int = 6) -> Sync | None:
    """Correlation of two curves [T], such as `lip_opening` or one weight, over the frames of `mask`.

    Amplitude and offset do not count. None if fewer than a second counts, or either curve stands still there.
    """
    mask = np.ones(len(truth), bool) if mask is None else np.asarray(mask, bool)
    a, b = np.asarray(prediction, float), np.asarray(truth, float)
    found = {lag: _pearson_at(a, b, mask, lag) for lag in range(-reach, reach + 1)}
    known = {lag: r for lag, r in found.items() if r is not None}
    if 0 not in known:
        return None
    best = max(known, key=lambda lag: (known[lag], -abs(lag)))
    return Sync(known[0], best, known[best])


def _pearson_at(prediction: np.ndarray, truth: np.ndarray, mask: np.ndarray, lag: int) -> float | None:
    at = np.flatnonzero(mask)
    at = at[(at + lag >= 0) & (at + lag < len(prediction))]
    if len(at) < FPS:
        return None
    a, b = prediction[at + lag], truth[at]
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 1e-12 else None


def misalignment_ms(prediction: np.ndarray, truth: np.ndarray, mask: np.ndarray | None = None) -> float | None:
    """MTM: how many ms apart matched turning points of two curves [T] are. 0 is best; amplitude does not count.

    Both are smoothed, aligned by their differences (derivative DTW), and wherever the path joins a peak to a peak or a
    valley to a valley, and the prediction's lies between the truth's neighbouring turning points, the distance counts.
    None if nothing matches.

    Args:
        mask: bool [T]; each stretch of it is aligned for itself, those of less than a second are left out.
    """
    a, b, apart = np.asarray(prediction, float), np.asarray(truth, float), []
    whole = np.ones(min(len(a), len(b)), bool)
    for start, end in runs(whole if mask is None else whole & np.asarray(mask, bool)[: len(whole)]):
        for at in range(start, end if end - start >= FPS else start, PIECE):
            apart += _matched(a[at : min(at + PIECE, end)], b[at : min(at + PIECE, end)])
    return float(np.mean(apart)) * FRAME_MS if apart else None


def _matched(prediction: np.ndarray, truth: np.ndarray) -> list[int]:
    if min(len(prediction), len(truth)) < 3:
        return []
    mine, true = (scipy.ndimage.gaussian_filter1d(x, SIGMA) for x in (prediction, truth))
    kinds = []
    for curve in (true, mine):
        peaks, valleys = scipy.signal.find_peaks(curve)[0], scipy.signal.find_peaks(-curve)[0]
        kinds.append({**dict.fromkeys(peaks.tolist(), 1), **dict.fromkeys(valleys.tolist(), -1)})
    turns = sorted(kinds[0])
    left = dict(zip(turns, [0, *turns[:-1]]))
    right = dict(zip(turns, [*turns[1:], len(true) - 1]))
    path = _aligned(np.diff(true, prepend=true[0]), np.diff(mine, prepend=mine[0]))
    met = [(i, j) for i, j in path if i in kinds[0] and kinds[1].get(j) == kinds[0][i]]
    return [abs(i - j) for i, j in met if left[i] <= j <= right[i]]


def _aligned(a: np.ndarray, b: np.ndarray) -> list[tuple[int, int]]:
    """The cheapest monotone path through |a_i - b_j|, from first to last; of equal steps the diagonal one."""
    n, m = len(a), len(b)
    cost = np.full((n + 1, m + 1), np.inf)
    cost[0, 0] = 0.0
    flat, step = cost.reshape(-1), m  # one row down and one column left: (m + 1) - 1
    for d in range(2, n + m + 1):  # all cells with i + j = d depend on earlier d only
        first, last = max(1, d - m), min(n, d - 1)
        here = first * (m + 1) + d - first
        count = last - first + 1

        def cells(at: int) -> np.ndarray:
            return flat[at : at + (count - 1) * step + 1 : step]

        local = np.abs(a[first - 1 : last] - b[d - last - 1 : d - first][::-1])
        before = np.minimum(np.minimum(cells(here - m - 2), cells(here - m - 1)), cells(here - 1))
        cells(here)[:] = local + before
    path, i, j = [], n, m
    while i > 0 and j > 0:
        path.append((i - 1, j - 1))
        way = int(np.argmin((cost[i - 1, j - 1], cost[i - 1, j], cost[i, j - 1])))
        i, j = i - (way != 2), j - (way != 1)
    return path[::-1]


def intensity(opening: np.ndarray) -> float:
    """How much lips [T] move in one clip: root mean square of the change from frame to frame."""
    return float(np.sqrt(np.mean(np.diff(opening) ** 2)))


def loudness(audio: np.ndarray) -> float:
    """Root mean square of the samples [N] of one clip."""
    return float(np.sqrt(np.mean(np.asarray(audio, np.float64) ** 2)))


def intensity_correlation(lips: Sequence[float], speech: Sequence[float], voices: Sequence[str]) -> float | None:
    """SLCC: do lips move more where speech is louder? Pearson over clips, both made z-scores within each voice.

    Near .34, the human figure, is good; not as high as can be. None without a voice of two clips that differ.

    Args:
        lips, speech: [K] of `intensity` and `loudness`.
        voices: [K] who speaks.
    """
    x, y = np.asarray(lips, float), np.asarray(speech, float)
    rows = []
    for voice in sorted(set(voices)):
        mine = np.array([v == voice for v in voices])
        if mine.sum() > 1 and x[mine].std() > 0 and y[mine].std() > 0:
            rows.append([(z[mine] - z[mine].mean()) / z[mine].std(ddof=1) for z in (x, y)])
    if not rows:
        return None
    return float(np.corrcoef(np.concatenate(rows, 1))[0, 1])


class Closure(NamedTuple):
    """hit: share of bilabials in which the lips meet; false: share of open speech in which they meet too."""

    hit: float | None
    false: float | None


def closure(prediction: np.ndarray, truth: np.ndarray, phones: np.ndarray, slack: int = 1) -> Closure:
    """Do the lips [T] meet at p, b and m, and only there?

    Args:
        prediction, truth: openings [T].
        phones: int [T * PHONE_FRAMES], as corpus.Clip's of one participant.
        slack: frames that lips may be early or late.
    Returns:
        `hit` over the stretches of bilabials, `false` over frames of speech further than `slack` from any, where the
        truth is open. None where there was no occasion.
    """
    halves = np.asarray(phones).reshape(-1, PHONE_FRAMES)
    must, said = np.isin(halves, BILABIALS).any(1), (halves > 0).all(1)
    shut = np.asarray(prediction) <= TOUCHING
    hits = [bool(shut[max(a - slack, 0) : b + slack].any()) for a, b in runs(must)]
    near = np.convolve(must, np.ones(2 * slack + 1), "same") > 0
    free = said & ~near & (np.asarray(truth) > TOUCHING)
    return Closure(float(np.mean(hits)) if hits else None, float(shut[free].mean()) if free.any() else None)
