"""The screenplay, written: from Play to text, in its one canonical spelling.

One rule: `parse(write(play), file) == play` for every play that was parsed. Comments and empty rows between the lines
survive; those of the head come together at its top.
"""

from __future__ import annotations

from dialogue.emotion import write as write_items
from dialogue.play_head import write_head
from dialogue.play_model import (
    Beat,
    Blank,
    Camera,
    Comment,
    Gap,
    InterruptAtShare,
    InterruptAtWord,
    Line,
    Listens,
    Pause,
    Play,
    Timing,
)

WIDTH = 100  # characters; longer lines are continued on the next


def write(play: Play) -> str:
    """The text of a play, in its one canonical spelling."""
    names = play.names
    return "\n".join(["---", write_head(play.head) + "---", "", *(_written(beat, names) for beat in play.beats)]) + "\n"


def _written(beat: Beat, names: tuple[str, ...]) -> str:
    match beat:
        case Line():
            timing = "" if beat.timing is None else _written_timing(beat.timing) + " "
            return _wrapped(f"{beat.name}: {timing}{write_items(beat.items)}".rstrip(), names)
        case Listens():
            return f"({beat.name} listens: {', '.join(write_items([i]).strip('{}') for i in beat.items)})"
        case Camera(shot):
            return f"> camera {shot}"
        case Pause(value):
            return f"> pause {value:g}s"
        case Comment(text):
            return f"# {text}".rstrip()
        case Blank():
            return ""


def _written_timing(timing: Timing) -> str:
    match timing:
        case Gap(value):
            return f"(overlap {-value:g}s)" if value < 0 else f"(after {value:g}s)"
        case InterruptAtWord(words):
            return f'(interrupts at "{words}")'
        case InterruptAtShare(share):
            return f"(interrupts at {round(share * 100, 2):g}%)"


def _wrapped(text: str, names: tuple[str, ...]) -> str:
    """The text on rows of WIDTH; never broken where the next row would look like a comment or somebody's line."""
    rows, row = [], ""
    for word in text.split(" "):
        looks_new = word.startswith(("#", *(name.split()[0] for name in names)))
        if row and len(row) + 1 + len(word) > WIDTH and not looks_new:
            rows.append(row)
            row = "    " + word
        else:
            row = f"{row} {word}" if row else word
    return "\n".join([*rows, row])
