"""How a person moves, learned from a take of them: against the ordinary, and carefully.

One rule: a style is a few factors, and little evidence changes them little. Each factor is shrunk towards 1 by what a
shorter or poorer take could not know, and none leaves LEAST..MOST.

What counts as ordinary was measured: both faces of `scenarios/long_talk.play` and of a talk without feelings, in
windows of a minute, moved by both models in the ordinary style. A face moves a quarter less where nothing is felt; a
take is taken as one between the two. Smoothing windows are so long that a tracker's trembling does not count as
liveliness.

Letters: T frames, C channels.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import scipy.signal

from dialogue.errors import OutputError, did_you_mean
from dialogue.types import RATE
from motion import export
from motion.acting import STYLES, Style
from motion.events import BLINK, BLINK_REST, FACE, NOD_RAD, NOD_REST, SHUT
from motion.frame import ARKIT, FPS, HOP
from motion.gaze import ON_PARTNER
from motion.visemes import lip_opening

LEAST, MOST = 0.25, 4.0  # of a factor; beyond, a face no longer looks like somebody's
SHORTEST_S, LONGEST_S = 2.0, 600.0  # of a take: below there is nothing to see, above nothing new
ENDINGS = (".style.json", ".csv")
MAX_BYTES = 64 << 20  # a take of ten minutes at 60 frames a second has 20 MB

# The ordinary.
HEAD = 0.044  # radians a second of each axis, smoothed over HEAD_FRAMES
FACE_PACE = 0.061  # of a weight a second, smoothed over FACE_FRAMES
LIPS = 0.275  # how far lips part in speech, 90th percentile
BLINKS, NODS = 0.51, 0.28  # a second, where one may come
AWAY = 0.42  # time off the partner over time on the partner
HEAD_FRAMES, FACE_FRAMES = 9, 13
# A face that moves 1.3 times as much is measured to move 1.19 times: weights end at 0, laughs are the same for all.
FACE_POWER = 1.5
# What the prior weighs: seconds of a take for sizes, events for rates.
HEAD_PRIOR_S, FACE_PRIOR_S, LIPS_PRIOR_S, AWAY_PRIOR_S, EVENTS_PRIOR = 5.0, 8.0, 15.0, 12.0, 4.0

_EXPRESSION = [c for c in FACE if not ARKIT[c].startswith(("eyeBlink", "eyeSquint", "eyeWide"))]  # no blinks
_QUICK = scipy.signal.butter(2, (1.8, 7.0), "bandpass", fs=FPS, output="sos")


def learn(take: export.Recording) -> Style:
    """The style of a take, of which the first ten minutes are looked at; a minute is enough.

    A take whose head or eyes never move was made without them, and leaves what depends on them ordinary; so does the
    mouth of somebody who hardly speaks.

    Raises:
        ValueError: the take is too short.
    """
    weights, head, gaze = _even(take)
    seconds = len(head) / FPS
    size = _shrunk(_pace(head, HEAD_FRAMES) / HEAD, seconds, HEAD_PRIOR_S) if np.ptp(head, 0).any() else 1.0
    face = _shrunk((_pace(weights[:, _EXPRESSION], FACE_FRAMES) / FACE_PACE) ** FACE_POWER, seconds, FACE_PRIOR_S)
    shut = weights[:, BLINK].min(1) > SHUT
    blinks = _often(int((shut[1:] & ~shut[:-1]).sum()), seconds, BLINK_REST / FPS, BLINKS)
    nods = _often(_nods(head[:, 0], size), seconds, NOD_REST / FPS, NODS) if np.ptp(head[:, 0]) else 1.0
    away = _shrunk(_off(head[:, :2] + gaze) / AWAY, seconds, AWAY_PRIOR_S) if np.ptp(gaze, 0).any() else 1.0
    found = (size, face, _mouth(weights), blinks, nods, away)
    return Style(*(round(min(max(float(x), LEAST), MOST), 3) for x in found))


def _even(take: export.Recording) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The take at FPS: weights [T, 52], head [T, 3], gaze [T, 2]. Timecodes may pass midnight."""
    starts, order = np.unique(np.unwrap(take.starts, period=86400 * RATE), return_index=True)
    length_s = (starts[-1] - starts[0]) / RATE if len(starts) else 0.0
    if length_s < SHORTEST_S:
        raise ValueError(f"the take lasts {length_s:.1f} s; expected at least {SHORTEST_S:g}, better 60")
    grid = np.arange(starts[0], min(starts[-1], starts[0] + round(LONGEST_S * RATE)) + 1, HOP)

    def even(rows: np.ndarray) -> np.ndarray:
        return np.stack([np.interp(grid, starts, column) for column in rows[order].T], 1)

    return even(take.weights), even(take.head), even(take.gaze)


