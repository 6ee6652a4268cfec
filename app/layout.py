"""Where picture and panel lie in a window. Pure; pixels of the drawing surface, from the top left.

One rule: wide windows put the panel beside the picture, narrow ones over it; nothing is ever cut off or negative.
"""

from __future__ import annotations

from dataclasses import dataclass

WIDE = 1000  # at scale 1: from here on both have room
PANEL = 348
LOW = 1200  # rows of a screen up to which one pixel is one pixel


@dataclass(frozen=True)
class Rect:
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Layout:
    """`panel` is None while hidden; `over` tells that it lies over the picture. `free` is what of the picture nothing
    hides: faces and words go into its middle."""

    picture: Rect
    free: Rect
    panel: Rect | None
    over: bool


def arrange(size: tuple[int, int], panel: bool, scale: float = 1.0) -> Layout:
    """Divide a window."""
    width, height = max(size[0], 1), max(size[1], 1)
    whole = Rect(0, 0, width, height)
    if not panel:
        return Layout(whole, whole, None, False)
    beside = round(PANEL * scale)
    if width >= WIDE * scale:
        picture = Rect(0, 0, width - beside, height)
        return Layout(picture, picture, Rect(width - beside, 0, beside, height), False)
    beside = min(beside, width)
    free = Rect(0, 0, width - beside, height) if width - beside >= beside / 2 else whole
    return Layout(whole, free, Rect(width - beside, 0, beside, height), True)


def picture_size(room: Rect, rows: int) -> tuple[int, int]:
    """The size of a picture that fills a rectangle with at most `rows` rows: even, within 16..4096, same shape."""
    share = min(1.0, rows / room.height, 4096 / room.width, 4096 / room.height)
    width, height = (max(16, min(4096, 2 * round(edge * share / 2))) for edge in (room.width, room.height))
    return width, height


def cover(room: Rect, size: tuple[int, int], free: Rect | None = None) -> Rect:
    """Where a picture of another shape goes so that it fills a rectangle, its middle in the middle of what is free."""
    free = free or room
    share = max(room.width / size[0], room.height / size[1])
    width, height = round(size[0] * share), round(size[1] * share)
    return Rect(free.left + (free.width - width) // 2, room.top + (room.height - height) // 2, width, height)


def scale_of(screen_rows: int, chosen: float = 0.0) -> float:
    """How large text is drawn: as a person chose, else by how many rows the screen has (a 4K screen whose system does
    not scale has 2160, and letters made for 1080 would be half as high as they should be)."""
    if chosen > 0:
        return min(max(chosen, 0.5), 4.0)
    return 1.0 if screen_rows <= LOW else min(round(screen_rows / 1080 * 4) / 4, 3.0)
