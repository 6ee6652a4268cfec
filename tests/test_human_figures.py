"""Each measure of the human table against an answer known beforehand, and the performer against the table."""

import numpy as np
import pytest

from dialogue.types import Feeling, Hop, Phone, Role
from motion import metrics
from motion.expressions import LAUGH, REST
from motion.frame import FPS, HOP, INDEX, MotionFrame
from motion.human import Row, human_table, table
from motion.metrics import Take, floor
from motion.visemes import shape

MINUTE = 60 * FPS


def still(frames: int = MINUTE, people: int = 2, **more) -> Take:
    """A minute in which the first listens to the second and nobody moves; arrays may be given."""
    speaking = np.zeros((frames, people), bool)
    speaking[:, -1] = True
    arrays = {
        "weights": np.tile(REST, (frames, people, 1)),
        "head": np.zeros((frames, people, 3)),
        "gaze": np.zeros((frames, people, 2)),
        "speaking": speaking,
        "listening": ~speaking,
        "level_db": np.full((frames, people), -80.0),
        "phones": ((),) * people,
        "start": 0,
    }
    return Take(**{**arrays, **more})


def at(take: Take, p: int, frames: slice, **weights: float) -> None:
    added = shape(**weights)
    take.weights[frames, p] = np.where(added > 0, added, take.weights[frames, p])


def test_blinks_are_counted_once_each_and_a_wink_is_none():
    t = still()
    for begin in (100, 400, 700):
        at(t, 0, slice(begin, begin + 4), eyeBlink=1.0)
    at(t, 0, slice(900, 905), eyeBlinkLeft=1.0)
    found = metrics.blinks(t)
    assert found[:, 0].sum() == 3 and found[:, 1].sum() == 0
    assert metrics.per_minute(3, t.listening[:, 0]) == pytest.approx(3.0)
    assert metrics.per_minute(3, t.listening[:100, 0]) is None


def test_gaze_at_the_partner_counts_head_and_eyes_together():
    t = still()
    t.head[:600, 0, 1] = 0.3
    t.gaze[:300, 0, 1] = -0.3
    looks = metrics.looks(t)
    assert metrics.share(looks[:, 0], np.ones(MINUTE, bool)) == pytest.approx(80.0)
    assert metrics.mutual(t).mean() == pytest.approx(0.8)
    assert metrics.runs(metrics.mutual(t)).tolist() == [[0, 300], [600, MINUTE]]


def test_a_nod_is_found_with_its_rate_and_sway_is_none():
    t = still()
    time = np.arange(MINUTE) / FPS
    t.head[:, 0, 0] = 0.05 * np.sin(2 * np.pi * 0.4 * time)
    span = slice(500, 525)
    t.head[span, 0, 0] -= 0.06 * (0.5 - 0.5 * np.cos(2 * np.pi * 3.0 * np.arange(25) / FPS))
    found = metrics.nods(t, 0)
    assert len(found) == 1 and metrics.nods(t, 1) == []
    first, last, rate = found[0]
    assert 490 < first < 510 and 515 < last < 535 and rate == pytest.approx(3.0, abs=0.3)


def test_events_are_counted_in_windows_of_ten_seconds_of_the_time_that_counts():
    events, clock = np.zeros((1500, 1), bool), np.ones((1500, 1), bool)
    events[[10, 20, 700]] = True
    assert metrics.windows_with(events, clock) == pytest.approx(100.0 * 2 / 6)
    clock[250:500] = False
    assert metrics.windows_with(events, clock) == pytest.approx(100.0 * 2 / 5)
    assert metrics.windows_with(events, ~clock[:, :1] & False) is None


def test_a_smile_that_lasts_counts_and_a_spread_vowel_does_not():
    t = still()
    at(t, 0, slice(100, 160), mouthSmile=0.6, cheekSquint=0.5)
    at(t, 1, slice(100, 104), mouthSmile=0.6, cheekSquint=0.5)
    smiles = metrics.smiles(t)
    assert 45 <= smiles[:, 0].sum() <= 65 and smiles[:, 1].sum() == 0
    assert not metrics.smiles(t, more=True).any()
    t.weights[300:350, 1] = REST + LAUGH
    assert metrics.smiles(t, more=True)[310:340, 1].all()


