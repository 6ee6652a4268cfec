"""Each figure of the motion has a known answer on tiny material, and sees the damage that it is there for."""

from dataclasses import replace

import numpy as np
import pytest
import small_corpus
import small_model

from app import (
    bench_emotion,
    bench_lips,
    bench_material,
    bench_motion,
    bench_paper,
    bench_people,
    bench_real,
    bench_speed,
)
from app.bench import Ask
from app.bench_emotion import FELT, STRENGTHS
from app.contenders import CLOSED, OPEN, UNHEARD, Contender, Way
from dialogue.errors import CorpusError
from dialogue.types import Emotion
from motion.corpus import PHONES
from motion.events import MOUTH
from motion.frame import INDEX
from motion.human import Row
from motion.models.dual_stream import LOOKAHEAD

JAW = INDEX["jawOpen"]


@pytest.fixture
def model(tmp_path):
    return small_model.model(tmp_path)


@pytest.fixture
def clip():
    return small_corpus.clip("a", "unseen", 6.0)


def by_name(figures):
    found = list(figures)
    assert len({f.name for f in found}) == len(found), "two figures of one name"
    return {f.name: f for f in found}


# Material


def test_a_conversation_is_made_once_and_kept_under_the_source_that_made_it(tmp_path, monkeypatch, clip):
    made, order = [], bench_material.Order("hibari", 2, 12, first=5)

    class Engine:
        def close(self):
            made.append("closed")

    def perform(engine, split, number, frames, seed, furnish):
        made.append((split, number, frames, furnish))
        return clip

    monkeypatch.setattr(bench_material.models, "cache", lambda: tmp_path)
    monkeypatch.setattr(bench_material, "fingerprint", lambda engine: "one")
    monkeypatch.setattr(bench_material, "_engine", lambda family: Engine())
    monkeypatch.setattr(bench_material, "perform", perform)
    first = list(bench_material.conversations(order))
    assert made == [("unseen", 5, 300, False), ("unseen", 6, 300, False), "closed"]
    again = list(bench_material.conversations(order))
    assert len(made) == 3 and all(np.array_equal(a.audio, b.audio) for a, b in zip(first, again))
    next((tmp_path / "bench").glob("*-0005-*")).write_bytes(b"damaged")
    assert len(list(bench_material.conversations(order))) == 2 and made[3] == ("unseen", 5, 300, False)
    monkeypatch.setattr(bench_material, "fingerprint", lambda engine: "other")
    assert len(list(bench_material.conversations(order))) == 2 and len(made) == 8
    assert len(list((tmp_path / "bench").iterdir())) == 2, "what the old source made is still there"


@pytest.mark.slow
def test_the_fingerprint_covers_what_the_performer_and_the_voice_import():
    assert bench_material.fingerprint("agents.tts.hibari") != bench_material.fingerprint("agents.tts.piper")
    assert bench_material.fingerprint("agents.tts.hibari") == bench_material.fingerprint("agents.tts.hibari")


def test_a_fifth_is_fewer_conversations_or_a_shorter_one():
    assert bench_material.Order("hibari", 5, 30).fifth() == bench_material.Order("hibari", 1, 30)
    assert bench_material.Order("hibari", 21, 60, 100).fifth() == bench_material.Order("hibari", 5, 60, 100)
    assert bench_material.Order("hibari", 1, 1800).fifth() == bench_material.Order("hibari", 1, 360)


def test_performing_in_chunks_gives_the_same(model, clip):
    whole = bench_material.performed(model, clip, 3)
    assert whole.shape == (clip.frames - LOOKAHEAD, 2, 57)
    assert np.allclose(bench_material.performed(model, clip, 3, chunk=7), whole, atol=1e-5)


# Lips


