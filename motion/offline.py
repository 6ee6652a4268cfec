"""The motion of a conversation that is known as a whole: the same frames as hop by hop, sooner.

One rule: memory does not grow with the conversation; a model that can take many hops at once gets CHUNK of them.

Letters: P participants, T hops.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from dialogue.types import Hop, Role
from motion import features
from motion.frame import HOP, MotionFrame
from motion.models import MotionModel
from motion.models.dual_stream import EMOTIONS, ROLES, feel
from motion.models.dual_stream import Model as DualStream
from motion.stream import MotionStream

CHUNK = 250  # hops, 10 s: 4 MB of sound for two


def perform(model: MotionModel, hops: Iterable[Hop], participants: int, seed: int) -> Iterator[tuple[MotionFrame, ...]]:
    """One frame per participant for every hop, in order.

    Args:
        hops: one after the other, audio [P, HOP] each.
    """
    if isinstance(model, DualStream):
        yield from _in_chunks(model, hops, participants, seed)
        return
    stream = MotionStream(model, participants, seed)
    for hop in hops:
        if frames := stream.feed(hop):
            yield frames
    yield from stream.flush()


def _in_chunks(
    model: DualStream, hops: Iterable[Hop], participants: int, seed: int
) -> Iterator[tuple[MotionFrame, ...]]:
    """CHUNK hops at a time; silence follows the last, as in MotionStream.flush."""
    state, at, last = model.init_state(participants, seed), None, None
    hops = iter(hops)
    while True:
        chunk = list(islice(hops, CHUNK))
        owed = not chunk
        if owed:
            chunk = [] if last is None else [_silent(last)] * model.lookahead
        if not chunk:
            return
        last = chunk[-1]
        if at is None:
            at = chunk[0].start
            state = replace(state, start=at)
        mel, ears = features.listen(np.concatenate([hop.audio for hop in chunk], 1), state.ears)
        roles = np.array([[ROLES.index(role) for role in hop.roles] for hop in chunk])
        emotions = np.array([[EMOTIONS.index(f.emotion) for f in hop.feelings] for hop in chunk])
        felt = feel(emotions, np.array([[f.intensity for f in hop.feelings] for hop in chunk]))
        motion, state = model.advance(mel, roles, felt, replace(state, ears=ears), chunk)
        for row in motion:
            yield tuple(MotionFrame(at, both[:52].copy(), both[52:55].copy(), both[55:57].copy()) for both in row)
            at += HOP
        if owed:
            return


def _silent(hop: Hop) -> Hop:
    return replace(hop, audio=np.zeros_like(hop.audio), roles=(Role.IDLE,) * len(hop.roles), phones=(), cues=())
