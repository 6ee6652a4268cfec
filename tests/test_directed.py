"""The trained model does what it is told: at the time of the cue, over what it does anyway, and after a rollback."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_model import model

from dialogue.emotion import GESTURES, VOCALS
from dialogue.types import RATE, Cue, Feeling, Hop, Phone, Role
from motion import directed
from motion.expressions import LAUGH
from motion.features import listen, start
from motion.frame import HOP, INDEX
from motion.gaze import CAMERA, ON_PARTNER
from motion.models.dual_stream import EMOTIONS, ROLES, Model, feel
from motion.stream import MotionStream
from motion.visemes import lip_opening

AT, WHO = 30, 0  # the hop of the cue, and who is told
NEVER = {"event__1__b": np.full(34, -20.0), "gaze__1__b": np.full(33, -20.0)}  # no blink, nod or shift by chance
LIDS = INDEX["eyeBlinkLeft"]


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Model:
    blinks = np.tile([0.5, 1.0, 0.7, 0.3, 0.1, 0, 0, 0], (8, 1))
    return model(tmp_path_factory.mktemp("w"), bank__blinks=blinks, **NEVER)


def quiet(count: int = 110, offset: int = 0) -> list[Hop]:
    silence = np.zeros((2, HOP), np.float32)
    return [Hop(offset + i * HOP, silence, (Role.IDLE,) * 2, (Feeling(),) * 2) for i in range(count)]


def told(hops: list[Hop], name: str, at: int = AT, late: int = 0) -> list[Hop]:
    """The same hops with a cue `late` samples into one of them."""
    cue = Cue(name, hops[at].start + late)
    return [replace(h, cues=((cue,), ())) if i == at else h for i, h in enumerate(hops)]


def run(a_model: Model, hops: list[Hop], seed: int = 1) -> np.ndarray:
    """[T, P, 57]"""
    state, rows = a_model.init_state(len(hops[0].roles), seed), []
    for hop in hops:
        frames, state = a_model.step(hop, state)
        rows += [[np.concatenate([f.weights, f.head, f.gaze]) for f in frames]] if frames else []
    return np.array(rows)


@pytest.fixture(scope="module")
def plain(small) -> np.ndarray:
    return run(small, quiet())


@pytest.fixture
def effect(small, plain):
    """What a cue changes in who was told [T, 57]."""

    def changed(name: str, late: int = 0) -> np.ndarray:
        return (run(small, told(quiet(), name, late=late)) - plain)[:, WHO]

    return changed


@pytest.mark.parametrize("name", [*VOCALS, *GESTURES])
def test_every_cue_of_a_screenplay_shows_within_half_a_second_and_ends(effect, name):
    change = np.abs(effect(name))
    change[:, 52:] *= 4.0  # an angle of .05 is seen as well as a weight of .2
    shown = np.flatnonzero(change.max(1) > 0.05)
    assert change.max() > 0.2 and AT - 2 <= shown[0] <= AT + 12
    assert (change[:, :52].max(1) > 0.5 * change[:, :52].max()).sum() < 100


@pytest.mark.parametrize("name", ["nod", "shake", "wink", "raise-brows", "tilt"])
def test_nothing_is_done_before_it_is_told_and_nobody_else_does_it(small, plain, name):
    made = run(small, told(quiet(), name, late=700))
    assert np.array_equal(made[: AT + 1], plain[: AT + 1])
    weights = slice(0, 52)
    assert np.array_equal(made[AT : AT + 5, 1, weights], plain[AT : AT + 5, 1, weights])


def test_a_gesture_moves_with_its_cue_by_single_samples(effect):
    a, b = (effect("nod", late)[AT : AT + 20, 52] for late in (0, HOP // 2))
    middle = 0.5 * (a[:-1] + a[1:])
    assert np.abs(b[1:] - middle).max() < 0.02 < np.abs(b - a).max()


def test_a_nod_goes_down_and_a_shake_to_both_sides(effect):
    nod, shake = effect("nod"), effect("shake")
    assert nod[:, 52].min() < -0.08 and nod[AT:, 52].max() < 0.03
    assert shake[:, 53].min() < -0.08 and shake[:, 53].max() > 0.08


def test_a_wink_closes_one_eye_and_a_blink_closes_both(small):
    wink, blink = run(small, told(quiet(), "wink")), run(small, told(quiet(), "blink"))
    other = INDEX["eyeBlinkRight"]
    assert wink[:, WHO, LIDS].max() > 0.9 and wink[:, WHO, other].max() < 0.5
    assert blink[AT : AT + 4, WHO, [LIDS, other]].max(0).min() > 0.95 > blink[: AT - 1, WHO, LIDS].max()


def test_two_blinks_told_at_once_come_one_after_the_other(small):
    twice = [replace(h, cues=((Cue("blink", h.start),) * 2, ())) if i == AT else h for i, h in enumerate(quiet())]
    shut = run(small, twice)[:, WHO, LIDS] > 0.95
    assert shut.sum() == 2 and np.diff(np.flatnonzero(shut))[0] == 8


def test_eyes_that_are_told_to_look_go_there_at_once_stay_and_come_back(small):
    for name, far in (("look-camera", CAMERA), ("look-away", ON_PARTNER)):
        made = run(small, told(quiet(), name))[:, WHO]
        room = made[:, 55:57] + made[:, 52:54]
        off = np.hypot(*room.T) > 0.9 * far
        assert not off[:AT].any() and off[AT + 1 : AT + 30].all() and not off[AT + 43 :].any(), name


def test_a_told_laugh_looks_like_a_laugh_and_leaves_a_smile(effect):
    change = effect("laughs")
    peak = change[AT + 5 : AT + 20].mean(0)[:52]
    shown = LAUGH > 0.3
    assert (peak[shown] > 0.15).all() and np.corrcoef(peak[shown], LAUGH[shown])[0, 1] > 0.4
    soft = [INDEX[n] for n in ("mouthSmileLeft", "cheekSquintLeft", "eyeSquintLeft")]
    assert np.abs(np.diff(change[:, soft], axis=0)).max() < 0.2, "it comes softly"
    assert change[AT + 60, INDEX["mouthSmileLeft"]] > 0.1


def test_a_laugh_opens_the_mouth_with_its_bursts_and_words_end_it(small):
    rng = np.random.default_rng(1)

    def sounding(i: int) -> Hop:
        burst = 0.2 * rng.normal(size=HOP) * (i % 5 < 3)
        said = (Phone("h" if i < 50 else "b", i * HOP, (i + 1) * HOP),) if AT <= i < 80 else ()
        audio = np.stack([burst if said else 0 * burst, 0 * burst]).astype(np.float32)
        return replace(quiet()[i], audio=audio, phones=(said, ()), roles=(Role.SPEAKING, Role.LISTENING))

    hops = [sounding(i) for i in range(110)]
    made = run(small, told(hops, "laughs"))[:, WHO]
    change = made - run(small, hops)[:, WHO]
    eyes = change[:, INDEX["eyeSquintLeft"]]
    assert eyes[AT + 5 : 48].min() > 0.3 and eyes[70:].max() < 0.25, "a smile is left"
    assert np.ptp(made[AT + 5 : 48, INDEX["jawOpen"]]) > 0.05


def test_lips_meet_in_spite_of_what_a_face_is_told(tmp_path):
    sure = model(tmp_path, lips__1__b=np.concatenate([np.full(23, 5.0), [9.0, -9.0]]), **NEVER)
    for name in ("smile", "shrug", "wink"):
        assert lip_opening(run(sure, told(quiet(60), name))[..., :52]).max() <= 0.02


def test_lips_that_speak_are_left_to_speech(small):
    shrug = np.zeros((1, 52), np.float32)
    shrug[0, INDEX["mouthShrugLower"]] = shrug[0, INDEX["browInnerUp"]] = 0.5
    faces = [
        directed.lay_over(np.zeros((1, 52), np.float32), directed.Told(shrug, np.zeros((1, 3)), np.zeros(1), speech))
        for speech in (np.zeros(1), np.ones(1))
    ]
    lips, brows = ([f[0, INDEX[name]] for f in faces] for name in ("mouthShrugLower", "browInnerUp"))
    assert lips[0] == 0.5 and lips[1] < 0.1 and brows == [0.5, 0.5]


def test_no_nod_of_chance_begins_in_a_told_shake(tmp_path):
    often = model(tmp_path, event__1__b=np.concatenate([[-20.0, 4.0], np.zeros(32)]))
    state, began = often.init_state(2, 1), []
    for hop in told(quiet(), "shake"):
        _, state = often.step(hop, state)
        began.append(state.acting.nodded[:, 0] == 0)
    began = np.array(began)[2:]
    shaking = slice(AT, AT + 34)
    assert not began[shaking, WHO].any() and began[shaking, 1].any() and began[AT + 34 : AT + 60, WHO].any()


def test_an_unknown_cue_is_ignored(effect):
    assert not effect("juggle").any()


cues = st.lists(
    st.tuples(st.sampled_from([*VOCALS, *GESTURES]), st.integers(0, 59), st.integers(0, 1), st.integers(0, HOP - 1)),
    max_size=8,
)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, derandomize=True)
@given(cues, st.lists(st.integers(1, 40), max_size=6), st.integers(0, 9), st.integers(5, 55))
def test_told_or_not_streaming_equals_offline_and_a_rollback_gives_the_same_again(small, wanted, sizes, seed, cut):
    rng = np.random.default_rng(seed)
    hops = [replace(h, audio=(0.1 * rng.normal(size=(2, HOP))).astype(np.float32)) for h in quiet(60, 7 * HOP)]
    for name, i, p, late in wanted:
        rows = list(hops[i].cues)
        rows[p] = (*rows[p], Cue(name, hops[i].start + late))
        hops[i] = replace(hops[i], cues=tuple(rows))
    streamed = run(small, hops, seed)
    mel = listen(np.concatenate([h.audio for h in hops], 1), start(2))[0]
    roles = np.array([[ROLES.index(r) for r in h.roles] for h in hops])
    felt = feel([[EMOTIONS.index(f.emotion) for f in h.feelings] for h in hops], [[1.0, 1.0]] * 60)
    state, parts, at = replace(small.init_state(2, seed), start=7 * HOP), [], 0
    for size in [*sizes, 60]:
        span = slice(at, min(at + size, 60))
        part, state = small.advance(mel[:, span], roles[span], felt[span], state, hops[span])
        parts.append(part)
        at = span.stop
    assert np.abs(np.concatenate(parts) - streamed).max() <= 1e-5

    stream, straight = MotionStream(small, 2, seed), MotionStream(small, 2, seed)
    expected = [straight.feed(h) for h in hops]
    for hop in hops[: cut + 1]:
        stream.feed(hop)
    again = (stream.rollback(cut * HOP // 2 + 7 * HOP) - 7 * HOP) // HOP
    for a, b in zip([stream.feed(h) for h in hops[again:]], expected[again:], strict=True):
        assert all(np.allclose(x.weights, y.weights, atol=1e-5) and np.allclose(x.gaze, y.gaze) for x, y in zip(a, b))


def test_what_is_done_is_forgotten(small):
    state = small.init_state(2, 1)
    busy = quiet(300)
    for name, at in (("laughs", 5), ("nod", 20), ("look-away", 40), ("blink", 60), ("shrug", 61)):
        busy = told(busy, name, at)
    for hop in busy:
        _, state = small.step(hop, state)
    assert state.directions.parts == (directed.FREE, directed.FREE) and not state.acting.busy.any()


def test_loudness_is_told_against_the_voice_itself():
    rng = np.random.default_rng(1)
    loud = 0.1 * rng.normal(size=(1, 4 * RATE)).astype(np.float32)
    loud[:, 2 * RATE :] *= 0.1  # 20 dB
    for gain in (1.0, 0.2):
        efforts = directed.effort(listen(loud * np.float32(gain), start(1))[0])[0]
        assert 0.8 < efforts[30:48].mean() <= 1.15 and efforts[55:90].mean() < 0.35
    assert not directed.effort(listen(np.zeros((1, RATE), np.float32), start(1))[0]).any()
