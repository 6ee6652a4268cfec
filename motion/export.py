"""Motion as a CSV in the column layout of Live Link Face, which Unreal, Blender, Maya and Unity importers read.

One rule: what is written can be read back: weights to five decimals, angles to five decimals of a radian.

The layout: Timecode HH:MM:SS:FF.fff (frame within the second, then its thousandths), BlendShapeCount 61, the 52 ARKit
weights in PascalCase in ARKit's order, then HeadYaw, HeadPitch, HeadRoll and yaw, pitch, roll of the left and the right
eye. Angles are in radians with the signs of motion.frame. Source: the names that public importers of the app expect.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dialogue.errors import OutputError
from dialogue.types import RATE
from motion.frame import ARKIT, FPS, MotionFrame

ANGLES = (
    "HeadYaw",
    "HeadPitch",
    "HeadRoll",
    "LeftEyeYaw",
    "LeftEyePitch",
    "LeftEyeRoll",
    "RightEyeYaw",
    "RightEyePitch",
    "RightEyeRoll",
)
COLUMNS = ("Timecode", "BlendShapeCount", *(name[0].upper() + name[1:] for name in ARKIT), *ANGLES)
COUNT = len(COLUMNS) - 2  # 61
RATES = (24, 25, 30, 50, 60, 120)  # frames a second that takes come in; 29.97 and 59.94 count like 30 and 60


def timecode(at: int, fps: int = FPS) -> str:
    """HH:MM:SS:FF.fff of a sample position; hours go round after 24."""
    second, rest = divmod(at, RATE)
    frame, part = divmod(rest * fps, RATE)
    thousandths = part * 1000 // RATE  # cut, not rounded: .9996 of a frame must not become the next one
    return f"{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}:{frame:02d}.{thousandths:03d}"


def position(code: str, fps: int = FPS) -> int:
    """The sample position of a timecode.

    Raises:
        ValueError: it is none.
    """
    try:
        hours, minutes, seconds, frames = code.split(":")
        return round((int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(frames) / fps) * RATE)
    except (ValueError, OverflowError):
        raise ValueError(f"timecode '{code}'; expected HH:MM:SS:FF.fff") from None


def frame_rate(codes: Iterable[str]) -> int:
    """What rate timecodes count in: the smallest usual one above their largest frame number. 24 only if a second ends
    at frame 23: a file of less than a second is taken for one of ours."""
    frames = [(c.rsplit(":", 1)[0], int(f[1])) for c in codes if (f := re.fullmatch(r"[\d:]+:(\d{1,3})(\.\d*)?", c))]
    largest = max((frame for _, frame in frames), default=0)
    turned = any(a != b and frame == 23 for (a, frame), (b, _) in zip(frames, frames[1:]))
    return next((r for r in RATES if largest < r and (r != 24 or turned)), RATES[-1])


def write(path: Path, frames: Iterable[MotionFrame], fps: int = FPS) -> None:
    """Write one participant's frames.

    Raises:
        OutputError: the file cannot be written.
    """
    try:
        with open(path, "w", newline="", encoding="ascii") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(COLUMNS)
            for f in frames:
                (pitch, yaw, roll), (up, side) = f.head, f.gaze
                values = (*f.weights, yaw, pitch, roll, *(side, up, 0.0) * 2)
                out.writerow((timecode(f.start, fps), COUNT, *(f"{v:.5f}" for v in values)))
    except OSError as problem:
        raise OutputError(f"cannot write {path}: {problem.strerror}") from problem


@dataclass(frozen=True)
class Recording:
    """What a file holds: starts [T] in samples, weights [T, 52], head [T, 3] and gaze [T, 2] as in motion.frame."""

    starts: np.ndarray
    weights: np.ndarray
    head: np.ndarray
    gaze: np.ndarray

    def frames(self) -> tuple[MotionFrame, ...]:
        return tuple(
            MotionFrame(int(s), w, h, g) for s, w, h, g in zip(self.starts, self.weights, self.head, self.gaze)
        )


def read(path: Path, fps: int | None = None) -> Recording:
    """Read a file of this layout, ours or the app's own; columns may come in any order and case, angles may be missing.

    Args:
        fps: that its timecodes count in; None finds it out from them.
    Raises:
        ValueError: a weight's column is missing, or a line is not what the header says.
        OSError: there is no such file.
    """
    with open(path, newline="", encoding="utf-8-sig") as file:
        lines = [(i, row) for i, row in enumerate(csv.reader(file), 1) if row]
    header = [name.strip().lower() for name in lines[0][1]] if lines else []
    missing = [name for name in ("timecode", *(n.lower() for n in ARKIT)) if name not in header]
    if missing:
        raise ValueError(
            f"{path}:1: {len(missing)} columns are missing, the first is '{missing[0]}'; "
            "expected the layout of Live Link Face"
        )
    starts, table, clock = [], np.zeros((len(lines) - 1, len(header)), np.float32), header.index("timecode")
    fps = fps or frame_rate([row[clock] for _, row in lines[1:] if len(row) > clock])
    for k, (i, row) in enumerate(lines[1:]):
        try:
            starts.append(position(row[clock], fps))
            table[k] = [0.0 if name == "timecode" else float(x) for name, x in zip(header, row, strict=True)]
        except (ValueError, IndexError) as problem:
            raise ValueError(f"{path}:{i}: {problem}; expected a timecode and {len(header) - 1} numbers") from None
        if not np.isfinite(table[k]).all():
            raise ValueError(f"{path}:{i}: NaN or infinity; expected a timecode and {len(header) - 1} numbers")

    def column(name: str) -> np.ndarray:
        i = header.index(name.lower()) if name.lower() in header else None
        return np.zeros(len(table), np.float32) if i is None else table[:, i]

    return Recording(
        starts=np.array(starts, np.int64),
        weights=np.stack([column(name) for name in ARKIT], 1),
        head=np.stack([column("HeadPitch"), column("HeadYaw"), column("HeadRoll")], 1),
        gaze=np.stack([(column("LeftEye" + a) + column("RightEye" + a)) / 2 for a in ("Pitch", "Yaw")], 1),
    )
