"""A performance of a clip against its truth: the true one is perfect, and each damage shows where it should."""

from dataclasses import replace

import numpy as np
import pytest
from damaged import frozen, half, jittered, late, talk

from dialogue.types import Role
from motion import judge
from motion.corpus import FRAME_SAMPLES, PHONE_INDEX, ROLES, Clip
from motion.frame import INDEX
from motion.visemes import lip_opening


def recorded(**changed):
    t = talk(turns=6)
    frames = len(t.truth)
    told = np.where(t.speaking, ROLES.index(Role.SPEAKING), ROLES.index(Role.LISTENING))
    other = np.where(t.speaking, ROLES.index(Role.LISTENING), ROLES.index(Role.SPEAKING))
    phones = np.where(np.repeat(np.stack([t.speaking, ~t.speaking], 1), 2, 0), PHONE_INDEX["ə"], 0)
    phones[100:104, 0] = PHONE_INDEX["b"]
    motion = np.stack([t.truth, t.partner], 1).astype(np.float32)
    motion[50:52, 0, INDEX["mouthClose"]] = motion[50:52, 0, INDEX["jawOpen"]] + 0.3
    arrays = {
        "audio": np.zeros((2, frames * FRAME_SAMPLES), np.float32),
        "motion": motion,
        "roles": np.zeros((frames, 2), np.int8),  # nothing but wrong labels
        "true_roles": np.stack([told, other], 1).astype(np.int8),
        "feelings": np.zeros((frames, 2), np.int8),
        "intensity": np.zeros((frames, 2), np.float32),
        "phones": phones.astype(np.int16),
        "voices": ("a", "b"),
        "has_motion": (True, True),
    }
    return Clip(name="c", split="test", **{**arrays, **changed})


def table(clip, performed):
    return {(s.name, s.group, s.when): s.value for s in judge.judge(clip, performed)}


@pytest.mark.slow
def test_the_truth_itself_is_perfect():
    clip = recorded()
    found = table(clip, clip.motion)
    for name in ("fd", "pfd", "mse", "rpcc", "spectrum_error", "stillness"):
        for group in ("exp", "jaw", "head"):
            for when in ("all", "speaking", "listening"):
                assert found[name, group, when] == pytest.approx(0.0, abs=1e-3), (name, group, when)
    expected = {"lip_r": 1.0, "lip_lag_frames": 0.0, "mtm_ms": 0.0, "closure_hit": 1.0, "closure_false": 0.0}
    for name, value in (expected | {"pucker_r": 1.0}).items():
        assert found[name, "lips", "speaking"] == pytest.approx(value), name
    assert found["lip_std_ratio", "lips", "listening"] < 0.01


@pytest.mark.slow
def test_damage_shows_in_the_figures_of_its_kind():
    clip = recorded()
    delayed = table(clip, late(clip.motion, 2))
    assert delayed["lip_lag_frames", "lips", "speaking"] == 2.0
    assert delayed["mtm_ms", "lips", "speaking"] == pytest.approx(80.0, abs=16.0)
    listening = ~judge.speaks(clip)
    still = table(clip, np.stack([frozen(clip.motion[:, p], listening[:, p]) for p in range(2)], 1))
    assert still["spread_ratio", "exp", "listening"] == pytest.approx(0.0, abs=1e-6)
    assert still["spread_ratio", "exp", "speaking"] == pytest.approx(1.0)
    swapped = table(clip, clip.motion[:, ::-1])
    assert swapped["lip_r", "lips", "speaking"] < 0.3
    assert swapped["pfd", "exp", "all"] > 1.5 * swapped["fd", "exp", "all"]
    weak = table(clip, half(clip.motion))
    assert weak["lip_r", "lips", "speaking"] == pytest.approx(1.0, abs=0.02)
    assert weak["spread_ratio", "exp", "all"] == pytest.approx(0.5, abs=1e-3)


@pytest.mark.slow
def test_lips_that_move_while_only_the_other_speaks_are_told():
    clip = recorded()
    chatter = clip.motion.copy()
    for p in range(2):
        chatter[~judge.speaks(clip)[:, p], p, :52] = chatter[judge.speaks(clip)[:, p], p, :52]
    assert table(clip, chatter)["lip_std_ratio", "lips", "listening"] == pytest.approx(1.0, abs=0.15)


@pytest.mark.slow
def test_lips_that_never_move_are_no_good_listener():
    clip = recorded()
    dead = np.tile(clip.motion.mean(0), (len(clip.motion), 1, 1)) + 1e-7 * np.arange(len(clip.motion))[:, None, None]
    assert table(clip, dead)["lip_std_ratio", "lips", "listening"] is None


@pytest.mark.slow
def test_a_clip_of_flame_has_no_lips_and_a_clip_without_phones_no_closures():
    clip = recorded(phones=None)
    found = table(clip, clip.motion)
    assert found["closure_hit", "lips", "speaking"] is None and found["lip_r", "lips", "speaking"] == pytest.approx(1.0)
    flame = clip.motion[..., :56].copy()
    found = table(recorded(flame=flame), jittered(flame))
    assert found["fd", "exp", "all"] > 0 and not [key for key in found if key[1] == "lips"]


