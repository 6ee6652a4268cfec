"""What can go wrong when drawing. Every message says what, got, expected, and how to mend.

    RenderError            whoever runs the program can mend it; the CLI prints it without a traceback
      NoDisplayError       there is no OpenGL here: no library, no driver, or a version too old
      AvatarError          a file is not an avatar we can draw; carries what, got, expected and mend apart
      SceneError           a stage, light, quality, seat or shot that does not exist
      CaptureError         a picture cannot be written

The tree is render's own: this room knows motion.frame and nothing else of the house.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class RenderError(Exception):
    """Something the person at the keyboard can mend."""


class NoDisplayError(RenderError):
    """There is no OpenGL here: no library, no driver, or a version too old."""


class SceneError(RenderError):
    """A stage, light, quality, seat or shot that does not exist."""


class CaptureError(RenderError):
    """A picture cannot be written."""


class AvatarError(RenderError):
    """A file is not an avatar we can draw."""

    def __init__(self, what: str, got: object, expected: object, mend: str) -> None:
        super().__init__(f"{what}: got {got}; expected {expected}; {mend}")
        self.what, self.got, self.expected, self.mend = what, got, expected, mend


def unknown(kind: str, got: str, known: Iterable[str]) -> str:
    """The whole message for a name that does not exist, with the nearest one that does."""
    known = list(known)
    near = difflib.get_close_matches(str(got).lower(), [name.lower() for name in known], n=1, cutoff=0.6)
    meant = f"; did you mean '{next(n for n in known if n.lower() == near[0])}'?" if near else ""
    return f"no {kind} named '{got}'{meant}; there is: {', '.join(known)}"
