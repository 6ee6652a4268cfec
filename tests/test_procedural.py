"""The performer: both faces from hops, no weights."""

import copy
from dataclasses import replace

import numpy as np
import pytest

from dialogue.emotion import GESTURES, VOCALS
from dialogue.types import RATE, Cue, Emotion, Feeling, Hop, Phone, Role
from motion.frame import HOP, INDEX
from motion.gestures import from_cue
from motion.models.procedural import LOOKAHEAD, Model
from motion.speaking import LAUGHS
from motion.visemes import lip_opening

SILENT = ((), ())


def buzz(start: int, loud: float = 0.15, hz: float = 140.0) -> np.ndarray:
    """A hop of a voice: harmonics of `hz`, four syllables a second."""
    t = (start + np.arange(HOP)) / RATE
    tone = sum(np.sin(2 * np.pi * hz * k * t) / k for k in range(1, 9))
    return (loud * tone * (0.35 + 0.65 * np.abs(np.sin(2 * np.pi * 2 * t)))).astype(np.float32)


def talk(
    seconds: float, turn_s: float = 3.0, phones: bool = True, feelings=(Feeling(), Feeling()), quiet_s: float = 0.4
) -> list[Hop]:
    """Two people taking turns; each turn ends with `quiet_s` of silence; phones of 80 ms where wanted."""
    hops = []
    for i in range(round(seconds * RATE / HOP)):
        start = i * HOP
        who, within = int(start / RATE / turn_s) % 2, start / RATE % turn_s
        voiced = within < turn_s - quiet_s
        audio = np.zeros((2, HOP), np.float32)
        if voiced:
            audio[who] = buzz(start, hz=130 + 60 * who + 20 * np.sin(start / RATE * 3))
        said: list[tuple[Phone, ...]] = [(), ()]
        if voiced and phones and i % 2 == 0:
            said[who] = (Phone("mɑpiʃufænoʊbʌt"[i // 2 % 14], start, start + 2 * HOP, stressed=i % 8 == 4),)
        roles = [Role.LISTENING] * 2
        roles[who] = Role.SPEAKING if voiced else Role.LISTENING
        hops.append(Hop(start, audio, tuple(roles), feelings, tuple(said)))
    return hops


def perform(hops: list[Hop], seed: int = 1) -> list[tuple]:
    model = Model()
    state, out = model.init_state(len(hops[0].roles), seed), []
    for hop in hops:
        frames, state = model.step(hop, state)
        out += [frames] if frames else []
    return out


def weights(frames: list[tuple], p: int, name: str) -> np.ndarray:
    return np.array([f[p].weights[INDEX[name]] for f in frames])


def test_frames_come_after_the_lookahead_with_the_times_of_their_hops():
    frames = perform(talk(2.0))
    assert [f[0].start for f in frames] == [i * HOP for i in range(50 - LOOKAHEAD)]
    assert all(f.start == row[0].start for row in frames for f in row)


def test_the_same_seed_gives_the_same_frames_and_another_seed_others():
    hops = talk(4.0)
    a, b, c = perform(hops), perform(hops), perform(hops, seed=2)
    assert all(
        np.array_equal(x.weights, y.weights) and np.array_equal(x.head, y.head)
        for r, s in zip(a, b)
        for x, y in zip(r, s)
    )
    assert not np.array_equal(a[50][0].head, c[50][0].head)


def test_the_state_given_is_never_changed_so_it_can_be_stepped_from_again():
    model, hops = Model(), talk(3.0)
    state = model.init_state(2, 1)
    for hop in hops[:40]:
        _, state = model.step(hop, state)
    before = copy.deepcopy(state)
    first, _ = model.step(hops[40], state)
    other = replace(hops[40], audio=np.ones((2, HOP), np.float32) * 0.1, roles=(Role.SPEAKING,) * 2)
    model.step(other, state)
    again, _ = model.step(hops[40], before)
    assert all(np.array_equal(x.weights, y.weights) and np.array_equal(x.gaze, y.gaze) for x, y in zip(first, again))


def test_what_lies_beyond_the_lookahead_changes_nothing():
    hops = talk(3.0)
    changed = hops[:40] + [
        replace(h, audio=np.zeros((2, HOP), np.float32), phones=SILENT, roles=(Role.IDLE,) * 2) for h in hops[40:]
    ]
    a, b = perform(hops), perform(changed)
    same = [np.array_equal(x[0].weights, y[0].weights) and np.array_equal(x[1].head, y[1].head) for x, y in zip(a, b)]
    assert all(same[: 40 - LOOKAHEAD]) and not all(same)


def test_a_hop_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"\(2, 960\); expected \(2, 1920\)"):
        Model().step(replace(talk(0.1)[0], audio=np.zeros((2, 960), np.float32)), Model().init_state(2, 1))


def test_a_hop_out_of_order_is_refused():
    model, hops = Model(), talk(0.2)
    _, state = model.step(hops[0], model.init_state(2, 1))
    with pytest.raises(ValueError, match="expected 1920"):
        model.step(hops[2], state)


def test_one_or_three_people_are_as_good_as_two():
    for count in (1, 3):
        hops = [
            Hop(
                h.start,
                np.concatenate([h.audio, h.audio])[:count],
                (*h.roles, Role.LISTENING)[:count],
                (Feeling(),) * count,
            )
            for h in talk(2.0)
        ]
        assert all(len(row) == count for row in perform(hops))
    with pytest.raises(ValueError, match="at least 1"):
        Model().init_state(0, 1)


def test_weights_stay_between_0_and_1_and_angles_human():
    for row in perform(talk(6.0, feelings=(Feeling(Emotion.HAPPY), Feeling(Emotion.SURPRISED)))):
        for f in row:
            assert f.weights.min() >= 0.0 and f.weights.max() <= 1.0 and f.weights.dtype == np.float32
            assert np.abs(f.head).max() < 0.45 and np.abs(f.gaze).max() < 0.6


def test_no_face_is_ever_frozen():
    frames = perform([replace(h, audio=h.audio * 0, roles=(Role.IDLE,) * 2, phones=SILENT) for h in talk(4.0)])
    for p in (0, 1):
        heads = np.array([f[p].head for f in frames])
        faces = np.array([f[p].weights for f in frames])
        assert (np.abs(np.diff(heads, axis=0)).max(1) > 1e-6).all() and (
            np.abs(np.diff(faces, axis=0)).max(1) > 1e-6
        ).all()


def test_lips_are_still_while_only_the_other_speaks():
    frames = perform(talk(12.0, turn_s=60.0))
    opening = lip_opening(np.array([f[1].weights for f in frames]))
    said = lip_opening(np.array([f[0].weights for f in frames]))
    assert np.abs(np.diff(opening)).max() < 0.02 and opening.std() < 0.1 * said.std()


def test_the_jaw_follows_a_microphone_that_brings_no_phones():
    hops = talk(4.0, turn_s=3.0, phones=False)
    frames = perform(hops)
    jaw, loud = weights(frames, 0, "jawOpen"), [float(np.std(h.audio[0])) for h in hops]
    # A frame shows the edge between two hops, and its jaw leads by about a hop.
    assert jaw[10:60].max() > 0.15 and np.corrcoef(jaw[10:60], loud[10:60])[0, 1] > 0.6
    assert weights(frames, 1, "jawOpen")[10:60].max() < 0.05


def test_sound_in_the_track_of_a_listener_moves_no_lips():
    hops = [
        replace(h, audio=np.stack([h.audio[0], h.audio[0] * 0.3]), roles=(Role.SPEAKING, Role.LISTENING))
        for h in talk(2.4, phones=False)
    ]
    assert weights(perform(hops), 1, "jawOpen").max() < 0.05


def test_noise_in_the_microphone_of_a_speaker_is_no_speech():
    noise = np.random.default_rng(3).normal(0, 0.02, (50, 2, HOP)).astype(np.float32)
    hops = [replace(h, audio=sound, phones=SILENT) for h, sound in zip(talk(2.0, turn_s=9.0), noise)]
    assert lip_opening(np.array([f[0].weights for f in perform(hops)])).max() < 0.02


def test_louder_speech_opens_the_jaw_wider():
    soft = [replace(h, audio=h.audio * (0.12 if h.start > 1.4 * RATE else 1.0)) for h in talk(2.6)]
    jaw = weights(perform(soft), 0, "jawOpen")
    assert jaw[38:50].mean() < 0.75 * weights(perform(talk(2.6)), 0, "jawOpen")[38:50].mean()


def test_a_feeling_comes_softly_and_shows():
    hops = talk(3.0, phones=False)
    hops = [
        replace(
            h,
            audio=h.audio * 0,
            roles=(Role.IDLE,) * 2,
            feelings=(Feeling(Emotion.HAPPY if h.start >= RATE else Emotion.NEUTRAL), Feeling()),
        )
        for h in hops
    ]
    smile = weights(perform(hops), 0, "mouthSmileLeft")
    assert smile[15] < 0.3 and smile[45:].min() > 0.4 and np.abs(np.diff(smile)).max() < 0.1


def test_the_listener_smiles_a_little_later_with_a_happy_speaker():
    def smile(emotion):
        hops = talk(4.0, turn_s=10.0, feelings=(Feeling(emotion), Feeling()))
        return weights(perform(hops), 1, "mouthSmileLeft")

    assert smile(Emotion.HAPPY)[50:].mean() > smile(Emotion.NEUTRAL)[50:].mean() + 0.12


def test_a_laugh_narrows_the_eyes_bares_the_teeth_and_lingers():
    hops = [
        replace(h, cues=((Cue("laughs", h.start),), ()) if i == 25 else SILENT, phones=SILENT)
        for i, h in enumerate(talk(4.0))
    ]
    frames = perform(hops)
    assert (
        weights(frames, 0, "cheekSquintLeft")[30:40].max() > 0.5
        and weights(frames, 0, "mouthUpperUpLeft")[30:40].max() > 0.25
    )
    assert weights(frames, 0, "mouthSmileLeft")[80:].min() > 0.3
    assert lip_opening(np.array([f[0].weights for f in frames]))[30:40].max() > 0.2


def test_a_laugh_after_a_laugh_does_not_let_the_first_one_drop():
    hops = [replace(h, audio=h.audio * 0, phones=SILENT) for h in talk(3.0)]
    for i in (15, 40):  # 1 s apart: the first still ebbs when the second begins
        hops[i] = replace(hops[i], cues=((Cue("laughs", hops[i].start),), ()))
    cheeks = weights(perform(hops), 0, "cheekSquintLeft")[: 75 - LOOKAHEAD]
    assert cheeks[20:30].max() > 0.6 and np.abs(np.diff(cheeks)).max() < 0.2


def test_sound_that_is_broken_leaves_faces_whole():
    hops = talk(2.0)
    for i, value in ((12, np.nan), (14, np.inf), (16, 1e30)):
        hops[i] = replace(hops[i], audio=hops[i].audio * 0 + np.float32(value))
    frames = perform(hops)
    assert all(np.isfinite(np.concatenate([f.weights, f.head, f.gaze])).all() for row in frames for f in row)


def test_a_phone_without_a_symbol_or_a_length_is_no_trouble():
    hops = talk(2.0)
    for i, symbol in ((10, ""), (12, "p"), (14, "😀")):
        phone = Phone(symbol, hops[i].start + 900, hops[i].start + 900, stressed=True)
        hops[i] = replace(hops[i], phones=((phone, phone), ()))
    opening = lip_opening(np.array([f[0].weights for f in perform(hops)]))
    assert opening[11:14].min() < 1e-3, "even a p of no length closes the lips"


@pytest.mark.parametrize("name", [*VOCALS, *GESTURES])
def test_every_cue_of_a_screenplay_does_something(name: str):
    quiet = [replace(h, audio=h.audio * 0, roles=(Role.IDLE,) * 2, phones=SILENT) for h in talk(2.0)]
    cued = [replace(h, cues=((Cue(name, h.start),), ()) if i == 20 else SILENT) for i, h in enumerate(quiet)]
    a, b = perform(quiet), perform(cued)
    moved = max(
        max(float(np.abs(x[0].weights - y[0].weights).max()), 4.0 * float(np.abs(x[0].head - y[0].head).max()))
        for x, y in zip(a, b)
    )
    assert moved > 0.2
    assert from_cue(name, 0, (1, 0)) or name in LAUGHS or name.startswith("look-") or name == "blink"


def test_an_unknown_cue_is_ignored():
    hop = replace(talk(0.1)[0], cues=((Cue("juggle", 0),), ()))
    Model().step(hop, Model().init_state(2, 1))