def test_lips_like_the_performers_meet_every_goal_and_late_or_open_ones_do_not(clip):
    (first, _) = bench_lips.against(clip, clip.motion)
    assert first["lip_r"] == pytest.approx(1.0) and first["lip_lag_frames"] == 0 and first["mtm_ms"] == 0
    assert first["closure_hit"] == 1.0 and first["closure_false"] == 0.0
    assert first["velocity_spectrum_error"] == pytest.approx(0.0, abs=1e-6)
    late = next(bench_lips.against(clip, np.roll(clip.motion, 3, 0)))
    assert late["lip_lag_frames"] == 3 and late["lip_r"] < 0.93
    open_ = clip.motion.copy()
    open_[..., JAW] += 0.1
    assert next(bench_lips.against(clip, open_))["closure_hit"] == 0.0
    shut = next(bench_lips.against(clip, clip.motion * 0.0))
    assert shut["closure_false"] == 1.0 and shut["lip_r"] is None
    small = next(bench_lips.against(clip, clip.motion * 0.5))
    assert small["velocity_spectrum_error"] == pytest.approx(0.5, abs=0.02)


def test_the_overall_figure_is_the_mean_over_the_families():
    found = by_name(bench_lips.told({"hibari": {"lip_r": 0.95}, "piper": {"lip_r": 0.85}}))
    assert {name: (f.value, f.ok) for name, f in found.items()} == {
        "lip_r": (pytest.approx(0.9), False),
        "lip_r.hibari": (0.95, True),
        "lip_r.piper": (0.85, False),
    }


@pytest.mark.slow
def test_every_figure_of_lips_is_measured(tmp_path, clip):
    clip.motion[::7, :, INDEX["mouthPucker"]] = 0.3
    assert set(bench_lips.measure(moved(tmp_path, 0.3), [clip])) == set(bench_lips.GOALS)


@pytest.mark.slow
def test_noise_alone_opens_the_lips_of_a_bad_model_only(tmp_path, clip):
    hiss = np.random.default_rng(0).normal(0.0, 0.05, clip.audio.shape).astype(np.float32)
    assert bench_lips.hissed(moved(tmp_path, -1.0), clip, hiss) < 0.01
    assert bench_lips.hissed(moved(tmp_path, 0.5), clip, hiss) > 0.01


def moved(folder, jaw):
    """The small model, its jaw about so far open."""
    centre = np.where(MOUTH == JAW, jaw, 0.0).astype(np.float32)
    last = {name: array.copy() for name, array in small_model.weights().items() if name.startswith("lips.1")}
    last["lips.1.w"][:, -2:], last["lips.1.b"][-2:] = 0.0, -10.0  # no contact ever
    changed = {name.replace(".", "__"): array for name, array in last.items()}
    return small_model.model(folder, mouth__centre=centre, **changed)


# Against the paper's model


@pytest.mark.slow
def test_ratios_compare_both_beside_generated_partners_and_the_published_way_is_for_information(clip):
    def play(size):
        return lambda clip, seed: clip.motion * size + 0.001 * np.random.default_rng(1).normal(size=clip.motion.shape)

    plays = {Way(UNHEARD, CLOSED): play(0.2), Way(UNHEARD, OPEN): play(0.8)}
    other = Contender("theirs", "", 57, plays, "dualtalk")
    ours = [play(0.9)(clip, 0)]
    found = by_name(bench_paper.against_theirs([clip], ours, other))
    assert found["ratio_fd.exp"].ok and found["ratio_mse.jaw"].ok and found["ratio_mse.jaw"].value < 0.1
    assert found["ratio_fd_open.exp"].ok is None and "0.64" in found["ratio_fd_open.exp"].note
    assert found["closed_loop_cost_theirs"].value > 1.0
    turned = by_name(bench_paper.against_theirs([clip], [play(0.1)(clip, 0)], other))
    assert not turned["ratio_fd.exp"].ok and not turned["ratio_mse.jaw"].ok
    assert not list(bench_paper.against_theirs([clip], ours, None))


@pytest.mark.slow
def test_a_true_partner_changes_what_a_model_draws_and_a_partner_like_the_models_own_changes_nothing(model, clip):
    closed = bench_material.performed(model, clip, 2)
    own = np.concatenate([closed, np.zeros((LOOKAHEAD, 2, 57), np.float32)])
    same = bench_paper.beside_truth(model, replace(clip, motion=own), 2)
    assert same.shape == closed.shape and np.abs(same - closed)[:, :, 52:55].max() < 1e-3
    far = own.copy()
    far[..., 52:55] += 0.8
    assert np.abs(bench_paper.beside_truth(model, replace(clip, motion=far), 2) - closed).max() > 1e-3


