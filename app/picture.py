"""The picture of a live conversation: the faces of this moment, as large and as fine as the machine allows.

One rule: what is shown depends on the status, the frames and the time handed in; how fine it is drawn is app/pace.py's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import moderngl
import numpy as np

from app.layout import Layout, Rect, cover, picture_size
from app.live import Status
from app.pace import Level
from motion.frame import MotionFrame
from render.avatar import Sway, swing
from render.camera import Shot, placements, view
from render.overlay import Caption, Overlay
from render.scene import QUALITIES, Scene, Seat, look_at, perspective

HALF_M = 0.18  # half of a head with its hair, and room for an unsteady hand
CALM_S = 0.2  # a window that is being dragged changes size at every picture: ours follows when it rests


@dataclass(frozen=True)
class Room:
    """Who sits where, in the order of the faces of a conversation. Personas tell who somebody is, by name."""

    seats: tuple[Seat, ...]
    stage: str = "studio"
    light: str = "warm"
    personas: Mapping[str, str] = field(default_factory=dict)


class Picture:
    """Scene and subtitles on a GL context; `release` frees them."""

    def __init__(self, ctx: moderngl.Context, room: Room, place: Rect, level: Level) -> None:
        self.ctx = ctx
        self._wanted, self._rest_s = self._want(place, level), 0.0
        self._scene = Scene(ctx, *self._wanted, room.stage, room.light, room.seats)
        self._overlay: Overlay | None = None
        self._sways: tuple[Sway | None, ...] = (None,) * len(room.seats)
        self._places = placements([seat.side for seat in room.seats])

    @property
    def size(self) -> tuple[int, int]:
        """In which it is drawn."""
        return self._scene.size

    def draw(
        self,
        window: tuple[int, int],
        layout: Layout,
        level: Level,
        passed_s: float,
        faces: Sequence[MotionFrame],
        at: int,
        captions: Sequence[Caption],
    ) -> None:
        """Draw into the window.

        Args:
            window: its size. layout: which part of it is ours.
            passed_s: since the last picture.
            at: samples since the conversation began.
        """
        self._fit(layout.picture, level, passed_s)
        self._sways = tuple(swing(sway, frame) for sway, frame in zip(self._sways, faces, strict=True))
        self._scene.draw(faces, Shot("two-shot"), (), at, self._sways)
        screen = self.ctx.screen
        screen.viewport = 0, 0, *window
        screen.use()
        screen.clear(0.04, 0.035, 0.033)
        screen.viewport = _upwards(cover(layout.picture, self._scene.size, layout.free), window)
        self._scene.present(screen)
        if captions and min(layout.free.width, layout.free.height) >= 64:  # smaller, nobody could read it
            screen.viewport = _upwards(layout.free, window)
            self._subtitles(layout.free).draw(screen, captions, upright=True)
        screen.viewport = 0, 0, *window
        screen.use()

    def seat_at(self, layout: Layout, point: tuple[int, int], at: int) -> int | None:
        """Whose seat is at a point of the window, in the last picture."""
        size, place = self._scene.size, cover(layout.picture, self._scene.size, layout.free)
        camera = view(Shot("two-shot"), self._places, size[0] / size[1], at)
        seen = perspective(camera.fov, size[0] / size[1]) @ look_at(camera.eye, camera.target)
        near: list[tuple[float, int]] = []
        for k, seat in enumerate(self._places):
            x, y, _, w = seen @ (*seat.position, 1.0)
            across = HALF_M / np.tan(camera.fov / 2) / w * place.height / 2
            off = np.subtract(
                point, (place.left + (1 + x / w) * place.width / 2, place.top + (1 - y / w) * place.height / 2)
            )
            if abs(off[0]) < across and -across < off[1] < 2 * across:
                near.append((abs(float(off[0])), k))
        return min(near)[1] if near else None

    def _subtitles(self, place: Rect) -> Overlay:
        """Drawn at the window's own size: words stay sharp where faces are drawn small."""
        size = place.width, place.height
        if self._overlay is None or self._overlay.size != size:
            if self._overlay is not None:
                self._overlay.release()
            self._overlay = Overlay(self.ctx, size)
        return self._overlay

    def _want(self, place: Rect, level: Level):
        return picture_size(place, level.rows), QUALITIES[level.quality]

    def _fit(self, place: Rect, level: Level, passed_s: float) -> None:
        wanted = self._want(place, level)
        self._rest_s = self._rest_s + passed_s if wanted == self._wanted else 0.0
        self._wanted = wanted
        if wanted != (self._scene.size, self._scene.quality) and self._rest_s >= CALM_S:
            self._scene.change(*wanted)

    def release(self) -> None:
        """Free everything; idempotent."""
        if self._overlay is not None:
            self._overlay.release()
            self._overlay = None
        self._scene.release()


def captions(status: Status) -> tuple[Caption, ...]:
    """What is being said, each in the colour of who says it."""
    where = {name: k for k, name in enumerate(status.names)}
    return tuple(Caption(name, text, where.get(name, len(where))) for name, text in status.captions)


def _upwards(rect: Rect, window: tuple[int, int]) -> tuple[int, int, int, int]:
    """A rectangle as GL counts it, from the bottom left."""
    return rect.left, window[1] - rect.top - rect.height, rect.width, rect.height
