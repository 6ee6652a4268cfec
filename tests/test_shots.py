"""The camera follows the talk and never cuts a look short."""

from app.shots import LEAD, MIN_SHOT, OPENING, Cut, Directive, Turn, plan, shot_at
from dialogue.types import RATE
from render.camera import Shot


def turns(*spans):
    return [Turn(p, round(a * RATE), round(b * RATE)) for p, a, b in spans]


TALK = turns((0, 1, 5), (1, 5.2, 9), (0, 9.1, 9.8), (1, 10, 20), (0, 19.5, 24))


def test_a_film_opens_on_both_and_then_follows_the_speaker():
    cuts = plan(TALK, [], 26 * RATE, 2, seed=1)
    assert cuts[0] == Cut(0, Shot("wide"))
    assert {cut.shot.subject for cut in cuts[1:]} >= {0, 1}


def test_no_automatic_shot_is_shorter_than_the_minimum():
    for seed in range(30):
        cuts = plan(TALK, [], 26 * RATE, 2, seed)
        assert min(b.at - a.at for a, b in zip(cuts, cuts[1:])) >= MIN_SHOT


def test_the_cut_comes_a_little_before_the_voice():
    cuts = plan(turns((0, 1, 6), (1, 6.5, 12)), [], 13 * RATE, 2, seed=3)
    assert cuts[-1].at == round(6.5 * RATE) - LEAD and cuts[-1].shot.subject == 1


def test_a_long_speech_shows_the_listener_once():
    cuts = plan(turns((0, 3, 20)), [], 21 * RATE, 2, seed=0)
    assert [cut.shot.subject for cut in cuts] == [None, 0, 1, 0]


def test_a_camera_line_holds_until_the_next_one():
    directives = [Directive(0, Shot("two-shot")), Directive(6 * RATE, Shot("single", 1)), Directive(8 * RATE, None)]
    cuts = plan(TALK, directives, 26 * RATE, 2, seed=1)
    assert cuts[:2] == (Cut(0, Shot("two-shot")), Cut(6 * RATE, Shot("single", 1)))
    assert shot_at(cuts, 7 * RATE) == Shot("single", 1)


def test_someone_alone_is_filmed_too():
    alone = turns((0, 1, 9))
    assert plan(alone, [], 10 * RATE, 1, seed=0) == (Cut(0, Shot("wide")), Cut(OPENING, Shot("single", 0)))
    assert plan(alone, [], OPENING, 1, seed=0) == (Cut(0, Shot("wide")),)
    directives = [Directive(0, Shot("wide")), Directive(5 * RATE, None)]
    assert plan(alone, directives, 10 * RATE, 1, seed=0)[1:] == (Cut(5 * RATE, Shot("single", 0)),)


def test_auto_joins_a_running_film_on_whoever_is_about_to_speak():
    directives = [Directive(0, Shot("single", 0)), Directive(6 * RATE - RATE // 5, None)]
    for seed in range(10):
        cuts = plan(turns((0, 1, 5.5), (1, 6, 10)), directives, 12 * RATE, 2, seed)
        assert [(cut.at, cut.shot.subject) for cut in cuts] == [(0, 0), (6 * RATE - RATE // 5, 1)]


def test_auto_shows_everyone_while_nobody_speaks():
    directives = [Directive(0, Shot("single", 0)), Directive(6 * RATE, None)]
    assert plan(turns((0, 1, 5), (1, 20, 24)), directives, 26 * RATE, 3, 1)[1] == Cut(6 * RATE, Shot("wide"))


def test_many_people_are_each_shown_when_they_speak_and_nobody_who_is_not_there():
    talk = turns(*[(p % 5, 3 + 4 * p, 6.8 + 4 * p) for p in range(15)])
    for seed in range(10):
        cuts = plan(talk, [], 64 * RATE, 5, seed)
        assert {cut.shot.subject for cut in cuts} == {None, 0, 1, 2, 3, 4}
        assert all(cut.shot.kind != "two-shot" for cut in cuts)


def test_the_same_seed_gives_the_same_shots():
    assert plan(TALK, [], 26 * RATE, 2, 7) == plan(TALK, [], 26 * RATE, 2, 7)
