"""Recordings of two people, of any format and rate that FFmpeg reads, as one track of sound each.

One rule: what is laid on a track lies where its time stamp says, so that two files that began together stay together.

A file is read to its end as players read it: what is damaged in the middle is silence. One file with two channels holds
both people; of two files, each holds one, and its channels are mixed. Two channels that are the same are one.

Letters: C channels, N samples at RATE.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.performance import LONGEST as LONGEST_SPEECH
from app.progress import Progress, silent
from dialogue.errors import RecordingError
from dialogue.timeline import Track
from dialogue.types import RATE
from motion.frame import HOP

LONGEST = LONGEST_SPEECH // 2  # two tracks of it are as much memory as the speech of the longest film, 2 GB
SHORTEST = RATE  # what is shorter is followed by silence
BLOCK = 10 * RATE  # samples of a chunk of a track
HOLE = RATE // 20  # 50 ms: a time stamp that much late means that sound is missing; less is how containers count
SAME_DB = -40.0  # of what two channels differ by: less and they are one
MOST_CHANNELS = 2
SIDES = ("left", "right")


@dataclass(frozen=True, eq=False)
class Recordings:
    """Two people, as they were recorded.

    Args:
        names: of the people, from the files' own.
        prefix: what comes before a name where it names a file; None if the names say which recordings they are of.
        tracks: their sound; where there is none, silence.
        duration: samples, whole hops; both tracks end before it or with it.
    """

    names: tuple[str, str]
    prefix: str | None
    tracks: tuple[Track, Track]
    duration: int

    @property
    def files(self) -> tuple[str, str]:
        """Names of files, without ending: ann and ben, or call.left and call.right."""
        return self.names if self.prefix is None else tuple(f"{self.prefix}.{name}" for name in self.names)


def read(paths: Sequence[Path], progress: Progress = silent) -> Recordings:
    """Read one file or two.

    Raises:
        RecordingError: there are none or more, or one is missing, too long, or holds no sound that can be read.
    """
    if not 1 <= len(paths) <= 2:
        raise RecordingError(
            f"{len(paths)} recordings; expected two (a person each), or one with two channels, or of one person alone"
        )
    sounds = []
    for number, path in enumerate(paths):
        sounds.append(_Sound(path).read())
        progress("reading", number + 1, len(paths))
    if len(sounds) == 2:
        tracks = tuple(sound.mixed() for sound in sounds)
    elif sounds[0].alike:
        tracks = (sounds[0].mixed(), Track())
    else:
        tracks = tuple(sounds[0].tracks)
    longest = max(SHORTEST, *(sound.length for sound in sounds))
    names, prefix = _names(paths, sounds[0].alike)
    return Recordings(names, prefix, tracks, math.ceil(longest / HOP) * HOP)


def _names(paths: Sequence[Path], alone: bool) -> tuple[tuple[str, str], str | None]:
    """ann.wav and ben.wav are ann and ben; call.wav has a left and a right, or, of one person, a speaker and a
    listener."""
    stems = [path.stem for path in paths]
    if len(stems) == 2:
        apart = stems[0].casefold() != stems[1].casefold()
        return ((stems[0], stems[1]), None) if apart else (SIDES, stems[0])
    return (("speaker", "listener") if alone else SIDES), stems[0]


class _Sound:
    """One file, as it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tracks: list[Track] = []  # one a channel
        self.length = 0  # samples that are laid or wait
        self._waiting: list[np.ndarray] = []  # [C, N] each
        self._power = np.zeros(2)  # of the channels, and of what they differ by

    @property
    def alike(self) -> bool:
        """Whether all channels hold the same."""
        return len(self.tracks) == 1 or bool(self._power[1] <= self._power[0] * 10 ** (SAME_DB / 10))

    def mixed(self) -> Track:
        """One person's sound: the mean of the channels, which are used up."""
        if len(self.tracks) == 1:
            return self.tracks[0]
        out, (left, right) = Track(), self.tracks
        for a, b in zip(left.chunks, right.chunks, strict=True):
            out.put((a.samples + b.samples) * np.float32(0.5), a.start)
        self.tracks = [out]
        return out

    def read(self) -> _Sound:
        import av

        try:
            if not self.path.is_file():
                raise RecordingError(f"no recording '{self.path}'; expected a file of sound, such as left.wav")
            if not self.path.stat().st_size:
                raise RecordingError(f"'{self.path}' is empty, 0 bytes; record or copy it again")
            with open(self.path, "rb") as file, av.open(file) as container:
                if not container.streams.audio:
                    raise RecordingError(f"'{self.path}' holds no sound; expected a recording of speech")
                for at, sound in _blocks(container, self.path):
                    self._lay(at, sound)
        except (av.error.FFmpegError, OSError) as error:
            raise RecordingError(
                f"cannot read sound from '{self.path}': {error.strerror or error}; expected wav, flac, mp3, m4a, ogg "
                "or another format that FFmpeg knows"
            ) from error
        self._settle()
        if not self.length:
            raise RecordingError(f"'{self.path}' holds no sound that can be read; record or convert it again")
        return self

    def _lay(self, at: int, sound: np.ndarray) -> None:
        """Sound [C, N] that belongs at `at`, or directly after what is there."""
        if not self.tracks:
            self.tracks = [Track() for _ in sound]
        if len(sound) != len(self.tracks):
            raise RecordingError(
                f"'{self.path}' changes from {len(self.tracks)} to {len(sound)} channels; convert it to a wav first"
            )
        if at - self.length > HOLE:
            self._settle()
            self.length = at
        self.length += sound.shape[1]
        if self.length > LONGEST:
            raise RecordingError(
                f"'{self.path}' lasts more than {LONGEST / RATE / 3600:g} hours, which is the most; cut it into parts"
            )
        self._waiting.append(sound)
        if sum(part.shape[1] for part in self._waiting) >= BLOCK:
            self._settle()

    def _settle(self) -> None:
        """Lay what waits on the tracks."""
        if not self._waiting:
            return
        block = np.nan_to_num(np.concatenate(self._waiting, 1), nan=0.0).clip(-1.0, 1.0)
        start = self.length - block.shape[1]
        for track, channel in zip(self.tracks, block, strict=True):
            track.put(np.ascontiguousarray(channel, np.float32), start)
        self._power += np.sum(block.astype(np.float64) ** 2), np.sum((block[0] - block[-1]).astype(np.float64) ** 2)
        self._waiting = []


def _blocks(container: Any, path: Path) -> Iterator[tuple[int, np.ndarray]]:
    """The sound of the first audio stream: (where it belongs, float32 [C, N]); 0 is where the file begins."""
    import av

    stream = container.streams.audio[0]
    origin = (container.start_time or 0) / av.time_base
    resampler = av.AudioResampler(format="fltp", rate=RATE)
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue  # players go on too; the time stamps leave a hole
        for frame in frames:
            if frame.layout.nb_channels > MOST_CHANNELS:
                raise RecordingError(
                    f"'{path}' has {frame.layout.nb_channels} channels; expected one, or two for two people; take "
                    f"out the two you want: ffmpeg -i '{path.name}' -af 'pan=stereo|c0=c0|c1=c1' both.wav"
                )
            at = round((float(frame.pts * frame.time_base) - origin) * RATE) if frame.pts is not None else 0
            for small in resampler.resample(frame):
                yield at, small.to_ndarray()
    for small in resampler.resample(None):
        yield 0, small.to_ndarray()
