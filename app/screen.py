"""Opens a window that OpenGL and the panel can draw into, and closes it without a trace.

One rule: whatever is missing (a display, a driver, a package) is one error that names it and says what works without.
"""

from __future__ import annotations

import os
import sys
import warnings

from agents import installed
from render.context import NEEDED, PACKAGES
from render.errors import NoDisplayError

MODULES = ("pygame", "imgui_bundle", "OpenGL")
WITHOUT = (
    "without a window: `duologue talk --headless`, `duologue talk --text` to type, `duologue film` for a screenplay"
)
SMALLEST = (320, 240)


class Screen:
    """The window, its GL context and the events; made by `open_screen`, freed by `close`."""

    def __init__(self, size: tuple[int, int], title: str) -> None:
        import pygame

        self.pygame = pygame
        self.ctx = self.panel_renderer = None
        try:
            self._open(size, title)
        except BaseException:
            self.close()
            raise

    def _open(self, size: tuple[int, int], title: str) -> None:
        import moderngl

        pygame = self.pygame
        nowhere = NoDisplayError(f"no display to open a window on; log in to a desktop, or {WITHOUT}")
        try:
            pygame.display.init()
        except pygame.error as problem:
            raise nowhere from problem
        if pygame.display.get_driver() in ("dummy", "offscreen"):
            raise nowhere
        desktop = pygame.display.get_desktop_sizes()[0]
        self.rows = desktop[1]
        size = tuple(max(low, min(edge, most)) for edge, most, low in zip(size, desktop, SMALLEST))
        gl = pygame.display.gl_set_attribute
        gl(pygame.GL_CONTEXT_MAJOR_VERSION, NEEDED // 100)
        gl(pygame.GL_CONTEXT_MINOR_VERSION, NEEDED // 10 % 10)
        gl(pygame.GL_CONTEXT_PROFILE_MASK, pygame.GL_CONTEXT_PROFILE_CORE)
        gl(pygame.GL_CONTEXT_FLAGS, pygame.GL_CONTEXT_FORWARD_COMPATIBLE_FLAG)  # macOS gives 3.3 on no other terms
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # no vsync on this driver: the clock limits us then
                pygame.display.set_mode(size, pygame.OPENGL | pygame.DOUBLEBUF | pygame.RESIZABLE, vsync=1)
            self.ctx = moderngl.create_context(require=NEEDED)
        except Exception as problem:  # pygame.error, or moderngl's bare Exception
            raise NoDisplayError(
                f"no OpenGL to draw a window with: got '{problem}'; expected OpenGL {NEEDED // 100}."
                f"{NEEDED // 10 % 10} or newer; install the graphics driver (Debian: apt-get install {PACKAGES}), or "
                f"{WITHOUT}"
            ) from problem
        pygame.display.set_caption(title)
        self.ctx.gc_mode = "context_gc"

    @property
    def size(self) -> tuple[int, int]:
        """Of what we draw into, in pixels."""
        return self.pygame.display.get_window_size()

    def show(self) -> None:
        self.pygame.display.flip()

    def close(self) -> None:
        """Close the window; idempotent."""
        if self.ctx is not None:
            self.ctx.release()
            self.ctx = None
        self.pygame.display.quit()


def open_screen(size: tuple[int, int], title: str) -> Screen:
    """Open a window.

    Raises:
        NoDisplayError: a package, a display or OpenGL is missing.
    """
    if missing := installed.missing(MODULES):
        raise NoDisplayError(f"{installed.lacking('the window', missing)}; {WITHOUT}")
    # Read by the libraries when they load: no greeting on stdout, sharp letters on Windows, a screen saver that works.
    if sys.platform == "linux" and "XDG_RUNTIME_DIR" not in os.environ:
        os.environ.setdefault(
            "SDL_VIDEODRIVER", "x11,kmsdrm"
        )  # Wayland lies there, and complains aloud where it is not
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    os.environ.setdefault("SDL_WINDOWS_DPI_AWARENESS", "permonitorv2")
    os.environ.setdefault("SDL_VIDEO_ALLOW_SCREENSAVER", "0")
    return Screen(size, title)
