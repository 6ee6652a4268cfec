"""Figures against the DualTalk paper's model: the same conversations, the same scores, ours over theirs.

One rule: both meet what two avatars meet, a partner who is generated too; beside it, for information, theirs with the
partner's true motion, as published. Ours is told some role changes wrongly, theirs hears no roles.

Letters: P = 2 participants, T frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.bench import Ask, Figure, tell
from app.bench_material import HIBARI, Order, conversations, in_rooms, performed
from app.contenders import CLOSED, OPEN, UNHEARD, Contender, Way, contenders
from motion import judge
from motion.corpus import CHANNELS, Clip
from motion.models import dual_stream
from motion.models.dual_stream import Model, State
from motion.scores import ARKIT_GROUPS, frechet, mean_scores

GOALS: dict[str, tuple[float | None, float | None]] = {  # of ours over theirs: low, high
    "ratio_fd": (None, 0.64),
    "ratio_pfd": (None, 0.64),
    "ratio_mse": (None, 0.64),
    "ratio_rpcc": (None, 0.88),
    "ratio_sid": (1.04, None),
}
COST = 0.05  # what a generated partner may cost, as a share of FD
SHIPPED = Path(dual_stream.__file__).with_name("dualtalk_small.safetensors")
FIRST = 100  # number of the first conversation; app/bench_people.py measures the same ones
CLIPS, CLIP_S = 8, 60
EXP = list(ARKIT_GROUPS[0].channels)


def figures(model: Model, ask: Ask) -> Iterator[Figure]:
    """Ratios where the paper's model is at hand, and what a generated partner costs."""
    order = Order(HIBARI, CLIPS, CLIP_S, FIRST)
    clips = [
        in_rooms(clip, i) for i, clip in enumerate(conversations(order.fifth() if ask.quick else order, tell))
    ]
    ours = [performed(model, clip, i) for i, clip in enumerate(clips)]
    yield from against_theirs(clips, ours, theirs(ask.baseline))
    alone = [beside_truth(model, clip, i) for i, clip in enumerate(clips)]
    cost = closed_loop_cost(clips, ours, alone)
    yield Figure("closed_loop_cost", cost, "share", high=COST, note="FD of the expression, over that beside true heads")


def theirs(path: Path | None) -> Contender | None:
    """The paper's model from a file, or from the package; None if it has none."""
    if path is None and not SHIPPED.exists():
        tell(
            "no weights of the DualTalk paper's model: its figures are left out; make some with "
            "`duologue train CORPUS --baseline -o FILE` and give them as --baseline FILE"
        )
        return None
    (found,) = contenders([f"theirs={path or SHIPPED}"])
    if found.channels != CHANNELS:
        tell(f"'{path}' makes FLAME faces, which ours cannot be compared with: its figures are left out")
        return None
    if found.family != "dualtalk":
        tell(f"'{path}' holds no weights of the DualTalk paper's model: its figures are left out")
        return None
    return found


def against_theirs(clips: Sequence[Clip], ours: Sequence[np.ndarray], other: Contender | None) -> Iterator[Figure]:
    """ratio_fd.exp and so on, closed loop, then ratio_fd_open.exp; nothing without the other."""
    if other is None:
        return
    mine = mean_scores([judge.judge(clip, motion) for clip, motion in zip(clips, ours)])
    made = {}
    for loop in (CLOSED, OPEN):
        play = other.plays[Way(UNHEARD, loop)]
        made[loop] = [play(clip, i)[: len(motion)] for i, (clip, motion) in enumerate(zip(clips, ours))]
        scored = mean_scores([judge.judge(clip, motion) for clip, motion in zip(clips, made[loop])])
        for name, value in judge.ratios(mine, scored).items():
            kind, group = name.split(".")
            low, high = GOALS[kind]
            if loop == CLOSED:
                yield Figure(name, value, "", low, high, "ours over theirs, both beside generated partners")
            else:
                goal = Figure("", 0.0, "", low, high).goal
                note = f"theirs beside the true partner; for information (goal of closed loop: {goal})"
                yield Figure(f"{kind}_open.{group}", value, "", note=note)
    cost = closed_loop_cost(clips, made[CLOSED], made[OPEN])
    yield Figure("closed_loop_cost_theirs", cost, "share", note="for information")


def closed_loop_cost(clips: Sequence[Clip], closed: Sequence[np.ndarray], open_: Sequence[np.ndarray]) -> float:
    """FD of the expression beside generated partners over that beside true ones, minus 1; means over participants."""

    def distance(made: Sequence[np.ndarray]) -> float:
        return float(
            np.mean(
                [
                    frechet(motion[:, p, EXP], clip.motion[: len(motion), p][:, EXP])
                    for clip, motion in zip(clips, made)
                    for p in range(clip.participants)
                ]
            )
        )

    return distance(closed) / distance(open_) - 1.0


def beside_truth(model: Model, clip: Clip, seed: int = 0) -> np.ndarray:
    """The model's motion [T', P, 57] where each sees what the other truly did: heads and gaze of the clip."""
    return np.stack([performed(model, clip, seed, 1, _shown(clip, p))[:, p] for p in range(clip.participants)], 1)


def _shown(clip: Clip, p: int) -> Callable[[State, int], State]:
    """After each hop, everybody but `p` has done what the clip says."""
    others = [q for q in range(clip.participants) if q != p]

    def between(state: State, shown: int) -> State:
        if not shown:
            return state
        true = clip.motion[shown - 1, others]
        heads, eye = state.acting.heads.copy(), state.acting.eye.copy()
        heads[-1, others] = true[:, 52:55]
        eye[others] = true[:, 52:54] + true[:, 55:57]  # in the room
        return replace(state, acting=state.acting._replace(heads=heads, eye=eye))

    return between
