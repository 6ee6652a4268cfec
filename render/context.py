"""Where OpenGL comes from. The caller owns the context; nothing here is global.

One rule: no context, no traceback: the error says which packages are missing.
"""

from __future__ import annotations

import sys

import moderngl

from render.errors import NoDisplayError

NEEDED = 330  # OpenGL 3.3 core
PACKAGES = "libegl1 libgl1 libgl1-mesa-dri libglx-mesa0 libgbm1"


def headless() -> moderngl.Context:
    """A context without a window: EGL on Linux, the native one on macOS and Windows.

    Raises:
        NoDisplayError: OpenGL is missing or too old.
    """
    backend = {"backend": "egl"} if sys.platform.startswith("linux") else {}
    try:
        return moderngl.create_context(standalone=True, require=NEEDED, **backend)
    except Exception as problem:  # moderngl raises bare Exception, ImportError or its own Error, by back-end
        if backend:
            mend = f"on Debian and Ubuntu: apt-get install {PACKAGES}"
        else:
            mend = "install the graphics driver of this machine, or run where a desktop session is logged in"
        raise NoDisplayError(
            f"no OpenGL to draw with: got '{problem}'; "
            f"expected OpenGL {NEEDED // 100}.{NEEDED // 10 % 10} or newer; {mend}"
        ) from problem


def leave(ctx: moderngl.Context) -> None:
    """Draw into nothing of ours any more. To be called before a framebuffer is released: moderngl binds the last used
    one again whenever it makes another, and the driver refuses one that is gone."""
    ctx.detect_framebuffer(0).use()
