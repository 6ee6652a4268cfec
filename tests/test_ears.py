"""What a microphone gives rise to, whatever it and its detector do: voices in turn, and all that was said."""

import numpy as np

from agents.vad.fake import FRAME
from agents.vad.fake import Engine as Detector
from app.ears import GONE, MOST_PIECES, PREROLL, Ears
from app.echo import BLOCK
from dialogue import events as e
from dialogue.types import RATE

LOUD = (np.sin(np.arange(BLOCK) * 0.05) * 0.2).astype(np.float32)
QUIET = np.zeros(BLOCK, np.float32)


class Room:
    """Ears, and a clock that goes on with each block."""

    def __init__(self, detector=None):
        self.now, self.faults, self.avatar = 0, [], False
        self.ears = Ears(
            detector or Detector(),
            lambda: self.now,
            lambda: self.avatar,
            lambda stage, error: self.faults.append((stage, str(error))),
        )

    def hear(self, *parts):
        """Seconds of voice (more than 0) and of silence (less); the events they give rise to."""
        told = []
        for part in parts:
            for _ in range(round(abs(part) * RATE / BLOCK)):
                self.now += BLOCK
                told += list(self.ears.take(LOUD if part > 0 else QUIET))
        return told

    def lengths_s(self, start=0):
        return [round((piece.end - piece.start) / RATE, 1) for piece in self.ears.pieces(start)]


def kinds(told):
    return [type(event) for event in told]


def test_a_voice_begins_and_stops_once():
    room = Room()
    started, stopped = room.hear(-0.5, 1.0, -0.5)
    assert (type(started), type(stopped)) == (e.VoiceStarted, e.VoiceStopped)
    assert abs(started.since - RATE // 2) <= FRAME and abs(stopped.since - 3 * RATE // 2) <= FRAME
    assert room.ears.ended == stopped.since and not room.faults


def test_a_long_turn_is_heard_in_pieces_and_none_of_it_is_lost_or_heard_twice():
    room = Room()
    room.hear(-0.5, *(3.0, -0.3) * 8)
    pieces = room.ears.pieces(RATE // 2)
    assert len(pieces) > 2 and all(len(piece.sound) < 12 * RATE for piece in pieces)
    assert all(0 <= b.start - a.end + 0.1 * RATE < 0.5 * RATE for a, b in zip(pieces, pieces[1:]))
    said = sum(int((np.abs(piece.sound) > 0.01).sum()) for piece in pieces) / int((np.abs(LOUD) > 0.01).sum()) * BLOCK
    assert abs(said - 24 * RATE) < 0.1 * RATE


def test_a_voice_that_never_pauses_is_cut_and_what_was_cut_is_to_be_written_down_at_once():
    room = Room()
    room.hear(45.0)
    assert len(room.ears.closed) == 2 and all(len(piece.sound) <= 20.1 * RATE for piece in room.ears.closed)
    assert sum(room.lengths_s()) == 45.0


def test_of_a_turn_that_begins_inside_a_piece_only_its_own_words_are_heard():
    room = Room()
    room.hear(1.0, -0.4, 1.0, -0.2)
    (piece,) = room.ears.pieces(round(1.4 * RATE))
    assert piece.start == round(1.4 * RATE) - PREROLL


def test_what_was_settled_belongs_to_no_later_turn():
    room = Room()
    room.hear(1.0, -0.5)
    room.ears.settle()
    (started, _) = room.hear(1.0, -0.5)
    assert len(room.ears.pieces(started.since)) == 1 and len(room.ears.pieces(0)) == 2


def test_a_gap_ends_the_voice_and_keeps_what_it_had_said():
    room = Room()
    room.hear(1.0)
    room.now += GONE + BLOCK
    stopped, started = room.hear(1.0)
    assert kinds([stopped, started]) == [e.VoiceStopped, e.VoiceStarted]
    assert room.lengths_s() == [1.0, 1.0] and kinds(room.hear(-0.5)) == [e.VoiceStopped]


def test_a_microphone_that_stays_a_little_behind_is_put_where_it_is_heard():
    room = Room()
    room.hear(0.5)
    room.now += RATE // 2  # half a second of blocks was dropped
    assert kinds(room.hear(2.0, -0.5)) == [e.VoiceStopped, e.VoiceStarted, e.VoiceStopped]
    assert abs(room.ears.ended - (room.now - RATE // 2)) <= FRAME


def test_a_microphone_that_catches_up_is_put_back_where_it_is_heard():
    room = Room()
    room.hear(-0.5)
    room.now += RATE // 2
    room.hear(-1.5)
    room.now -= RATE // 2  # the blocks that were thought lost came after all
    started, stopped = room.hear(0.5, -0.5)
    assert abs(started.since - 2 * RATE) <= FRAME and abs(stopped.since - 5 * RATE // 2) <= FRAME


def test_a_detector_that_fails_ends_the_voice_and_hears_the_next_one():
    class Failing(Detector):
        fails = False

        def hear(self, sound, state):
            if self.fails:
                raise ZeroDivisionError("division by zero")
            return super().hear(sound, state)

    detector = Failing()
    room = Room(detector)
    assert kinds(room.hear(0.5)) == [e.VoiceStarted]
    detector.fails = True
    assert kinds(room.hear(0.3)) == [e.VoiceStopped]
    assert set(room.faults) == {("vad", "division by zero")}
    detector.fails = False
    assert kinds(room.hear(0.5, -0.5)) == [e.VoiceStarted, e.VoiceStopped]
    assert room.ears.pieces(0)[0].sound is not None


def test_nothing_is_heard_while_muted():
    room = Room()
    room.hear(0.5)
    room.ears.mute(True)
    assert room.hear(1.0) == [] and not room.ears.track.read(RATE, RATE // 4).any()
    room.ears.mute(False)
    assert kinds(room.hear(1.0, -0.5)) == [e.VoiceStarted, e.VoiceStopped]


def test_a_soft_voice_beside_an_avatar_is_none_of_ours():
    room = Room()
    room.hear(*(1.0, -0.5) * 3)
    room.avatar = True
    told = []
    for _ in range(100):
        room.now += BLOCK
        told += list(room.ears.take(LOUD * np.float32(0.1)))
    assert told == []
    assert kinds(room.hear(0.5)) == [e.VoiceStarted]


def test_a_day_of_words_needs_no_day_of_memory():
    room = Room()
    for _ in range(MOST_PIECES + 5):
        room.hear(0.1, -0.15)
        room.ears.settle()
    room.ears.forget(room.now - RATE)
    assert len(room.ears.pieces(0)) <= MOST_PIECES + 1  # and the one that is open
    assert all(piece.sound is None for piece in room.ears.pieces(0)[:-8])


def test_a_microphone_that_is_muted_later_leaves_the_end_of_the_voice_where_it_was():
    room = Room()
    _, stopped = room.hear(-0.5, 1.0, -0.7)
    room.ears.mute(True)
    assert room.ears.ended == stopped.since
