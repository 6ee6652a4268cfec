"""Figures of the motion: a five-minute conversation, performed without pictures, next to what people do.

One rule: measured on the frames that a film would show, made from the sound that it would play.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app import cast
from app.bench import Figure
from app.film import faces
from app.performance import perform
from motion import models
from motion.frame import HOP
from motion.human import human_table

PLAY = Path(__file__).resolve().parents[1] / "scenarios" / "long_talk.play"


def figures() -> Iterator[Figure]:
    """Every row of the human table, with the range of people as its goal where the row is the motion's to keep."""
    play = cast.read(PLAY)
    timeline = perform(play).timeline
    model = models.load(styles=cast.styles(play))
    rows = human_table(list(faces(timeline, play.head.seed, model)), list(timeline.hops(HOP)))
    for row in rows:
        if row.value is None:
            continue
        note = row.source if row.of == "motion" else f"{row.source} (the screenplay's)"
        yield Figure(row.name, row.value, row.unit, row.low, row.high, note)
    judged = [row for row in rows if row.ok is not None]
    yield Figure(
        "human_table_in_range", sum(row.ok for row in judged) / len(judged), "", low=1.0, note=f"of {len(judged)} rows"
    )
