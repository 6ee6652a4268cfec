"""Figures of what is drawn by chance: heads, blinks, nods and gaze beside the performer's, and a long conversation beside
what people do.

One rule: rates and sizes are added up over all of the time before they are compared, for each seed its own
conversations: a mean over clips would let a short one weigh as much as a long one.

Letters: P participants, T frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from app.bench import Ask, Figure, tell
from app.bench_material import HIBARI, Order, conversations, performed
from app.bench_paper import FIRST
from motion import human, judge, replay
from motion.card import EVENTS, happenings
from motion.corpus import Clip
from motion.events import BLINK_REST, NOD_REST
from motion.models.dual_stream import Model, State
from motion.scores import BANDS_HZ, velocity_spectrum

CLIPS, CLIP_S, SEEDS = 21, 60, 3  # seven minutes a seed
LONG_S, LONG_FIRST = 1800, 200
QUIET = 0.05  # of speech: lips while only the other speaks
HEAD = slice(52, 55)
RATES = {"blinks": "blinks_ratio", "nods": "nods_ratio", "gaze shifts": "gaze_shifts_ratio"}


def figures(model: Model, ask: Ask) -> Iterator[Figure]:
    """Heads, events and quiet lips over 21 minutes, then the human table over 30."""
    order = Order(HIBARI, CLIPS, CLIP_S, FIRST)
    order = order.fifth() if ask.quick else order
    clips, made, breaks = [], [], 0
    for i, clip in enumerate(conversations(order, tell)):
        draws = Draws()
        made.append(performed(model, clip, i % SEEDS, 1, draws))
        breaks += draws.breaks()
        clips.append(clip)
    true = [clip.motion[: len(motion)] for clip, motion in zip(clips, made)]
    note = f"{sum(clip.seconds for clip in clips) / 60:.0f} min, {SEEDS} seeds"
    yield from heads(made, true, note)
    counts = sum(happenings(*pair) for pair in zip(made, true))
    for name, mine, theirs in zip(EVENTS, *counts):
        if theirs:
            yield Figure(RATES[name], mine / theirs, "x", 0.85, 1.15, f"{name} over the performer's, {note}")
    yield Figure("refractory_breaks", breaks, "", high=0.0, note=f"blinks and nods drawn too early, {note}")
    yield from quiet(model, clips, made)
    yield from long(model, ask)


class Draws:
    """Watches the model draw hop by hop, and notes when blinks and nods begin."""

    def __init__(self) -> None:
        self.blinks: list[np.ndarray] = []
        self.nods: list[np.ndarray] = []

    def __call__(self, state: State, shown: int) -> State:
        if shown:
            self.blinks.append(state.acting.blinked == 0)
            self.nods.append(state.acting.nodded[:, 0] == 0)
        return state

    def breaks(self) -> int:
        return too_early(np.array(self.blinks), BLINK_REST) + too_early(np.array(self.nods), NOD_REST)


def too_early(began: np.ndarray, rest: int) -> int:
    """How often in bool [T, P] something begins less than `rest` frames after the one before."""
    return sum(int((np.diff(np.flatnonzero(own)) < rest).sum()) for own in began.T)


def heads(made: Sequence[np.ndarray], true: Sequence[np.ndarray], note: str) -> Iterator[Figure]:
    """How far and how fast heads go, of performances [T, P, 57] against the true ones."""
    pairs = [(m[:, p, HEAD], t[:, p, HEAD]) for m, t in zip(made, true) for p in range(m.shape[1])]
    spread = [sum(np.var(one, 0).sum() * len(one) for one in side) for side in zip(*pairs)]
    yield Figure("pose_std_ratio", float(np.sqrt(spread[0] / spread[1])), "x", 0.8, 1.25, f"of the head, {note}")
    power = [[velocity_spectrum(one) for one in side] for side in zip(*pairs)]
    for low, high in BANDS_HZ[:3]:
        mine, theirs = (
            sum(p[(low <= hz) & (hz < high)].sum() * len(one) for (hz, p), one in zip(found, side))
            for found, side in zip(power, zip(*pairs))
        )
        db = float(10.0 * np.log10((mine + 1e-20) / (theirs + 1e-20)))
        yield Figure(f"head_band_db_{low:g}_{high:g}", db, "dB", -3.0, 3.0, f"power of velocity, {low:g}-{high:g} Hz")


def quiet(model: Model, clips: Sequence[Clip], wrong: Sequence[np.ndarray]) -> Iterator[Figure]:
    """Lips while only the other speaks, with labels as they were, and with some told wrongly (`wrong` motions)."""
    clean = [performed(model, replace(clip, roles=clip.true_roles), i % SEEDS) for i, clip in enumerate(clips)]
    for name, motions, note in (
        ("listener_lip_std_ratio", clean, "labels as they were"),
        ("listener_lip_std_ratio_wrong", wrong, "15 % of the role changes told wrongly"),
    ):
        found = [r for pair in zip(clips, motions) for r in still_lips(*pair) if r is not None]
        if found:
            yield Figure(name, float(np.mean(found)), "x", high=QUIET, note=f"quick lip motion over speech's, {note}")


def still_lips(clip: Clip, motion: np.ndarray) -> list[float | None]:
    """judge.listening_lips of each participant."""
    roles = {"speaking": judge.speaks(clip)[: len(motion)], "listening": judge.listens(clip)[: len(motion)]}
    return [
        judge.listening_lips(motion[:, p], {name: mask[:, p] for name, mask in roles.items()})
        for p in range(clip.participants)
    ]


def long(model: Model, ask: Ask) -> Iterator[Figure]:
    """The human table over one long conversation, closed loop."""
    order = Order(HIBARI, 1, LONG_S, LONG_FIRST)
    (clip,) = conversations(order.fifth() if ask.quick else order, tell)
    clip = replace(clip, roles=clip.true_roles)
    yield from rows(human.table([replay.take(clip, performed(model, clip))]), f"{clip.seconds / 60:.0f} min")


def rows(table: Sequence[human.Row], length: str) -> Iterator[Figure]:
    """Every row of the human table, and how many lie in range; those of the conversation are no merit of a face."""
    for row in table:
        if row.value is not None:
            note = row.source if row.of == "motion" else f"{row.source} (the conversation's)"
            yield Figure(row.name, row.value, row.unit, row.low, row.high, note)
    yield in_range("human_table_in_range", table, length)


def in_range(name: str, table: Sequence[human.Row], length: str) -> Figure:
    """The share of rows with a value that lie in the range of people, and which do not."""
    judged = [row for row in table if row.ok is not None]
    out = ", ".join(row.name for row in judged if not row.ok)
    note = f"of {len(judged)} rows, {length}" + (f"; out: {out}" if out else "")
    return Figure(name, sum(row.ok for row in judged) / max(len(judged), 1), "", low=1.0, note=note)
