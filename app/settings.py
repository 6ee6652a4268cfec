"""What a person chose about the window, kept from one day to the next in the platform's config folder.

One rule: settings never stop a conversation. A damaged file becomes the defaults and a notice; a key we do not know is
left out (a newer version wrote it); a value that cannot be is its default.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

NAME = "window.json"
MAX_BYTES = 65_536  # our own file has 300; whatever is larger is not it
QUALITIES = ("automatic", "high", "standard", "draft")
SIDES = range(320, 16_385)  # of the window, in the units of the desktop
SCALES = (0.0, 4.0)


@dataclass(frozen=True)
class Settings:
    """What is kept.

    Args:
        size: of the window. panel: whether it is open. subtitles: over the picture.
        microphone, speaker: names of devices; empty is what the system uses.
        quality: one of QUALITIES. scale: of everything in the panel; 0 follows the screen.
    """

    size: tuple[int, int] = (1280, 760)
    panel: bool = True
    subtitles: bool = True
    microphone: str = ""
    speaker: str = ""
    quality: str = "automatic"
    scale: float = 0.0


def place() -> Path:
    """The file in the config folder of this platform, such as ~/.config/duologue/window.json."""
    from platformdirs import user_config_path  # 10 ms that `duologue --help` need not wait for

    return user_config_path("duologue", appauthor=False) / NAME


def load(path: Path) -> tuple[Settings, str]:
    """The settings of a file, and a notice for the person if they are not as they were left, else ''."""
    try:
        with open(path, "rb") as file:
            source = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Settings(), ""
    except OSError as error:
        return Settings(), f"the settings in {path} cannot be read ({error.strerror}); the usual ones are used"
    try:
        if len(source) > MAX_BYTES:
            raise ValueError("too long")
        kept = json.loads(source)
        if not isinstance(kept, dict):
            raise ValueError("not an object")
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        return Settings(), f"the settings in {path} are damaged; the usual ones are used"
    return read(kept), ""


def read(kept: dict) -> Settings:
    """The settings of an object of JSON; whatever cannot be is left at its default."""
    usual = Settings()
    good = {field.name: kept[field.name] for field in fields(Settings) if field.name in kept}
    good = {name: value for name, value in good.items() if _can_be(name, value, getattr(usual, name))}
    if "size" in good:
        good["size"] = tuple(good["size"])
    return Settings(**good)


def _can_be(name: str, value: object, usual: object) -> bool:
    if name == "size":
        whole = isinstance(value, list) and len(value) == 2
        return whole and all(type(edge) is int and edge in SIDES for edge in value)
    if name == "quality":
        return value in QUALITIES
    if name == "scale":
        return type(value) in (int, float) and SCALES[0] <= value <= SCALES[1]
    return type(value) is type(usual) and (not isinstance(value, str) or len(value) <= 1000)


def remembered(now: Settings, before: Settings, chosen: Mapping[str, object]) -> Settings:
    """What to keep of a window that was opened with some values `chosen` elsewhere: those that the person left as they
    were chosen are as they were `before`, so that they are not remembered once nobody chooses them any more."""
    left = {name: getattr(before, name) for name, value in chosen.items() if getattr(now, name) == value}
    return replace(now, **left)


def save(path: Path, settings: Settings) -> str:
    """Write them, whole or not at all; a notice if that is not possible, else ''."""
    text = json.dumps(asdict(settings), indent=2, ensure_ascii=False) + "\n"
    try:
        write_whole(path, text)
    except OSError as error:
        return f"the settings cannot be kept in {path}: {error.strerror}"
    return ""


def write_whole(path: Path, text: str) -> None:
    """Write a file that is either as it was or as it should be, whatever happens; its folder is made.

    Raises:
        OSError: it cannot be written; nothing is left beside it.
    """
    unfinished = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with open(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError:
        if unfinished is not None:
            with contextlib.suppress(OSError):
                os.unlink(unfinished)
        raise
