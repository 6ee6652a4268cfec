"""How human is it? Every row of the table of human figures, measured from frames, roles and sound.

One rule: only what can be seen or heard is measured, never what a model says it did, so that any model can be held to
the same table. Rows about turn-taking are properties of the conversation, not of the motion, and are marked so.
What asks for much time is counted over several takes at once.

Sources of the ranges stand beside them in motion/human.py.

Letters: T frames, P participants.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.signal

from dialogue.types import Hop, Phone, Role
from motion.frame import FPS, HOP, INDEX, MotionFrame
from motion.gaze import on_partner
from motion.visemes import TOUCHING, lip_opening, visemes

WINDOW = 10 * FPS  # frames; nods and smiles are counted in windows of ten seconds
# FACS grades B, C and D of A to E, each a fifth of what a face can do, where 1 is all.
SLIGHT, MARKED, SEVERE = 0.2, 0.4, 0.6
SHUT, NOD_RAD = 0.6, 0.016  # lids this far down are a blink; a nod dips by a degree at least


@dataclass(frozen=True)
class Take:
    """A performed conversation as arrays."""

    weights: np.ndarray  # [T, P, 52]
    head: np.ndarray  # [T, P, 3]
    gaze: np.ndarray  # [T, P, 2]
    speaking: np.ndarray  # bool [T, P]
    listening: np.ndarray  # bool [T, P]
    level_db: np.ndarray  # [T, P] loudness of the 40 ms around each frame
    phones: tuple[tuple[Phone, ...], ...]  # [P][...]
    start: int  # of the first frame


def level_db(power: np.ndarray) -> np.ndarray:
    """[T, P] loudness around each frame, of the mean power [T, P] of each hop: a frame shows the edge between two."""
    around = np.concatenate([power[:1], 0.5 * (power[1:] + power[:-1])])
    return 10.0 * np.log10(around + 1e-10)


def take(frames: Sequence[Sequence[MotionFrame]], hops: Sequence[Hop]) -> Take:
    """Put frames [T][P] and hops side by side.

    Raises:
        ValueError: there are no frames, or some have no hop of the same start.
    """
    by_start = {hop.start: hop for hop in hops}
    if not frames:
        raise ValueError("no frames to measure; expected at least one")
    strangers = [f[0].start for f in frames if f[0].start not in by_start]
    if strangers:
        raise ValueError(
            f"{len(strangers)} frames have no hop, the first starts at {strangers[0]}; give the hops that made them"
        )
    mine = [by_start[f[0].start] for f in frames]
    power = np.stack([(hop.audio.astype(np.float64) ** 2).mean(1) for hop in mine])
    roles = np.array([[role.value for role in hop.roles] for hop in mine])
    return Take(
        weights=np.array([[f.weights for f in row] for row in frames]),
        head=np.array([[f.head for f in row] for row in frames]),
        gaze=np.array([[f.gaze for f in row] for row in frames]),
        speaking=roles == Role.SPEAKING.value,
        listening=roles == Role.LISTENING.value,
        level_db=level_db(power),
        phones=tuple(tuple(x for hop in mine for x in hop.phones[p]) for p in range(len(mine[0].roles))),
        start=frames[0][0].start,
    )


def channel(t: Take, *names: str) -> np.ndarray:
    """[T, P] mean of some weights; a name without side means both sides."""
    wanted = [i for n in names for i in ([INDEX[n]] if n in INDEX else [INDEX[n + "Left"], INDEX[n + "Right"]])]
    return t.weights[..., wanted].mean(-1)


def runs(mask: np.ndarray) -> np.ndarray:
    """[K, 2] first and last + 1 of each stretch of True in [T]."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(mask, np.int8), [0]])))
    return edges.reshape(-1, 2)


def per_minute(count: int, mask: np.ndarray) -> float | None:
    """Events per minute of the time that is True in `mask`; None if that is less than ten seconds."""
    return count / (mask.sum() / FPS / 60.0) if mask.sum() >= 10 * FPS else None


def share(part: np.ndarray, whole: np.ndarray) -> float | None:
    """Percent of `whole` that is also `part`; None if `whole` is empty."""
    return 100.0 * float((part & whole).sum() / whole.sum()) if whole.any() else None


def blinks(t: Take) -> np.ndarray:
    """bool [T, P]: a blink of both eyes begins here."""
    shut = np.minimum(t.weights[..., INDEX["eyeBlinkLeft"]], t.weights[..., INDEX["eyeBlinkRight"]]) > SHUT
    return shut & ~np.concatenate([np.zeros_like(shut[:1]), shut[:-1]])


def looks(t: Take) -> np.ndarray:
    """bool [T, P]: the face looks at the partner."""
    return on_partner(t.head, t.gaze)


