"""Two recordings become the motion of two faces.

One rule: everything is made from the sound alone, and nothing of drawing is loaded: who speaks is heard
(app/listen.py), how the faces move is the motion model's.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from app import extras
from app.direction import PEOPLE, Direction
from app.listen import Listened, listen
from app.progress import Progress, silent
from app.recordings import Recordings, read
from dialogue.errors import OutputError
from motion import offline
from motion.frame import HOP, MotionFrame
from motion.models import MotionModel


def move(paths: Sequence[Path], folder: Path, direction: Direction, progress: Progress = silent) -> list[Path]:
    """Write the motion of both as CSV files into a folder; nothing is drawn.

    Raises:
        RecordingError: one cannot be read.
        OutputError: the folder cannot be written, or the disk is full.
        ModelFileError: listening or motion does not work here.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "it is a file" if error.errno == errno.EEXIST else error.strerror
        raise OutputError(f"cannot make the folder '{folder}': {reason}; choose another one with --motion") from error
    recordings = named(read(paths, progress), direction)
    paths = [folder / f"{name}.csv" for name in recordings.files]
    extras.probe(paths)
    model = direction.make_model()
    heard = listen(recordings, direction.feelings(), progress=progress)
    motion = []
    for frames in faces(heard, model, direction.seed):
        motion.append(frames)
        progress("moving", len(motion), recordings.duration // HOP)
    return extras.write_csvs(paths, motion)


def named(recordings: Recordings, direction: Direction) -> Recordings:
    """The recordings with the names that a person gave, if any."""
    return recordings if direction.names is None else replace(recordings, names=direction.names, prefix=None)


def faces(heard: Listened, model: MotionModel, seed: int) -> Iterator[tuple[MotionFrame, ...]]:
    """The motion of both, hop by hop."""
    return offline.perform(model, heard.hops(), PEOPLE, seed)
