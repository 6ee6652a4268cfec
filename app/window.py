"""The window of a live conversation: a picture, a panel, the keyboard.

One rule: it never makes the conversation wait. It reads `now`, `status` and `faces` once a picture, sends commands, and
holds nothing that the conversation needs; if it is slow, only the picture is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from app import pace as paces
from app import settings as kept
from app.keys import Wish, act
from app.layout import arrange, scale_of
from app.live import Command, Conversation
from app.picture import Picture, Room, captions
from app.screen import open_screen
from app.settings import Settings

TITLE = "Duologue"
HIDDEN_FPS = 5  # pictures a second that nobody sees


class Window:
    """One open window. `step` until it is False, then `close`; or `with`."""

    def __init__(self, conversation: Conversation, room: Room, settings: Settings, notice: str = "") -> None:
        """Open it.

        Raises:
            NoDisplayError: a package, a display or OpenGL is missing.
            RenderError: an avatar or a stage cannot be drawn.
        """
        self.settings, self._conversation, self._room, self._notice = settings, conversation, room, notice
        self._stack = ExitStack()
        try:
            self.screen = open_screen(settings.size, TITLE)
            self._stack.callback(self.screen.close)
            from app.panel import Panel, chosen  # needs the packages that open_screen has looked for

            self._scale = scale_of(self.screen.rows, settings.scale)
            self.pace = paces.first(self.screen.ctx.info["GL_RENDERER"], settings.quality)
            place = arrange(self.screen.size, settings.panel, self._scale).picture
            self._picture = Picture(self.screen.ctx, room, place, self.pace.now)
            self._stack.callback(self._picture.release)
            self._panel = Panel(self._scale)
            self._stack.callback(self._panel.close)
            for command in chosen(conversation.status(), settings.microphone, settings.speaker):
                self._do(command)
        except BaseException:
            self.close()
            raise
        self._helping, self._open, self._holding = False, True, False
        self._between_s = 1 / self.pace.now.fps  # two pictures, smoothed
        self._last_s = time.perf_counter()
        self._clock = self.screen.pygame.time.Clock()

    def step(self) -> bool:
        """One round: hear the keyboard, draw, show. False once the window should close."""
        status = self._conversation.status()
        self._events(status)
        if status.over or not self._open:
            return False
        begin = time.perf_counter()
        passed, self._last_s = begin - self._last_s, begin
        self._draw(status, passed)
        self.screen.ctx.finish()  # what a driver still owes is part of what the picture costs
        work = time.perf_counter() - begin
        self.screen.show()
        visible = self.screen.pygame.display.get_active()
        if visible and self.settings.quality == "automatic":
            self.pace = paces.adapt(self.pace, work, passed)
        self._between_s += 0.1 * (max(passed, 1e-3) - self._between_s)
        self._clock.tick(self.pace.now.fps if visible else HIDDEN_FPS)
        return True

    def pixels(self) -> np.ndarray:
        """What is on the screen, uint8 [height, width, 3], top row first."""
        width, height = self.screen.size
        self.screen.ctx.screen.viewport = 0, 0, width, height
        data = self.screen.ctx.screen.read((0, 0, width, height), components=3, alignment=1)
        _ = self.screen.ctx.error  # moderngl asks a window for an attachment first; the next caller is not to be blamed
        return np.frombuffer(data, np.uint8).reshape(height, width, 3)[::-1]

    def close(self) -> None:
        """Close it; idempotent."""
        self._stack.close()

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def _draw(self, status, passed_s: float) -> None:
        from app.panel import View

        size, at = self.screen.size, self._conversation.now()
        layout = arrange(size, self.settings.panel, self._scale)
        words = captions(status) if self.settings.subtitles else ()
        faces = self._conversation.faces(at)
        self._picture.draw(size, layout, self.pace.now, passed_s, faces, at, words)
        drawing = f"{self._picture.size[1]}p, {1 / self._between_s:.0f} fps"
        view = View(self._helping, self.settings.quality, drawing, self._notice, self._room.personas)
        for wanted in self._panel.draw(size, layout, status, view, passed_s):
            self._want(wanted)

    def _events(self, status) -> None:
        pygame = self.screen.pygame
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                self._want(Wish("quit"))
            elif event.type == pygame.VIDEORESIZE and not pygame.display.is_fullscreen():
                self._keep(size=tuple(max(edge, low) for edge, low in zip((event.w, event.h), (320, 240))))
            elif event.type == pygame.WINDOWFOCUSLOST and self._holding:
                self._want(Command("hold", "off"))  # the key is let go where we do not hear it
            typing = self._panel.typing
            if event.type in (pygame.KEYDOWN, pygame.KEYUP):
                key = pygame.key.name(event.key)
                wanted = (
                    None
                    if _chord(event, pygame)
                    else act(key, event.type == pygame.KEYDOWN, typing, self._helping, status)
                )
                if wanted is not None:
                    self._want(wanted)
                if key == "tab" or (isinstance(wanted, Wish) and wanted.kind == "write"):
                    continue  # the text line would take them as its own
            self._panel.hear(event, pygame)

    def _want(self, wanted: Command | Wish) -> None:
        if isinstance(wanted, Command):
            self._do(wanted)
            return
        kind, _, value = wanted.kind.partition(" ")
        if kind == "quit":
            self._open = False
            self._do(Command("quit"))
        elif kind == "help":
            self._helping = not self._helping
        elif kind == "panel":
            self._keep(panel=not self.settings.panel)
        elif kind == "subtitles":
            self._keep(subtitles=not self.settings.subtitles)
        elif kind == "fullscreen":
            self.screen.pygame.display.toggle_fullscreen()
        elif kind == "write":
            self._keep(panel=True)  # the line is in the panel
            self._panel.write()
        elif kind == "leave-line":
            self._panel.leave()
        elif kind == "quality":
            self._keep(quality=value)
            self.pace = paces.first(self.screen.ctx.info["GL_RENDERER"], value)

    def _do(self, command: Command) -> None:
        if command.kind in ("microphone", "speaker"):
            self._keep(**{command.kind: command.value})
        elif command.kind == "hold":
            self._holding = command.value == "on"
        self._conversation.do(command)

    def _keep(self, **changes: object) -> None:
        self.settings = replace(self.settings, **changes)


def _chord(event, pygame) -> bool:
    """Whether a key goes with Ctrl, Alt or the system's key: not ours."""
    return event.type == pygame.KEYDOWN and bool(event.mod & (pygame.KMOD_CTRL | pygame.KMOD_ALT | pygame.KMOD_META))


def run(
    conversation: Conversation,
    room: Room,
    settings: Settings | None = None,
    path: Path | None = None,
    opened: Callable[[], None] = lambda: None,
    chosen: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Show a conversation until the person closes the window, or it is over; on the main thread.

    Args:
        settings: None takes those that were kept at `path`, and keeps them there at the end; a value is used as it is.
        path: None is the platform's place.
        opened: called once the window is there.
        chosen: some of Settings, which go before what was kept.
    Raises:
        NoDisplayError: a package, a display or OpenGL is missing.
        RenderError: an avatar or a stage cannot be drawn.
    """
    notice, keep = "", settings is None
    path = path or (kept.place() if keep else None)
    if keep:
        settings, notice = kept.load(path)
    with Window(conversation, room, replace(settings, **chosen), notice) as window:
        opened()
        try:
            while window.step():
                pass
        except KeyboardInterrupt:
            conversation.do(Command("quit"))
        finally:
            if keep:
                kept.save(path, kept.remembered(window.settings, settings, chosen))