@pytest.mark.slow
def test_our_scores_over_theirs():
    clip = recorded()
    near, far = (judge.judge(clip, clip.motion + n) for n in (0.01, 0.02))
    found = judge.ratios(near, far)
    assert set(found) == {f"ratio_{n}.{g}" for n in judge.RATIOS for g in ("exp", "jaw", "head")}
    assert found["ratio_mse.jaw"] == pytest.approx(0.25, rel=1e-3)
    assert found["ratio_fd.exp"] == pytest.approx(0.25, rel=1e-3)
    still = [replace(s, value=-1.4e-6) if s.name == "sid" else s for s in far]
    assert set(judge.ratios(near, still)) == {name for name in found if not name.startswith("ratio_sid")}


@pytest.mark.slow
def test_a_performance_that_waits_is_judged_as_far_as_it_goes():
    clip = recorded()
    short = judge.judge(clip, clip.motion[:-3])
    assert {s.value for s in short if s.name == "mse"} == {0.0}
    whole = judge.judge_all([clip, clip], lambda c: c.motion[:-3])
    assert whole == short, "the mean of two alike"


def test_lips_as_wide_as_the_voice_is_loud_are_the_reference():
    clip = recorded()
    opening = lip_opening(clip.motion[..., :52]).T
    loud = np.repeat(10.0 ** (2.0 * (opening - 1.0)), FRAME_SAMPLES, 1).astype(np.float32)  # dB follow the lips
    found = {s.name: s.value for s in judge.loudness_alone(replace(clip, audio=0.1 * loud))}
    assert set(found) == {"lip_r", "lip_lag_frames", "mtm_ms"}
    assert found["lip_r"] > 0.9 and found["lip_lag_frames"] == 0.0 and found["mtm_ms"] < 15.0
    flame = np.zeros((*clip.motion.shape[:2], 56), np.float32)
    flame[..., 50] = late(opening.T, 3)
    tracked = {s.name: s.value for s in judge.loudness_alone(replace(clip, audio=0.1 * loud, flame=flame))}
    assert set(tracked) == set(judge.JAW_NAMES)
    assert tracked["jaw_lag_frames"] == -3.0 and tracked["jaw_r"] < 0.7 < tracked["jaw_best_r"]


def test_performances_that_fit_no_truth_are_refused():
    clip = recorded()
    with pytest.raises(ValueError, match=r"performed as \(750, 1, 57\); expected \(750, 2, 57\)"):
        judge.judge(clip, clip.motion[:, :1])
    with pytest.raises(ValueError, match=r"performed as \(753, 2, 57\)"):
        judge.judge(clip, np.concatenate([clip.motion, clip.motion[:3]]))
    with pytest.raises(ValueError, match=r"performed as \(750, 2, 56\)"):
        judge.judge(clip, clip.motion[..., :56])
    with pytest.raises(ValueError, match=r"performed as \(750, 2, 57\); expected \(750, 2, 56\)"):
        judge.judge(recorded(flame=clip.motion[..., :56].copy()), clip.motion)
    for judged in (judge.judge, judge.across):
        with pytest.raises(ValueError, match="knows no face"):
            judged(recorded(has_motion=(False, False)), clip.motion)


@pytest.mark.slow
def test_of_one_known_face_all_is_judged_but_what_asks_for_the_partner():
    clip = recorded(has_motion=(True, False))
    made = clip.motion.copy()
    made[:, 1] = 9.0
    found = table(clip, made)
    assert found["fd", "exp", "all"] == pytest.approx(0.0, abs=1e-3) and found["mse", "head", "speaking"] == 0.0
    assert found["pfd", "exp", "all"] is found["rpcc", "jaw", "listening"] is None


@pytest.mark.slow
def test_faces_of_either_kind_are_compared_by_jaw_and_head():
    clip = recorded()
    flame = np.zeros((*clip.motion.shape[:2], 56), np.float32)
    flame[..., 50] = 0.3 * clip.motion[..., INDEX["jawOpen"]]
    flame[..., 53:] = clip.motion[..., 52:55]
    tracked = recorded(flame=flame)

    def of(performed):
        return {s.name: s.value for s in judge.across(tracked, performed)}

    assert of(clip.motion) == pytest.approx(of(flame), abs=1e-3)
    assert of(flame) == pytest.approx(
        {
            "jaw_r": 1.0,
            "jaw_lag_frames": 0.0,
            "jaw_best_r": 1.0,
            "jaw_mtm_ms": 0.0,
            "head_std_ratio": 1.0,
            "band_0.2-1_hz": 0.0,
            "band_1-2.6_hz": 0.0,
            "band_2.6-6.5_hz": 0.0,
            "band_6.5-12_hz": 0.0,
        },
        abs=1e-3,
    )
    behind, weak = of(late(clip.motion, 2)), of(half(clip.motion))
    assert behind["jaw_lag_frames"] == 2.0 and behind["jaw_r"] < 0.8 < 0.99 < behind["jaw_best_r"]
    assert weak["head_std_ratio"] == pytest.approx(0.5) and weak["band_1-2.6_hz"] == pytest.approx(-6.02, abs=0.01)
