"""Who speaks: turns have a least length, pauses end none, and another's voice in a microphone is nobody's turn."""

import numpy as np
import pytest

from agents import vad
from agents.tts.hibari import Engine as Hibari
from agents.vad import floor
from agents.vad.floor import Change, Dials, spans
from app.corpus_talk import talk
from dialogue.types import RATE, Role, samples
from motion.frame import HOP

FAKE = vad.load("fake")
DIALS = Dials(lead=0, lag=0)
F = FAKE.frame


def tone(*spoken, frames=60, gain=0.3):
    """A track with a tone in the frames [a, b) of each."""
    out = np.zeros(frames * F, np.float32)
    for a, b in spoken:
        out[a * F : b * F] = gain * np.sin(2 * np.pi * 440 / RATE * np.arange((b - a) * F))
    return out


def told(*tracks, dials=DIALS):
    heard, state = floor.hear(FAKE, np.stack(tracks), floor.start(FAKE, len(tracks)), dials)
    return (*heard.changes, *floor.finish(state, dials))


def test_a_turn_begins_and_ends_where_its_sound_does():
    assert told(tone((10, 30))) == (Change(0, 10 * F, True), Change(0, 30 * F, False))


def test_a_turn_that_is_not_over_ends_with_the_recording():
    assert told(tone((10, 60))) == (Change(0, 10 * F, True), Change(0, 60 * F, False))


def test_a_click_is_no_turn_and_a_pause_between_words_ends_none():
    assert told(tone((10, 12))) == ()
    assert len(told(tone((10, 20), (26, 40)))) == 2  # 0.19 s of silence
    assert len(told(tone((10, 20), (31, 40)))) == 4  # 0.35 s


def test_what_is_certain_reaches_a_little_beyond_what_the_detector_says():
    wide = told(tone((10, 30)), dials=Dials(lead=960, lag=480))
    assert wide == (Change(0, 10 * F - 960, True), Change(0, 30 * F - 480, False))


def test_a_turn_goes_on_while_the_chance_lies_between_the_thresholds():
    softer = tone((10, 20)) + tone((20, 40), gain=10 ** (-51 / 20) * np.sqrt(2))  # chance 0.45
    assert told(softer) == (Change(0, 10 * F, True), Change(0, 40 * F, False))
    assert told(softer - tone((10, 20))) == ()


def test_any_chunking_says_the_same():
    rng = np.random.default_rng(3)
    sound = np.stack([tone((5, 30), (50, 58)), tone((28, 52))])
    whole, after = floor.hear(FAKE, sound, floor.start(FAKE, 2))
    state, changes, leaked, at = floor.start(FAKE, 2), [], [], 0
    while at < sound.shape[1]:
        n = int(rng.integers(1, 4000))
        heard, state = floor.hear(FAKE, sound[:, at : at + n], state)
        changes += heard.changes
        leaked.append(heard.leaked)
        at += n
    assert tuple(changes) == whole.changes
    np.testing.assert_array_equal(np.concatenate(leaked, 1), whole.leaked)
    np.testing.assert_array_equal(state.pairs, after.pairs)
    assert state.tracks == after.tracks


def test_an_earlier_state_is_not_touched_by_what_follows():
    start = floor.start(FAKE, 2)
    sound = np.stack([tone((5, 30)), tone((28, 52))])
    assert floor.hear(FAKE, sound, start)[0].changes == floor.hear(FAKE, sound, start)[0].changes
    assert start.at == 0 and start.pairs.sum() == floor.start(FAKE, 2).pairs.sum()


@pytest.mark.parametrize("leak_db", [-12, -20, -30])
def test_whoever_is_heard_through_the_others_microphone_only_does_not_speak(leak_db):
    a, b = tone((10, 60), frames=200), tone((80, 140), frames=200)
    gain = np.float32(10 ** (leak_db / 20))
    changes = told(a + gain * b, b + gain * a)
    assert spans(changes, 2) == [[(10 * F, 60 * F)], [(80 * F, 140 * F)]]


