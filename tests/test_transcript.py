"""Nobody is quoted with a word that began after they were silenced."""

from dialogue.schedule import schedule
from dialogue.transcript import as_text, transcript
from dialogue.types import Word
from dialogue.utterance import heard_text, pieces
from performed import performed, play

BODY = """ADA: [sad] I never said that 😀 I would, ever.
BEN: (interrupts at "ever") You did! (laughs)
ADA: (after 1s) (laughs)
ADA: True.
"""


def told(until=None):
    a_play = play(BODY)
    return transcript(schedule(a_play, performed(a_play)), until)


def test_a_transcript_names_who_said_what_and_marks_what_was_cut():
    assert as_text(told()) == "ADA: I never said that 😀 I would—\nBEN: You did!\nADA: True.\n"
    assert told()[0].text == "I never said that 😀 I would, ever."


def test_silencing_everybody_keeps_only_the_words_that_began_before():
    ada = told()[0]
    second = ada.start + 14_400  # where her second word begins
    assert [str(t) for t in told(until=second + 1)] == ["ADA: I never—"]
    assert [str(t) for t in told(until=second)] == ["ADA: I—"]
    assert told(until=ada.start) == ()


def test_the_text_is_shared_out_among_its_words_and_nothing_is_lost():
    words = tuple(Word(w, i, i + 1) for i, w in enumerate(("Oh", "dear", "you!")))
    text = "— Oh, dear 😀 (you!)"
    assert pieces(text, words) == ("— Oh, ", "dear 😀 (", "you!)")
    assert heard_text(text, words, 2) == "— Oh, dear 😀"
    assert heard_text(text, words, 3) == text
    assert heard_text(text, words, 0) == ""
    assert "".join(pieces(text, (Word("xyz", 0, 1), *words[1:]))) == text
