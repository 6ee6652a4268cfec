"""Lines fall where the screenplay wants them, to the sample."""

from dataclasses import replace

import numpy as np
import pytest

from dialogue.play_model import Shot
from dialogue.schedule import BREATH, CAMERA_LEAD, FADE, INTERRUPT_LEAD, LEAD_IN, TAIL, default_gap_s, schedule
from dialogue.types import RATE, Cue, Emotion, Feeling, Role, samples
from performed import GAP, WORD, performed, play, utterance

STEP = WORD + GAP


def scheduled(body):
    a_play = play(body)
    return schedule(a_play, performed(a_play))


def test_gaps_overlaps_and_pauses_are_exact():
    line = scheduled(
        "ADA: one two\nBEN: (after 0.8s) three\nADA: (overlap 0.1s) four\n> pause 1.2s\nBEN: five\n"
        "> pause 1s\nADA: (after 0.5s) six\n"
    )
    first, second, third, fourth, fifth = line.segments
    assert (first.start, first.end) == (LEAD_IN, LEAD_IN + STEP + WORD)
    assert second.start == first.end + samples(0.8)
    assert third.start == second.end - samples(0.1)
    assert fourth.start == third.end + samples(1.2)
    assert fifth.start == fourth.end + samples(1.5)
    assert all(s.planned_gap == s.actual_gap for s in line.segments)
    assert [w.start for w in line.words(0)][:2] == [LEAD_IN, LEAD_IN + STEP]
    assert line.audio(second.start - 1, 2).any(axis=0).tolist() == [False, True]


def test_an_interruption_cuts_at_the_word_with_a_short_fade_and_leaves_nothing_of_the_rest():
    line = scheduled('ADA: I never said that I would marry you.\nBEN: (interrupts at "I would") Oh, but you did!\n')
    cut, other = line.segments
    assert cut.end == LEAD_IN + 4 * STEP
    assert cut.interrupted and not other.interrupted
    assert cut.heard == "I never said that" and cut.text == "I never said that I would marry you."
    assert [w.text for w in line.words(0)] == ["I", "never", "said", "that"]
    assert len(line.phones[0]) == 4
    assert other.start == cut.end - INTERRUPT_LEAD
    assert not line.audio(cut.end, RATE)[0].any()


def test_a_cut_inside_a_word_keeps_that_word_and_fades():
    line = scheduled("ADA: one two three four\nBEN: (interrupts at 50%) No!\n")
    whole = 3 * STEP + WORD
    cut = line.segments[0]
    assert cut.end == LEAD_IN + whole // 2
    assert cut.heard == "one two"
    last = line.audio(cut.end - FADE, FADE)[0]
    assert last[0] == np.float32(0.1) and last[-1] == 0


def test_a_quoted_word_that_the_voice_reads_otherwise_is_found_by_its_place_in_the_text():
    a_play = play('ADA: one two 42 four\nBEN: (interrupts at "42") No!\n')
    ada, ben = performed(a_play)
    ada = replace(ada, words=tuple(replace(w, text=t) for w, t in zip(ada.words, ("one", "two", "forty-two", "four"))))
    cut = schedule(a_play, [ada, ben]).segments[0]
    assert cut.end == LEAD_IN + round(len(ada) * 7 / 15)


def test_nobody_talks_over_themselves_and_no_line_begins_before_the_one_above():
    line = scheduled("ADA: one\nBEN: (overlap 9s) two\nBEN: (overlap 9s) three\n")
    one, two, three = line.segments
    assert two.start == one.start
    assert three.start == two.end + BREATH
    assert (two.planned_gap, two.actual_gap) == (-9 * RATE, one.start - one.end)


def test_a_backchannel_inside_a_long_line_leaves_the_floor_with_the_speaker():
    line = scheduled("ADA: one two three four five\nBEN: (overlap 0.9s) mhm\nADA: (after 0.2s) six\n")
    long, backchannel, after = line.segments
    assert backchannel.end < long.end
    assert after.start == long.end + samples(0.2)


