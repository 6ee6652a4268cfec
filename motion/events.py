"""What happens on a face, apart from what goes on: blinks, nods and shifts of gaze, taken out of a motion.

One rule: an event is a moment and a shape. What is left when all are taken out is slow enough to be made in blocks, and
putting the shapes back gives the motion again. A trained model learns when events come, and takes their shapes from
banks of those that were seen: an average of nods would be no nod.

Letters: P participants, T frames, K entries of a bank, C channels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.signal

from motion.frame import ARKIT, FPS, INDEX, LOOK

GAZE = slice(55, 57)  # in a motion vector of 57: 52 weights, head 3, gaze 2
_MOODS = ("mouthSmile", "mouthFrown", "mouthDimple")  # at the mouth, but slow
_SAID = ("jaw", "mouth", "tongue", "cheekPuff")
MOUTH = np.array([i for i, n in enumerate(ARKIT) if n.startswith(_SAID) and not n.startswith(_MOODS)])
FACE = np.array([i for i in range(len(ARKIT)) if i not in MOUTH and i not in LOOK])
SLOW = np.array([*FACE, 52, 53, 54])  # columns of a motion vector that are left to blocks: the face, then the head
BLINK = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
LIDS = [i for i, c in enumerate(FACE) if ARKIT[c].startswith(("eyeBlink", "eyeWide", "eyeSquint"))]  # in SLOW
PITCH = len(FACE)  # the head's pitch in SLOW

BLINK_FRAMES, NOD_FRAMES = 8, 32  # lengths of shapes
BLINK_REST, NOD_REST, SHIFT_REST = 15, 20, 5  # frames between beginnings at least: .6, .8 and .2 s
SHUT, NOD_RAD, SHIFT_RAD = 0.4, 0.016, 0.012
AIMS, NODS, BLINKS = 32, 32, 8  # entries of the banks


class Acts(NamedTuple):
    """One participant's motion, taken apart."""

    slow: np.ndarray  # float32 [T, C] the columns SLOW without events
    blink: np.ndarray  # bool [T] one begins here
    shut: np.ndarray  # float32 [T] how far a blink closes the lids
    nod: np.ndarray  # bool [T]
    wave: np.ndarray  # float32 [T] what nods add to the pitch
    shift: np.ndarray  # bool [T]
    aim: np.ndarray  # float32 [T, 2] where the eyes go, in the room


class Banks(NamedTuple):
    """Shapes that were seen."""

    aims: np.ndarray  # [K, 2]
    nods: np.ndarray  # [K, NOD_FRAMES] pitch
    blinks: np.ndarray  # [K, BLINK_FRAMES] closure


def take_apart(motion: np.ndarray) -> Acts:
    """Find the events in a motion [T, 57] of one participant."""
    slow = motion[:, SLOW].astype(np.float32)
    blink, shut, slow = _blinks(motion, slow)
    nod, wave = _nods(slow[:, PITCH])
    slow[:, PITCH] -= wave
    shift, aim = _shifts(motion)
    return Acts(slow, blink, shut, nod, wave, shift, aim)


