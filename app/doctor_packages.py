"""Which packages of the system each part needs, on each platform.

One rule: a line that can be copied to a terminal, or what to do by hand where there is none.
"""

from __future__ import annotations

import platform
import sys

from render.context import PACKAGES

LINUX = {  # part -> family -> packages
    "opengl": {
        "debian": PACKAGES,
        "fedora": "mesa-libEGL mesa-libGL mesa-dri-drivers mesa-libgbm",
        "arch": "mesa libglvnd",
        "suse": "Mesa-libEGL1 Mesa-libGL1 Mesa-dri libgbm1",
        "alpine": "mesa-egl mesa-gl mesa-dri-gallium mesa-gbm",
    },
    "window": {
        "debian": "xvfb",
        "fedora": "xorg-x11-server-Xvfb",
        "arch": "xorg-server-xvfb",
        "suse": "xorg-x11-server-Xvfb",
        "alpine": "xvfb",
    },
    "sound": {
        "debian": "libportaudio2",
        "fedora": "portaudio",
        "arch": "portaudio",
        "suse": "libportaudio2",
        "alpine": "portaudio",
    },
    "espeak": dict.fromkeys(("debian", "fedora", "arch", "suse", "alpine"), "espeak-ng"),
}
INSTALL = {
    "debian": "apt-get install",
    "fedora": "dnf install",
    "arch": "pacman -S",
    "suse": "zypper install",
    "alpine": "apk add",
}
RELATIVES = {"rhel": "fedora", "ubuntu": "debian"}  # that may not say whom they are like
ELSEWHERE = {
    "opengl": "install the driver of the graphics card, and run where a desktop session is logged in",
    "window": "run where a desktop session is logged in",
    "espeak": "install eSpeak NG: brew install espeak-ng, or on Windows its installer, from its page on GitHub",
    "sound": "run: pip install --force-reinstall sounddevice",  # its wheels carry PortAudio there
}


def family() -> str:
    """The kind of system, as in LINUX; "" for another Linux; "darwin" or "win32" elsewhere."""
    if not sys.platform.startswith("linux"):
        return sys.platform
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ""
    names = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    return next((known for name in names for known in INSTALL if known in RELATIVES.get(name, name)), "")


def packages(part: str, kind: str | None = None) -> str:
    """What to run so that a part of LINUX works, on this system or one of that kind."""
    kind = family() if kind is None else kind
    if kind in INSTALL:
        wanted = f"run: {INSTALL[kind]} {LINUX[part][kind]}"
    elif kind in ("darwin", "win32"):
        wanted = ELSEWHERE[part]
    else:
        wanted = f"install what Debian calls {LINUX[part]['debian']}"
    # On a machine without a screen a window needs a pretended one.
    return (
        f"without a screen, {wanted}; then: xvfb-run duologue talk" if part == "window" and kind in INSTALL else wanted
    )
