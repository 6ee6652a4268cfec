"""What was seen and heard of a live conversation, kept and filmed: the record button.

One rule: while it is talked nothing is drawn twice. Frames and sound are kept, 0.7 MB a second with the tracks; when
recording ends a film is made of them by the same code that films screenplays (app/film.py), beside the conversation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from app import shots
from app.film import FilmOptions, Result, look, shoot, worker_count
from app.listen import segments, turns
from app.performance import Performance
from app.progress import Progress, silent
from app.workers import Workers
from dialogue.errors import OutputError
from dialogue.play_model import CastMember, Head, Play
from dialogue.timeline import Timeline, Track
from dialogue.types import RATE
from motion.frame import HOP, MotionFrame

LONGEST = 30 * 60 * RATE  # of a recording: 1.2 GB
SIDES = ("left", "right")


class LiveRecording:
    """Kept hop by hop. People who are not shown are heard from the middle.

    Args:
        names, avatars: of those who are shown, in the order of their frames.
        start: where it begins.
    """

    def __init__(self, names: Sequence[str], avatars: Sequence[str], start: int) -> None:
        self.names, self.avatars = tuple(names), tuple(avatars)
        self.next = -(-start // HOP) * HOP  # of the hop to keep next
        self._frames: list[tuple[MotionFrame, ...]] = []
        self._sound: list[np.ndarray] = []  # [P, HOP] each

    @property
    def full(self) -> bool:
        return len(self._frames) * HOP >= LONGEST

    def keep(self, frames: Sequence[MotionFrame], sound: np.ndarray, others: np.ndarray) -> None:
        """One hop: frames and sound [P, HOP] of those who are shown, and the sound [HOP] of all others."""
        at = len(self._frames) * HOP
        self._frames.append(tuple(replace(frame, start=at) for frame in frames))
        self._sound.append(sound + others / len(self.names))
        self.next += HOP

    def film(self, output: Path, progress: Progress = silent) -> Result:
        """Make the film.

        Raises:
            OutputError: nothing was recorded, or it cannot be written.
            RenderError: drawing does not work here.
        """
        if not self._frames:
            raise OutputError(f"nothing was recorded for '{output}'; record for longer than a moment")
        timeline = self._timeline()
        seats = SIDES if len(self.names) == 2 else (None,) * len(self.names)
        people = tuple(CastMember(n, "", a, seat=s) for n, a, s in zip(self.names, self.avatars, seats))
        play = Play(Head(people, title=" and ".join(self.names)), ())
        options = FilmOptions(output, "standard", subtitles=False, extras=False)
        cuts = shots.plan(turns(timeline.segments), [], timeline.duration, len(self.names), 0)
        with Workers(look(play, options.quality), worker_count()) as workers:
            workers.wait_ready()
            pictures, stopped = shoot(Performance(play, timeline, cuts), workers, options, iter(self._frames), progress)
        return Result((output,), pictures / play.head.fps, stopped)

    def _timeline(self) -> Timeline:
        sound = np.concatenate(self._sound, 1).astype(np.float32)
        tracks = tuple(Track() for _ in self.names)
        for track, own in zip(tracks, sound, strict=True):
            track.put(np.ascontiguousarray(own), 0)
        none = ((),) * len(self.names)
        return Timeline(
            self.names, tracks, segments([_spans(own) for own in sound]), none, none, none, (), sound.shape[1]
        )


def _spans(sound: np.ndarray) -> list[tuple[int, int]]:
    """(start, end) where something is heard, in whole hops."""
    loud = np.abs(sound).reshape(-1, HOP).max(1) > 0.01
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(np.int8))) * HOP
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2])]
