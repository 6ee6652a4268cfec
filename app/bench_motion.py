"""Figures of the motion: a five-minute conversation, performed without pictures, next to what people do.

One rule: measured on the frames that a film would show, made from the sound that it would play.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app import cast
from app.bench import Figure
from app.film import faces
from app.performance import perform
from dialogue.types import Hop
from motion import models
from motion.frame import HOP
from motion.human import human_table
from motion.models import MotionModel
from motion.stream import MotionStream

PLAY = Path(__file__).resolve().parents[1] / "scenarios" / "long_talk.play"


def figures() -> Iterator[Figure]:
    """Every row of the human table, with the range of people as its goal where the row is the motion's to keep."""
    play = cast.read(PLAY)
    timeline = perform(play).timeline
    model = models.load(styles=cast.styles(play))
    hops = list(timeline.hops(HOP))
    yield from speed(hops[:1500], model)
    rows = human_table(list(faces(timeline, play.head.seed, model)), hops)
    for row in rows:
        if row.value is None:
            continue
        note = row.source if row.of == "motion" else f"{row.source} (the screenplay's)"
        yield Figure(row.name, row.value, row.unit, row.low, row.high, note)
    judged = [row for row in rows if row.ok is not None]
    yield Figure(
        "human_table_in_range", sum(row.ok for row in judged) / len(judged), "", low=1.0, note=f"of {len(judged)} rows"
    )


def speed(hops: list[Hop], model: MotionModel) -> Iterator[Figure]:
    """What a minute costs, hop by hop as in a conversation; processor time, so that others at work count less."""
    stream, took_ms = MotionStream(model, len(hops[0].roles), 0), []
    for hop in hops:
        began = time.process_time()
        stream.feed(hop)
        took_ms.append((time.process_time() - began) * 1e3)
    note = f"{len(hops[0].roles)} faces, of the 40 ms that a hop lasts"
    yield Figure("hop_p50", float(np.percentile(took_ms, 50)), "ms", note=note)
    yield Figure("hop_p99", float(np.percentile(took_ms, 99)), "ms", high=5, note=note)