def _blinks(motion: np.ndarray, slow: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Beginnings, closures, and the face with its lids as they were before and after."""
    lids = motion[:, BLINK].min(1)
    began, shut, open_ = np.zeros(len(lids), bool), np.zeros(len(lids), np.float32), slow.copy()
    for t in np.flatnonzero((lids[1:] > SHUT) & (lids[1:] > lids[:-1] + 0.2)) + 1:
        if began[max(t - 5, 0) : t].any():
            continue
        began[t] = True
        end = min(t + BLINK_FRAMES, len(lids))
        before, after = slow[max(t - 1, 0), LIDS], slow[min(end, len(lids) - 1), LIDS]
        share = (np.arange(1, end - t + 1) / (end - t + 1))[:, None]
        open_[t:end, LIDS] = before * (1.0 - share) + after * share
        base = open_[t:end, LIDS[0]]
        shut[t:end] = np.clip(1.0 - (1.0 - lids[t:end]) / np.maximum(1.0 - base, 0.2), 0.0, 1.0)
    return began, shut, open_


def _nods(pitch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Beginnings of nods and what they add: the pitch between 1.8 and 7 Hz, where it dips."""
    began, wave = np.zeros(len(pitch), bool), np.zeros(len(pitch), np.float32)
    if len(pitch) < 2 * FPS:
        return began, wave
    band = scipy.signal.butter(2, (1.8, 7.0), "bandpass", fs=FPS, output="sos")
    quick = scipy.signal.sosfiltfilt(band, pitch)
    dips, _ = scipy.signal.find_peaks(-quick, height=NOD_RAD, distance=3)
    last = -NOD_FRAMES
    fade = np.interp(np.arange(NOD_FRAMES), [0, 3, NOD_FRAMES - 8, NOD_FRAMES - 1], [0, 1, 1, 0])
    for dip in dips:
        t = max(int(dip) - 5, 0)
        if dip - last < NOD_FRAMES - 8:  # still the nod before
            continue
        span = slice(t, min(t + NOD_FRAMES, len(pitch)))
        began[t], last = True, t
        wave[span] = np.where(wave[span] != 0.0, quick[span], quick[span] * fade[: span.stop - t])
    return began, wave


def _shifts(motion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Beginnings of gaze shifts and where they go. Eyes that jump in two frames shift once."""
    room = (motion[:, GAZE] + motion[:, 52:54]).astype(np.float32)
    step = np.hypot(*np.diff(room, axis=0, prepend=room[:1]).T)
    began, aim = np.zeros(len(room), bool), np.empty_like(room)
    last = -SHIFT_REST
    for t in np.flatnonzero(step > SHIFT_RAD):
        if t - last >= SHIFT_REST:
            began[t], last = True, t
    starts = [0, *np.flatnonzero(began), len(room)]
    for a, b in zip(starts, starts[1:]):
        if b > a:
            aim[a:b] = np.median(room[min(a + 2, b - 1) : b], 0)
    return began, aim


def gather(takes: list[Acts], rng: np.random.Generator) -> Banks:
    """Banks from many motions: nods and blinks are drawn from those seen, aims are the centres of their clusters."""
    aims = np.concatenate([a.aim[a.shift] for a in takes] or [np.zeros((0, 2), np.float32)])
    nods = [_cut(a.wave, t, NOD_FRAMES) for a in takes for t in np.flatnonzero(a.nod) if t + NOD_FRAMES <= len(a.wave)]
    blinks = [_cut(a.shut, t, BLINK_FRAMES) for a in takes for t in np.flatnonzero(a.blink)]
    shapes = _drawn(nods, NODS, NOD_FRAMES, rng), _drawn(blinks, BLINKS, BLINK_FRAMES, rng)
    return Banks(_centres(aims, AIMS, rng), *shapes)


def _cut(curve: np.ndarray, t: int, length: int) -> np.ndarray:
    """A shape, faded out at its end, where the next one may have begun."""
    out = np.zeros(length, np.float32)
    out[: len(curve[t : t + length])] = curve[t : t + length]
    out[-3:] *= (0.75, 0.5, 0.2)
    return out


def _drawn(shapes: list[np.ndarray], count: int, length: int, rng: np.random.Generator) -> np.ndarray:
    if not shapes:
        return np.zeros((count, length), np.float32)
    return np.stack([shapes[i] for i in rng.integers(0, len(shapes), count)])


def _centres(points: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """k-means, ten rounds; a centre that nobody is near stays where it was."""
    if not len(points):
        return np.zeros((count, 2), np.float32)
    centres = points[rng.integers(0, len(points), count)].copy()
    for _ in range(10):
        near = nearest(points, centres)
        for k in np.unique(near):
            centres[k] = points[near == k].mean(0)
    return centres.astype(np.float32)


def nearest(points: np.ndarray, bank: np.ndarray) -> np.ndarray:
    """int [N]: the entry of a bank [K, C] that each point [N, C] is nearest to."""
    return ((points[:, None] - bank) ** 2).sum(-1).argmin(1) if len(points) else np.zeros(0, int)


def ages(began: np.ndarray) -> np.ndarray:
    """int [T]: frames since the last beginning before each frame; 1000 before the first."""
    out, since = np.empty(len(began), np.int64), 1000
    for t, now in enumerate(began):
        out[t] = min(since, 1000)
        since = 1 if now else since + 1
    return out
