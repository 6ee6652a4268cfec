"""The camera follows the talk and never cuts a look short."""
from app.shots import LEAD, MIN_SHOT, Cut, Directive, Turn, plan, shot_at
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
    assert plan(turns((0, 1, 9)), [], 10 * RATE, 1, seed=0)[-1].shot == Shot("single", 0)


def test_the_same_seed_gives_the_same_shots():
    assert plan(TALK, [], 26 * RATE, 2, 7) == plan(TALK, [], 26 * RATE, 2, 7)
