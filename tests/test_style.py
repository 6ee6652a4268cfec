"""A style is learned from a take of somebody, and carefully: little evidence changes little."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import tts
from agents.delivery import Line, deliver
from dialogue.errors import OutputError
from dialogue.types import RATE, Emotion, Feeling, Hop, Role
from motion import export, models, style
from motion.acting import STYLES, Style
from motion.export import Recording
from motion.frame import FPS, HOP, INDEX, MotionFrame

MINUTE = 60 * FPS
SAID = (
    "We walked along the river until the lamps came on, and nobody said a word about the boat.",
    "Then my brother found five blue bottles under the bridge.",
    "I still have one of them, it stands on the window and makes the whole kitchen green in the morning.",
)


@cache
def conversation() -> tuple[Hop, ...]:
    """A minute in which Adam and Ivy take turns of a sentence, each felt in another way."""
    engine = tts.load("hibari")
    spoken = [[deliver(Line(0, (t,), v, Feeling(), seed=1), engine)[0].samples for t in SAID] for v in ("adam", "ivy")]
    engine.close()
    tracks, at, turn = np.zeros((2, MINUTE * HOP), np.float32), RATE // 2, 0
    while at < tracks.shape[1]:
        said = spoken[turn % 2][turn // 2 % 3][: tracks.shape[1] - at]
        tracks[turn % 2, at : at + len(said)] = said
        at, turn = at + len(said) + RATE // 3, turn + 1
    hops, felt = [], (Feeling(Emotion.HAPPY, 0.5), Feeling(), Feeling(Emotion.THOUGHTFUL, 0.5), Feeling())
    for i in range(MINUTE):
        sound = tracks[:, i * HOP : (i + 1) * HOP]
        roles = tuple(Role.SPEAKING if track.any() else Role.LISTENING for track in sound)
        hops.append(Hop(i * HOP, sound, roles, (felt[i // 150 % 4], felt[i // 200 % 4])))
    return tuple(hops)


@cache
def performed(name: str, model: str = models.DEFAULT) -> tuple[tuple[MotionFrame, ...], ...]:
    """Both faces of a minute in one style, three times by chance: [2 * 3][T]."""
    made, takes = models.load(model, [STYLES[name]] * 2), []
    for seed in (5, 6, 7):
        state, rows = made.init_state(2, seed), []
        for hop in conversation():
            frames, state = made.step(hop, state)
            rows += [frames] if frames else []
        takes += zip(*rows)
    return tuple(takes)


@cache
def learned(name: str, folder: Path, model: str = models.DEFAULT) -> tuple[Style, ...]:
    """What is found in the exported takes."""
    found = []
    for p, frames in enumerate(performed(name, model)):
        export.write(folder / f"{model}.{name}.{p}.csv", frames)
        found.append(style.load(folder / f"{model}.{name}.{p}.csv"))
    return tuple(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("takes")


def mean(name: str, folder: Path, model: str = models.DEFAULT) -> Style:
    return Style(*np.mean(learned(name, folder, model), 0))


@pytest.mark.slow
@pytest.mark.parametrize("name", STYLES)
def test_a_built_in_style_is_found_again_in_a_minute_of_it(name, folder):
    found, told = mean(name, folder), STYLES[name]
    within = {"head": 0.15, "face": 0.25, "mouth": 0.2, "blinks": 0.4, "nods": 0.5, "away": 0.4}
    for factor, wide in within.items():
        ratio = getattr(found, factor) / getattr(told, factor)
        assert 1.0 / (1.0 + wide) < ratio < 1.0 + wide, f"{factor} is {getattr(found, factor):.2f}"


@pytest.mark.slow
@pytest.mark.parametrize("model", models.names())
def test_a_lively_person_moves_more_than_an_ordinary_one_and_a_reserved_one_less(model, folder):
    ordinary, lively, reserved, nervous = (mean(name, folder, model) for name in STYLES)
    assert reserved.head < 0.8 * ordinary.head and ordinary.head < 0.85 * lively.head
    assert reserved.face < 0.9 * ordinary.face and ordinary.face < 0.95 * lively.face
    assert reserved.mouth < ordinary.mouth <= lively.mouth + 0.02
    assert nervous.blinks > 1.15 * ordinary.blinks and nervous.away > 1.2 * ordinary.away
    assert abs(nervous.head - ordinary.head) < 0.25


@pytest.mark.slow
def test_a_short_take_tells_less_than_a_long_one(folder):
    frames = performed("lively")[0]
    found = [style.learn(taken(frames[:n])).head for n in (2 * FPS + 1, 10 * FPS, MINUTE - 10)]
    assert 1.0 < found[0] < found[1] < found[2] + 0.1 and found[0] < 1.25


@pytest.mark.slow
def test_the_frame_rate_of_a_take_changes_little(folder):
    """The same movement as the app writes it at 60 frames a second."""
    frames = performed("lively")[0]
    ordinary = taken(frames)
    at = np.arange(0, (len(frames) - 1) * HOP, RATE // 60)

    def between(rows: np.ndarray) -> np.ndarray:
        return np.stack([np.interp(at, ordinary.starts, c) for c in rows.T], 1).astype(np.float32)

    rows = zip(at, between(ordinary.weights), between(ordinary.head), between(ordinary.gaze))
    export.write(folder / "sixty.csv", (MotionFrame(int(a), *arrays) for a, *arrays in rows), fps=60)
    sizes, rates = np.split(np.abs(np.subtract(style.load(folder / "sixty.csv"), style.learn(ordinary))), 2)
    assert sizes.max() < 0.08 and rates.max() < 0.25, "few events, and a nod at the edge of one is one less"


def taken(frames) -> Recording:
    arrays = (np.array([getattr(f, n) for f in frames]) for n in ("start", "weights", "head", "gaze"))
    return Recording(*arrays)


def still(seconds: float = 60.0, **more) -> Recording:
    count = round(seconds * FPS) + 1
    shapes = {"weights": (count, 52), "head": (count, 3), "gaze": (count, 2)}
    arrays = {n: more.get(n, np.zeros(s, np.float32)) for n, s in shapes.items()}
    return Recording(np.arange(count) * HOP, **arrays)


def test_a_take_without_head_eyes_or_speech_leaves_what_depends_on_them_ordinary():
    found = style.learn(still())
    assert (found.head, found.nods, found.away, found.mouth) == (1.0, 1.0, 1.0, 1.0)
    assert found.face < 1.0 and found.blinks < 1.0, "a face that never moves was recorded all the same"


def test_blinks_and_looks_are_counted_as_told_beforehand():
    weights, gaze = np.zeros((1501, 52), np.float32), np.zeros((1501, 2), np.float32)
    for at in range(20, 1500, 32):  # 47 a minute
        weights[at : at + 4, [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]] = 0.9
    gaze[:750] = (0.3, 0.5)  # half of the time at one place, half at another
    gaze[750:] = (0.3, -0.2)
    gaze += np.random.default_rng(1).normal(0, 0.01, gaze.shape).astype(np.float32)
    found = style.learn(still(weights=weights, gaze=gaze))
    assert 1.9 < found.blinks < 3.0
    assert found.away == pytest.approx((1.0 / style.AWAY) ** (60 / 72), rel=0.05)
    away = gaze + np.float32([-0.7, 0.4])
    assert style.learn(still(gaze=away)).away == found.away, "nobody says where the partner sits"


def test_a_take_may_pass_midnight_and_begin_anywhere():
    head = np.cumsum(np.random.default_rng(2).normal(0, 0.01, (501, 3)), 0).astype(np.float32)
    plain = still(20, head=head)
    day = 86400 * RATE
    late = replace(plain, starts=(plain.starts + day - 5 * RATE) % day)
    assert np.allclose(style.learn(late), style.learn(plain))


def test_a_take_that_is_too_short_is_refused():
    for take in (still(1.9), Recording(np.zeros(0, np.int64), *(np.zeros((0, n)) for n in (52, 3, 2)))):
        with pytest.raises(ValueError, match=r"the take lasts \d\.\d s; expected at least 2, better 60"):
            style.learn(take)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 999), scale=st.sampled_from([0.0, 1e-6, 0.1, 10.0, 1e6]), seconds=st.floats(2.0, 5.0))
def test_whatever_a_take_holds_its_style_is_within_bounds(seed, scale, seconds):
    rng, count = np.random.default_rng(seed), round(seconds * FPS) + 1
    arrays = {n: (scale * rng.normal(size=(count, c))).astype(np.float32) for n, c in (("head", 3), ("gaze", 2))}
    weights = rng.uniform(0, 1, (count, 52)).astype(np.float32) * min(scale, 1.0)
    found = style.learn(still((count - 1) / FPS, weights=weights, **arrays))
    assert all(style.LEAST <= x <= style.MOST for x in found)


def test_a_style_is_written_and_read_back(tmp_path):
    wanted = Style(head=1.4, blinks=0.7)
    style.save(tmp_path / "me.style.json", wanted)
    assert style.load(tmp_path / "me.style.json") == wanted
    (tmp_path / "part.style.json").write_text('{"mouth": 2}', "utf-8")
    assert style.load(tmp_path / "part.style.json") == Style(mouth=2)
    with pytest.raises(OutputError, match="ends in .style.json"):
        style.save(tmp_path / "me.json", wanted)
    with pytest.raises(OutputError, match="cannot write"):
        style.save(tmp_path / "none" / "me.style.json", wanted)


@pytest.mark.parametrize(
    "text, told",
    [
        ("{", "is no JSON .*duologue style TAKE.csv"),
        ("[1]", "is no table; expected such as .*head"),
        ('{"haed": 1}', "unknown key 'haed'; did you mean 'head'"),
        ('{"head": 9}', "head is 9; expected a number from 0.25 to 4"),
        ('{"head": NaN}', "head is nan"),
        ('{"head": true}', "head is True"),
        ('{"head": "big"}', "head is 'big'"),
    ],
)
def test_a_file_that_holds_no_style_is_told_with_the_way_to_mend(tmp_path, text, told):
    (tmp_path / "bad.style.json").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=told):
        style.load(tmp_path / "bad.style.json")


def test_what_was_found_is_one_line():
    assert style.tell(Style(head=1.4, blinks=0.7, nods=1.02)) == "head x1.4, blinks x0.7"
    assert style.tell(Style()) == "as ordinary people move"
