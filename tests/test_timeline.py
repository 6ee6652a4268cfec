"""Tracks keep sound to the sample; a timeline tells who speaks, listens or rests at every moment."""

import json

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from dialogue.play_model import Shot
from dialogue.timeline import CameraMove, Segment, Timeline, Track
from dialogue.types import RATE, Cue, Emotion, Feeling, Phone, Role, Word

SPEAKING, LISTENING, IDLE = Role.SPEAKING, Role.LISTENING, Role.IDLE


def ones(n):
    return np.ones(n, np.float32)


def segment(participant, start, end, words=()):
    return Segment(participant, start, end, "text", "text", tuple(words), 0, 0, False, 1)


def timeline(*segments, duration=10 * RATE, phones=((), ()), feelings=((), ()), cues=((), ())):
    tracks = (Track(), Track())
    for s in segments:
        tracks[s.participant].put(ones(s.end - s.start), s.start)
    return Timeline(
        ("ADA", "BEN"),
        tracks,
        tuple(segments),
        phones,
        feelings,
        cues,
        (CameraMove(0, Shot("auto")),),
        duration,
    )


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=6), st.integers(0, 80), st.integers(0, 80))
def test_a_track_reads_what_a_dense_array_would(puts, start, n):
    track, dense, at = Track(), np.zeros(300, np.float32), 0
    for i, (gap, length) in enumerate(puts, 1):
        at += gap
        track.put(np.full(length, i, np.float32), at)
        dense[at : at + length] = i
        at += length
    assert np.array_equal(track.read(start, n), dense[start : start + n])
    track.cut(start)
    dense[start:] = 0
    assert np.array_equal(track.read(0, 300), dense)
    assert track.end <= start


def test_a_cut_track_fades_to_silence_and_takes_new_sound_there():
    track = Track()
    track.put(ones(100), 0)
    track.cut(60, fade=20)
    heard = track.read(0, 100)
    assert np.all(heard[:40] == 1) and np.all(np.diff(heard[40:60]) < 0) and heard[59] == 0 and not heard[60:].any()
    track.put(ones(10), 60)
    assert track.read(60, 10).all()


def test_what_is_read_belongs_to_the_reader():
    track = Track()
    track.put(ones(10), 0)
    track.read(0, 10)[:] = 0
    assert track.read(0, 10).all()


def test_sound_over_sound_and_sound_of_another_kind_are_refused():
    track = Track()
    track.put(ones(10), 5)
    with pytest.raises(ValueError, match="has sound until 15"):
        track.put(ones(10), 14)
    with pytest.raises(ValueError, match="expected float32"):
        track.put(np.zeros(10), 20)


def test_an_hour_of_silence_takes_no_memory():
    track = Track()
    track.put(ones(10), 3600 * RATE)
    assert sum(c.samples.nbytes for c in track.chunks) == 40


def test_roles_are_speaking_listening_and_idle_and_overlap_is_both_speaking():
    line = timeline(
        segment(0, RATE, 3 * RATE),
        segment(1, 2 * RATE, 4 * RATE),
        segment(0, 4 * RATE + 4800, 5 * RATE),
        segment(1, 7 * RATE, 8 * RATE),
    )
    assert line.roles_at(0) == (IDLE, IDLE)
    assert line.roles_at(RATE) == (SPEAKING, LISTENING)
    assert line.roles_at(2 * RATE) == (SPEAKING, SPEAKING)
    assert line.roles_at(3 * RATE) == (LISTENING, SPEAKING)
    assert line.roles_at(4 * RATE) == (LISTENING, LISTENING)  # 0.1 s between two turns
    assert line.roles_at(6 * RATE) == (IDLE, IDLE)
    assert line.roles_at(9 * RATE) == (IDLE, IDLE)
    assert line.role_intervals(1)[:2] == ((0, RATE, IDLE), (RATE, 2 * RATE, LISTENING))
    assert line.role_intervals(0)[-1] == (8 * RATE, 10 * RATE, IDLE)


def test_hops_hold_all_sound_and_each_phone_and_cue_once_where_it_starts():
    phones = ((Phone("a", 1919, 3000), Phone("b", 1920, 3000)), ())
    cues = ((), (Cue("nod", 4000),))
    feelings = (((0, Feeling()), (3000, Feeling(Emotion.SAD))), ())
    line = timeline(segment(0, 100, 5000), duration=3 * 1920, phones=phones, cues=cues, feelings=feelings)
    hops = list(line.hops(1920))
    assert [h.start for h in hops] == [0, 1920, 3840]
    assert np.array_equal(np.concatenate([h.audio for h in hops], axis=1), line.audio(0, 3 * 1920))
    assert [[p.symbol for p in h.phones[0]] for h in hops] == [["a"], ["b"], []]
    assert [h.cues[1] for h in hops] == [(), (), (Cue("nod", 4000),)]
    assert [h.roles for h in hops] == [(SPEAKING, LISTENING)] * 3
    assert [h.feelings[0].emotion for h in hops] == [Emotion.NEUTRAL, Emotion.NEUTRAL, Emotion.SAD]
    assert hops[0].feelings[1] == Feeling()


def test_a_timeline_is_ready_for_json():
    line = timeline(
        segment(0, 0, RATE, [Word("Hi", 0, 100)]), segment(1, RATE, 2 * RATE), phones=((Phone("h", 0, 50),), ())
    )
    told = json.loads(json.dumps(line.as_dict()))
    assert told["participants"] == ["ADA", "BEN"] and told["rate"] == RATE
    assert told["words"] == [[{"text": "Hi", "start": 0, "end": 100}], []]
    assert told["roles"][1][0] == {"role": "listening", "start": 0, "end": RATE}
    assert told["beats"][0]["name"] == "ADA" and told["camera"] == [{"at": 0, "shot": "auto"}]
