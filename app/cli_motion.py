"""`duologue corpus`, `train`, `evaluate` and `style` at the command line.

One rule: as app/cli.py's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

SPLITS = ("train", "valid", "test", "unseen")


def add(commands: argparse._SubParsersAction) -> None:
    """The grammar of what makes and measures motion models."""
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
    corpus.set_defaults(run=_corpus)

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
    train.set_defaults(run=_train)

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
    evaluate.set_defaults(run=_evaluate)

    style = commands.add_parser(
        "style",
        help="learn how a person moves from a take of them",
        description="Learn how a person moves from a take of them: a CSV in the columns of Live Link Face. A minute is "
        "enough. The result is for `style:` in the cast of a screenplay.",
    )
    style.add_argument("take", type=Path, metavar="TAKE.csv")
    style.add_argument("-o", "--output", type=Path, metavar="OUT.style.json", help="default: beside the take")
    style.set_defaults(run=_style)


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
