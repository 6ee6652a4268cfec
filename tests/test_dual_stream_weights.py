"""The weights in the package, on a voice that was never heard: lips follow speech, and rest while others speak."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest
from safetensors import safe_open

from agents import tts
from agents.delivery import Line, deliver
from dialogue.types import RATE, Cue, Emotion, Feeling, Hop, Role
from motion.corpus import PHONE_INDEX
from motion.events import BLINK_REST, NOD_REST, take_apart
from motion.frame import HOP, INDEX
from motion.lipsync import closure
from motion.models.dual_stream import FILE, LOOKAHEAD, Model
from motion.models.procedural import Model as Performer
from motion.visemes import lip_opening

TEXT = (
    "My mother baked plum pies, but Bob ate most of them before supper.",
    "Five brave women moved the heavy piano up.",
)
PAUSE = 20  # hops of silence around each line


@pytest.fixture(scope="module")
def hops() -> list[Hop]:
    """Ruth says two lines to somebody silent. The phones are for the performer; the trained model does not read them."""
    engine = tts.load("hibari")
    sound, phones = [np.zeros(PAUSE * HOP, np.float32)], []
    for text in TEXT:
        said = deliver(Line(0, (text,), "ruth", Feeling(), seed=1), engine)[0]
        at = sum(map(len, sound))
        phones += [replace(p, start=p.start + at, end=p.end + at) for p in said.phones]
        sound += [said.samples, np.zeros(PAUSE * HOP, np.float32)]
    engine.close()
    track = np.concatenate(sound)
    out = []
    for at in range(0, len(track) - HOP + 1, HOP):
        here = tuple(p for p in phones if at <= p.start < at + HOP)
        audio = np.stack([track[at : at + HOP], np.zeros(HOP, np.float32)])
        out.append(
            Hop(at, audio, (Role.SPEAKING, Role.LISTENING), (Feeling(), Feeling(Emotion.HAPPY, 0.5)), (here, ()))
        )
    return out


def run(model, hops: list[Hop], seed: int = 1) -> np.ndarray:
    state, rows = model.init_state(2, seed), []
    for hop in hops:
        frames, state = model.step(hop, state)
        rows += [[np.concatenate([f.weights, f.head, f.gaze]) for f in frames]] if frames else []
    return np.array(rows)


@pytest.fixture(scope="module")
def made(hops) -> np.ndarray:
    return run(Model(), hops)


@pytest.mark.slow
def test_lips_follow_a_voice_that_was_never_heard_as_the_performer_who_knows_its_phones(hops, made):
    truth = run(Performer(), hops)
    mine, true = lip_opening(made[:, 0, :52])[: len(truth)], lip_opening(truth[:, 0, :52])
    assert np.corrcoef(mine, true)[0, 1] > 0.8
    known = np.zeros(2 * len(truth), np.int16)
    for phone in (p for hop in hops for p in hop.phones[0] if p.symbol in PHONE_INDEX):
        known[2 * phone.start // HOP : 2 * phone.end // HOP + 1] = PHONE_INDEX[phone.symbol]
    met = closure(mine, true, known)
    assert met.hit > 0.6 and met.false < 0.2


@pytest.mark.slow
def test_lips_rest_while_only_the_other_speaks_also_when_the_labels_are_wrong(hops, made):
    wrong = [replace(h, roles=h.roles[::-1]) if i % 100 < 15 else h for i, h in enumerate(hops)]
    for motion in (made, run(Model(), wrong)):
        opening = lip_opening(motion[..., :52])
        around = np.apply_along_axis(np.convolve, 0, opening, np.ones(13) / 13, "valid")
        quick = opening[6:-6] - around  # at the ends there is no half second around a frame
        assert quick[:, 1].std() <= 0.05 * quick[:, 0].std()


@pytest.mark.slow
def test_both_faces_live_and_keep_the_rests_of_their_events(made):
    for p in range(2):
        assert np.abs(np.diff(made[:, p, 52:55], axis=0)).max(-1).min() > 0.0
        acts = take_apart(made[:, p])
        for began, rest in ((acts.blink, BLINK_REST), (acts.nod, NOD_REST)):
            assert np.diff(np.flatnonzero(began)).min(initial=999) >= min(rest, 15)


@pytest.mark.slow
def test_no_head_trembles_and_no_brow(made):
    """Apart from nods and blinks, what moves faster than 8 Hz is noise."""
    for columns in ([53, 54], [INDEX["browInnerUp"], INDEX["browOuterUpLeft"], INDEX["cheekSquintLeft"]]):
        rows = made[..., columns] - made[..., columns].mean(0)
        power = np.abs(np.fft.rfft(rows * np.hanning(len(rows))[:, None, None], axis=0)) ** 2
        hz = np.fft.rfftfreq(len(rows), HOP / RATE)
        quick, ordinary = (power[(hz >= a) & (hz < b)].mean() for a, b in ((8.0, 12.5), (2.0, 4.0)))
        assert quick < 0.1 * ordinary


OWN = {  # where a feeling shows most plainly
    Emotion.HAPPY: "mouthSmileLeft",
    Emotion.SAD: "mouthFrownLeft",
    Emotion.ANGRY: "browDownLeft",
    Emotion.SURPRISED: "browOuterUpLeft",
    Emotion.AFRAID: "eyeWideLeft",
    Emotion.DISGUSTED: "noseSneerLeft",
    Emotion.THOUGHTFUL: "browOuterUpRight",
}


@pytest.mark.slow
@pytest.mark.parametrize("emotion", OWN)
def test_every_feeling_of_a_screenplay_shows_on_the_face_of_who_feels_it(hops, emotion):
    felt = [replace(h, feelings=(Feeling(emotion), Feeling())) for h in hops[:100]]
    neutral = [replace(h, feelings=(Feeling(), Feeling())) for h in hops[:100]]
    shown = OWN[emotion]
    a, b = (run(Model(), some)[30:, 0, INDEX[shown]].mean() for some in (felt, neutral))
    assert a > b + 0.09


@pytest.mark.slow
def test_a_laugh_that_is_told_looks_like_one(hops):
    told = [replace(h, cues=((Cue("laughs", h.start),), ())) if i == 4 else h for i, h in enumerate(hops[:30])]
    laughing, plain = (run(Model(), some)[9:18, 0].mean(0) for some in (told, hops[:30]))
    for name in ("mouthSmileLeft", "cheekSquintLeft", "eyeSquintLeft", "mouthUpperUpLeft"):
        assert laughing[INDEX[name]] > max(plain[INDEX[name]] + 0.15, 0.35), name
    assert laughing[52] > plain[52] + 0.01, "the head goes back"


def test_the_file_says_what_it_was_trained_on_and_its_card_says_the_same():
    with safe_open(FILE, "np") as file:
        about = json.loads(file.metadata()["duologue"])
    card = FILE.with_suffix(".md").read_text("utf-8")
    assert about["corpus"] in card and f"step {about['ended']['best_step']}" in card
    assert FILE.stat().st_size < 6e6


@pytest.mark.slow
def test_it_is_quick_enough_for_a_conversation(hops):
    """Processor time, so that others at work do not count: a hop of two faces well below its 40 ms."""
    model = Model()
    begin = time.process_time()
    run(model, hops[:100])
    assert (time.process_time() - begin) / 100 < 0.020 and LOOKAHEAD * 40 + 40 <= 120
