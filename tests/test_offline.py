"""The motion of a whole conversation is that of its hops one by one."""

import numpy as np
import pytest

from dialogue.types import Cue, Emotion, Feeling, Hop, Role
from motion import offline
from motion.frame import HOP
from motion.models.procedural import Model as Performer
from motion.stream import MotionStream
from small_model import model as small_model

ROLES = tuple(Role)


def conversation(hops, people=2):
    rng = np.random.default_rng(4)
    for i in range(hops):
        audio = (rng.uniform(-0.3, 0.3, (people, HOP)) * (i // 20 % 2)).astype(np.float32)
        roles = tuple(ROLES[(i // 25 + p) % 3] for p in range(people))
        feelings = tuple(Feeling(list(Emotion)[(i // 40 + p) % 8], 0.6) for p in range(people))
        cues = tuple((Cue("nod", i * HOP),) if i == 30 + p else () for p in range(people))
        yield Hop(i * HOP, audio, roles, feelings, cues=cues)


def one_by_one(model, hops, people=2):
    stream = MotionStream(model, people, 3)
    return [f for hop in hops if (f := stream.feed(hop))] + list(stream.flush())


def numbers(frames):
    return np.array([[np.concatenate([[f.start], f.weights, f.head, f.gaze]) for f in both] for both in frames])


@pytest.mark.parametrize("hops", [0, 1, 3, 70])
@pytest.mark.parametrize("people", [1, 2])
def test_the_trained_model_in_chunks_does_what_it_does_hop_by_hop(monkeypatch, tmp_path, hops, people):
    monkeypatch.setattr(offline, "CHUNK", 30)
    model = small_model(tmp_path)
    whole = list(offline.perform(model, conversation(hops, people), people, 3))
    assert len(whole) == hops
    if hops:
        apart = numbers(one_by_one(model, conversation(hops, people), people))
        np.testing.assert_allclose(numbers(whole), apart, atol=2e-4)


def test_a_model_without_chunks_is_fed_hop_by_hop():
    whole = list(offline.perform(Performer(), conversation(40), 2, 3))
    np.testing.assert_array_equal(numbers(whole), numbers(one_by_one(Performer(), conversation(40))))
