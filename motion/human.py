"""The human figures: what people do in conversation, and how a performance compares.

One rule: a row says where its range comes from. `of` tells whose property it is: the motion's, or the conversation's.

Letters: T frames, P participants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dialogue.types import Hop
from motion import metrics
from motion.frame import FPS, MotionFrame
from motion.metrics import Floor, Take


@dataclass(frozen=True)
class Row:
    """One figure. `value` is None where the conversation gave no occasion."""

    name: str
    value: float | None
    unit: str
    low: float | None
    high: float | None
    source: str
    of: str = "motion"  # or "conversation"

    @property
    def ok(self) -> bool | None:
        """Within the range; None where there is no value."""
        if self.value is None:
            return None
        return bool((self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high))


def _by_chance(percent: float, occasions: int) -> tuple[float, float]:
    """The range in which a share lands that is `percent` in the long run, counted on so many occasions: two standard
    errors to either side. Longer films are held to the same: not only chance but people differ."""
    error = 100.0 * (percent / 100.0 * (1.0 - percent / 100.0) / occasions) ** 0.5
    return percent - 2.0 * error, percent + 2.0 * error


# What five minutes hold: each of two listens half of the time, in windows of ten seconds; two faces that smile and
# laugh with each other count as one; short answers come twice a minute of listening.
WINDOWS, ANSWERS = 30, 10


def human_table(frames: Sequence[Sequence[MotionFrame]], hops: Sequence[Hop]) -> tuple[Row, ...]:
    """All rows for a performance.

    Args:
        frames: [T][P], as a motion model made them.
        hops: the hops they were made from; more do no harm.
    Raises:
        ValueError: there are no frames, or no hop for one.
    """
    return table([metrics.take(frames, hops)])


def table(takes: Sequence[Take]) -> tuple[Row, ...]:
    """All rows for several performances together, each of as many participants: counts and times are added up.

    Raises:
        ValueError: there are none.
    """
    if not takes:
        raise ValueError("no takes to measure; expected at least one")
    held = [metrics.floor(t.speaking) for t in takes]
    return (*_eyes(takes), *_turn_edges(takes, held), *_head(takes, held), *_mouth(takes), *_conversation(takes, held))


def _all(takes: Sequence[Take], of: Callable[[Take], np.ndarray]) -> np.ndarray:
    return np.concatenate([of(t) for t in takes])


def _eyes(takes: Sequence[Take]) -> Iterator[Row]:
    blinks, looks, mutual = (_all(takes, of) for of in (metrics.blinks, metrics.looks, metrics.mutual))
    rest, speaking = _all(takes, lambda t: t.listening), _all(takes, lambda t: t.speaking)
    yield Row(
        "blinks_listening",
        metrics.per_minute((blinks & rest).sum(), rest),
        "1/min",
        10,
        24,
        "Bentivoglio 1997: 17 at rest",
    )
    yield Row(
        "blinks_speaking",
        metrics.per_minute((blinks & speaking).sum(), speaking),
        "1/min",
        18,
        34,
        "Bentivoglio 1997: 26 talking",
    )
    yield Row("gaze_speaking", metrics.share(looks, speaking), "%", 20, 65, "Kendon 1967, Argyle 1976: about 40")
    yield Row("gaze_listening", metrics.share(looks, rest), "%", 30, 80, "Kendon 1967, Argyle 1976: about 75")
    bouts = _all(takes, lambda t: metrics.runs(metrics.mutual(t)))
    lengths = (bouts[:, 1] - bouts[:, 0]) / FPS
    together = 100.0 * float(mutual.mean()) if looks.shape[1] > 1 else None
    yield Row("gaze_mutual", together, "%", 40, 75, "Rogers 2018: about 60; pairs differ")
    yield Row("gaze_mutual_bout", float(lengths.mean()) if len(lengths) else None, "s", 1.2, 3.4, "Rogers 2018: 2.2")


def _turn_edges(takes: Sequence[Take], held: Sequence[Floor]) -> Iterator[Row]:
    half, averted, returned = FPS // 2, [], []
    for t, own in zip(takes, held):
        looks = metrics.looks(t)
        long = [(p, a, b) for p, a, b in own.turns if b - a >= 2 * FPS]
        averted += [not looks[a : a + half, p].mean() > 0.5 for p, a, b in long if a >= half]
        returned += [looks[b - half // 2 : b + half // 2, p].mean() > 0.5 for p, a, b in long if b < len(looks)]
    source = "Kendon 1967, Ho 2015: a turn starts averted and ends on the listener"
    yield Row("turns_begun_averted", 100.0 * float(np.mean(averted)) if averted else None, "%", 45, 85, source)
    yield Row("turns_ended_on_partner", 100.0 * float(np.mean(returned)) if returned else None, "%", 70, None, source)


def _head(takes: Sequence[Take], held: Sequence[Floor]) -> Iterator[Row]:
    found, attended, around, rates = [], [], [], []
    for t, own in zip(takes, held):
        attending = t.listening.copy()  # a short yes is part of listening
        for p, first, last, _ in own.backchannels:
            attending[first:last, p] = True
        nodding = np.zeros_like(attending)
        for p in range(t.head.shape[1]):
            for first, last, rate in metrics.nods(t, p):
                if attending[max(first, 0) : last, p].mean() > 0.5:
                    nodding[min((first + last) // 2, len(nodding) - 1), p] = True
                    rates.append(rate)
        found.append(nodding)
        attended.append(attending)
        middles = [((a + b) // 2, p) for p, a, b, _ in own.backchannels]
        around += [nodding[max(at - 5 * FPS, 0) : at + 5 * FPS, p].any() for at, p in middles]
    nodding, attending = np.concatenate(found), np.concatenate(attended)
    low, high = _by_chance(40, WINDOWS)
    source = f"Hale 2020: 40, two standard errors of {WINDOWS} windows"
    yield Row("nods_listening", metrics.windows_with(nodding, attending), "% of 10 s", low, high, source)
    low, high = _by_chance(56, ANSWERS)
    source = f"Hale 2020: 56, two standard errors of {ANSWERS} short answers: a weak test"
    share = 100.0 * float(np.mean(around)) if around else None
    yield Row("nods_with_backchannel", share, "% of 10 s", low, high, source)
    yield Row("nod_rate", float(np.median(rates)) if rates else None, "Hz", 2.6, 6.5, "Hale 2020: fast nods")
    coupled = metrics.coupling_lag(*takes)
    yield Row(
        "head_coupling_lag", coupled[0] if coupled else None, "ms", 400, 800, "Hale 2020: 0.2-1.1 Hz about 600 behind"
    )
    yield Row("head_coupling_r", coupled[1] if coupled else None, "r", 0.05, 0.5, "Hale 2020: weak, above chance")
    spread = np.average([np.degrees(t.head.std(0)).mean() for t in takes], weights=[len(t.head) for t in takes])
    yield Row("head_std", float(spread), "deg", 1.0, 5.0, "DualTalk's sample clip 1.5; lively speakers 3-4")


def _mouth(takes: Sequence[Take]) -> Iterator[Row]:
    for name, laughing, percent in (("smiles", False, 48), ("laughs", True, 19)):
        low, high = _by_chance(percent, WINDOWS)
        source = f"real conversations: {percent}, two standard errors of {WINDOWS} windows"
        smiles = _all(takes, lambda t, laughing=laughing: metrics.smiles(t, more=laughing))
        found = metrics.windows_with(smiles, np.ones_like(smiles))
        yield Row(name, found, "% of 10 s", low, high, source)
    jaw = metrics.jaw_energy(*takes)
    yield Row(
        "jaw_energy_r",
        jaw[0] if jaw else None,
        "r",
        0.55,
        0.80,
        "real conversations: .61-.64 over sentences, .76-.78 over words",
    )
    yield Row("jaw_lead", jaw[1] if jaw else None, "ms", 0, 80, "real conversations: 40")
    yield Row("lips_closed_on_pbm", metrics.closures(*takes), "%", 98, None, "bilabials need closed lips")
    quick, source = metrics.lip_stillness(*takes), "lips rest while only the other speaks"
    yield Row("listener_lip_motion", quick, "% of speaking", 0, 10, source)
    yield Row("frozen_frames", metrics.frozen(*takes), "%", 0, 0.1, "no living face stands still")


def _conversation(takes: Sequence[Take], held: Sequence[Floor]) -> Iterator[Row]:
    def row(name: str, value: float | None, unit: str, low: float, high: float, source: str) -> Row:
        return Row(name, value, unit, low, high, source, of="conversation")

    speaking = _all(takes, lambda t: t.speaking)
    minutes, sides = len(speaking) / FPS / 60.0, speaking.shape[1]
    lengths = [(last - first) / FPS for own in held for _, first, last, _ in own.backchannels]
    over = [overlapping for own in held for *_, overlapping in own.backchannels]
    yield row(
        "backchannels",
        len(lengths) / minutes / sides * 2.0,
        "1/min listening",
        1.7,
        2.3,
        "Switchboard: 1.7-2.3 per minute and listener",
    )
    yield row(
        "backchannel_length", float(np.median(lengths)) if lengths else None, "s", 0.25, 0.60, "Switchboard: 0.40"
    )
    yield row(
        "backchannels_overlapping", 100.0 * float(np.mean(over)) if over else None, "%", 25, 65, "Switchboard: 43"
    )
    # Two standard errors of these percentiles over 40 changes are 200, 215, 175, 185 and 210 ms. The slack is wider:
    # the gaps are written by whoever writes a play, and no two pairs of people keep the same.
    follow = [pair for own in held for pair in zip(own.turns, own.turns[1:])]
    changes = [(b[1] - a[2]) * 1000.0 / FPS for a, b in follow if a[0] != b[0]]
    for percent, value, slack in ((10, -538, 350), (25, -220, 250), (50, 87, 200), (75, 333, 250), (90, 662, 350)):
        measured = float(np.percentile(changes, percent)) if changes else None
        source = f"Switchboard: {value}; by {slack}, wider than chance over 40 changes"
        yield row(f"turn_gap_p{percent}", measured, "ms", value - slack, value + slack, source)
    yield row(
        "turn_gaps_overlapped",
        100.0 * float(np.mean(np.array(changes) < 0)) if changes else None,
        "%",
        25,
        55,
        "Switchboard: 41",
    )
    talk = speaking.sum(1)
    yield row("speech_per_side", 100.0 * float(speaking.mean()), "%", 35, 52, "Switchboard: 43")
    yield row("overlap", 100.0 * float((talk > 1).mean()), "%", 2, 9, "Switchboard: 4.9")
    yield row("silence", 100.0 * float((talk == 0).mean()), "%", 8, 28, "Switchboard: 18.2")
    yield row("turn_changes", len(changes) / minutes, "1/min", 5, 12, "Switchboard: 7.9")
    turns = [(b - a) / FPS for own in held for _, a, b in own.turns]
    yield row("turn_length", float(np.median(turns)) if turns else None, "s", 1.8, 5.0, "Switchboard: median 3.0")
