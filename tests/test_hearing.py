"""What one microphone hears: the same in any chunks, with the real detector; the rest with one that hears loudness."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import hearing, vad
from agents.hearing import Dials, Started, Stopped, Transcribe
from agents.tts.hibari import Engine as Hibari
from agents.vad.fake import FRAME
from agents.vad.fake import Engine as Fake
from dialogue.errors import EngineError
from dialogue.types import RATE, Feeling

LOUD = np.sin(np.arange(FRAME) * 0.05).astype(np.float32) * 0.2
QUIET = np.zeros(FRAME, np.float32)


def frames(pattern):
    """Sound of one frame a letter: v voice, q quieter voice, . silence."""
    return np.concatenate([{"v": LOUD, "q": LOUD * 0.1, ".": QUIET}[letter] for letter in pattern])


def listen(sound, engine=None, chunks=(), dials=Dials(), state=None):
    """All events of a sound cut at `chunks`, and the state after it."""
    engine = engine or Fake()
    state = state or hearing.start(engine)
    events = []
    for part in np.split(sound, sorted(chunks)):
        told, state = hearing.hear(engine, part, state, dials)
        events += told
    return events, state


def plain(events):
    """Events that can be compared."""
    return [
        tuple(e)
        if isinstance(e, Started | Stopped)
        else (type(e).__name__, e.at, e.turn, getattr(e, "piece", None), e.sound.tobytes())
        for e in events
    ]


def test_a_voice_a_pause_and_its_work_are_told_in_their_order():
    events, state = listen(frames("." * 20 + "v" * 10 + "." * 8))
    assert [type(e) for e in events] == [Started, Stopped, Transcribe]
    started, stopped, words = events
    assert (started.at, stopped.at, stopped.voiced) == (20 * FRAME, 30 * FRAME, 10 * FRAME)
    assert words.at + len(words.sound) == 33 * FRAME and words.voiced == 10 * FRAME
    assert 0.3 * RATE <= started.at - words.at < 0.4 * RATE
    assert state.turn.silence == 8 * FRAME and not state.turn.speaking


def test_sound_is_handed_out_as_it_came_in():
    sound = frames("." * 20 + "v" * 10 + "." * 8)
    words = next(e for e in listen(sound)[0] if isinstance(e, Transcribe))
    np.testing.assert_array_equal(words.sound, sound[words.at :][: len(words.sound)])


def test_one_frame_of_voice_is_none():
    assert listen(frames("...v...v..."))[0] == []


def test_a_voice_that_goes_on_after_a_pause_asks_for_all_of_its_piece_again():
    words = [e for e in listen(frames(".." + "v" * 10 + "." * 6 + "v" * 10 + "...."))[0] if isinstance(e, Transcribe)]
    assert [(e.turn, e.piece, e.at) for e in words] == [(0, 0, 0), (0, 0, 0)]
    assert len(words[1].sound) == 31 * FRAME and words[1].voiced == 20 * FRAME


def test_a_pause_after_a_long_piece_closes_it_and_nothing_is_heard_twice_or_lost():
    sound = frames(".." + "v" * 130 + "." * 15 + "v" * 10 + "....")
    first, second = [e for e in listen(sound)[0] if isinstance(e, Transcribe)]
    assert (first.piece, second.piece) == (0, 1)
    assert first.at + len(first.sound) <= second.at < 147 * FRAME - 0.29 * RATE
    assert second.voiced == 10 * FRAME


@pytest.mark.slow
def test_a_turn_without_pauses_is_cut_before_it_is_too_long_to_transcribe():
    events, state = listen(frames("v" * 2000 + "..."))
    words = [e for e in events if isinstance(e, Transcribe)]
    assert all(len(e.sound) <= 20.1 * RATE for e in words) and [e.piece for e in words] == list(range(len(words)))
    assert sum(len(e.sound) for e in words) == 2003 * FRAME
    assert sum(e.at for e in words[:1]) == 0 and all(a.at + len(a.sound) == b.at for a, b in zip(words, words[1:]))


def test_a_turn_that_nobody_ends_does_not_grow_in_silence():
    _, state = listen(frames("v" * 10 + "." * 1000))
    assert len(state.turn.frames) < 45
    events, state = listen(frames("v" * 10 + "...."), state=state)
    assert [type(e) for e in events] == [Started, Stopped, Transcribe]
    assert events[2].piece == 1 and events[2].at + len(events[2].sound) == 1023 * FRAME


def test_a_settled_turn_is_followed_by_another():
    _, state = listen(frames("v" * 10 + "." * 15))
    events, state = listen(frames("v" * 10 + "..."), state=hearing.settled(state))
    assert {e.turn for e in events} == {1} and hearing.now(hearing.settled(state)) is None


def test_words_can_be_asked_for_while_somebody_speaks():
    _, state = listen(frames("." * 20 + "v" * 6))
    assert hearing.now(state).voiced == 6 * FRAME == state.turn.voiced == state.turn.loud


def test_talk_beside_the_microphone_is_under_the_gate():
    _, state = listen(frames(("v" * 20 + "." * 20) * 5))
    events, _ = listen(frames("q" * 10 + "..."), state=hearing.settled(state))
    assert isinstance(events[0], Started) and events[0].over_db < -3.0
    events, _ = listen(frames("v" * 10 + "..."), state=hearing.settled(state))
    assert events[0].over_db > 6.0


@pytest.mark.slow
def test_a_quieter_person_is_over_the_gate_in_the_end():
    _, state = listen(frames(("v" * 20 + "." * 20) * 5))
    _, state = listen(frames(("q" * 40 + "." * 20) * 40), state=state)
    assert state.level_db < state.gate_db() < 20 * np.log10(0.02 / 2**0.5)


def test_a_state_can_be_gone_back_to():
    _, state = listen(frames("." * 5 + "v" * 10))
    again = frames("....v.")
    assert plain(listen(again, state=state)[0]) == plain(listen(again, state=state)[0])


@pytest.mark.slow
@given(st.lists(st.integers(0, 40 * FRAME), max_size=12), st.text("v.q", min_size=40, max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_chunks_give_the_same(chunks, pattern):
    sound = frames(pattern)
    whole, end = listen(sound)
    parts, same = listen(sound, chunks=chunks)
    assert plain(whole) == plain(parts) and (end.at, end.voice_db) == (same.at, same.voice_db)


@pytest.mark.slow
def test_a_real_voice_is_heard_whole_and_alike_in_any_chunks():
    voice, engine = Hibari(), vad.load("silero")
    said = next(voice.speak("I went there yesterday, but nobody was at home.", "heart", Feeling(), 1)).samples
    voice.close()
    still = np.random.default_rng(1).normal(0.0, 1e-3, RATE).astype(np.float32)
    sound = np.concatenate([still, said, still]) * np.float32(0.5)
    whole, _ = listen(sound, engine)
    parts, _ = listen(sound, engine, chunks=np.random.default_rng(2).integers(0, len(sound), 60).tolist())
    assert plain(whole) == plain(parts)
    first, last = whole[0], [e for e in whole if isinstance(e, Stopped)][-1]
    assert abs(first.at - RATE) < 0.15 * RATE and abs(last.at - RATE - len(said)) < 0.2 * RATE
    words = [e for e in whole if isinstance(e, Transcribe)][-1]
    assert words.at < RATE and words.at + len(words.sound) > RATE + len(said)
    engine.close()


def test_after_a_gap_nothing_is_known_but_the_levels_and_how_many_turns_there_were():
    events, state = listen(frames("." * 5 + "v" * 10))
    after = hearing.again(Fake(), state, RATE)
    assert (after.at, after.turn, after.turns) == (RATE, None, 1) and after.voice_db == state.voice_db
    events, _ = listen(frames("v" * 10 + "..."), state=after)
    assert {e.turn for e in events} == {1} and events[0].at == RATE


def test_a_detector_that_answers_no_chance_is_told():
    class Broken(Fake):
        def hear(self, sound, state):
            return np.array([np.nan], np.float32), state

    with pytest.raises(EngineError, match="the detector of voices answered nan"):
        listen(frames("v"), Broken())


def test_wrong_input_is_a_callers_mistake():
    with pytest.raises(ValueError, match="expected \\(samples,\\)"):
        listen(np.zeros((1, 5), np.float32))
    with pytest.raises(ValueError, match="0 <= off <= on <= 1"):
        Dials(on=0.2)
    with pytest.raises(ValueError, match="pause <= keep"):
        Dials(pause=2 * RATE)
