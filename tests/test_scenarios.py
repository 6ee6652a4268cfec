"""The plays that come with the project can be performed, and every example of the page about them is a play."""

import re
from pathlib import Path

import pytest

from agents.delivery import Line as Wanted, deliver
from agents.tts.fake import Engine
from app import cast
from app.subtitles import captions
from dialogue.emotion import GESTURES, VOCALS, Gesture, Vocal
from dialogue.play import DIRECTIVES, TIMINGS, parse
from dialogue.play_model import Camera, Gap, InterruptAtShare, InterruptAtWord, Line, Listens
from dialogue.play_write import write
from dialogue.schedule import schedule
from dialogue.transcript import transcript
from dialogue.types import Emotion, Feeling, seconds

FOLDER = Path(__file__).resolve().parents[1] / "scenarios"
PLAYS = sorted(FOLDER.glob("*.play"))
PAGE = (FOLDER / "README.md").read_text()
CAST = "---\ncast:\n  ADA: {voice: heart, avatar: maya}\n  BEN: {voice: kofi, avatar: kofi}\n---\n"


def performed(play):
    """Spoken by the tones of the fake engine: about as fast as a person."""
    engine = Engine()
    utterances = [deliver(Wanted(t.participant, t.items, "low", t.feeling), engine)[0] for t in play.turns()]
    return schedule(play, utterances)


@pytest.mark.parametrize("path", PLAYS, ids=lambda p: p.stem)
def test_every_play_asks_only_for_what_exists_and_survives_being_written(path):
    play = cast.read(path)
    assert parse(write(play), path.name) == play


@pytest.mark.slow
@pytest.mark.parametrize("path", PLAYS, ids=lambda p: p.stem)
def test_every_play_is_performed_as_it_is_written(path):
    play = cast.read(path)
    line = performed(play)
    written = {b.line for b in play.lines if b.timing is not None}
    assert all(s.planned_gap == s.actual_gap for s in line.segments if s.line in written)
    assert len(captions(line)) >= len(transcript(line))
    assert sum(s.interrupted for s in line.segments) == sum(
        isinstance(b.timing, InterruptAtWord | InterruptAtShare) for b in play.lines
    )


@pytest.mark.slow
def test_the_first_meeting_shows_what_the_program_can_do():
    play = cast.read(FOLDER / "first_meeting.play")
    items = [i for b in play.beats if isinstance(b, Line | Listens) for i in b.items]
    assert seconds(sum(s.end - s.start for s in performed(play).segments)) >= 45
    assert {c.avatar for c in play.head.cast} == {"maya", "kofi"}
    assert any(i == Vocal("laughs") for i in items)
    assert any(isinstance(b.timing, Gap) and b.timing.seconds < 0 for b in play.lines)
    assert any(isinstance(b.timing, InterruptAtWord) for b in play.lines)
    assert any(isinstance(b, Listens) for b in play.beats)
    assert {b.shot.kind for b in play.beats if isinstance(b, Camera)} == {
        "wide",
        "two-shot",
        "single",
        "over-shoulder",
        "auto",
    }
    assert len({i.emotion for i in items if isinstance(i, Feeling)}) >= 5


def test_the_plays_together_use_every_avatar():
    assert {c.avatar for path in PLAYS for c in cast.read(path).head.cast} == set(cast.avatars())


@pytest.mark.parametrize("example", re.findall(r"```play\n(.*?)```", PAGE, re.DOTALL))
def test_every_example_of_the_page_is_a_play(example):
    play = parse(example if example.startswith("---") else CAST + example, "README.md")
    assert parse(write(play), "README.md") == play


def test_the_page_names_everything_that_a_play_can_say():
    for word in (*(e.value for e in Emotion), *VOCALS, *GESTURES, *TIMINGS, *(f"> {d}" for d in DIRECTIVES)):
        assert word in PAGE
    assert all(path.name in PAGE for path in PLAYS)


def test_the_page_shows_every_gesture_in_its_own_bracket():
    assert {Gesture(name) for name in GESTURES} == {Gesture(n) for n in re.findall(r"`\{([a-z-]+)\}`", PAGE)}
