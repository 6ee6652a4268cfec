"""Whose turn it is: the main stories told whole, states and outputs."""

from pathlib import Path

import pytest

from dialogue import events as e
from dialogue import turns
from dialogue.barge_in import FADE, LATEST
from dialogue.events import IllegalEvent, Sign, Why
from dialogue.floor import SPECULATE, Dials, State, addressees, attention
from dialogue.patience import MOST, Evidence, patience
from dialogue.turns_diagram import page
from dialogue.types import RATE, samples

MS = RATE // 1000
QUIET, TALKING, PAUSED, WAITING = State.QUIET, State.TALKING, State.PAUSED, State.WAITING
SPECULATING, PREPARING, SPEAKING, DUCKED = State.SPECULATING, State.PREPARING, State.SPEAKING, State.DUCKED
SAID = "Tell me about the sea."


class Talk:
    """A conversation, and all that came out of it so far."""

    def __init__(self, heard=("user",), voiced=("ada",), **dials):
        self.machine, self.log = turns.begin(heard, voiced, Dials(**{"signs": False, **dials})), []

    def until(self, at):
        while (due := turns.deadline(self.machine)) is not None and due <= at:
            self.machine, out = turns.expire(self.machine, due)
            self.log += out
        return self

    def tell(self, *happened):
        for event in happened:
            self.until(event.at)
            self.machine, out = turns.handle(self.machine, event)
            self.log += out
        return self

    def out(self):
        out, self.log = self.log, []
        return out

    @property
    def states(self):
        return self.machine.states

    def speaking(self):
        """The avatar answers the user since 4 s, and has been for a second."""
        self.tell(e.Typed(4 * RATE - 300 * MS, 0, SAID), e.ReplyStarted(4 * RATE - 200 * MS, 1))
        self.tell(e.SentenceReady(4 * RATE - 100 * MS, 1, "It is wide."))
        self.tell(e.Played(4 * RATE, 1, 0), e.Played(5 * RATE, 1, RATE))
        self.out()
        return self


def said(text=SAID, at=RATE):
    """A phrase of 1 s and its transcript, 160 ms after it."""
    return e.VoiceStarted(at - RATE, 0), e.VoiceStopped(at, 0), e.Transcript(at + 160 * MS, 0, text)


def end(text=SAID, voiced=RATE):
    return patience(Evidence(voiced, text=text))


def test_a_plain_turn_is_transcribed_answered_and_confirmed():
    talk = Talk().tell(*said())
    assert talk.states == (PAUSED, SPECULATING)
    over = RATE + max(end(), 160 * MS)
    talk.until(over)
    assert talk.states == (WAITING, PREPARING)
    assert talk.out() == [
        e.Transcribe(RATE + SPECULATE, 0, 0),
        e.StartReply(RATE + 160 * MS, 1, 1, 0, SAID, held=True),
        e.TurnEnded(over, 0, SAID, (1,)),
        e.Confirm(over, 1),
    ]
    talk.tell(e.SentenceReady(over, 1, "Wide."), e.Played(over + MS, 1, 48))
    assert talk.states == (QUIET, SPEAKING)
    talk.tell(e.ReplyFinished(over + RATE, 1))
    assert (talk.states, talk.out()) == ((QUIET, QUIET), [])


def test_the_sound_of_a_speculative_reply_is_held_until_it_is_confirmed():
    talk = Talk().tell(*said())
    assert turns.admit(talk.machine, 1) and not turns.audible(talk.machine, 1)
    with pytest.raises(IllegalEvent, match="Played of ada"):
        turns.handle(talk.machine, e.Played(talk.machine.now, 1, 1))
    talk.until(RATE + end())
    assert turns.admit(talk.machine, 1) and turns.audible(talk.machine, 1)


def test_a_pause_inside_a_phrase_cancels_the_speculation_and_teaches_the_pace():
    talk = Talk().tell(*said())
    talk.out()
    at = RATE + 170 * MS
    talk.tell(e.VoiceStarted(at, 0))
    assert talk.states == (TALKING, QUIET)
    assert talk.out() == [e.Cancel(at, 1, at, 0)]
    assert not turns.admit(talk.machine, 1)
    assert talk.machine.seats[0].voice.pace.holds == 1


