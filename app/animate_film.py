"""Two recordings become a film: `duologue animate`.

One rule: once it is known who speaks and how the faces move (app/animate.py), it is filmed as a screenplay is, by the
same code (app/film.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app import cast, extras, shots
from app.animate import faces, named
from app.direction import PEOPLE, Direction, each
from app.encode import writable
from app.film import FilmOptions, Result, kept, look, shoot, worker_count
from app.listen import level, listen, turns
from app.performance import Performance
from app.progress import Progress, silent
from app.recordings import read
from app.workers import Workers
from dialogue.errors import DuologueError, OutputError, did_you_mean
from dialogue.play_model import CastMember, Head, Play, Stage
from motion.frame import MotionFrame
from render.stage import LIGHTS, STAGES

SEATS = ("left", "right")


def animate(paths: Sequence[Path], options: FilmOptions, direction: Direction, progress: Progress = silent) -> Result:
    """Make a film of recordings.

    Args:
        options: there are no words, so no subtitles whatever it says.
    Raises:
        RecordingError: one cannot be read.
        DuologueError: an avatar, stage or light does not exist.
        OutputError: the film cannot be written, or the disk is full; what was filmed so far plays.
        ModelFileError, RenderError: listening, motion or drawing does not work here.
    """
    options = replace(options, subtitles=False)
    avatars = _avatars(direction.avatars)
    for kind, name, known in (("stage", direction.stage, STAGES), ("light", direction.light, LIGHTS)):
        if name is not None and name not in known:
            raise DuologueError(f"no {kind} named '{name}'{did_you_mean(name, known)}")
    writable(options.output)
    _check_apart(options.output, paths)
    recordings = named(read(paths, progress), direction)
    play = _play(recordings.names, avatars, options, direction)
    if options.extras:
        extras.writable(options.output, play.names)
    model = direction.make_model()
    with Workers(look(play, options.quality), worker_count()) as workers:

        def told(*step: str | int) -> None:
            workers.check()
            progress(*step)

        heard = listen(recordings, direction.feelings(), progress=told)
        level(heard.timeline)
        timeline = heard.timeline
        cuts = shots.plan(turns(timeline.segments), [], timeline.duration, PEOPLE, direction.seed)
        performance = Performance(play, timeline, cuts)
        workers.wait_ready()
        written = [extras.write_timeline(options.output, performance)] if options.extras else []
        motion: list[tuple[MotionFrame, ...]] = []
        hops = kept(faces(heard, model, direction.seed), motion)
        pictures, stopped = shoot(performance, workers, options, hops, progress)
    if not pictures:
        options.output.unlink(missing_ok=True)  # stopped before there was anything to play
        raise KeyboardInterrupt
    if options.extras:
        written += extras.write_motion(options.output, play.names, motion)
    return Result((options.output, *written), pictures / direction.fps, stopped)


def _check_apart(output: Path, paths: Sequence[Path]) -> None:
    """Raise if the film would be written over a recording."""
    for path in paths:
        if path.exists() and output.exists() and path.samefile(output):
            raise OutputError(f"output '{output}' is one of the recordings; choose another place with -o")


def _avatars(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """One of ours, or a .glb, for each of the two."""
    known = cast.avatars()
    for name in wanted:
        if name.endswith(".glb"):
            if not Path(name).is_file():
                raise DuologueError(f"no avatar file '{name}'; expected a .glb with the 52 ARKit blendshapes")
        elif name not in known:
            raise DuologueError(f"no avatar named '{name}'{did_you_mean(name, known)}, or a .glb file")
    return each("avatars", wanted, "")


def _play(names: Sequence[str], avatars: Sequence[str], options: FilmOptions, direction: Direction) -> Play:
    """What a screenplay would say of pictures, without a word in it."""
    people = tuple(CastMember(n, "", a, seat=seat) for n, a, seat in zip(names, avatars, SEATS, strict=True))
    head = Head(
        people,
        title=" and ".join(names),
        seed=direction.seed,
        fps=direction.fps,
        stage=Stage(direction.stage, direction.light),
    )
    return Play(replace(head, size=options.size) if options.size else head, ())
