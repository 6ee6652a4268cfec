"""Streaming: hop by hop is the same as all at once, and a rollback is as if nothing had been."""

from dataclasses import replace

import numpy as np
import pytest

from dialogue.types import RATE, Feeling, Hop, Phone, Role
from motion.frame import HOP
from motion.models.procedural import LOOKAHEAD, Model
from motion.stream import HEAL, KEEP, MotionStream


def hops(count: int, speaker: int = 0) -> list[Hop]:
    out = []
    for i in range(count):
        t = (i * HOP + np.arange(HOP)) / RATE
        audio = np.zeros((2, HOP), np.float32)
        audio[speaker] = 0.2 * np.sin(2 * np.pi * 150 * t) * (1 if i % 20 < 16 else 0)
        roles = [Role.LISTENING, Role.LISTENING]
        roles[speaker] = Role.SPEAKING
        phones: list[tuple[Phone, ...]] = [(), ()]
        phones[speaker] = (Phone("mɑsi"[i // 2 % 4], i * HOP, (i + 2) * HOP),) if i % 2 == 0 else ()
        out.append(Hop(i * HOP, audio, tuple(roles), (Feeling(), Feeling()), tuple(phones)))
    return out


def same(a: tuple, b: tuple) -> bool:
    return all(
        x.start == y.start
        and np.array_equal(x.weights, y.weights)
        and np.array_equal(x.head, y.head)
        and np.array_equal(x.gaze, y.gaze)
        for x, y in zip(a, b)
    )


def run(stream: MotionStream, some: list[Hop]) -> list[tuple]:
    return [frames for frames in map(stream.feed, some) if frames]


def test_streaming_equals_stepping_the_model():
    model, told = Model(), hops(60)
    state, offline = model.init_state(2, 5), []
    for hop in told:
        frames, state = model.step(hop, state)
        offline += [frames] if frames else []
    streamed = run(MotionStream(Model(), 2, 5), told)
    assert len(streamed) == len(offline) == 60 - LOOKAHEAD and all(map(same, streamed, offline))


def test_flush_gives_one_row_of_frames_for_every_hop():
    stream = MotionStream(Model(), 2, 5)
    frames = run(stream, hops(30)) + list(stream.flush())
    assert [row[0].start for row in frames] == [i * HOP for i in range(30)]


def test_flushing_an_empty_stream_gives_nothing():
    assert MotionStream(Model(), 2, 5).flush() == ()


def test_a_flushed_mouth_comes_to_rest():
    stream = MotionStream(Model(), 2, 5)
    run(stream, hops(30))
    stream.flush()
    last = stream.flush()[-1]
    assert last[0].weights[17] < 0.05  # jawOpen


def test_a_rolled_back_stream_goes_on_as_if_the_rest_had_not_been():
    told, other = hops(60), hops(60, speaker=1)
    stream, straight = MotionStream(Model(), 2, 5), MotionStream(Model(), 2, 5)
    run(stream, told)
    at = 40 * HOP + 700
    again = stream.rollback(at)
    assert again == 40 * HOP
    healed = run(stream, other[40:])
    pure = run(straight, told[:40] + other[40:])[-20:]
    assert [row[0].start for row in healed] == [row[0].start for row in pure]
    # What was on the screen before the cut stays; HEAL frames after it nothing of the old movement is left.
    assert healed[LOOKAHEAD + HEAL + 2][0].start >= at + HEAL * HOP
    assert all(map(same, healed[LOOKAHEAD + HEAL + 2 :], pure[LOOKAHEAD + HEAL + 2 :]))


def test_frames_made_anew_for_before_the_cut_are_the_ones_already_shown():
    told = hops(60)
    stream = MotionStream(Model(), 2, 5)
    shown = {row[0].start: row for row in run(stream, told)}
    stream.rollback(40 * HOP)
    again = run(stream, hops(60, speaker=1)[40:])
    before = [row for row in again if row[0].start <= 40 * HOP]
    assert len(before) == LOOKAHEAD + 1 and all(same(row, shown[row[0].start]) for row in before)


def test_no_face_jumps_where_it_was_cut():
    told = hops(60)
    stream = MotionStream(Model(), 2, 5)
    run(stream, told)
    stream.rollback(45 * HOP)
    silent = [replace(h, audio=h.audio * 0, phones=((), ()), roles=(Role.IDLE,) * 2) for h in told[45:]]
    heads = np.array([row[0].head for row in run(stream, silent)])
    assert np.abs(np.diff(heads, axis=0)).max() < 0.05


def test_a_rollback_to_the_future_changes_nothing():
    stream = MotionStream(Model(), 2, 5)
    assert stream.rollback(99) == 0
    run(stream, hops(20))
    assert stream.rollback(20 * HOP) == 20 * HOP
    assert stream.feed(hops(21)[20])


@pytest.mark.slow
def test_states_are_kept_for_a_bounded_time():
    stream = MotionStream(Model(), 2, 5)
    run(stream, hops(KEEP + 40))
    with pytest.raises(ValueError, match=f"kept from {40 * HOP} on"):
        stream.rollback(20 * HOP)
    assert stream.rollback(60 * HOP) == 60 * HOP


def test_a_stream_that_was_rolled_back_is_flushed_from_there():
    stream = MotionStream(Model(), 2, 5)
    shown = {row[0].start: row for row in run(stream, hops(60))}
    stream.rollback(30 * HOP)
    flushed = stream.flush()
    assert [row[0].start for row in flushed] == [i * HOP for i in range(30 - LOOKAHEAD, 30)]
    assert all(same(row, shown[row[0].start]) for row in flushed), "the sound up to there was heard"


def test_a_hop_that_is_refused_changes_nothing():
    stream, told = MotionStream(Model(), 2, 5), hops(30)
    run(stream, told[:20])
    with pytest.raises(ValueError, match=f"expected {20 * HOP}"):
        stream.feed(told[25])
    assert stream.rollback(20 * HOP) == 20 * HOP and stream.feed(told[20])


def test_a_stream_rolled_back_to_its_first_hop_still_knows_where_it_began():
    stream, late = MotionStream(Model(), 2, 5), [replace(h, start=h.start + 100 * HOP) for h in hops(20)]
    run(stream, late)
    assert stream.rollback(100 * HOP) == stream.rollback(100 * HOP) == 100 * HOP
    assert stream.flush() == () and len(run(stream, late)) == 20 - LOOKAHEAD


def test_a_second_rollback_keeps_what_was_shown_before_the_first():
    stream, told = MotionStream(Model(), 2, 5), hops(60)
    shown = {row[0].start: row for row in run(stream, told)}
    stream.rollback(40 * HOP)
    run(stream, hops(60, speaker=1)[40:43])
    stream.rollback(41 * HOP)
    again = run(stream, hops(60, speaker=1)[41:])
    before = [row for row in again if row[0].start <= 40 * HOP]
    assert len(before) == LOOKAHEAD and all(same(row, shown[row[0].start]) for row in before)
    assert not same(again[LOOKAHEAD + 1], shown[42 * HOP])