def test_a_cough_before_the_reply_does_not_leave_the_question_unanswered():
    talk = Talk().tell(*said()).until(RATE + end())
    talk.out()
    at = RATE + end() + 20 * MS
    talk.tell(e.VoiceStarted(at, 0), e.VoiceStopped(at + 80 * MS, 0), e.Transcript(at + 240 * MS, 0, SAID))
    assert talk.out() == [
        e.Cancel(at, 1, at + 10 * MS, 10 * MS),
        e.KeepHeard(at, 1, 1, at + 10 * MS),
        e.Transcribe(at + 180 * MS, 0, 0),
        e.StartReply(at + 240 * MS, 2, 1, 0, SAID, held=True),
    ]
    talk.until(at + MOST + RATE)
    assert talk.states == (WAITING, PREPARING)


def test_other_words_make_another_speculation_the_same_words_do_not():
    talk = Talk().tell(*said())
    talk.out()
    talk.tell(e.Transcript(RATE + 165 * MS, 0, SAID.lower()))
    assert talk.out() == []
    at = RATE + 170 * MS
    talk.tell(e.Transcript(at, 0, "Tell me about the seed."))
    assert talk.out() == [e.Cancel(at, 1, at, 0), e.StartReply(at, 2, 1, 0, "Tell me about the seed.", held=True)]


def test_barge_in_turns_the_voice_down_then_stops_it_and_keeps_the_words_heard():
    talk = Talk().speaking()
    at = 6 * RATE
    talk.tell(e.VoiceStarted(at, 0), e.Transcript(at + 700 * MS, 0, "wait, stop, I have a question"))
    talk.until(at + LATEST)
    assert talk.states == (TALKING, QUIET)
    out = [o for o in talk.out() if not isinstance(o, e.Transcribe)]
    stopped = out[1].at
    assert at + FADE < stopped <= at + LATEST
    assert out == [
        e.Duck(at + FADE, 1),
        e.Cancel(stopped, 1, stopped + 10 * MS, 10 * MS),
        e.KeepHeard(stopped, 1, 1, stopped + 10 * MS),
    ]
    assert not turns.admit(talk.machine, 1)
    with pytest.raises(IllegalEvent, match="turn 1, which is over"):
        turns.handle(talk.machine, e.Played(talk.machine.now, 1, 2 * RATE))


def test_a_backchannel_resumes_the_voice_where_it_was():
    talk = Talk().speaking()
    at = 6 * RATE
    talk.tell(e.VoiceStarted(at, 0), e.VoiceStopped(at + 250 * MS, 0), e.Transcript(at + 400 * MS, 0, "mm-hm"))
    talk.until(at + LATEST)
    assert talk.states == (QUIET, SPEAKING)
    out = talk.out()
    assert [type(o) for o in out] == [e.Duck, e.Transcribe, e.Resume]
    assert (out[0].at, out[2].start) == (at + FADE, RATE)


def test_a_voice_shorter_than_the_first_step_changes_nothing():
    talk = Talk().speaking()
    talk.tell(e.VoiceStarted(6 * RATE, 0), e.VoiceStopped(6 * RATE + FADE - 1, 0)).until(7 * RATE)
    assert talk.states == (QUIET, SPEAKING)
    assert not any(isinstance(o, (e.Duck, e.Cancel)) for o in talk.out())


def test_whoever_goes_on_as_the_reply_begins_gets_the_floor_back_with_the_whole_turn():
    talk = Talk().tell(*said()).until(RATE + end())
    at = RATE + end() + 10 * MS
    talk.tell(e.Played(at, 1, 0))
    talk.out()
    talk.tell(e.VoiceStarted(at + 50 * MS, 0)).until(at + 50 * MS + FADE)
    assert talk.states == (TALKING, QUIET)
    cut = at + 50 * MS + FADE
    assert talk.out() == [
        e.Floor(cut, 0, 1),
        e.Cancel(cut, 1, cut + 10 * MS, 10 * MS),
        e.KeepHeard(cut, 1, 1, cut + 10 * MS),
    ]
    assert (talk.machine.seats[0].voice.start, talk.machine.seats[0].voice.text) == (0, SAID)


def test_typed_text_is_answered_at_once_whatever_sounds():
    talk = Talk().speaking()
    at = 6 * RATE
    talk.tell(e.Typed(at, 0, "And the sky?"))
    assert talk.states == (WAITING, PREPARING)
    assert talk.out() == [
        e.Cancel(at, 1, at + 10 * MS, 10 * MS),
        e.KeepHeard(at, 1, 1, at + 10 * MS),
        e.TurnEnded(at, 0, "And the sky?", (1,)),
        e.StartReply(at, 2, 1, 0, "And the sky?"),
    ]


