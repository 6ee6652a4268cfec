"""The whole picture: seats on a stage, a camera, subtitles. `Scene.draw` is the only door of this room.

One rule: the picture depends on nothing but the arguments of `draw`, so that two processes may render alternate frames.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import moderngl

from motion.frame import MotionFrame
from render.camera import Shot
from render.overlay import Caption


@dataclass(frozen=True)
class Quality:
    """What a picture may cost. Presets are in QUALITIES."""

    name: str
    samples: int  # MSAA samples a pixel; 0 is off
    fxaa: bool
    shadow: int  # pixels along the edge of the shadow map


QUALITIES = {q.name: q for q in (Quality("draft", 0, False, 256), Quality("standard", 0, True, 512), Quality("high", 4, False, 1024))}


@dataclass(frozen=True)
class Seat:
    """Who sits there: an avatar file and a side of the picture (left, middle, right; None: next free from left to right)."""

    avatar: Path
    side: str | None = None


class Scene:
    """Draws participants into its own framebuffer; the caller owns the context and calls `release` (or uses `with`)."""

    def __init__(
        self, ctx: moderngl.Context, size: tuple[int, int], quality: Quality, stage: str, light: str, seats: Sequence[Seat]
    ) -> None:
        """Load the avatars and paint the stage.

        Raises:
            AvatarError: a file is not an avatar we can draw.
            SceneError: there is no such stage, light or side, or the size is not even and within 16..4096.
        """
        self.ctx, self.size, self.quality = ctx, size, quality

    def draw(self, frames: Sequence[MotionFrame], shot: Shot, captions: Sequence[Caption], at: int, sways: Sequence = ()) -> None:
        """Draw one picture into `self.picture`.

        Args:
            frames: one per seat.
            captions: what is being said, the oldest first; several stack.
            at: samples since the session began (camera drift, breathing).
            sways: hair springs, one per seat, advanced by render.avatar.swing over ALL frames; none leaves the hair still.
        """

    def release(self) -> None:
        """Free every GL object; idempotent."""

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, *problem: object) -> None:
        self.release()