def mutual(t: Take) -> np.ndarray:
    """bool [T]: somebody who looks at the partner is looked at: all of two; of three or more at least two."""
    return looks(t).sum(1) >= 2


def nods(t: Take, p: int) -> list[tuple[int, int, float]]:
    """Nods of one participant: (first frame, last frame + 1, Hz).

    Head pitch between 1.8 and 7 Hz; a dip by NOD_RAD is a cycle; dips less than 0.65 s apart are one nod. The rate is
    the inverse of the time between dips, or, of a lone dip, of twice the time between its flanks.
    """
    if len(t.head) < 2 * FPS:
        return []
    band = scipy.signal.butter(2, (1.8, 7.0), "bandpass", fs=FPS, output="sos")
    pitch = scipy.signal.sosfiltfilt(band, t.head[:, p, 0])
    dips, _ = scipy.signal.find_peaks(-pitch, height=NOD_RAD, distance=3)
    out: list[tuple[int, int, float]] = []
    for group in np.split(dips, np.flatnonzero(np.diff(dips) > 0.65 * FPS) + 1) if len(dips) else []:
        if len(group) > 1:
            rate = FPS / float(np.diff(group).mean())
        else:
            rate = FPS / (2.0 * float(scipy.signal.peak_widths(-pitch, group, rel_height=0.5)[0][0]))
        out.append((int(group[0]) - 3, int(group[-1]) + 4, rate))
    return out