def test_a_dead_language_model_is_told_and_something_human_is_said():
    talk = Talk().tell(e.Typed(0, 0, SAID), e.ReplyFailed(RATE, 1, "llm"))
    assert talk.out()[2:] == [e.Failed(RATE, 1, "llm"), e.StartReply(RATE, 2, 1, 0, SAID, Why.RECOVERY)]
    talk.tell(e.ReplyFailed(2 * RATE, 2, "tts"))
    assert (talk.states, talk.out()) == ((QUIET, QUIET), [e.Failed(2 * RATE, 2, "tts")])


def test_a_reply_that_fails_midway_finishes_what_it_has():
    talk = Talk().speaking().tell(e.ReplyFailed(6 * RATE, 1, "llm"))
    assert (talk.states, talk.out()) == ((QUIET, SPEAKING), [e.Failed(6 * RATE, 1, "llm")])
    talk.tell(e.ReplyFinished(7 * RATE, 1))
    assert talk.out() == [e.StartReply(7 * RATE, 2, 1, 0, SAID, Why.RECOVERY)]


def test_a_reply_that_gets_stuck_recovers_within_three_seconds():
    talk = Talk().tell(e.Typed(0, 0, SAID)).until(3 * RATE)
    assert [type(o) for o in talk.out()] == [e.TurnEnded, e.StartReply, e.Failed, e.Cancel, e.KeepHeard, e.StartReply]
    assert talk.machine.seats[1].reply.why is Why.RECOVERY and talk.machine.active <= samples(2.5)


def test_of_three_voices_the_one_who_is_named_answers_and_may_ask_the_other():
    talk = Talk(voiced=("ada", "ben")).tell(e.Typed(0, 0, "Ben, what do you see?"), e.Played(RATE, 1, 0))
    assert talk.states == (QUIET, QUIET, SPEAKING)
    talk.tell(e.SentenceReady(RATE, 1, "Water. Ada, and you?"), e.ReplyFinished(2 * RATE, 1))
    assert talk.out() == [
        e.TurnEnded(0, 0, "Ben, what do you see?", (2,)),
        e.StartReply(0, 1, 2, 0, "Ben, what do you see?"),
        e.StartReply(2 * RATE, 2, 1, 2, "Water. Ada, and you?"),
    ]
    assert talk.states == (QUIET, PREPARING, QUIET)


def test_avatars_leave_the_floor_to_people_after_a_few_turns():
    talk = Talk(voiced=("ada", "ben"), chain=2).tell(e.Typed(0, 0, "Ada, ask Ben."))
    for turn, name in enumerate(("Ben", "Ada", "Ben"), 1):
        at = turn * RATE
        talk.tell(e.SentenceReady(at, turn, f"{name}, and you?"), e.Played(at, turn, 0), e.ReplyFinished(at, turn))
    assert talk.states == (QUIET, QUIET, QUIET)


def test_of_two_who_are_asked_the_first_named_speaks_and_the_other_waits():
    both = "Ada and Ben, hello."
    talk = Talk(voiced=("ada", "ben")).tell(e.Typed(0, 0, both))
    assert talk.out()[1:] == [e.StartReply(0, 1, 1, 0, both), e.Floor(0, 1, 2)]
    talk.tell(e.Played(RATE, 1, 0), e.ReplyFinished(2 * RATE, 1))
    assert talk.out() == [e.StartReply(2 * RATE, 2, 2, 0, both)]


def test_without_a_name_it_is_who_is_looked_at_else_who_was_addressed_last():
    talk = Talk(voiced=("ada", "ben"))
    assert addressees(talk.machine.seats, 0, "Hello.") == (1,)
    talk.tell(e.Typed(0, 0, "Ben?"))
    assert addressees(talk.machine.seats, 0, "Hello.") == (2,)
    talk.tell(e.Looked(1, 0, 1))
    assert addressees(talk.machine.seats, 0, "Hello.") == (1,)
    assert addressees(talk.machine.seats, 0, "Ada, has Ben gone?") == (1,)


def test_who_speaks_looks_at_whom_they_address_and_everybody_else_at_whoever_speaks():
    talk = Talk(voiced=("ada", "ben"))
    assert attention(talk.machine.seats) == (1, 0, 0)  # nobody has spoken: people and avatars look at each other
    talk.tell(e.VoiceStarted(0, 0))
    assert attention(talk.machine.seats)[1:] == (0, 0)
    talk = Talk(voiced=("ada", "ben")).tell(e.Typed(0, 0, "Ben, ask Ada."), e.Played(RATE, 1, 0))
    assert attention(talk.machine.seats) == (2, 2, 0)
    talk.tell(e.SentenceReady(2 * RATE, 1, "Ada, how are you?"), e.ReplyFinished(3 * RATE, 1))
    talk.tell(e.Played(4 * RATE, 2, 0))
    assert attention(talk.machine.seats)[1:] == (2, 1)  # Ada answers Ben, and he listens


