"""The figures of turn-taking: what they say of policies whose worth is known, and the table they are made from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents import vad
from agents.asr import Transcript
from app import bench_turns as bench
from app import turn_evidence
from app.callers import Callers, Over
from app.recorded_pauses import EXPECTED, conversations, pauses
from app.turn_evidence import ASKED_TEXT, Ears, Overheard, Silence, heard, overheard, quiet, silences, voiced
from dialogue.barge_in import GATE_DB, Verdict
from dialogue.errors import CorpusError
from dialogue.types import RATE, samples

FRAME = 1536


def ears(**changes):
    told = {
        "complete": lambda sound: 0.5,
        "written": lambda sound: Transcript("text", stop=0.5),
        "ends": lambda text: 0.5,
    }
    return Ears(vad.load("silero"), **{**told, **changes})


def silence(at_s, end_s=None, text="so it is.", **known):
    runs = ((samples(at_s), samples(end_s if end_s else at_s + 3.5)),)
    end = None if end_s is None else samples(end_s)
    return Silence(0, samples(at_s), end, None if end is None else "hard", 20.0, runs, samples(2.0), text=text, **known)


def test_a_timer_cuts_off_the_pauses_that_are_longer_than_it_and_is_as_late_as_it_waits():
    rows = [silence(1.0, 1.2), silence(1.0, 1.5), silence(1.0, 2.0), silence(1.0, 3.0), silence(4.0)]
    found = bench.curve(rows, bench._timer, [0.25, 0.7, 2.5])
    assert found.latency_s == pytest.approx([0.25, 0.7, 2.5])
    assert found.cut[0] > found.cut[1] > found.cut[2] == 0.0
    assert found.cut_at(0.25) == pytest.approx(found.cut[0]) and found.latency_at(0.0) == 2.5


def test_whoever_knows_which_pause_is_the_end_cuts_none_off_and_is_early():
    rows = [silence(1.0, 1.4, "so I, um,", acoustic=0.02, language=0.01) for _ in range(5)]
    rows += [silence(2.0, None, "That is all.", acoustic=0.99, language=0.9) for _ in range(5)]
    figures = {f.name: f for f in bench.end_of_turn_figures(rows)}
    assert figures["false_cutoff_600ms"].value == 0.0 and figures["false_cutoff_vs_vad"].ok
    assert figures["latency_at_5pct_ms"].value < figures["latency_at_5pct_ms.vad"].value


def test_a_policy_that_is_worse_than_a_timer_on_people_is_told_so():
    good = [silence(1.0, 1.9, "so I, um,", acoustic=0.02, language=0.01), silence(2.0, text="Yes.", language=0.9)]
    bad = [silence(1.0, 2.2, "Yes.", acoustic=0.9, language=0.9), silence(2.0, text="so I, um,", language=0.01)]
    assert next(iter(bench.real_figures(good))).ok
    assert not next(iter(bench.real_figures(bad))).ok


def test_figures_in_noise_are_told_for_each_loudness():
    rows = [
        replace(silence(2.0 if end is None else 1.0, end), snr_db=snr) for snr in (20.0, 5.0) for end in (1.4, None)
    ]
    assert [figure.name for figure in bench.noise_figures(rows)] == [f"false_cutoff_600ms.{n}db" for n in (20, 5)]


def test_the_runs_of_silence_that_are_long_enough_fire_and_others_do_not():
    row = replace(silence(1.0), runs=((100, 200), (300, 900)))
    assert row.fires(50) == 150 and row.fires(400) == 700 and row.fires(601) is None


def scene(texts, voice=(10, 30), level_db=0.0, length=90):
    chance = tuple(0.9 if voice[0] <= i < voice[1] else 0.01 for i in range(length))
    start = voice[0] * FRAME
    return Overheard(0, "", "", start, voice[1] * FRAME, FRAME, chance, (level_db,) * length, tuple(texts))


def test_an_interruption_is_turned_down_first_and_decided_once_its_words_are_known():
    found = bench.outcome(scene([(18 * FRAME, "wait")]))
    assert found.takes and found.fade < found.decided
    assert found.fade == 4 * FRAME  # the first whole frame with a tenth of a second of voice
    assert found.decided >= 8 * FRAME + samples(bench.HEARD_S)


def test_a_short_answer_is_turned_down_and_goes_on_where_it_was():
    found = bench.outcome(scene([(24 * FRAME, "mm-hm")], voice=(10, 22)))
    assert not found.takes and found.first is Verdict.LEAVES and found.fade is not None


def test_quiet_talk_is_not_even_turned_down():
    found = bench.outcome(scene([], level_db=GATE_DB - 1.0))
    assert found == bench.Outcome(None, None, False, Verdict.LEAVES)


def test_barge_in_figures_count_outcomes():
    yes, no = bench.Outcome(100, 200, True, Verdict.TAKES), bench.Outcome(100, 300, False, Verdict.LEAVES)
    found = {kind: [no, no, no, no] for kind in Over} | {Over.INTERRUPTION: [yes, yes, yes, no]}
    found[Over.BACKCHANNEL] = [yes, no, no, no]
    figures = {f.name: f.value for f in bench.barge_in_figures(found)}
    assert figures["yield_rate"] == 0.75 and figures["ever_yield_backchannel"] == 0.25
    assert figures["selectivity_mean"] == pytest.approx(0.875)


def test_voice_begins_high_and_ends_low():
    assert voiced(np.array([0.6, 0.8, 0.6, 0.4, 0.6])).tolist() == [False, True, True, False, False]


def test_silences_are_those_after_the_first_voice():
    assert quiet(np.array([0, 1, 0, 0, 1, 0], bool), 10) == [(20, 40), (50, 60)]
    assert quiet(np.zeros(4, bool), 10) == []


@pytest.mark.slow
def test_evidence_is_made_from_sound_up_to_a_tenth_of_a_second_of_silence_and_no_later():
    callers = Callers("tuning")
    turn = callers.turn(4, (40.0,))
    callers.close()
    lengths = []
    rows = heard(4, turn, ears(written=lambda sound: lengths.append(len(sound)) or Transcript("text")))
    end = rows[-1]
    assert end.end is None and end.acoustic == 0.5 and end.language == 0.5
    assert abs(end.runs[0][0] - end.at) < samples(0.15)
    begin = max(0, turn.start - samples(0.5))
    assert max(lengths) <= end.runs[0][0] + ASKED_TEXT + FRAME - begin


@pytest.mark.slow
def test_an_overlap_is_transcribed_while_it_lasts_and_silence_is_not():
    callers = Callers("tuning")
    made = callers.scene(Over.INTERRUPTION, 0, (40.0,))
    row = overheard(0, made, ears(), GATE_DB)
    hush = overheard(0, replace(made, sound=np.zeros(RATE, np.float32)), ears(), GATE_DB)
    callers.close()
    assert len(row.texts) >= 3 and made.start < row.texts[0][0] < made.start + samples(0.7)
    assert hush.texts == ()


@pytest.mark.slow
def test_the_table_is_made_once_and_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(turn_evidence.models, "cache", lambda: tmp_path)
    asked = []
    made = silences("tuning", 1, ears(written=lambda sound: asked.append(1) or Transcript("text")), (40.0,))
    count = len(asked)
    again = silences("tuning", 1, ears(written=lambda sound: asked.append(1) or Transcript("text")), (40.0,))
    assert made == again and len(asked) == count > 0


def test_a_folder_without_conversations_says_what_it_expected(tmp_path):
    with pytest.raises(CorpusError, match=f"expected {EXPECTED}"):
        conversations(Path(tmp_path))


class Loud:
    """A detector for which voice is what is not zero."""

    frame = FRAME

    def start(self, tracks):
        return None

    def hear(self, sound, state):
        return np.array([float(np.abs(sound).max() > 0)]), state

    def close(self):
        """There is nothing to free."""


def test_a_silence_after_which_the_other_speaks_ends_a_turn_and_a_short_answer_does_not():
    own, other = (np.zeros(12 * RATE, np.float32) for _ in range(2))
    for a, b in ((0, 2), (3, 4), (8, 9)):
        own[a * RATE : b * RATE] = 0.1
    other[round(2.3 * RATE) : round(2.6 * RATE)] = 0.1  # mm-hm
    other[round(4.5 * RATE) : round(7.5 * RATE)] = 0.1
    rows = pauses(0, own, other, replace(ears(), vad=Loud()))
    assert [(round(row.at / RATE), row.end is None) for row in rows] == [(2, False), (4, True)]


def test_a_loop_of_a_prompted_transcriber_is_said_once():
    from agents.asr.faster_whisper import once

    assert once("sure. Sure. Sure") == "sure."
    assert once("maybe tomorrow. Maybe tomorrow.") == "maybe tomorrow."
    assert once("It is late. It is cold.") == "It is late. It is cold."