def test_both_speak_where_both_are_louder_than_the_others_leak():
    a, b = tone((10, 100), frames=200), tone((80, 140), frames=200)
    gain = np.float32(10 ** (-15 / 20))
    assert spans(told(a + gain * b, b + gain * a), 2) == [[(10 * F, 100 * F)], [(80 * F, 140 * F)]]


def test_a_silent_person_never_speaks_however_long_the_other_does():
    a = tone((10, 300), (350, 600), frames=620)
    changes = told(a, np.float32(10 ** (-14 / 20)) * a)
    assert {c.participant for c in changes} == {0}


def test_what_was_learned_by_the_end_holds_from_the_beginning():
    """The microphone of the second hears half as well as it is heard: at first the first one's voice is in doubt."""
    a, b = tone((10, 60), frames=600), tone((80, 140), (200, 300), frames=600)
    gains = np.array([[0.03, 0.03 * 0.15], [0.2, 1.0]], np.float32)
    sound = gains @ np.stack([a, b])
    heard, state = floor.hear(FAKE, sound, floor.start(FAKE, 2), DIALS)
    changes, leaked = floor.reconsider(heard.frames, state, F, DIALS)
    assert spans(changes, 2) == [[(10 * F, 60 * F)], [(80 * F, 140 * F), (200 * F, 300 * F)]]
    assert leaked[0, 82:138].all() and leaked[1, 12:58].all() and not leaked[1, 82:138].any()


def test_of_nothing_nothing_is_told():
    state = floor.start(FAKE, 2)
    changes, leaked = floor.reconsider((), state, F, DIALS)
    assert changes == () and leaked.shape == (2, 0) and floor.finish(state, DIALS) == ()


def test_dials_that_cannot_be_meant_are_refused():
    for wrong in ({"on": 0.3, "off": 0.5}, {"hang": -1}):
        with pytest.raises(ValueError, match="expected 0"):
            Dials(**wrong)
    with pytest.raises(ValueError, match="expected \\(2, samples\\)"):
        floor.hear(FAKE, np.zeros((3, 10), np.float32), floor.start(FAKE, 2))


@pytest.fixture(scope="module")
def conversation():
    """A minute of two voices: (sound [2, N], who speaks [T, 2])."""
    engine = Hibari()
    timeline = talk(np.random.default_rng(1), engine, ("ruth", "adam"), samples(60))
    engine.close()
    middles = range(HOP // 2, timeline.duration, HOP)
    truth = np.array([[role is Role.SPEAKING for role in timeline.roles_at(at)] for at in middles])
    return timeline.audio(0, timeline.duration), truth


@pytest.mark.slow
@pytest.mark.parametrize(
    "crosstalk_db, delay_ms, snr_db, quieter_db",
    [(None, 0, None, 0), (None, 0, 20, 0), (-30, 3, 30, 0), (-15, 4, 30, 0), (-15, 4, 30, 15), (-12, 5, 25, 0)],
)
def test_roles_are_right_in_95_of_100_frames(conversation, crosstalk_db, delay_ms, snr_db, quieter_db):
    clean, truth = conversation
    rng, delay, engine = np.random.default_rng(1), samples(delay_ms / 1000), vad.load("silero")
    sound = clean.copy()
    if crosstalk_db is not None:
        sound[:, delay:] += np.float32(10 ** (crosstalk_db / 20)) * clean[::-1, : clean.shape[1] - delay]
    if snr_db is not None:
        level = np.sqrt(np.mean(clean[np.abs(clean) > 1e-3] ** 2)) * 10 ** (-snr_db / 20)
        sound += level.astype(np.float32) * rng.standard_normal(sound.shape, np.float32)
    sound[1] *= np.float32(10 ** (-quieter_db / 20))
    heard, state = floor.hear(engine, sound, floor.start(engine, 2))
    engine.close()
    changes, _ = floor.reconsider(heard.frames, state, engine.frame)
    middles = np.arange(len(truth)) * HOP + HOP // 2
    found = np.zeros_like(truth)
    for p, own in enumerate(spans(changes, 2)):
        for start, end in own:
            found[(middles >= start) & (middles < end), p] = True
    assert np.mean(found == truth) > 0.95, np.mean(found == truth)
