"""Keys become commands, and letters stay letters while somebody types."""

from dataclasses import replace

import pytest

from app.keys import SHORTCUTS, Wish, act
from app.live import Command, Status

HERE = Status(("You", "Ada"), ("listening", "speaking"))
BUSY = Status(("You", "Ada"), ("listening", "speaking"), muted=True, push_to_talk=True, recording="talk.mp4")


def press(key, status=HERE, down=True, typing=False, helping=False):
    return act(key, down, typing, helping, status)


@pytest.mark.parametrize(
    "key, quiet, busy",
    [
        ("m", Command("mute", "on"), Command("mute", "off")),
        ("p", Command("push-to-talk", "on"), Command("push-to-talk", "off")),
        ("r", Command("record", "on"), Command("record", "off")),
        ("i", Command("interrupt"), Command("interrupt")),
        ("space", None, Command("hold", "on")),
        ("s", Wish("subtitles"), Wish("subtitles")),
        ("tab", Wish("panel"), Wish("panel")),
        ("return", Wish("write"), Wish("write")),
        ("f1", Wish("help"), Wish("help")),
        ("f11", Wish("fullscreen"), Wish("fullscreen")),
        ("escape", Wish("quit"), Wish("quit")),
        ("q", None, None),
    ],
)
def test_a_key_asks_for_one_thing(key, quiet, busy):
    assert press(key) == quiet and press(key, BUSY) == busy
    assert press(key, down=False) is None


def test_letting_go_of_space_always_ends_the_talk():
    assert press("space", BUSY, down=False) == press("space", BUSY, down=False, typing=True) == Command("hold", "off")


def test_while_typing_letters_are_letters():
    assert {press(key, BUSY, typing=True) for key in ("m", "p", "r", "i", "s", "space", "tab", "return")} == {None}
    assert press("escape", typing=True) == Wish("leave-line")
    assert press("f1", typing=True) == Wish("help")


def test_escape_closes_the_list_before_the_window():
    assert press("escape", helping=True) == Wish("help")


def test_a_number_looks_at_an_avatar_and_the_same_again_at_nobody():
    three = Status(("You", "Ada", "Ben"), ("quiet",) * 3)
    assert press("2", three) == press("[2]", three) == Command("look", "Ben")
    assert press("2", replace(three, looks="Ben")) == Command("look", "")
    assert press("1", replace(three, looks="Ben")) == Command("look", "Ada")
    assert press("3", three) is press("0", three) is press("1", three, typing=True) is None


def test_every_shortcut_that_is_shown_does_something():
    names = {"Esc": "escape", "1 2": "1"}
    for key, _ in SHORTCUTS:
        assert press(names.get(key, key.lower()), BUSY) is not None, key
