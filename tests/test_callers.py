"""Simulated callers: the same number is the same sound, and every time that is told is true."""

import numpy as np
import pytest

from app import caller_sounds
from app.callers import PEOPLE, STRATA, TAIL_S, Callers, Hold, Over, weights
from dialogue.types import RATE, samples

pytestmark = pytest.mark.slow  # voices are made
QUIET = (90.0,)  # dB of speech over noise: what is left in a pause is nothing


@pytest.fixture(scope="module")
def callers():
    made = {name: Callers(name) for name in ("tuning", "judging")}
    yield made
    for own in made.values():
        own.close()


@pytest.fixture(scope="module")
def turns(callers):
    return [callers["tuning"].turn(i, QUIET) for i in range(12)]


def rms(sound):
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0


def test_the_same_number_is_the_same_turn_and_another_is_another(callers, turns):
    again = callers["tuning"].turn(3, QUIET)
    assert np.array_equal(again.sound, turns[3].sound) and again.pauses == turns[3].pauses
    assert callers["judging"].turn(3, QUIET).text != again.text


def test_in_a_pause_nobody_is_heard_and_beside_it_somebody_is(turns):
    step = samples(0.06)
    for turn in turns:
        loud = rms(turn.sound[turn.start :])
        for pause in turn.pauses:
            end = pause.end or len(turn.sound)
            assert rms(turn.sound[pause.at : end]) < 0.01 * loud
            assert rms(turn.sound[pause.at - step : pause.at]) > 0.02 * loud
            if pause.end is not None:
                assert rms(turn.sound[pause.end : pause.end + step]) > 0.02 * loud
        assert rms(turn.sound[: turn.start]) < 0.01 * loud


def test_a_turn_ends_with_silence_and_only_its_last_pause_has_no_end(turns):
    for turn in turns:
        assert [pause.end is None for pause in turn.pauses] == [False] * (len(turn.pauses) - 1) + [True]
        assert len(turn.sound) - turn.pauses[-1].at == samples(TAIL_S)
        assert all(a.end < b.at for a, b in zip(turn.pauses, turn.pauses[1:]))


def test_turns_pause_in_every_way(callers):
    kinds = {pause.kind for i in range(20) for pause in callers["tuning"].turn(i).pauses}
    assert kinds == {*Hold, None}


def test_noise_lies_as_far_below_the_speech_as_is_told(callers):
    for snr_db in (20.0, 10.0, 5.0):
        turn = callers["judging"].turn(1, (snr_db,))
        noise_db = 20 * np.log10(rms(turn.sound[-RATE:]))
        speech_db = caller_sounds.level_db(turn.sound[turn.start : turn.pauses[0].at])
        assert speech_db - noise_db == pytest.approx(snr_db, abs=2.0)


@pytest.mark.parametrize("kind", Over)
def test_an_overlap_begins_and_ends_where_it_says(callers, kind):
    scene = callers["judging"].scene(kind, 2, QUIET)
    again = callers["judging"].scene(kind, 2, QUIET)
    assert np.array_equal(scene.sound, again.sound)
    before, during = rms(scene.sound[: scene.start]), rms(scene.sound[scene.start : scene.end])
    after = rms(scene.sound[scene.end :])
    assert during > 1.2 * before and during > 1.2 * after


def test_side_talk_is_quieter_than_an_interruption(callers):
    def level_db(kind):
        scenes = [callers["judging"].scene(kind, i, QUIET) for i in range(4)]
        return np.mean([caller_sounds.level_db(s.sound[s.start : s.end]) - s.usual_db for s in scenes])

    assert level_db(Over.ASIDE) < level_db(Over.INTERRUPTION) - 6.0


@pytest.mark.parametrize("kind", caller_sounds.BURSTS)
def test_a_burst_is_finite_and_full_and_short(kind):
    for seed in range(4):
        sound = caller_sounds.burst(kind, np.random.default_rng(seed))
        assert sound.dtype == np.float32 and np.abs(sound).max() == pytest.approx(1.0)
        assert samples(0.03) < len(sound) < samples(2.5)


def test_an_unknown_burst_or_set_is_an_error():
    with pytest.raises(ValueError, match="no burst named 'sneeze'; expected one of"):
        caller_sounds.burst("sneeze", np.random.default_rng(0))
    with pytest.raises(ValueError, match="no set of callers named 'training'; expected one of"):
        Callers("training")


def test_weights_give_pauses_the_shares_they_have_among_people():
    lengths = np.random.default_rng(0).uniform(0.12, 2.6, 400)
    found = weights(lengths)
    assert found.sum() == pytest.approx(1.0)
    for (low, high), share in zip(STRATA, PEOPLE):
        assert found[(lengths >= low) & (lengths < high)].sum() == pytest.approx(share)


def test_no_voice_is_in_both_sets(callers):
    assert not set(callers["tuning"]._names) & set(callers["judging"]._names)
