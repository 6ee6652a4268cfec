"""Subtitles hold what was heard, two short lines at a time, while it sounds."""

import io

import av
import numpy as np
import pytest

from app.subtitles import LONGEST, WIDTH, captions, captions_at, srt, vtt
from dialogue.schedule import schedule
from dialogue.types import RATE, Word
from dialogue.utterance import Utterance
from performed import performed, play

LONG = (
    "When I was small, I thought that the moon was following our car, and only ours, all the way home from my "
    "grandmother's house. I waved at it. It never waved back, but then, it had no hands."
)


def captioned(body):
    a_play = play(body)
    return captions(schedule(a_play, performed(a_play)))


def test_a_short_line_is_one_caption_that_stays_a_moment_longer():
    line = schedule(play("ADA: [happy] Hi! You must be Ben. {nod}\n"), performed(play("ADA: Hi! You must be Ben.\n")))
    (caption,) = captions(line)
    assert (caption.name, caption.text) == ("ADA", "Hi! You must be Ben.")
    assert caption.start == line.segments[0].start
    assert caption.end > line.segments[0].end


def test_long_lines_are_split_where_the_sentence_breaks():
    assert [c.text for c in captioned(f"ADA: {LONG}\n")] == [
        "When I was small, I thought\nthat the moon was following our car,",
        "and only ours, all the way\nhome from my grandmother's house.",
        "I waved at it. It never waved\nback, but then, it had no hands.",
    ]


@pytest.mark.parametrize("text", [LONG, "word " * 400, "一" * 300, "x" * 300, "👩‍🚀 " * 60, LONG * 3])
def test_every_caption_fits_and_all_text_is_there_in_order(text):
    shown = captioned(f"ADA: {text.strip()}\n")
    for caption in shown:
        rows = f"ADA: {caption.text}".split("\n")
        assert len(rows) <= 2
        assert all(sum(2 if ord(ch) > 0x3000 and ord(ch) < 0xA000 else 1 for ch in row) <= WIDTH for row in rows)
        assert caption.start < caption.end
    assert "".join(c.text for c in shown).replace("\n", "").replace(" ", "") == text.replace(" ", "")
    assert all(a.end <= b.start for a, b in zip(shown, shown[1:]))


def test_captions_stand_while_their_words_sound_and_not_much_longer_than_six_seconds():
    a_play = play(f"ADA: {LONG}\n")
    line = schedule(a_play, performed(a_play))
    shown = captions(line)
    assert all(c.end - c.start <= LONGEST + RATE for c in shown)
    for word in line.words(0):
        (caption,) = captions_at(shown, word.start)
        assert word.text in caption.text.split()


def test_what_was_cut_off_is_in_no_caption():
    ada, ben = captioned('ADA: I never said that I would.\nBEN: (interrupts at "would") You did!\n')
    assert (ada.text, ben.text) == ("I never said that I—", "You did!")


def test_two_who_talk_at_once_have_two_captions():
    shown = captioned("ADA: one two three\nBEN: (overlap 0.5s) four\n")
    assert [c.name for c in captions_at(shown, shown[1].start)] == ["ADA", "BEN"]
    assert captions_at(shown, 0) == ()


def test_text_without_words_of_a_voice_is_shown_as_long_as_its_turn():
    a_play = play("ADA: 你好吗\n")
    line = schedule(a_play, [Utterance(0, np.zeros(0, np.float32), "你好吗")])
    (caption,) = captions(line)
    assert caption.text == "你好吗" and caption.start == line.segments[0].start and caption.end >= line.segments[0].end


def test_writing_without_spaces_gets_none_from_the_words_of_its_voice():
    a_play = play("ADA: 你好，我是本。 Hi 你呢？\n")
    words = tuple(Word(w, i * RATE, (i + 1) * RATE) for i, w in enumerate(["你好，", "我是本。", "Hi", "你呢？"]))
    line = schedule(a_play, [Utterance(0, np.full(4 * RATE, 0.1, np.float32), "你好，我是本。 Hi 你呢？", words)])
    assert [c.text for c in captions(line)] == ["你好，我是本。 Hi 你呢？"]


def test_srt_names_the_speaker_in_text_and_vtt_as_a_voice():
    shown = captioned("ADA: a < b & {c}\n".replace("{c}", "\\{c}"))
    assert srt(shown) == "1\n00:00:00,800 --> 00:00:02,600\nADA: a < b & {c}\n\n"
    assert vtt(shown) == "WEBVTT\n\n00:00:00.800 --> 00:00:02.600\n<v ADA>a &lt; b &amp; {c}</v>\n\n"


@pytest.mark.parametrize("written, name", [(srt, "srt"), (vtt, "webvtt")])
def test_players_read_what_is_written(written, name):
    shown = captioned(f"ADA: {LONG}\nBEN: (overlap 0.5s) 😀 {LONG}\n")
    with av.open(io.BytesIO(written(shown).encode()), format=name) as file:
        packets = [p for p in file.demux() if p.size]
    assert len(packets) == len(shown)
    assert [round(p.pts * p.time_base * 1000) for p in packets] == [round(c.start / 48) for c in shown]


@pytest.mark.slow
def test_five_thousand_words_are_captioned():
    shown = captioned("ADA: " + "many words " * 2500 + "\n")
    assert sum(len(c.text.split()) for c in shown) == 5000
