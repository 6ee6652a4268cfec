"""A screenplay becomes speech on a timeline, and camera lines become shots of the people they mean."""

import pytest

from app import performance
from app.performance import perform
from app.shots import Cut
from dialogue.errors import PlayError
from dialogue.play import parse
from render.camera import Shot, partner, placements


def play(count, body, seats=()):
    seats = [*seats, *[None] * (count - len(seats))]
    names = "ABCDEFGH"[:count]
    cast = "".join(
        f"  {name}: {{voice: fake/low, avatar: maya{f', seat: {seat}' if seat else ''}}}\n"
        for name, seat in zip(names, seats)
    )
    return parse(f"---\ncast:\n{cast}---\n{body}", "p.play")


def first_shot(count, line, seats=()):
    return perform(play(count, f"> camera {line}\nA: Hm.\n", seats)).cuts[0].shot


@pytest.mark.parametrize("count", range(2, 9))
def test_over_a_shoulder_means_the_shoulder_of_the_one_who_is_named(count):
    places = placements([None] * count)
    for named, name in enumerate("ABCDEFGH"[:count]):
        shot = first_shot(count, f"over-shoulder {name}")
        assert shot.subject != named
        if shot.kind == "over-shoulder":
            assert partner(shot.subject, places) == named
        else:
            assert shot == Shot("single", partner(named, places))


def test_two_people_look_past_each_other_wherever_they_sit():
    for seats in (("left", "right"), ("right", "left"), ()):
        assert first_shot(2, "over-shoulder A", seats) == Shot("over-shoulder", 1)
        assert first_shot(2, "over-shoulder B", seats) == Shot("over-shoulder", 0)


def test_someone_alone_has_no_other_shoulder():
    assert first_shot(1, "over-shoulder A") == Shot("single", 0)
    assert first_shot(1, "two-shot") == Shot("two-shot")
    assert perform(play(1, "A: Hello.\n")).cuts == (Cut(0, Shot("wide")),)


@pytest.mark.parametrize(
    "body",
    [
        "A: [sad]\n",
        "A: {nod}\n",
        "A: [sad]\nB: (interrupts at 50%) [sad]\n",
        "A: 😀\nB: (interrupts at 50%) No.\n",
        "A: —\n",
    ],
)
def test_a_play_with_hardly_a_sound_is_performed_too(body):
    done = perform(play(2, body))
    assert done.timeline.duration > 0 and done.cuts[0].at == 0


def test_a_film_longer_than_an_evening_is_refused_with_the_reason(monkeypatch):
    with pytest.raises(PlayError, match=r"p.play:1: the film would last more than 3 hours; expected a shorter one"):
        perform(play(1, "A: Hm.\n" + "> pause 600s\n" * 18))
    monkeypatch.setattr(performance, "LONGEST", 48_000)
    steps = []
    with pytest.raises(PlayError, match="more than"):
        perform(play(1, "A: This takes more than a second to say.\n" * 3), lambda *step: steps.append(step))
    assert steps == []
