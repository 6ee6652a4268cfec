"""A clip through the live door: heard as it lies there, measured as a live conversation is."""

from dataclasses import replace

import numpy as np
import pytest
import small_corpus
from small_model import model as small_model

from dialogue.types import Role
from motion import card, metrics, replay
from motion.corpus import PHONES
from motion.frame import FPS, HOP
from motion.models.procedural import Model
from motion.stream import MotionStream


@pytest.fixture(scope="module")
def clip():
    return small_corpus.clip("talk", "unseen", seed=2)


def test_hops_carry_sound_labels_and_each_phone_once(clip):
    told = replace(clip, roles=clip.true_roles[::-1].copy())
    hops = list(replay.hops(told))
    assert [hop.start for hop in hops] == [t * HOP for t in range(clip.frames)]
    assert [hop.roles for hop in hops[:1]] == [(Role.LISTENING, Role.SPEAKING)], "as given, not as they were"
    heard = np.concatenate([hop.audio for hop in hops], 1)
    assert heard.dtype == np.float32 and heard.shape == (2, clip.frames * HOP)
    assert np.abs(heard[:, ::3] - clip.audio).max() < 0.01
    said = tuple(tuple(phone for hop in hops for phone in hop.phones[p]) for p in range(2))
    assert said == replay.phones(clip)


def test_phones_are_the_stretches_of_equal_labels(clip):
    labels = np.zeros_like(clip.phones)
    labels[3:7, 0], labels[7:8, 0], labels[-2:, 1] = PHONES.index("m"), PHONES.index("ɑ"), PHONES.index("b")
    first, second = replay.phones(replace(clip, phones=labels))
    half = HOP // 2
    assert [(x.symbol, x.start, x.end) for x in first] == [("m", 3 * half, 7 * half), ("ɑ", 7 * half, 8 * half)]
    assert [(x.symbol, x.end) for x in second] == [("b", clip.frames * HOP)]
    assert replay.phones(replace(clip, phones=None)) == ((), ())


@pytest.mark.slow
def test_the_live_door_and_the_long_way_give_the_same_take(clip):
    hops = list(replay.hops(clip))
    stream = MotionStream(Model(), 2, 5)
    frames = [shown for hop in hops if (shown := stream.feed(hop))]
    made = replay.perform(Model(), clip, 5)
    assert made.shape == (clip.frames - Model.lookahead, 2, 57)
    ours, theirs = replay.take(clip, made), metrics.take(frames, hops)
    for name in ("weights", "head", "gaze", "speaking", "listening"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name
    heard = theirs.level_db > -50.0  # what is softer is the ringing of beeps that begin at once
    assert np.allclose(ours.level_db[heard], theirs.level_db[heard], atol=0.5), "sound at 16 kHz and at 48"
    assert all(a[: len(b)] == b for a, b in zip(ours.phones, theirs.phones)) and ours.start == theirs.start == 0


@pytest.mark.slow
def test_a_model_hears_the_same_at_either_rate(clip, tmp_path):
    model = small_model(tmp_path)
    live, direct = replay.perform(model, clip, 3), card.perform(model, clip, 3)
    assert live.shape == direct.shape
    assert np.median(np.abs(live - direct)) < 0.01


def test_a_performance_of_another_clip_is_refused(clip):
    assert len(replay.take(clip, clip.motion[:-3]).head) == clip.frames - 3
    for other in (clip.motion[:, :1], clip.motion[..., :56], np.concatenate([clip.motion] * 2)):
        with pytest.raises(ValueError, match=r"'talk' is performed as .*; expected \(\d+, 2, 57\)"):
            replay.take(clip, other)


def test_who_speaks_is_what_truly_was(clip):
    wrong = replace(clip, roles=np.zeros_like(clip.roles))
    speaking = replay.take(wrong, clip.motion).speaking
    assert speaking.mean() == pytest.approx(0.5) and not (speaking[:, 0] & speaking[:, 1]).any()
    assert speaking[: 2 * FPS, 0].all()
