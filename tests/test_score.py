"""A conversation is scored from its log alone: against what a caller meant, or against what came of each voice."""

import json

import pytest

from app import cli
from app.score import Score, read, score
from dialogue.errors import LogError
from dialogue.types import RATE


def at(s, kind, **more):
    return {"at": round(s * RATE), "kind": kind, **more}


def turn(s, ms=1000):
    return at(s, "caller", value="turn", ms=ms)


def over(s, value, ms=500):
    return at(s, "caller", value=value, ms=ms)


def test_a_wait_is_counted_from_where_the_voice_truly_ended():
    told = score([turn(1), at(2.7, "speak", turn=1, ms=650.0), turn(10), turn(20), at(21.9, "speak", turn=2)])
    assert (told.turns, told.answered, told.cut_in) == (3, 2, 0)
    assert told.waits_ms == pytest.approx((700, 900))


def test_an_avatar_that_begins_inside_a_turn_cuts_in_and_has_no_wait():
    told = score([turn(1, 3000), at(2.5, "speak", turn=1), at(5, "speak", turn=2)])
    assert (told.answered, told.cut_in, told.waits_ms) == (1, 1, ())


def test_an_interruption_is_to_be_yielded_to_and_everything_else_is_not():
    talk = [turn(0), at(1.5, "speak", turn=1)]
    stop, end = at(3, "cancel", turn=1), at(6, "said", turn=1)
    assert score([*talk, over(2.5, "interruption"), stop]).share("interruption") == 1.0
    assert score([*talk, over(2.5, "interruption"), end]).share("interruption") == 0.0
    went_on = score([*talk, over(2.5, "backchannel"), end])
    assert (went_on.share("backchannel"), went_on.false_stops) == (1.0, 0)
    stopped = score([*talk, over(2.5, "backchannel"), stop])
    assert (stopped.share("backchannel"), stopped.false_stops) == (0.0, 1)
    assert stopped.share("interruption") is None


def test_a_reply_that_was_nearly_over_has_nothing_to_yield():
    told = score([turn(0), at(1.5, "speak", turn=1), over(2.5, "interruption"), at(3, "said", turn=1)])
    assert not told.over


def test_the_stop_of_another_reply_and_a_late_one_are_nobodys_doing():
    talk = [turn(0), at(1.5, "speak", turn=1), over(2.5, "burst", 300), at(9, "said", turn=1)]
    assert score([*talk, at(3, "cancel", turn=2), at(4.5, "cancel", turn=1)]).share("burst") == 1.0


def test_without_a_caller_it_is_what_came_of_each_voice():
    told = score(
        [
            at(1, "turn", ms=400.0),
            at(1.2, "speak", turn=1, ms=600.0),
            at(2, "duck", turn=1),
            at(2.5, "resume", turn=1),
            at(4, "duck", turn=1),
            at(4.4, "cancel", turn=1),
            at(5, "turn", ms=600.0),
            at(5.2, "speak", turn=2, ms=800.0),
            at(6, "duck", turn=2),
            at(6.4, "cancel", turn=2),  # and nobody says anything
            at(20, "fault", stage="llm"),
        ]
    )
    assert (told.turns, told.answered, told.waits_ms) == (2, 2, (600.0, 800.0))
    assert (
        dict(told.over) == {"other": 1, "interruption": 2}
        and told.told()["went_on"] == 1
        and told.right["interruption"] == told.false_stops == 1
    )
    assert told.told()["stages_ms"]["end_of_turn"] == {"p50": 500, "p95": 590}
    assert told.faults == {"llm": 1}


def test_a_reply_that_gives_way_as_it_begins_had_cut_in_but_not_one_that_was_told_to_be_silent():
    early = [at(1, "turn"), at(1.2, "speak", turn=1), at(1.3, "voice"), at(1.4, "cancel", turn=1)]
    assert score(early).cut_in == 1
    assert score([early[0], early[1], early[3]]).cut_in == 0


def test_conversations_add_up():
    one = score([turn(1), at(2.7, "speak", turn=1), at(3, "fault", stage="tts")])
    both = one + one
    assert (both.turns, both.waits_ms, both.faults) == (2, one.waits_ms * 2, {"tts": 2})
    assert (one + Score()).told() == one.told()


def test_the_command_tells_it_to_people_and_to_programs(tmp_path, capsys):
    log = tmp_path / "log.jsonl"
    lines = [
        turn(1),
        at(2.7, "speak", turn=1),
        over(4, "backchannel"),
        at(6, "said", turn=1),
        at(7, "fault", stage="asr"),
    ]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"at": 5', "utf-8")  # and was killed
    assert cli.main(["score", str(log), str(log)]) == 0
    told = capsys.readouterr().out
    assert "2 answered" in told and "backchannels       2, 2 ignored" in told and "2 of asr" in told
    assert cli.main(["score", str(log), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["voice_to_voice_ms"] == {"p50": 700, "p95": 700}


@pytest.mark.parametrize(
    "text, problem", [("", "holds no events"), ("[1]\n{}\n", r"log\.jsonl:1: no object"), ("nonsense\n\n", r":1: ")]
)
def test_what_is_no_log_is_said_with_its_line(text, problem, tmp_path):
    (tmp_path / "log.jsonl").write_text(text, "utf-8")
    with pytest.raises(LogError, match=problem):
        read(tmp_path / "log.jsonl")
    with pytest.raises(LogError, match="cannot read 'nowhere.jsonl': No such file"):
        read(tmp_path.relative_to(tmp_path) / "nowhere.jsonl")


def test_a_sound_after_the_answer_has_ended_says_nothing_about_what_is_ignored():
    talk = [turn(0), at(1.5, "speak", turn=1), at(2.0, "said", turn=1)]
    assert score([*talk, over(2.4, "backchannel")]).over == {}


def test_a_text_with_another_end_of_line_in_it_is_one_event(tmp_path):
    (tmp_path / "log.jsonl").write_text(json.dumps(at(1, "said", text="a\u2028b"), ensure_ascii=False) + "\n", "utf-8")
    assert len(read(tmp_path / "log.jsonl")) == 1
