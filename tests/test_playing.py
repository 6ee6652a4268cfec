"""One reply on its way through the loudspeaker."""

import numpy as np

from app.loudspeaker import Loudspeaker
from app.playing import Playing
from dialogue.types import Cue, Emotion, Feeling, Word
from dialogue.utterance import Utterance

WORD = 4800  # samples


def piece(text, cue=()):
    """0.1 s a word."""
    words = tuple(Word(w, i * WORD, (i + 1) * WORD) for i, w in enumerate(text.split()))
    sound = np.full(len(words) * WORD, 0.5, np.float32)
    return Utterance(1, sound, text, words, (), ((0, Feeling(Emotion.HAPPY)),), cue)


def playing(*texts, released=True):
    speaker = Loudspeaker(2)
    reply = Playing(1, 7, speaker, released=released)
    for text in texts:
        reply.add(piece(text), 0, speaker.played)
    return reply, speaker


def pass_(speaker, n):
    return np.concatenate([speaker.play(480) for _ in range(n // 480)])


def test_what_is_held_is_not_heard_until_it_is_released():
    reply, speaker = playing("one two", released=False)
    assert not pass_(speaker, 4800).any() and reply.played(speaker.played) == 0
    begin = reply.release(speaker.played)
    assert begin == 4800
    assert np.count_nonzero(pass_(speaker, 4 * WORD)) == 2 * WORD


def test_only_words_that_began_were_heard():
    reply, speaker = playing("one two three", "four five")
    pass_(speaker, WORD + 480)
    assert reply.heard(reply.played(speaker.played)) == ("one two", "three four five")


def test_a_reply_goes_on_at_the_word_in_which_it_was_silenced():
    reply, speaker = playing("one two three")
    pass_(speaker, WORD + WORD // 2)
    end = reply.silence()
    heard = reply.played(end)
    assert not pass_(speaker, 4800)[480:].any()
    assert reply.played(speaker.played) == heard
    begin = reply.resume(heard, speaker.played)
    assert reply.at(WORD) == begin
    pass_(speaker, begin - speaker.played + 2 * WORD + 480)
    reply.finished = True
    assert reply.over(speaker.played) and reply.heard(reply.length + 1) == ("one two three", "")


def test_cues_and_feelings_fall_where_they_are_heard():
    speaker = Loudspeaker(2)
    reply = Playing(1, 7, speaker, released=True)
    begin = reply.add(piece("one two", (Cue("nod", WORD),)), 960, 0)
    reply.add(piece("three"), 0, 0)
    assert reply.cues() == [Cue("nod", begin + WORD)]
    assert reply.feelings() == [(begin, Feeling(Emotion.HAPPY)), (begin + 2 * WORD + 960, Feeling(Emotion.HAPPY))]


def test_it_is_over_when_the_last_sample_was_heard_and_no_more_comes():
    reply, speaker = playing("one")
    pass_(speaker, WORD)
    assert not reply.over(speaker.played)
    reply.finished = True
    assert reply.over(speaker.played)


def test_a_piece_without_sound_keeps_nobody_waiting():
    reply, speaker = playing("one")
    reply.add(Utterance(1, np.zeros(0, np.float32), "🙂"), 960, 0)
    reply.finished = True
    pass_(speaker, WORD)
    assert reply.over(speaker.played) and reply.heard(reply.length + 1)[0] == "one 🙂"