def windows_with(events: np.ndarray, clock: np.ndarray) -> float | None:
    """Percent of ten-second windows that hold an event.

    Args:
        events: bool [T, P].
        clock: bool [T, P], the time that counts: each participant's True frames are strung together and cut into
            windows; a rest of less than half a window is left out.
    """
    found = []
    for p in range(events.shape[1]):
        time = events[clock[:, p], p]
        found += [time[i : i + WINDOW].any() for i in range(0, len(time) - WINDOW // 2, WINDOW)]
    return 100.0 * float(np.mean(found)) if found else None


def smiles(t: Take, more: bool = False) -> np.ndarray:
    """bool [T, P]: a smile that lasts, lips and cheeks together; with `more` a laughing face. Averages over 0.6 s leave
    the spread lips of single vowels out.

    A smile is a marked pull of the lip corners (AU12) with cheeks slightly raised (AU6); a laughing face pulls them
    severely over parted lips (AU25), cheeks raised and lids tightened (AU7) markedly: Ruch & Ekman 2001.
    """
    kernel = np.ones(15) / 15
    smile, cheek, squint, opening = (
        np.apply_along_axis(np.convolve, 0, curve, kernel, "same")
        for curve in (*(channel(t, n) for n in ("mouthSmile", "cheekSquint", "eyeSquint")), lip_opening(t.weights))
    )
    if more:
        return (smile > SEVERE) & (cheek > MARKED) & (squint > MARKED) & (opening > TOUCHING)
    return (smile > MARKED) & (cheek > SLIGHT)


def coupling_lag(*takes: Take) -> tuple[float, float] | None:
    """How a listener's head follows the speaker's between 0.2 and 1.1 Hz: lag in ms and correlation there.

    The lag is where the correlation over all listening time is highest, from 0 to 1.2 s. None if that time is under a
    minute.
    """
    band = scipy.signal.butter(2, (0.2, 1.1), "bandpass", fs=FPS, output="sos")
    lags = np.arange(0, round(1.2 * FPS) + 1)
    total, mine, theirs, count = np.zeros(len(lags)), np.zeros(len(lags)), np.zeros(len(lags)), 0
    for t in takes:
        if len(t.head) < 3 * FPS:
            continue
        slow = scipy.signal.sosfiltfilt(band, t.head, axis=0)
        for p, q in itertools.permutations(range(t.head.shape[1]), 2):
            when = np.flatnonzero(t.listening[:, p] & t.speaking[:, q])
            when = when[when >= lags[-1]]
            count += len(when)
            for i, lag in enumerate(lags):
                a, b = slow[when, p], slow[when - lag, q]
                total[i] += (a * b).sum()
                mine[i] += (a * a).sum()
                theirs[i] += (b * b).sum()
    if count < 60 * FPS:
        return None
    r = total / np.sqrt(mine * theirs + 1e-20)
    best = int(r.argmax())
    return float(lags[best]) * 1000.0 / FPS, float(r[best])


def jaw_energy(*takes: Take) -> tuple[float, float] | None:
    """Correlation of jaw opening with log energy over the frames of speech at its best lag, and how many ms the jaw
    leads there. Pauses inside turns count, silence 30 dB below the loud parts counts as that. None without speech."""
    lags = range(-4, 5)
    rows: dict[int, list[tuple[float, int]]] = {lag: [] for lag in lags}
    for t, p in _faces(takes):
        jaw, said = channel(t, "jawOpen")[:, p], t.speaking[:, p]
        if said.sum() < 5 * FPS:
            continue
        level = np.maximum(t.level_db[:, p], np.percentile(t.level_db[said, p], 92) - 30.0)
        for lag in lags:
            a, b = jaw[said], np.roll(level, -lag)[said]
            if a.std() > 1e-6 and b.std() > 1e-6:
                rows[lag].append((float(np.corrcoef(a, b)[0, 1]), int(said.sum())))
    means = {lag: _mean(row) for lag, row in rows.items() if row}
    if not means:
        return None
    best = max(means, key=means.__getitem__)
    return means[best], best * 1000.0 / FPS


def _faces(takes: Sequence[Take]) -> list[tuple[Take, int]]:
    return [(t, p) for t in takes for p in range(t.head.shape[1])]


def _mean(row: Sequence[tuple[float, int]]) -> float:
    return sum(value * weight for value, weight in row) / sum(weight for _, weight in row)


def lip_stillness(*takes: Take, margin: int = round(0.3 * FPS)) -> float | None:
    """Deviation of lip opening while only the other speaks, in percent of that while speaking; the frames within
    `margin` of own speech are left out, where lips prepare and come to rest. None unless both happen."""
    ratios = []
    for t, p in _faces(takes):
        opening = lip_opening(t.weights[:, p])
        near = np.convolve(t.speaking[:, p], np.ones(2 * margin + 1), "same") > 0
        alone, said = t.listening[:, p] & ~near, t.speaking[:, p]
        # Slow smiles are no lip motion: only what changes within half a second counts.
        quick = opening - np.convolve(opening, np.ones(13) / 13, "same")
        if alone.sum() >= FPS and said.sum() >= FPS and quick[said].std() > 1e-6:
            ratios.append(100.0 * float(quick[alone].std() / quick[said].std()))
    return float(np.mean(ratios)) if ratios else None


def closures(*takes: Take) -> float | None:
    """Percent of p, b and m in which the lips meet in at least one frame; None where there are none."""
    met = []
    for t, p in _faces(takes):
        opening = lip_opening(t.weights[:, p])
        for phone in t.phones[p]:
            if visemes(phone.symbol)[0].contact != "lips":
                continue
            first = max(round((phone.start - t.start) / HOP) - 1, 0)
            span = opening[first : round((phone.end - t.start) / HOP) + 2]
            if len(span):
                met.append(span.min() <= TOUCHING)
    return 100.0 * float(np.mean(met)) if met else None


def frozen(*takes: Take) -> float:
    """Percent of frames in which a face is exactly where it was a frame before."""
    moved = [np.abs(np.diff(t.weights, axis=0)).max(-1) + np.abs(np.diff(t.head, axis=0)).max(-1) for t in takes]
    still = np.concatenate([m.ravel() < 1e-6 for m in moved])
    return 100.0 * float(still.mean()) if len(still) else 0.0


@dataclass(frozen=True)
class Floor:
    """Who held the floor, in frames: turns in order, and the short answers that did not take it."""

    turns: tuple[tuple[int, int, int], ...]  # participant, first, last + 1
    backchannels: tuple[tuple[int, int, int, bool], ...]  # the same, and whether it overlaps the other's speech


def floor(speaking: np.ndarray, short: int = FPS, join: int = FPS) -> Floor:
    """Turns and backchannels in speech activity [T, P].

    Speech shorter than `short` frames that comes while, or between stretches in which, the same other person speaks is
    a backchannel. Stretches of one person less than `join` apart, nobody else speaking a turn between, are one turn.
    """
    spans = sorted((int(a), int(b), p) for p in range(speaking.shape[1]) for a, b in runs(speaking[:, p]))
    answers, turns = [], []
    for i, (first, last, p) in enumerate(spans):
        before = [s for s in spans[:i] if s[2] != p and s[1] > first - 2 * FPS]
        after = [s for s in spans if s[2] != p and s[1] > last and s[0] < last + 2 * FPS]
        own = any(s[2] == p and s[0] < last + FPS and s[1] > first - FPS for s in spans[:i] + spans[i + 1 :])
        if last - first < short and before and after and not own:
            answers.append((p, first, last, bool(any(s[0] < last and s[1] > first for s in spans if s[2] != p))))
        elif turns and turns[-1][0] == p and first - turns[-1][2] < join:
            turns[-1] = (p, turns[-1][1], max(last, turns[-1][2]))
        else:
            turns.append((p, first, last))
    return Floor(tuple(turns), tuple(answers))
