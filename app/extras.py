"""What lies beside a film: one wav a speaker, subtitles, the timeline, and the motion of every avatar.

One rule: every file is written under a temporary name and then renamed, so that a file that exists is whole.
"""

from __future__ import annotations

import errno
import json
import os
import wave
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from app.performance import Performance
from app.subtitles import captions, srt, vtt
from dialogue.errors import OutputError
from dialogue.timeline import Timeline
from dialogue.types import RATE
from motion import export
from motion.frame import MotionFrame

BLOCK = RATE  # a second at a time: a ten-minute track never lies in memory as a whole


def beside(film: Path, ending: str) -> Path:
    """out/first_meeting.mp4 and 'ADA.wav' give out/first_meeting.ADA.wav."""
    return film.with_name(f"{film.stem}.{ending}")


def writable(film: Path, names: Sequence[str]) -> None:
    """Raise before hours of work if one of the files beside a film cannot be written.

    Raises:
        OutputError: a name is too long, is that of a folder, or the folder is not writable.
    """
    probe(beside(film, ending) for name in names for ending in (f"{name}.wav", f"{name}.csv"))


def probe(paths: Iterable[Path]) -> None:
    """Raise if one of these files cannot be written; none is changed.

    Raises:
        OutputError: as `writable`.
    """
    for path in paths:
        part = _part(path)
        try:
            part.touch()
            part.unlink()
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        except OSError as error:
            raise _unwritten(path, error) from error


def write_before(film: Path, performance: Performance) -> list[Path]:
    """Everything that is known before the first picture: stems, subtitles, timeline.

    Raises:
        OutputError: the folder is not writable, or the disk is full.
    """
    timeline = performance.timeline
    written = []
    for participant, name in enumerate(timeline.names):
        written.append(_write(beside(film, f"{name}.wav"), lambda path, p=participant: _wav(path, timeline, p)))
    written.append(_write(beside(film, "srt"), lambda path: path.write_text(srt(captions(timeline)), "utf-8")))
    written.append(_write(beside(film, "vtt"), lambda path: path.write_text(vtt(captions(timeline)), "utf-8")))
    return [*written, write_timeline(film, performance)]


def write_timeline(film: Path, performance: Performance) -> Path:
    """Every turn, role and shot.

    Raises:
        OutputError: the folder is not writable, or the disk is full.
    """
    return _write(beside(film, "timeline.json"), lambda path: path.write_text(_timeline_json(performance), "utf-8"))


def write_motion(film: Path, names: Sequence[str], frames: Sequence[tuple[MotionFrame, ...]]) -> list[Path]:
    """The motion of every avatar, frames [T][P], as Live Link Face writes it.

    Raises:
        OutputError: the folder is not writable, or the disk is full.
    """
    return write_csvs([beside(film, f"{name}.csv") for name in names], frames)


def write_csvs(paths: Sequence[Path], frames: Sequence[tuple[MotionFrame, ...]]) -> list[Path]:
    """The same to one path an avatar."""
    return [
        _write(path, lambda part, p=p: export.write(part, (both[p] for both in frames))) for p, path in enumerate(paths)
    ]


def _wav(path: Path, timeline: Timeline, participant: int) -> None:
    """One speaker alone, 24 bit mono, as long as the film."""
    with open(path, "wb") as raw, wave.open(raw, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(3)
        file.setframerate(RATE)
        for start in range(0, timeline.duration, BLOCK):
            track = timeline.audio(start, min(BLOCK, timeline.duration - start))[participant]
            whole = np.round(track.clip(-1.0, 1.0) * (2**23 - 1)).astype("<i4")
            file.writeframes(whole.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())


def _timeline_json(performance: Performance) -> str:
    shots = [{"at": cut.at, "kind": cut.shot.kind, "subject": cut.shot.subject} for cut in performance.cuts]
    head = performance.play.head
    described = {
        "title": head.title,
        "seed": head.seed,
        "fps": head.fps,
        **performance.timeline.as_dict(),
        "shots": shots,
    }
    return json.dumps(described, ensure_ascii=False, indent=1) + "\n"


def _write(path: Path, fill: Callable[[Path], object]) -> Path:
    with whole(path) as part:
        fill(part)
    return path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary path that becomes `path` when the block ends well.

    Raises:
        OutputError: it could not be written; nothing is left behind.
    """
    part = _part(path)
    try:
        yield part
        os.replace(part, path)
    except (OSError, OutputError) as error:
        raise _unwritten(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _unwritten(path: Path, error: Exception) -> OutputError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return OutputError(f"cannot write '{path}': {reason}; make room, or choose another place with -o")