def test_unscripted_gaps_are_seeded_and_human():
    body = "ADA: one\nBEN: two\nBEN: three\n"
    gaps = [s.actual_gap for s in scheduled(body).segments]
    assert gaps == [s.actual_gap for s in scheduled(body).segments]
    assert gaps != [s.actual_gap for s in schedule(replace_seed(play(body), 6), performed(play(body))).segments]
    rng = np.random.default_rng(0)
    drawn = [default_gap_s(rng, same_speaker=False) for _ in range(2000)]
    assert 0.05 < np.median(drawn) < 0.12
    assert 0.3 < np.mean(np.array(drawn) < 0) < 0.5
    assert -0.25 < min(drawn) and max(drawn) < 0.9
    assert 0.25 <= default_gap_s(rng, same_speaker=True) <= 0.55


def replace_seed(a_play, seed):
    return replace(a_play, head=replace(a_play.head, seed=seed))


def test_a_film_begins_and_ends_in_silence_and_holds_whole_frames():
    for fps in (24, 25, 30, 50, 60):
        a_play = play("ADA: one\n> pause 1s\n")
        a_play = replace(a_play, head=replace(a_play.head, fps=fps))
        line = schedule(a_play, performed(a_play))
        end = line.segments[-1].end + RATE + TAIL
        assert end <= line.duration < end + RATE
        assert line.duration % (RATE // fps) == 0 and line.duration % (RATE // 25) == 0


def test_camera_moves_come_just_before_the_line_or_with_the_pause_that_follows():
    line = scheduled(
        "> camera wide\nADA: one\n> camera BEN\nBEN: (after 0.5s) two\n> camera ADA\n> pause 2s\n"
        "> camera two-shot\nADA: three\n> camera wide\n"
    )
    one, two, three = line.segments
    assert [(m.at, m.shot) for m in line.camera] == [
        (0, Shot("wide")),
        (two.start - CAMERA_LEAD, Shot("single", "BEN")),
        (two.end, Shot("single", "ADA")),
        (three.start - CAMERA_LEAD, Shot("two-shot")),
        (three.end, Shot("wide")),
    ]


def test_a_listener_acts_during_the_next_line_of_somebody_else_where_words_end():
    line = scheduled(
        "ADA: [sad] no\n(BEN listens: smile, nod, [happy 0.5])\nBEN: mine\nADA: one two three four five six\n"
    )
    mine, long = line.segments[1:]
    ends = [w.end for w in long.words]
    assert [(c.name, c.at) for c in line.cues[1]] == [("smile", ends[1]), ("nod", ends[3])]
    assert line.feelings_at(mine.start)[1] == Feeling()
    assert line.feelings_at(long.start + RATE)[1] == Feeling(Emotion.HAPPY, 0.5)
    assert line.feelings_at(long.start)[0] == Feeling(Emotion.SAD)


def test_a_line_of_gestures_is_a_silent_answer_and_one_of_a_feeling_alone_is_nothing():
    line = scheduled("ADA: one\nBEN: (after 0.5s) {nod} {smile}\nADA: [sad]\nADA: (after 0.1s) two\n")
    one, two = line.segments
    nod, smile = line.cues[1]
    assert nod == Cue("nod", one.end + samples(0.5)) and smile == Cue("smile", nod.at + samples(0.9))
    assert two.start >= smile.at + samples(0.9)
    assert line.roles_at(nod.at)[1] is not Role.SPEAKING


def test_a_laugh_without_words_is_a_turn():
    line = scheduled("ADA: one\nBEN: (laughs)\n")
    assert line.roles_at(line.segments[1].start)[1] is Role.SPEAKING
    assert line.cues[1] == (Cue("laughs", line.segments[1].start),)


def test_writing_that_no_voice_can_speak_stays_as_long_as_it_takes_to_read():
    a_play = play("ADA: 你好吗？ 我很好。\nBEN: one\n")
    turns = a_play.turns()
    silent = replace(utterance(turns[0]), samples=np.zeros(0, np.float32), words=(), phones=())
    shown, after = schedule(a_play, [silent, utterance(turns[1])]).segments
    assert shown.end - shown.start == RATE and shown.heard == "你好吗？ 我很好。"
    assert after.start > shown.end - RATE // 4


def test_utterances_of_other_lines_are_refused():
    a_play = play("ADA: one\nBEN: two\n")
    with pytest.raises(ValueError, match="do not match"):
        schedule(a_play, performed(a_play)[::-1])
