"""What a key means. Pure: a key by name and the state of things become commands and wishes.

One rule: while somebody types, letters are letters; only the keys that no text contains keep their meaning.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.live import Command, Status

SHORTCUTS = (
    ("Space", "hold to talk, when push-to-talk is on"),
    ("M", "mute or unmute the microphone"),
    ("P", "push-to-talk on or off"),
    ("Enter", "type instead of talking; Enter again sends it"),
    ("I", "interrupt whoever speaks"),
    ("1 2", "look at the first or second avatar, as a click on a face does"),
    ("R", "record, or stop recording"),
    ("S", "subtitles on or off"),
    ("Tab", "hide or show the panel"),
    ("F11", "fill the screen"),
    ("F1", "this list"),
    ("Esc", "close what is open, else quit"),
)
SWITCH = {False: "off", True: "on"}


@dataclass(frozen=True)
class Wish:
    """What a person wants of the window itself: panel, subtitles, help, fullscreen, write, leave-line, quit."""

    kind: str


def act(key: str, down: bool, typing: bool, helping: bool, status: Status) -> Command | Wish | None:
    """What a key asks for.

    Args:
        key: as pygame names it: "space", "m", "f1", "return".
        typing: the text line has the keyboard. helping: the list of shortcuts is open.
    """
    if key == "space":
        # Letting go always counts: who moves to the text line with the key down would be on air for ever.
        if status.push_to_talk and not (typing and down):
            return Command("hold", SWITCH[down])
        return None
    if not down:
        return None
    if key == "escape":
        return Wish("leave-line") if typing else Wish("help") if helping else Wish("quit")
    if key in ("f1", "f11"):
        return Wish({"f1": "help", "f11": "fullscreen"}[key])
    if typing:
        return None
    if key in ("tab", "s", "return", "enter"):
        return Wish({"tab": "panel", "s": "subtitles"}.get(key, "write"))
    if key == "m":
        return Command("mute", SWITCH[not status.muted])
    if key == "p":
        return Command("push-to-talk", SWITCH[not status.push_to_talk])
    if key == "r":
        return Command("record", SWITCH[not status.recording])
    if key.strip("[]").isdigit():  # the number pad's are in brackets
        return look(int(key.strip("[]")), status)
    return Command("interrupt") if key == "i" else None


def look(number: int, status: Status) -> Command | None:
    """To look at the participant of that number, 0 being the person; at nobody, if that is where they look already."""
    if not 0 < number < len(status.names):
        return None
    name = status.names[number]
    return Command("look", "" if status.looks == name else name)