def test_closed_loop_cost_is_what_distance_grows_by(clip):
    near, far = clip.motion * 0.9, clip.motion * 0.6
    assert bench_paper.closed_loop_cost([clip], [near], [near]) == 0.0
    assert bench_paper.closed_loop_cost([clip], [far], [near]) == pytest.approx(15.0, rel=0.1)  # (.4 / .1) ** 2 - 1


def test_without_the_papers_model_a_line_says_how_to_get_it(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench_paper, "SHIPPED", tmp_path / "none")
    assert bench_paper.theirs(None) is None
    assert "duologue train CORPUS --baseline" in capsys.readouterr().err


# Real speech


def take(lag_s=0.0, seconds=8.0):
    """Syllables of noise, and a jaw that follows their loudness."""
    rate, rng = 16_000, np.random.default_rng(0)
    time, rows = np.arange(round(seconds * rate)) / rate, np.arange(round(seconds * 30)) / 30

    def envelope(t):
        return np.abs(np.sin(2 * np.pi * 1.3 * t + np.sin(3 * t))) * (np.sin(0.8 * t) > -0.3)

    sound = (0.2 * envelope(time) * rng.standard_normal(len(time))).astype(np.float32)
    return bench_real.Recorded(sound, rows, envelope(rows)), envelope(np.arange(round(seconds * 25)) / 25 - lag_s)


def test_a_jaw_in_time_meets_the_goals_and_a_late_one_is_told_by_how_much():
    recorded, jaw = take()
    found = by_name(bench_real.told([jaw], [recorded]))
    assert (
        found["real_jaw_r"].ok
        and found["real_jaw_r_speech"].ok
        and found["real_jaw_lag_ms"].value == pytest.approx(0, abs=4)
    )
    recorded, late = take(lag_s=0.07)
    found = by_name(bench_real.told([late], [recorded]))
    assert found["real_jaw_lag_ms"].value == pytest.approx(70, abs=6) and not found["real_jaw_lag_ms"].ok
    still = by_name(bench_real.told([late * 0], [recorded]))
    assert still["real_jaw_r"].value == 0.0 and still["real_jaw_r_speech_gain"].value < 0


def test_loudness_itself_gains_nothing_over_loudness():
    recorded, _ = take()
    energy = bench_real.loudness(recorded.sound, np.arange(200) / 25)
    found = by_name(bench_real.told([energy], [recorded]))
    assert found["real_jaw_r_speech_gain"].value == pytest.approx(0.0, abs=0.08)


def test_speech_is_where_it_is_loud_for_long_enough():
    sound = np.full(32_000, 1e-4, np.float32)
    sound[8_000:16_000] = 0.1
    sound[24_000:24_320] = 0.1  # 20 ms, 60 with the window
    times = np.arange(0, 2, 0.01)
    said = bench_real.in_speech(sound, times)
    assert np.flatnonzero(said)[[0, -1]] == pytest.approx([50, 100], abs=2) and said[50:100].all()


@pytest.mark.slow
def test_takes_are_read_from_npz_and_from_live_link_face(tmp_path, model):
    from motion import export
    from motion.frame import MotionFrame

    recorded, jaw = take()
    with pytest.raises(CorpusError, match="NAME.csv"):
        bench_real.takes(tmp_path)
    wav(tmp_path / "one.wav", recorded.sound)
    wav(tmp_path / "two.wav", recorded.sound)
    wav(tmp_path / "lonely.wav", recorded.sound)
    values = np.stack([recorded.jaw * 0, recorded.jaw], 1).astype(np.float16)
    np.savez(tmp_path / "one.npz", values=values, names=np.array(["mouth_press_l", "mouth_stretch_c"]), fps=30.0)
    weights = np.zeros((len(jaw), 52))
    weights[:, JAW] = jaw
    frames = [MotionFrame(i * 1920, w, np.zeros(3), np.zeros(2)) for i, w in enumerate(weights)]
    export.write(tmp_path / "two.csv", frames)
    one, two = bench_real.takes(tmp_path)
    assert np.allclose(one.jaw, recorded.jaw, atol=1e-3) and np.allclose(one.times, recorded.times)
    assert np.allclose(two.jaw, jaw, atol=1e-3) and two.times[25] == pytest.approx(1.0)
    found = by_name(bench_real.figures(model, Ask(real=tmp_path, quick=True)))
    assert set(found) == {"real_jaw_r", "real_jaw_r_speech", "real_jaw_r_speech_gain", "real_jaw_lag_ms"}
    np.savez(tmp_path / "one.npz", values=values, names=np.array(["a", "b"]))
    with pytest.raises(CorpusError, match="expected one of"):
        bench_real.takes(tmp_path)


