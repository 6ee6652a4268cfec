"""Figures of the motion model: lips, against the paper's model, real speech, chance beside the performer's and beside
people's, feelings, speed. Each kind is measured in a file of its own, app/bench_*.py.

One rule: a figure whose material is not here is left out, and a line on stderr says how to get it; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app import bench_emotion, bench_lips, bench_paper, bench_people, bench_real, bench_speed, cast
from app.bench import Ask, Figure, tell
from app.film import faces
from app.performance import perform
from motion.frame import HOP
from motion.human import human_table
from motion.models.dual_stream import Model

PLAY = Path(__file__).resolve().parents[1] / "scenarios" / "long_talk.play"


def figures(ask: Ask) -> Iterator[Figure]:
    """All of them."""
    if ask.quick:
        tell("--quick: a fifth of the material, and no screenplay; figures of chance scatter more than their goals allow")
    model = Model(ask.weights)
    yield from bench_lips.figures(model, ask)
    yield from bench_paper.figures(model, ask)
    yield from bench_real.figures(model, ask)
    yield from bench_people.figures(model, ask)
    if not ask.quick:
        yield screenplay(ask)
    yield from bench_emotion.figures(model, ask)
    yield from bench_speed.figures(ask)


def screenplay(ask: Ask) -> Figure:
    """How many rows of the human table lie in range in a screenplay of five minutes, as a film shows it."""
    play = cast.read(PLAY)
    timeline = perform(play).timeline
    model = Model(ask.weights, cast.styles(play))
    table = human_table(list(faces(timeline, play.head.seed, model)), list(timeline.hops(HOP)))
    return bench_people.in_range("human_table_in_range_film", table, f"{PLAY.name}")
