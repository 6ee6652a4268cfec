"""The trained model's promises that hold for any weights: causal, the same in any chunking, seeded, rests kept."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_model import model

from dialogue.errors import ModelFileError
from dialogue.types import RATE, Emotion, Feeling, Hop, Role
from motion.acting import Style
from motion.events import BLINK_REST, NOD_REST, SHIFT_REST
from motion.features import listen, start
from motion.frame import HOP, INDEX
from motion.models.dual_stream import FILE, LOOKAHEAD, Model, feel
from motion.stream import MotionStream
from motion.visemes import lip_opening

OFTEN = {"event__1__b": np.concatenate([[2.0, 2.0], np.zeros(32)]), "gaze__1__b": np.concatenate([[2.0], np.zeros(32)])}


@pytest.fixture
def small(tmp_path):
    return model(tmp_path)


def talk(count: int, people: int = 2, seed: int = 3) -> list[Hop]:
    """Hops in which participants take turns of a second."""
    rng, hops = np.random.default_rng(seed), []
    for i in range(count):
        audio = np.zeros((people, HOP), np.float32)
        audio[i // 25 % people] = 0.1 * rng.normal(size=HOP) * abs(np.sin(i * 0.6))
        roles = tuple(Role.SPEAKING if p == i // 25 % people else Role.LISTENING for p in range(people))
        hops.append(Hop(i * HOP, audio, roles, (Feeling(Emotion.HAPPY, 0.5),) * people))
    return hops


def run(a_model: Model, hops: list[Hop], seed: int = 1) -> np.ndarray:
    """[T, P, 57]"""
    state, rows = a_model.init_state(len(hops[0].roles), seed), []
    for hop in hops:
        frames, state = a_model.step(hop, state)
        rows += [[np.concatenate([f.weights, f.head, f.gaze]) for f in frames]] if frames else []
    return np.array(rows)


def test_frames_come_after_the_lookahead_with_the_times_of_their_hops(small):
    state, starts = small.init_state(2, 1), []
    for hop in talk(10):
        frames, state = small.step(hop, state)
        starts += [[f.start for f in frames]] if frames else []
    assert starts == [[i * HOP] * 2 for i in range(10 - LOOKAHEAD)]
    assert (LOOKAHEAD + 1) * HOP / RATE <= 0.120


def test_sound_later_than_120_ms_changes_no_frame(small):
    hops = talk(60)
    now = 40
    first = round(0.120 * RATE)
    other = [h if h.start < now * HOP else replace(h, audio=h.audio[::-1] * 0.7, roles=h.roles[::-1]) for h in hops]
    a, b = run(small, hops), run(small, other)
    unaware = (now * HOP - first) // HOP + 1  # frames whose time is at least 120 ms before the change
    assert np.array_equal(a[:unaware], b[:unaware]) and not np.array_equal(a[unaware], b[unaware])


@pytest.mark.slow
@settings(max_examples=20, deadline=None, derandomize=True)
@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=12), people=st.integers(1, 3), seed=st.integers(0, 99))
def test_streaming_equals_offline_in_any_chunking(tmp_path_factory, sizes, people, seed):
    small = model(tmp_path_factory.mktemp("w"), **OFTEN)
    total = 60
    rng = np.random.default_rng(seed)
    mel = listen((0.1 * rng.normal(size=(people, total * HOP))).astype(np.float32), start(people))[0]
    roles = rng.integers(0, 3, (total, people))
    felt = feel(rng.integers(0, 8, (total, people)), rng.uniform(size=(total, people)))
    whole, end = small.advance(mel, roles, felt, small.init_state(people, seed))
    state, parts, at = small.init_state(people, seed), [], 0
    for size in [*sizes, total]:
        span = slice(at, min(at + size, total))
        part, state = small.advance(mel[:, span], roles[span], felt[span], state)
        parts.append(part)
        at = span.stop
    streamed = np.concatenate(parts)
    assert streamed.shape == whole.shape == (total - LOOKAHEAD, people, 57)
    assert np.abs(streamed - whole).max() <= 1e-5
    assert state.arrived == end.arrived and np.array_equal(state.acting.blinked, end.acting.blinked)


def test_the_state_given_is_never_changed_so_it_can_be_stepped_from_again(small):
    hops, state = talk(30), small.init_state(2, 1)
    for hop in hops[:20]:
        _, state = small.step(hop, state)
    before = copy.deepcopy(state)
    once = small.step(hops[20], state)[0]
    again = small.step(hops[20], state)[0]
    assert all(np.array_equal(a.weights, b.weights) and np.array_equal(a.head, b.head) for a, b in zip(once, again))
    assert all(np.array_equal(a, b) for a, b in zip(state.acting, before.acting))
    assert all(np.array_equal(a, b) for x, y in zip(state.nets, before.nets) for a, b in zip(x, y))


def test_a_rollback_makes_the_same_frames_again(small):
    hops = talk(50)
    straight, back = MotionStream(small, 2, 4), MotionStream(small, 2, 4)
    expected = [straight.feed(h) for h in hops]
    for hop in hops[:40]:
        back.feed(hop)
    again = back.rollback(25 * HOP) // HOP
    assert again == 25
    made = [back.feed(h) for h in hops[again:]]
    for a, b in zip(made, expected[again:]):
        assert all(np.allclose(x.weights, y.weights) and np.allclose(x.head, y.head) for x, y in zip(a, b))


def test_the_same_seed_gives_the_same_frames_and_another_seed_others(small):
    hops = talk(40)
    a, b, c = run(small, hops), run(small, hops), run(small, hops, seed=2)
    assert np.array_equal(a, b) and not np.array_equal(a[:, :, 52:], c[:, :, 52:])


def test_chance_moves_no_lips(small):
    hops = talk(40)
    a, b = run(small, hops, seed=1), run(small, hops, seed=2)
    assert np.array_equal(a[:, :, INDEX["jawOpen"]], b[:, :, INDEX["jawOpen"]])


def test_events_keep_their_rests_and_come_with_rates_however_likely_they_are(tmp_path):
    often = model(tmp_path, **OFTEN)
    hops, state = talk(250), often.init_state(2, 5)
    since, seen = [], {"blinked": [], "nodded": [], "shifted": []}
    for hop in hops:
        before = state.acting
        _, state = often.step(hop, state)
        since.append(before)
        for name, row in seen.items():
            row.append(np.asarray(getattr(state.acting, name)).reshape(2, -1)[:, 0] == 0)
    for name, rest in (("blinked", BLINK_REST), ("nodded", NOD_REST), ("shifted", SHIFT_REST)):
        for p in range(2):
            at = np.flatnonzero(np.array(seen[name])[:, p])
            assert len(at) > 5 and np.diff(at).min() >= rest, name


def test_lips_hear_their_own_voice_only(small):
    """What only the other says moves no lips."""
    hops = talk(60)
    alone = [replace(h, audio=np.stack([h.audio[0] * 0, h.audio[1]])) for h in hops]
    silent = [replace(h, audio=h.audio * 0) for h in hops]
    a, b = run(small, alone)[..., INDEX["jawOpen"]], run(small, silent)[..., INDEX["jawOpen"]]
    assert np.array_equal(a[:, 0], b[:, 0]) and not np.array_equal(a[:, 1], b[:, 1])


def test_lips_meet_where_contact_is_sure(tmp_path):
    sure = model(tmp_path, lips__1__b=np.concatenate([np.full(23, 5.0), [9.0, -9.0]]))
    unsure = model(tmp_path, lips__1__b=np.concatenate([np.full(23, 5.0), [-9.0, -9.0]]))
    hops = talk(30)
    assert lip_opening(run(sure, hops)[..., :52]).max() <= 0.02 < lip_opening(run(unsure, hops)[..., :52]).min()


@pytest.mark.parametrize("people", [1, 2, 3, 5])
def test_any_number_of_participants_is_performed(small, people):
    motion = run(small, talk(12, people))
    assert motion.shape == (10, people, 57) and np.isfinite(motion).all()
    assert motion[..., :52].min() >= 0.0 and motion[..., :52].max() <= 1.0


def test_participants_are_alike_to_the_model(small):
    """Shared weights: whoever sits where, the same voice moves the same lips."""
    hops = talk(30)
    swapped = [replace(h, audio=h.audio[::-1].copy(), roles=h.roles[::-1]) for h in hops]
    jaw = INDEX["jawOpen"]
    assert np.allclose(run(small, hops)[:, 0, jaw], run(small, swapped)[:, 1, jaw], atol=1e-6)


def test_the_voice_of_the_other_reaches_the_listener(small):
    hops = talk(40)
    deaf = [replace(h, audio=np.stack([h.audio[0], h.audio[1] * 0])) for h in hops]
    assert not np.array_equal(run(small, hops)[:, 0, 52:], run(small, deaf)[:, 0, 52:])


def test_a_style_scales_movement_and_rates(tmp_path):
    hops = talk(100)
    plain = run(model(tmp_path), hops)
    lively = run(model(tmp_path, (Style(head=2.0), Style(mouth=0.5))), hops)
    assert lively[:, 0, 52:55].std() > 1.2 * plain[:, 0, 52:55].std()
    assert lively[:, 1, INDEX["jawOpen"]].mean() < 0.8 * plain[:, 1, INDEX["jawOpen"]].mean()


def test_missing_damaged_and_foreign_weights_are_told_with_the_way_to_mend(tmp_path):
    with pytest.raises(ModelFileError, match="no weights of dual_stream in .*gone.*duologue train"):
        Model(tmp_path / "gone.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ModelFileError, match="holds no weights of dual_stream"):
        Model(tmp_path / "bad.safetensors")
    with pytest.raises(ModelFileError, match="another version: 1 arrays differ, such as 'lips.0.b'"):
        model(tmp_path, lips__0__b=np.zeros(3))


@pytest.mark.skipif(FILE.exists(), reason="the package has weights")
def test_without_weights_in_the_package_the_model_says_how_to_get_them():
    with pytest.raises(ModelFileError, match="duologue corpus CORPUS"):
        Model()


def test_mistakes_of_callers_are_told(small):
    with pytest.raises(ValueError, match="0 participants"):
        small.init_state(0, 1)
    hops = talk(3)
    _, state = small.step(hops[0], small.init_state(2, 1))
    with pytest.raises(ValueError, match=f"hop starts at {2 * HOP}; expected {HOP}"):
        small.step(hops[2], state)
    with pytest.raises(ValueError, match=r"shape \(2, 960\); expected \(2, 1920\)"):
        small.step(replace(hops[1], audio=hops[1].audio[:, :960]), state)