def wav(path, sound):
    import wave

    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes((sound.clip(-1, 1) * 32767).astype("<i2").tobytes())


# Chance, and people


def test_heads_that_move_half_as_far_are_seen(clip):
    clip.motion[..., 52:55] = np.random.default_rng(0).normal(size=(clip.frames, 2, 3)).cumsum(0) * 0.01
    same = by_name(bench_people.heads([clip.motion], [clip.motion], ""))
    assert list(same) == ["pose_std_ratio", "head_band_db_0.2_1", "head_band_db_1_2.6", "head_band_db_2.6_6.5"]
    assert all(f.ok for f in same.values()) and same["pose_std_ratio"].value == pytest.approx(1.0)
    half = by_name(bench_people.heads([clip.motion * 0.5], [clip.motion], ""))
    assert half["pose_std_ratio"].value == pytest.approx(0.5)
    assert all(f.value == pytest.approx(-6.02, abs=0.01) for f in half.values() if f.unit == "dB")
    assert not any(f.ok for f in half.values())


def test_a_blink_inside_the_rest_of_the_one_before_is_counted():
    began = np.zeros((100, 2), bool)
    began[[3, 18, 33], 0] = began[[3, 17, 60], 1] = True
    assert bench_people.too_early(began, 15) == 1 and bench_people.too_early(began, 14) == 0


def test_the_model_draws_as_its_motion_shows(model, clip):
    draws = bench_people.Draws()
    bench_material.performed(model, clip, 0, 1, draws)
    assert np.array(draws.blinks).shape == (clip.frames - LOOKAHEAD, 2) and draws.breaks() == 0


def test_lips_that_move_while_only_the_other_speaks_are_seen(clip):
    assert [r < 0.05 for r in bench_people.still_lips(clip, clip.motion)] == [True, True]
    noisy = clip.motion.copy()
    noisy[..., JAW] += np.random.default_rng(0).uniform(0, 0.2, noisy.shape[:2])
    assert [r > 0.05 for r in bench_people.still_lips(clip, noisy)] == [True, True]


def test_the_share_of_rows_in_range_names_those_out_of_it():
    def row(name, value):
        return Row(name, value, "", 1.0, 2.0, "")

    whole = bench_people.in_range("x", [row("a", 1.5), row("b", None)], "")
    assert whole.value == 1.0 and whole.ok
    found = by_name(bench_people.rows([row("a", 1.5), row("b", 3.0), row("c", None)], "30 min"))
    assert set(found) == {"a", "b", "human_table_in_range"} and found["human_table_in_range"].value == 0.5
    assert not found["human_table_in_range"].ok and "out: b" in found["human_table_in_range"].note


# Feelings