def test_who_is_looked_at_looks_back_where_nobody_speaks():
    talk = Talk(voiced=("ada", "ben")).tell(e.Typed(0, 0, "Ben, ask Ada."))
    talk.tell(e.SentenceReady(0, 1, "Ada?"), e.Played(1, 1, 0), e.ReplyFinished(RATE, 1))
    talk.tell(e.Played(RATE, 2, 0), e.ReplyFinished(2 * RATE, 2))
    assert attention(talk.machine.seats)[1] == 2
    talk.tell(e.Looked(3 * RATE, 0, 1))
    assert attention(talk.machine.seats)[:2] == (1, 0)
    talk.tell(e.Looked(4 * RATE, 0, None))
    assert attention(talk.machine.seats)[1] == 2


def test_after_long_silence_an_avatar_speaks_twice_and_then_waits():
    talk = Talk().until(20 * RATE)
    assert talk.out() == [e.StartReply(20 * RATE, 1, 1, None, "", Why.PROACTIVE)]
    talk.tell(e.Played(20 * RATE, 1, 0), e.ReplyFinished(21 * RATE, 1)).until(61 * RATE)
    assert talk.out() == [e.StartReply(61 * RATE, 2, 1, None, "", Why.PROACTIVE)]
    talk.tell(e.ReplyFinished(62 * RATE, 2))
    assert turns.deadline(talk.machine) is None


def test_a_listener_nods_and_says_mm_hm_only_in_an_unfinished_pause():
    talk = Talk(signs=True).tell(e.VoiceStarted(0, 0), e.VoiceStopped(6 * RATE, 0))
    talk.tell(e.EndOfTurn(6 * RATE + 140 * MS, 0, acoustic=0.1)).until(6 * RATE + 300 * MS)
    assert [o for o in talk.out() if isinstance(o, e.Backchannel)] == [
        e.Backchannel(5 * RATE, 1, 0, Sign.NOD),
        e.Backchannel(6 * RATE + 200 * MS, 1, 0, Sign.MM_HM),
    ]


def test_a_silence_without_words_is_nobodys_turn():
    talk = Talk().tell(*said("")).until(5 * RATE)
    assert (talk.states, talk.out()) == ((QUIET, QUIET), [e.Transcribe(RATE + SPECULATE, 0, 0)])


def test_letting_go_of_push_to_talk_ends_the_turn_without_patience():
    talk = Talk().tell(e.VoiceStarted(0, 0), e.Muted(RATE, 0, ends=True), e.Transcript(RATE + 60 * MS, 0, SAID))
    assert talk.states == (WAITING, PREPARING)


def test_an_avatar_that_is_muted_falls_silent():
    talk = Talk().speaking().tell(e.Muted(6 * RATE, 1))
    assert [type(o) for o in talk.out()] == [e.Cancel, e.KeepHeard]
    assert talk.tell(e.Typed(7 * RATE, 0, SAID)).states == (QUIET, QUIET)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (e.VoiceStopped(0, 0), r"VoiceStopped of user \(0\) who is quiet; expected one of: .*VoiceStarted"),
        (e.VoiceStarted(0, 1), r"VoiceStarted of ada \(1\) who is quiet"),
        (e.Played(0, 7, 0), "Played of turn 7, which was never started"),
        (e.Muted(0, 9), "Muted of participant 9; expected one of: 0 user, 1 ada"),
        (e.Looked(0, 0, 0), "toward 0; expected another"),
    ],
)
def test_an_illegal_event_says_what_whose_and_in_which_state(event, told):
    with pytest.raises(IllegalEvent, match=told):
        turns.handle(Talk().machine, event)


def test_an_event_knows_its_own_limits():
    with pytest.raises(ValueError, match="acoustic is 1.5"):
        e.EndOfTurn(0, 0, acoustic=1.5)
    with pytest.raises(ValueError, match="since 5; expected 0..4"):
        e.VoiceStarted(4, 0, since=5)
    with pytest.raises(ValueError, match="no text"):
        e.Typed(0, 0, " ")


def test_the_page_is_drawn_from_the_tables():
    assert (Path(__file__).parents[1] / "docs" / "turns.md").read_text("utf-8") == page()
