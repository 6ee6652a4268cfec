"""A listener answers places: pauses after phrases, low pitch, laughs, its own short yes; and its head follows."""
import numpy as np

from dialogue.types import RATE, Cue, Feeling, Hop, Role
from motion.frame import FPS, HOP
from motion.listening import LATER, LOW, PAUSE, SPOKEN, Coupling, Ear, Listener, couple, respond
from motion.prosody import Voice


def places(sounds: str, low: str = "") -> list[int]:
    """The hops at which a listener may answer; `sounds` has one letter a hop, x for speech."""
    ear, out, voice = Ear(), [], Voice(low_hz=150.0)
    for i, sound in enumerate(sounds):
        ear, place = ear.hear(sound == "x", 100.0 if low[i : i + 1] == "l" else 200.0, voice)
        out += [i] if place else []
    return out


def test_the_pause_after_a_phrase_is_a_place():
    assert places("x" * SPOKEN + "." * 10) == [SPOKEN + PAUSE - 1]


def test_a_short_word_and_a_short_gap_are_none():
    assert places("x" * (SPOKEN - 1) + "." * 10) == []
    assert places(("x" * 10 + ".") * 5) == []


def test_low_pitch_after_a_while_is_answered_700_ms_later():
    sounds, low = "x" * 60, "-" * 25 + "l" * LOW + "-" * 40
    assert places(sounds, low) == [25 + LOW - 1 + LATER + 1]
    assert places(sounds, "l" * LOW + "-" * 60) == []


def hop(at: int, cues: tuple[Cue, ...] = (), role: Role = Role.SPEAKING) -> Hop:
    return Hop(at, np.zeros((2, HOP), np.float32), (Role.LISTENING, role), (Feeling(), Feeling()), ((), ()), ((), cues))


def answers(count: int, nodded: int, spoke: int = 0, place: bool = True) -> list[str]:
    at = 60 * RATE
    listener = Listener((), at - nodded, spoke)
    return [g.kind for i in range(count) for g in respond(hop(at), 0, listener, (False, place), (i, 0))]


def test_a_nod_is_likelier_the_longer_there_was_none():
    rare, often = (answers(400, seconds * RATE).count("nod") for seconds in (5, 20))
    assert rare < 0.6 * often and 30 < often < 90
    assert answers(400, RATE).count("nod") == 0


def test_nothing_is_answered_where_there_is_no_place():
    assert answers(50, 20 * RATE, place=False) == []


def test_a_short_yes_sometimes_comes_with_a_nod_and_a_whole_turn_does_not():
    assert 40 < answers(300, 20 * RATE, spoke=10, place=False).count("nod") < 95
    assert answers(300, 20 * RATE, spoke=60, place=False) == []


def test_most_laughs_are_caught():
    laugh = hop(RATE, (Cue("laughs", RATE),))
    caught = [respond(laugh, 0, Listener((), 0, 0), (False, False), (i, 0)) for i in range(100)]
    assert 62 < sum(any(g.kind == "grin" for g in some) for some in caught) < 88
    assert all(g.start > RATE + RATE // 5 for some in caught for g in some)


def test_a_head_follows_slow_movement_and_ignores_fast():
    def followed(hz: float) -> float:
        coupling, heads, leans = Coupling(), [], []
        for i in range(20 * FPS):
            coupling, lean = couple(coupling, heads[-20:], 0)
            heads.append(np.array([[0.0] * 3, [np.sin(2 * np.pi * hz * i / FPS)] * 3]))
            leans.append(lean[0])
        return float(np.std(leans[10 * FPS :]))

    assert followed(0.5) > 0.15 > 0.06 > followed(4.0)


def test_alone_there_is_nobody_to_follow():
    assert not couple(Coupling(), [np.ones((1, 3))] * 20, 0)[1].any()