def test_feelings_that_grow_and_leave_the_lips_alone_meet_their_goals(clip):
    def made(size, lag=0):
        out = np.roll(clip.motion, lag, 0)
        out[..., bench_emotion.UPPER] += size
        return [out]

    plain = [clip.motion]
    good = {(e, s): made(s) for e in FELT for s in STRENGTHS}
    found = by_name(bench_emotion.told([clip], plain, good))
    assert found["emotion_monotone"].value == 1.0 and found["emotion_lip_mtm_ms"].value == 0.0
    flat = good | {(Emotion.SAD, 1.0): made(0.5)}
    found = by_name(bench_emotion.told([clip], plain, flat))
    assert found["emotion_monotone"].value == pytest.approx(6 / 7) and "not: sad" in found["emotion_monotone"].note
    assert not found["emotion_monotone"].ok
    late = good | {(Emotion.ANGRY, 0.66): made(0.66, lag=2)}
    found = by_name(bench_emotion.told([clip], plain, late))
    assert (
        found["emotion_lip_mtm_ms"].value == pytest.approx(80, rel=0.05)
        and "angry 0.66" in found["emotion_lip_mtm_ms"].note
    )
    assert not bench_emotion.grows([0.0, 0.0, 0.0]) and not bench_emotion.grows([0.0, 0.1, 0.2])


# Speed


def test_speed_is_told_from_the_best_run_and_memory_from_the_worst():
    starts = [{"load_s": 0.3, "rss_mb": 150.0}, {"load_s": 1.2, "rss_mb": 160.0}]
    ran = [
        {"offline": 90.0, "p50_ms": 1.0, "p99_ms": 7.0, "rss_mb": 170.0},
        {"offline": 110.0, "p50_ms": 0.9, "p99_ms": 4.0, "rss_mb": 150.0},
    ]
    found = by_name(bench_speed.told(100.0, starts, ran, ""))
    assert {name: (f.value, f.ok) for name, f in found.items()} == {
        "offline_x_realtime": (110.0, True),
        "hop_ms_p50": (0.9, None),
        "hop_ms_p99": (4.0, True),
        "load_s": (0.3, True),
        "model_rss_mb": (70.0, True),
    }
    slow = by_name(bench_speed.told(0.0, [{"load_s": 2.0, "rss_mb": 400.0}], ran[:1], ""))
    assert [f.ok for f in slow.values()] == [False, None, False, False, False]


@pytest.mark.slow
def test_a_fresh_process_measures_the_model(tmp_path, model):
    path = tmp_path / "small.safetensors"
    ran = bench_speed.probed("run", path, 2)
    assert set(ran) == {"load_s", "p50_ms", "p99_ms", "rss_mb", "offline"} and min(ran.values()) > 0
    assert ran["p99_ms"] >= ran["p50_ms"]
    assert set(bench_speed.probed("nothing", path, 0)) == {"rss_mb"}


# All of it


@pytest.mark.slow
def test_a_quick_run_gives_every_figure_once_and_says_what_it_left_out(tmp_path, monkeypatch, capsys):
    said = small_corpus.clip("a", "unseen", 16.0)
    said.motion[::7, :, INDEX["mouthPucker"]] = 0.3
    said.phones[:10] = PHONES.index("m")
    given = []
    moved(tmp_path, 0.3)

    def conversations(order, making):
        given.append(order)
        yield from [said] * order.count

    for module in (bench_lips, bench_paper, bench_people, bench_emotion):
        monkeypatch.setattr(module, "conversations", conversations)
    monkeypatch.setattr(bench_lips, "missing", lambda family: f"no {family}" if family == "kokoro" else None)
    monkeypatch.setattr(bench_paper, "SHIPPED", tmp_path / "none")
    monkeypatch.setattr(bench_speed, "STARTS", 1)
    monkeypatch.setattr(bench_speed, "RUNS", 1)
    monkeypatch.setattr(bench_speed, "SECONDS", 10)
    found = by_name(bench_motion.figures(Ask(weights=tmp_path / "small.safetensors", quick=True)))
    assert {"lip_r", "lip_r.hibari", "lip_r.piper", "closed_loop_cost", "pose_std_ratio", "refractory_breaks"} <= set(
        found
    )
    assert {"listener_lip_std_ratio", "listener_lip_std_ratio_wrong", "human_table_in_range", "load_s"} <= set(found)
    assert not any("kokoro" in name or name.startswith(("ratio", "real")) for name in found)
    err = capsys.readouterr().err
    assert "a fifth" in err and "no kokoro" in err and "--baseline" in err and "--real DIR" in err
    assert [order.seconds * order.count for order in given] == [60, 60, 120, 300, 360, 30]