def test_the_lag_of_a_following_head_is_found():
    t = still(frames=2 * MINUTE)
    rng = np.random.default_rng(1)
    slow = np.convolve(rng.normal(0, 1, 2 * MINUTE + 50), np.hanning(20), "same")
    t.head[:, 1, 0], t.head[:, 0, 0] = 0.01 * slow[15 : 2 * MINUTE + 15], 0.01 * slow[: 2 * MINUTE]
    lag, r = metrics.coupling_lag(t)
    assert lag == pytest.approx(600.0) and r > 0.9
    assert metrics.coupling_lag(still(frames=100)) is None


def test_a_jaw_that_opens_a_frame_before_the_sound_leads_by_40_ms():
    t = still()
    level = -30.0 + 8.0 * np.convolve(np.random.default_rng(2).normal(0, 1, MINUTE), np.ones(3) / 3, "same")
    t.level_db[:, 1] = level
    t.weights[:, 1, INDEX["jawOpen"]] = np.roll(np.maximum(level, np.percentile(level, 92) - 30), -1) * 0.01 + 0.5
    r, lead = metrics.jaw_energy(t)
    assert r > 0.97 and lead == 40.0


def test_lips_that_move_while_the_other_speaks_are_measured_against_speech():
    t = still()
    t.speaking[:600, 0], t.listening[:600, 0] = True, False
    wave = 0.2 + 0.2 * np.sin(np.arange(MINUTE) * 2.0)
    t.weights[:600, 0, INDEX["jawOpen"]] = wave[:600]
    assert metrics.lip_stillness(t) == pytest.approx(0.0, abs=0.5)
    t.weights[600:, 0, INDEX["jawOpen"]] = 0.5 * wave[600:]
    assert metrics.lip_stillness(t) == pytest.approx(50.0, abs=3.0)
    assert metrics.lip_stillness(still()) is None
    frozen = still(frames=1500)
    frozen.speaking[300:600, 0], frozen.listening[300:600, 0] = True, False
    frozen.weights[..., INDEX["jawOpen"]] = np.float32(0.0437)
    assert metrics.lip_stillness(frozen) is None, "rounding is no motion"


def test_bilabials_count_as_closed_only_if_the_lips_meet():
    phones = tuple(Phone(s, i * 10 * HOP, (i * 10 + 2) * HOP) for i, s in enumerate("pɑbm"))
    t = still(phones=((), phones))
    t.weights[:, 1] = shape(jawOpen=0.3)
    t.weights[1, 1] = t.weights[20:22, 1] = shape(jawOpen=0.3, mouthClose=0.3)
    assert metrics.closures(t) == pytest.approx(100.0 * 2 / 3)
    assert metrics.closures(still()) is None


def test_frames_that_repeat_are_frozen():
    t = still(frames=11)
    assert metrics.frozen(t) == 100.0
    t.head[5:, :, 0] = 0.01
    assert metrics.frozen(t) == pytest.approx(90.0)


def speech(*spans: tuple[int, float, float], length_s: float = 20.0) -> np.ndarray:
    mask = np.zeros((round(length_s * FPS), 2), bool)
    for p, start, end in spans:
        mask[round(start * FPS) : round(end * FPS), p] = True
    return mask


def test_turns_and_short_answers_are_told_apart():
    held = floor(speech((0, 0.0, 4.0), (1, 2.0, 2.4), (0, 4.4, 6.0), (1, 6.2, 9.2), (0, 9.0, 12.0)))
    assert [(p, a / FPS, b / FPS) for p, a, b in held.turns] == [(0, 0.0, 6.0), (1, 6.2, 9.2), (0, 9.0, 12.0)]
    assert [(p, a / FPS, overlapping) for p, a, _, overlapping in held.backchannels] == [(1, 2.0, True)]


def test_a_short_answer_in_a_pause_does_not_overlap():
    held = floor(speech((0, 0.0, 3.0), (1, 3.2, 3.6), (0, 3.8, 6.0)))
    assert [overlapping for *_, overlapping in held.backchannels] == [False] and len(held.turns) == 1


def test_a_short_reply_that_takes_the_floor_is_a_turn():
    held = floor(speech((0, 0.0, 3.0), (1, 3.2, 3.8)))
    assert len(held.turns) == 2 and held.backchannels == ()


