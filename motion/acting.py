"""What a face does that cannot be heard: blinks, nods and shifts of gaze by chance, and the slow motion between.

One rule: nothing is averaged. Events are drawn from chances that a net gives, never inside their refractory time, with
shapes from banks; head, brows and expression are drawn in blocks of BLOCK frames by flow matching. Every draw is a
function of seed, participant and frame (motion/chance.py), so a rollback draws the same again.

Source: Lipman et al. 2023, "Flow matching for generative modeling".

Letters: P participants, C channels, K entries of a bank.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from motion.chance import Draw, normals, uniform
from motion.events import BLINK_REST, BLINKS, NOD_REST, SHIFT_REST, SLOW
from motion.gaze import LARGE, ON_PARTNER
from motion.nets import Weights, mlp

BLOCK, STEPS = 5, 4  # frames of a block, 200 ms, and the steps of flow that make it
WIDTH = BLOCK * len(SLOW)
STIFF = 3.0  # blocks are eased into each other: what is quicker than 3 Hz in them is noise of the net, nods are events
FAR, NEAR = slice(-15, -10), slice(-5, None)  # frames of the others' heads that a block knows: 600 ms ago and just now
HEADS = 15  # frames of heads kept
GAZE_EXTRA, EVENT_EXTRA, BLOCK_EXTRA = 5, 3, WIDTH + 11  # inputs beside the context
WATCHED = 2  # in GAZE_EXTRA


class Style(NamedTuple):
    """How a person moves, as factors of the ordinary: sizes of movement, and rates of events."""

    head: float = 1.0
    face: float = 1.0
    mouth: float = 1.0
    blinks: float = 1.0
    nods: float = 1.0
    away: float = 1.0  # how often eyes leave the partner


STYLES = {
    "ordinary": Style(),
    "lively": Style(head=1.45, face=1.3, mouth=1.1, nods=1.4),
    "reserved": Style(head=0.6, face=0.65, mouth=0.9, nods=0.6, away=0.85),
    "nervous": Style(head=1.1, face=1.1, blinks=1.7, nods=1.3, away=1.8),
}


class Acting(NamedTuple):
    """What every participant is doing, as arrays; replaced, never changed."""

    shifted: np.ndarray  # int [P] frames since the last shift of gaze began
    aim: np.ndarray  # [P, 2] where the eyes go, in the room
    aimed: np.ndarray  # [P, 2] where they went when the block before began
    eye: np.ndarray  # [P, 2] where they are
    blinked: np.ndarray  # int [P]
    blink: np.ndarray  # int [P] which of the bank
    nodded: np.ndarray  # int [P, 2] of the last nod and the one before
    nod: np.ndarray  # int [P, 2]
    block: np.ndarray  # [P, BLOCK, SLOW] what is added to the average, in deviations
    heads: np.ndarray  # [HEADS, P, 3] of the last frames
    busy: np.ndarray  # bool [P] heads that a screenplay moves: no nod of chance begins


def init_acting(participants: int) -> Acting:
    long, none, two = np.full(participants, 1000), np.zeros(participants, int), np.zeros((participants, 2), np.float32)
    block = np.zeros((participants, BLOCK, len(SLOW)), np.float32)
    heads = np.zeros((HEADS, participants, 3), np.float32)
    nods, shapes, busy = np.stack([long, long], 1), np.stack([none, none], 1), np.zeros(participants, bool)
    return Acting(long, two, two, two, long, none, nods, shapes, block, heads, busy)


def age(frames: Any) -> Any:
    """Frames since something, as an input around 0..2."""
    return np.log1p(np.minimum(frames, 250)).astype(np.float32)[..., None] / np.float32(3.0)


def gaze_extra(shifted: np.ndarray, off: np.ndarray, watched: np.ndarray, aim: np.ndarray) -> np.ndarray:
    """What a shift of gaze depends on beside the context [..., GAZE_EXTRA].

    Args:
        shifted: frames since the last. off: whether the aim is off the partner. watched: whether others look here.
        aim: [..., 2] where the eyes go.
    """
    flags = [np.asarray(x, np.float32)[..., None] for x in (off, watched)]
    return np.concatenate([age(shifted), *flags, aim * np.float32(4.0)], -1)


def event_extra(blinked: np.ndarray, nodded: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """The same of blinks and nods [..., EVENT_EXTRA]; `shift` is the size of the shift that begins now, radians."""
    return np.concatenate([age(blinked), age(nodded), np.asarray(shift, np.float32)[..., None] * np.float32(4.0)], -1)


def block_extra(before: Any, aims: Any, nodding: Any, others: Any, lib: Any) -> Any:
    """The same of a block [..., BLOCK_EXTRA].

    Args:
        before: [..., WIDTH] the block before. aims: [..., 4] where the eyes go now, and went a block ago.
        nodding: [..., 1]. others: [..., 6] the others' heads 600 ms ago and just now, radians.
    """
    return lib.concatenate([before, aims * 4.0, nodding, others * 10.0], -1)


def act(
    w: Weights, context: np.ndarray, frame: int, acting: Acting, styles: Sequence[Style], seed: int
) -> tuple[np.ndarray, Acting]:
    """Draw one frame of everyone, context [P, C]: what is added to the average [P, SLOW] in deviations."""
    people = range(len(context))
    a = acting._replace(shifted=acting.shifted + 1, blinked=acting.blinked + 1, nodded=acting.nodded + 1)
    a, size = _shift(w, context, frame, a, styles, seed)
    logits = mlp(w, "event", np.concatenate([context, event_extra(a.blinked, a.nodded[:, 0], size)], 1))
    blinked, blink, nodded, nod = a.blinked.copy(), a.blink.copy(), a.nodded.copy(), a.nod.copy()
    for p in people:
        key = (seed, p)
        if a.blinked[p] >= BLINK_REST and _happens(logits[p, 0], styles[p].blinks, *key, Draw.BLINK, frame):
            blinked[p], blink[p] = 0, int(uniform(*key, Draw.BLINK_KIND, frame) * BLINKS)
        still = a.nodded[p, 0] >= NOD_REST and not a.busy[p]
        if still and _happens(logits[p, 1], styles[p].nods, *key, Draw.NOD, frame):
            nodded[p] = 0, a.nodded[p, 0]
            nod[p] = _pick(logits[p, 2:], uniform(*key, Draw.NOD_SHAPE, frame)), a.nod[p, 0]
    a = a._replace(blinked=blinked, blink=blink, nodded=nodded, nod=nod)
    if frame % BLOCK == 0:
        a = _draw_block(w, context, frame, a, seed)
    return a.block[:, frame % BLOCK], a


def _shift(
    w: Weights, context: np.ndarray, frame: int, a: Acting, styles: Sequence[Style], seed: int
) -> tuple[Acting, np.ndarray]:
    """Gaze of one frame, and how far shifts go that begin in it."""
    on, off = _length(a.eye) < ON_PARTNER, _length(a.aim) >= ON_PARTNER
    watched = on.sum() > on  # by another
    logits = mlp(w, "gaze", np.concatenate([context, gaze_extra(a.shifted, off, watched, a.aim)], 1))
    aim, shifted, size = a.aim.copy(), a.shifted.copy(), np.zeros(len(on), np.float32)
    for p in range(len(on)):
        key = (seed, p)
        if a.shifted[p] >= SHIFT_REST and _happens(logits[p, 0], 1.0, *key, Draw.GAZE_SWITCH, frame):
            away = _length(w["bank.aims"]) >= ON_PARTNER
            wish = logits[p, 1:] + np.float32(math.log(styles[p].away)) * away
            picked = w["bank.aims"][_pick(wish, uniform(*key, Draw.GAZE_POINT, frame))]
            aim[p] = picked + 0.005 * normals(2, *key, Draw.GAZE_POINT, frame)
            shifted[p], size[p] = 0, _length(aim[p] - a.aim[p])
    step = aim - a.eye
    far = (shifted == 0) & (_length(step) > LARGE)  # takes two frames
    if far.any():
        step *= np.where(far, 0.62, 1.0)[:, None].astype(np.float32)
    return a._replace(aim=aim, shifted=shifted, eye=a.eye + step), size


def _length(points: np.ndarray) -> np.ndarray:
    return np.hypot(points[..., 0], points[..., 1])


def _draw_block(w: Weights, context: np.ndarray, frame: int, a: Acting, seed: int) -> Acting:
    """Four steps from noise to the next BLOCK frames."""
    people = len(context)
    seen = np.concatenate([a.heads[FAR].mean(0), a.heads[NEAR].mean(0)], 1)
    others = (seen.sum(0) - seen) / max(people - 1, 1)
    nodding = (a.nodded[:, :1] < NOD_REST).astype(np.float32)
    extra = block_extra(a.block.reshape(people, WIDTH), np.concatenate([a.aim, a.aimed], 1), nodding, others, np)
    x = np.stack([normals(WIDTH, seed, p, Draw.FLOW, frame) for p in range(people)])
    for step in range(STEPS):
        time = np.full((people, 1), step / STEPS, np.float32)
        x = x + velocity(w, x, time, context, extra, np) / np.float32(STEPS)
    return a._replace(block=ease(a.block[:, -2:], x.reshape(people, BLOCK, -1)), aimed=a.aim)


def ease(shown: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """One movement of the two frames shown before a block [..., 2, C] and the block as it was drawn [..., BLOCK, C].

    Returns:
        [..., BLOCK, C]: the frames nearest to those drawn, where each bend y[t+1] - 2 y[t] + y[t-1] costs STIFF times
        its square (Whittaker 1923); nothing comes later than it was drawn.
    """
    return _AHEAD @ drawn + _BEHIND @ shown


_BENDS = np.stack([np.roll([1.0, -2.0, 1.0] + [0.0] * (BLOCK - 1), i) for i in range(BLOCK)])  # of shown and drawn
_INVERSE = np.linalg.inv(np.eye(BLOCK) + STIFF * _BENDS[:, 2:].T @ _BENDS[:, 2:])
_AHEAD, _BEHIND = _INVERSE.astype(np.float32), (-STIFF * _INVERSE @ _BENDS[:, 2:].T @ _BENDS[:, :2]).astype(np.float32)


def _happens(logit: float, rate: float, *key: int) -> bool:
    return uniform(*key) * (1.0 + math.exp(-float(logit))) < rate


def _pick(logits: np.ndarray, chance: float) -> int:
    share = np.cumsum(np.exp(logits - logits.max(), dtype=np.float64))
    return min(int(np.searchsorted(share, chance * share[-1], "right")), len(logits) - 1)


def curve(bank: np.ndarray, which: np.ndarray, since: np.ndarray) -> np.ndarray:
    """Values of shapes of a bank, 0 once they are over."""
    return np.where(since < bank.shape[1], bank[which, np.minimum(since, bank.shape[1] - 1)], np.float32(0.0))


def velocity(w: Weights, x: Any, time: Any, context: Any, extra: Any, lib: Any) -> Any:
    """Where blocks x [..., WIDTH] on their way from noise (time 0) to motion (1) go; time [..., 1]."""
    clock = lib.concatenate([time, time * time, lib.sin(math.pi * time), lib.cos(math.pi * time)], -1)
    return mlp(w, "flow", lib.concatenate([x, context, extra, clock], -1))
