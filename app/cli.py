"""The `duologue` command: reads the arguments, calls the one function that does it, prints errors as people read them.

One rule: nothing heavy is imported before it is known what is wanted, so that `--help` answers at once. Commands that
belong together share a file, which adds their grammar and names the function that runs each.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from app import cli_bench, cli_config, cli_doctor, cli_film, cli_list, cli_models, cli_motion, cli_persona, cli_score
from app import cli_talk
from app.cli_film import INTERRUPTED
from app.cli_groups import group

ROOMS = ("dialogue", "agents", "motion", "render", "app")
GONE = 141  # 128 + SIGPIPE, as shells have it


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    top = argparse.ArgumentParser(
        prog="duologue",
        description="Two avatars, one conversation: both faces, the speaking and the listening one, move from the "
        "same audio.",
    )
    top.add_argument("--version", action=_Version, nargs=0, help="tell which version this is")
    commands = group(top, "command", "COMMAND")
    for part in (
        cli_film,
        cli_talk,
        cli_score,
        cli_persona,
        cli_config,
        cli_models,
        cli_motion,
        cli_list,
        cli_doctor,
        cli_bench,
    ):
        part.add(commands)
    return top


class _Version(argparse.Action):
    """Looks for the version only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"duologue {version('duologue')}")
        except PackageNotFoundError:
            print("duologue, run from its folder and not installed")
        parser.exit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0 for success, 1 for a mistake that was explained."""
    options = parser().parse_args(arguments)
    # Before numpy loads: its threads would only wait for each other over arrays this small, at twice the work, and in a
    # busy loop where another program has the core.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from dialogue.errors import DuologueError
    from render.errors import RenderError

    try:
        status = options.run(options)
        sys.stdout.flush()
        return status
    except (DuologueError, RenderError) as problem:
        print(f"duologue: {problem}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as missing:
        if not missing.name or missing.name.partition(".")[0] in ROOMS:
            raise  # a mistake of ours
        from agents import installed

        told = f"the package '{missing.name}' is not installed"
        mend = "`duologue doctor` tells what is missing and how to get it"
        print(f"duologue: {told}; {installed.STEP if missing.name in installed.TALK else mend}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("duologue: stopped", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python's own farewell would fail again
        return GONE


if __name__ == "__main__":
    sys.exit(main())
