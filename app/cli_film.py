"""`duologue film`, `animate` and `check` at the command line.

One rule: as app/cli.py's.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app import cli_config

if TYPE_CHECKING:
    from app.direction import Direction
    from app.film import Result

QUALITIES = ("draft", "standard", "high")
MODELS = ("dual_stream", "procedural")  # the first is the default
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def add(commands: argparse._SubParsersAction) -> None:
    """The grammar of what makes films."""
    film = commands.add_parser("film", help="make a film of a screenplay", description="Make a film of a screenplay.")
    film.add_argument("play", type=Path, metavar="FILE.play")
    film.add_argument("-o", "--output", type=Path, metavar="OUT.mp4", help="default: the screenplay's name in out/")
    film.add_argument(
        "--quality", choices=QUALITIES, default="standard", help="how much a picture may cost (default: standard)"
    )
    film.add_argument("--model", choices=MODELS, default=MODELS[0], help=f"what moves the faces (default: {MODELS[0]})")
    film.add_argument("--size", metavar="WxH", help="picture size in place of the screenplay's, such as 1920x1080")
    film.add_argument(
        "--no-subtitles", action="store_true", help="leave the words out of the picture; srt and vtt are written anyway"
    )
    film.add_argument(
        "--no-extras", action="store_true", help="write the mp4 only: no stems, subtitles, timeline and motion"
    )
    cli_config.add_sources(film)
    film.set_defaults(run=_film)
    _add_animate(commands)
    check = commands.add_parser(
        "check", help="look for mistakes in screenplays", description="Look for mistakes in screenplays."
    )
    check.add_argument("plays", type=Path, nargs="+", metavar="FILE.play")
    cli_config.add_sources(check)
    check.set_defaults(run=_check)


def _add_animate(commands: argparse._SubParsersAction) -> None:
    told = "make a film of two recordings"
    animate = commands.add_parser(
        "animate",
        help=told,
        description=f"{told.capitalize()}: two people who talk and listen, moved by the sound alone. One file with two "
        "channels holds both people; a file of one person alone gets a listener.",
        epilog="Options with LIST take one value for both people, or one each with a comma between.",
    )
    animate.add_argument("recordings", type=Path, nargs="+", metavar="SOUND", help="wav, flac, mp3, m4a, ogg, mp4 ...")
    out = animate.add_mutually_exclusive_group()
    out.add_argument("-o", "--output", type=Path, metavar="OUT.mp4", help="default: the first file's name in out/")
    out.add_argument("--motion", type=Path, metavar="DIR", help="no film: write the motion of both as CSV into DIR")
    animate.add_argument("--avatars", type=_list, metavar="LIST", help="default: maya,kofi; or .glb files")
    animate.add_argument(
        "--names", type=_list, metavar="LIST", help="of the people and their files (default: the files')"
    )
    animate.add_argument("--emotion", type=_list, metavar="LIST", help="such as 'happy 0.6' or 'happy 0.6,sad'")
    told = "ordinary, lively, reserved, nervous, or files that `duologue style` wrote"
    animate.add_argument("--styles", type=_list, metavar="LIST", help=told)
    animate.add_argument("--model", choices=MODELS, default=MODELS[0], help=f"what moves them (default: {MODELS[0]})")
    animate.add_argument(
        "--seed", type=int, default=0, metavar="S", help="another seed moves them otherwise (default: 0)"
    )
    animate.add_argument("--size", metavar="WxH", help="picture size (default: 1280x720)")
    animate.add_argument("--fps", type=int, default=25, metavar="N", help="24, 25, 30, 50 or 60 (default: 25)")
    animate.add_argument("--quality", choices=QUALITIES, default="standard", help="default: standard")
    animate.add_argument("--stage", metavar="NAME", help="the room behind them (default: studio)")
    animate.add_argument("--light", metavar="NAME", help="default: warm")
    animate.add_argument("--no-extras", action="store_true", help="write the mp4 only: no timeline and motion")
    animate.set_defaults(run=_animate)


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def _film(options: argparse.Namespace) -> int:
    from app.film import FilmOptions, film, picture_size
    from app.progress import Bar

    size = picture_size(options.size) if options.size else None
    output = options.output or Path("out") / f"{options.play.stem}.mp4"
    shown, tongues = not options.no_subtitles, cli_config.tongues(options)
    wanted = FilmOptions(output, options.quality, size, shown, not options.no_extras, options.model, tongues)
    with Bar() as bar:
        result = film(options.play, wanted, bar)
    return _filmed(result)


def _filmed(result: Result) -> int:
    for path in result.written:
        print(path)
    if result.stopped:
        output = result.written[0]
        print(f"duologue: stopped at {result.filmed_s:.1f} s; {output} plays up to there", file=sys.stderr)
        return INTERRUPTED
    return 0


def _animate(options: argparse.Namespace) -> int:
    from app.direction import Direction
    from app.progress import Bar

    told = ("avatars", "names", "emotion", "styles", "stage", "light")
    told = {name: getattr(options, name) for name in told if getattr(options, name) is not None}
    told["emotions"] = told.pop("emotion", ())
    direction = Direction(model=options.model, seed=options.seed, fps=options.fps, **told)
    if options.motion is None:
        return _filmed(_animated(options, direction))
    from app.animate import move

    with Bar() as bar:
        written = move(options.recordings, options.motion, direction, bar)
    for path in written:
        print(path)
    return 0


def _animated(options: argparse.Namespace, direction: Direction) -> Result:
    from app.animate_film import animate
    from app.film import FilmOptions, picture_size
    from app.progress import Bar

    size = picture_size(options.size) if options.size else None
    output = options.output or Path("out") / f"{options.recordings[0].stem}.mp4"
    with Bar() as bar:
        wanted = FilmOptions(output, options.quality, size, extras=not options.no_extras)
        return animate(options.recordings, wanted, direction, bar)


def _check(options: argparse.Namespace) -> int:
    from app.cast import problems_in

    tongues = cli_config.tongues(options)
    found = [problem for path in options.plays for problem in problems_in(path, tongues)]
    for problem in found:
        print(problem)
    if not found:
        print(f"{len(options.plays)} screenplay{'s' * (len(options.plays) > 1)}, no mistakes")
    return 1 if found else 0