def _pace(rows: np.ndarray, frames: int) -> float:
    """How fast some channels [T, C] move on the average, a second, without what is quicker than the window."""
    summed = np.cumsum(np.concatenate([np.zeros((1, rows.shape[1])), rows]), 0)
    smooth = (summed[frames:] - summed[:-frames]) / frames
    return float(np.abs(np.diff(smooth, axis=0)).mean()) * FPS


def _shrunk(ratio: float, seconds: float, prior_s: float) -> float:
    """A ratio nearer to 1, the less of the take there is."""
    return min(max(ratio, 1e-3), 1e3) ** (seconds / (seconds + prior_s))


def _often(count: int, seconds: float, rest_s: float, ordinary: float) -> float:
    """How often something comes against the ordinary, in the time in which it may: not in the rest after the last."""
    free = max(seconds - count * rest_s, 0.2 * seconds)
    return (count + EVENTS_PRIOR) / (ordinary * free + EVENTS_PRIOR)


def _nods(pitch: np.ndarray, size: float) -> int:
    """Nods of a head that moves `size` times as much as others; dips less than 0.65 s apart are one."""
    dips, _ = scipy.signal.find_peaks(-scipy.signal.sosfiltfilt(_QUICK, pitch), height=NOD_RAD * size, distance=3)
    return int((np.diff(dips) > 0.65 * FPS).sum()) + 1 if len(dips) else 0


def _off(room: np.ndarray) -> float:
    """Time off the partner over time on. The partner is where the eyes are most often: nobody says where they sit."""
    middle = np.median(room, 0)
    for _ in range(8):
        near = np.hypot(*(room - middle).T) < ON_PARTNER
        middle = np.median(room[near], 0) if near.any() else middle
    on = float((np.hypot(*(room - middle).T) < ON_PARTNER).mean())
    return (1.0 - on) / max(on, 1e-3)


def _mouth(weights: np.ndarray) -> float:
    """How far lips part in speech against the ordinary."""
    opening = lip_opening(weights)
    moving = np.abs(np.diff(opening, prepend=opening[:1])) > 0.04
    speaking = np.convolve(moving, np.ones(11), "same") > 0.5  # a fifth of a second either side
    if not speaking.any():
        return 1.0
    return _shrunk(float(np.percentile(opening[speaking], 90)) / LIPS, float(speaking.sum()) / FPS, LIPS_PRIOR_S)


def tell(style: Style) -> str:
    """One line for people: what differs from the ordinary, "head x1.4, blinks x0.7"."""
    differs = [f"{name} x{value:.2g}" for name, value in style._asdict().items() if abs(value - 1.0) >= 0.05]
    return ", ".join(differs) or "as ordinary people move"


def save(path: Path, style: Style) -> None:
    """Write a style as JSON.

    Raises:
        OutputError: the file cannot be written, or its name would not be known as a style's.
    """
    if not path.name.endswith(ENDINGS[0]):
        raise OutputError(f"'{path}' is no name for a style; expected one that ends in {ENDINGS[0]}")
    try:
        path.write_text(json.dumps(style._asdict(), indent=1) + "\n", "utf-8")
    except OSError as problem:
        raise OutputError(f"cannot write {path}: {problem.strerror}") from problem


def load(path: Path) -> Style:
    """The style that a file holds, or that the take in it shows.

    Raises:
        ValueError: it holds neither, or more than MAX_BYTES.
        OSError: there is no such file.
    """
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path} has {path.stat().st_size >> 20} MiB; expected at most {MAX_BYTES >> 20}")
    return _read(path) if path.name.endswith(ENDINGS[0]) else learn(export.read(path))


def _read(path: Path) -> Style:
    try:
        told = json.loads(path.read_text("utf-8"))
    except ValueError as problem:
        raise ValueError(f"{path} is no JSON ({problem}); make one with `duologue style TAKE.csv`") from None
    if not isinstance(told, dict):
        raise ValueError(f"{path} is no table; expected such as {json.dumps(STYLES['lively']._asdict())}")
    for name, value in told.items():
        if name not in Style._fields:
            raise ValueError(f"{path}: unknown key '{name}'{did_you_mean(name, Style._fields)}")
        if type(value) not in (int, float) or not LEAST <= value <= MOST:
            raise ValueError(f"{path}: {name} is {value!r}; expected a number from {LEAST:g} to {MOST:g}")
    return Style(**told)
