"""Films a screenplay: speech, motion, pictures, sound, one mp4 and what lies beside it.

One rule: the film is a function of the screenplay. Nothing here waits for a wall clock; picture n is drawn for sample
n * RATE / fps, and its sound lies beside it.

The work overlaps in a bounded pipeline: drawing processes start while the lines are spoken; motion is made one hop
ahead of the pictures; two or more pictures are drawn while one is encoded; at most workers.SLOTS pictures a process lie
in memory.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from agents import tts
from app import cast, extras, mix
from app.encode import Encoder, VideoFormat, writable
from app.performance import Performance, perform
from app.progress import Progress, silent
from app.shots import shot_at
from app.subtitles import captions as all_captions
from app.subtitles import captions_at
from app.workers import Look, Picture, Workers
from dialogue.errors import DuologueError, OutputError
from dialogue.play_head import SIDES
from dialogue.play_model import Play
from dialogue.timeline import Timeline
from dialogue.types import RATE
from motion import models
from motion.frame import HOP, MotionFrame, blend
from motion.models import MotionModel
from motion.stream import MotionStream
from render.avatar import Sway, swing
from render.overlay import Caption
from render.scene import Seat

STAGE, LIGHT = "studio", "warm"  # where a screenplay names none
MOST_WORKERS = 4  # drawing processes; each takes about 250 MB


@dataclass(frozen=True)
class FilmOptions:
    """What a person may choose about one film; the screenplay says the rest. `size` None is the screenplay's own; `tongues`
    is what the engines of voices are told."""

    output: Path
    quality: str = "standard"
    size: tuple[int, int] | None = None
    subtitles: bool = True
    extras: bool = True
    model: str = models.DEFAULT
    tongues: tts.Settings = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What was written. `stopped`: the person at the keyboard ended it early."""

    written: tuple[Path, ...]
    filmed_s: float
    stopped: bool


def picture_size(text: str) -> tuple[int, int]:
    """'1920x1080' as (1920, 1080).

    Raises:
        DuologueError: it is not of that form, or not a size that a screenplay may have.
    """
    found = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", text.strip().lower())
    if not found or int(found[1]) not in SIDES or int(found[2]) not in SIDES:
        limits = f"both even and {SIDES[0]} to {SIDES[-1]}"
        raise DuologueError(f"picture size is '{text[:40]}'; expected WIDTHxHEIGHT, {limits}, such as 1280x720")
    return int(found[1]), int(found[2])


def film(play_path: Path, options: FilmOptions, progress: Progress = silent) -> Result:
    """Film a screenplay.

    Raises:
        PlayError: the screenplay has mistakes, or asks for voices, avatars and styles that are not here.
        OutputError: the file cannot be written, or the disk is full; what was filmed so far plays.
        EngineError, ModelFileError, RenderError: speech, motion or drawing does not work here.
    """
    play = cast.read(play_path, options.tongues)
    if options.size:
        play = replace(play, head=replace(play.head, size=options.size))
    model = models.load(options.model, cast.styles(play))
    writable(options.output)
    if options.extras:
        extras.writable(options.output, play.names)
    with Workers(look(play, options.quality), worker_count()) as workers:

        def spoken(*step: str | int) -> None:
            workers.check()  # whoever has no OpenGL hears it after the first line, not after the last
            progress(*step)

        performance = perform(play, spoken, options.tongues)
        workers.wait_ready()
        written = extras.write_before(options.output, performance) if options.extras else []
        motion: list[tuple[MotionFrame, ...]] = []
        hops = kept(faces(performance.timeline, play.head.seed, model), motion)
        pictures, stopped = shoot(performance, workers, options, hops, progress)
    if not pictures:
        options.output.unlink(missing_ok=True)  # stopped before there was anything to play
        raise KeyboardInterrupt
    if options.extras:
        written += extras.write_motion(options.output, play.names, motion)
    return Result((options.output, *written), pictures / play.head.fps, stopped)


def look(play: Play, quality: str) -> Look:
    """What the drawing processes need to know of a screenplay."""
    seats = tuple(Seat(cast.avatar_file(member.avatar, play.file), member.seat) for member in play.head.cast)
    stage = play.head.stage
    return Look(play.head.size, quality, stage.background or STAGE, stage.light or LIGHT, seats)


