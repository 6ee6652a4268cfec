"""Subtitles: what is said, in the colour of who says it, inside the title-safe area.

One rule: any text draws something and never raises; glyphs that no font here has become a box.
"""
from __future__ import annotations

from dataclasses import dataclass

PALETTE = ("#ffd9a0", "#a8dcff", "#c9f2b0", "#f7b8d8", "#e3d0ff", "#fff3a8")  # bright on dark, apart for colour-blind eyes


@dataclass(frozen=True)
class Caption:
    """One subtitle on screen: the speaker's name, the words, and the speaker's place in PALETTE (wraps around)."""

    name: str
    text: str
    colour: int