def conversation(mask: np.ndarray) -> tuple[list, list[Hop]]:
    frames, hops = [], []
    for i, said in enumerate(mask):
        roles = tuple(Role.SPEAKING if x else Role.LISTENING for x in said)
        hops.append(Hop(i * HOP, np.zeros((2, HOP), np.float32), roles, (Feeling(), Feeling())))
        frames.append((MotionFrame(i * HOP, REST, np.zeros(3, np.float32), np.zeros(2, np.float32)),) * 2)
    return frames, hops


def test_the_table_knows_gaps_overlap_and_silence_of_a_conversation():
    mask = speech((0, 0.0, 4.0), (1, 4.2, 8.0), (0, 7.6, 12.0), (1, 12.4, 16.0), (0, 16.8, 20.0))
    rows = {r.name: r for r in human_table(*conversation(mask))}
    assert rows["turn_gap_p50"].value == pytest.approx(300.0)
    assert rows["turn_gaps_overlapped"].value == pytest.approx(25.0)
    assert rows["overlap"].value == pytest.approx(2.0) and rows["silence"].value == pytest.approx(7.0)
    assert rows["speech_per_side"].value == pytest.approx(47.5)
    assert rows["turn_changes"].value == pytest.approx(12.0) and rows["turn_length"].value == pytest.approx(3.8)
    assert (
        rows["backchannels"].value == 0.0
        and rows["backchannel_length"].value is None
        and rows["backchannel_length"].ok is None
    )
    assert all(r.of == "conversation" for r in rows.values() if r.name.startswith("turn_gap"))


def test_nobody_alone_is_measured_by_mutual_gaze():
    frames, hops = conversation(speech((0, 0.0, 4.0)))
    alone = [Hop(h.start, h.audio[:1], h.roles[:1], h.feelings[:1]) for h in hops]
    rows = {r.name: r for r in human_table([row[:1] for row in frames], alone)}
    assert rows["gaze_mutual"].value is None and rows["gaze_mutual"].ok is None


def test_shares_are_given_the_spread_of_chance():
    rows = {r.name: r for r in human_table(*conversation(speech((0, 0.0, 4.0))))}
    low, high = 48 - 18.2, 48 + 18.2  # 2 sqrt(.48 .52 / 30) = .182
    assert (rows["smiles"].low, rows["smiles"].high) == pytest.approx((low, high), abs=0.1)
    assert (rows["laughs"].low, rows["laughs"].high) == pytest.approx((19 - 14.3, 19 + 14.3), abs=0.1)


def test_a_row_is_ok_within_its_range_only():
    assert Row("x", 5.0, "s", 1, 10, "").ok and not Row("x", 11.0, "s", 1, 10, "").ok
    assert Row("x", 99.0, "%", 98, None, "").ok and Row("x", None, "%", 98, None, "").ok is None


def test_frames_without_their_hops_are_refused():
    frames, hops = conversation(speech((0, 0.0, 4.0)))
    with pytest.raises(ValueError, match="expected at least one"):
        human_table([], hops)
    with pytest.raises(ValueError, match=f"starts at {10 * HOP}"):
        human_table(frames, hops[:10])


def test_a_conversation_cut_in_two_takes_has_the_counts_of_the_whole():
    t, rng = still(frames=2 * MINUTE), np.random.default_rng(3)
    for begin in range(40, 2 * MINUTE, 173):
        at(t, begin % 2, slice(begin, begin + 4), eyeBlink=1.0)
    t.head[:] = 0.05 * rng.normal(size=(1, 2, 3)) + 0.002 * rng.normal(size=t.head.shape)
    halves = [
        Take(**{n: v[s] if isinstance(v := getattr(t, n), np.ndarray) else v for n in t.__dataclass_fields__})
        for s in (slice(MINUTE), slice(MINUTE, None))
    ]
    whole, parts = ({r.name: r for r in table(takes)} for takes in ([t], halves))
    assert list(whole) == list(parts)
    for name in ("blinks_listening", "gaze_listening", "gaze_mutual", "smiles", "speech_per_side", "silence"):
        assert parts[name].value == pytest.approx(whole[name].value), name
    assert parts["head_std"].value == pytest.approx(whole["head_std"].value, rel=0.05)
    assert whole["head_coupling_r"].value is not None
    with pytest.raises(ValueError, match="no takes to measure"):
        table([])