def worker_count() -> int:
    """One drawing process a core that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, MOST_WORKERS))


def faces(timeline: Timeline, seed: int, model: MotionModel) -> Iterator[tuple[MotionFrame, ...]]:
    """The motion of everyone, hop by hop, from the first to the last."""
    stream = MotionStream(model, len(timeline.names), seed)
    for hop in timeline.hops(HOP):
        frames = stream.feed(hop)
        if frames:
            yield frames
    yield from stream.flush()


def kept(
    frames: Iterator[tuple[MotionFrame, ...]], motion: list[tuple[MotionFrame, ...]]
) -> Iterator[tuple[MotionFrame, ...]]:
    """The same frames; what has been given out is kept in `motion`."""
    for everyone in frames:
        motion.append(everyone)
        yield everyone


def shoot(
    performance: Performance,
    workers: Workers,
    options: FilmOptions,
    hops: Iterator[tuple[MotionFrame, ...]],
    progress: Progress,
) -> tuple[int, bool]:
    """Draw and encode all pictures.

    Args:
        hops: the frames of everyone, [T][P], 25 a second.
    Returns:
        how many pictures the film has, and whether Ctrl-C ended it.
    """
    head, timeline = performance.play.head, performance.timeline
    total = timeline.duration * head.fps // RATE
    encoder = Encoder(options.output, VideoFormat(*head.size, head.fps))
    gains = mix.pan_gains(np.array(head.seats()))
    step = RATE // head.fps
    done, stopped = 0, False
    try:
        try:
            for picture in _pictures(performance, options, hops):
                if workers.full:
                    done = _encode(done, workers, encoder, timeline, gains, step)
                    progress("filming", done, total)
                workers.ask(picture)
            while workers.pending:
                done = _encode(done, workers, encoder, timeline, gains, step)
                progress("filming", done, total)
        except KeyboardInterrupt:
            stopped = True
        encoder.close()
    except OSError as error:
        raise OutputError(
            f"cannot go on writing '{options.output}': {error.strerror or error}; it plays up to about "
            f"{done / head.fps:.1f} s; make room and film again"
        ) from error
    finally:
        with suppress(OSError):  # a full disk refuses the last words too, and the first error says why
            encoder.close()
    return done, stopped


def _encode(done: int, workers: Workers, encoder: Encoder, timeline: Timeline, gains: np.ndarray, step: int) -> int:
    """Encode the oldest picture with its sound; returns how many are done."""
    encoder.picture(workers.take())
    encoder.sound(mix.stereo(timeline.audio(done * step, step), gains))
    return done + 1


def _pictures(
    performance: Performance, options: FilmOptions, hops: Iterator[tuple[MotionFrame, ...]]
) -> Iterator[Picture]:
    """What is to be drawn, picture by picture; motion runs one hop ahead, because pictures lie between hops."""
    head, timeline = performance.play.head, performance.timeline
    names = timeline.names
    texts = all_captions(timeline) if options.subtitles else ()
    sways: tuple[Sway | None, ...] = (None,) * len(names)
    window: deque[tuple[MotionFrame, ...]] = deque(maxlen=2)
    for at in range(0, timeline.duration, RATE // head.fps):
        while not window or (window[-1][0].start < at):
            following = next(hops, None)
            if following is None:
                break
            window.append(following)
        now = tuple(_between(window, at, p) for p in range(len(names)))
        sways = tuple(swing(sway, frame) for sway, frame in zip(sways, now))
        shown = tuple(Caption(c.name, c.text, c.participant) for c in captions_at(texts, at))
        yield Picture(now, shot_at(performance.cuts, at), shown, at, sways)


def _between(window: deque[tuple[MotionFrame, ...]], at: int, participant: int) -> MotionFrame:
    """The face of a participant at `at`: a hop's own, or between two."""
    before, after = window[0][participant], window[-1][participant]
    if at >= after.start or after.start == before.start:
        return replace(after, start=at)
    return blend(before, after, (at - before.start) / (after.start - before.start))
