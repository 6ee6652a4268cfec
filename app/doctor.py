"""`duologue doctor`: whether films, talk and live pictures work here, what is missing, and how to get it.

One rule: one broken part hides no other. Each check runs in a process of its own, with a limit of time; whatever
happens to it is one line of the report.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from multiprocessing.connection import Connection

from app.config_model import Config
from app.doctor_checks import CHECKS, Finding

Check = Callable[[Config], list[Finding]]
LIMIT_S = 120.0  # for one check: the slowest loads four voices
LEAVE_S = 5.0  # for a process that has told what it found, to clear up behind itself
NEEDS = {  # what each job needs; bits of the exit status
    "film": (2, ("opengl", "codecs", "motion", "voice")),
    "talk": (4, ("window", "opengl", "microphone", "loudspeaker", "motion", "voice", "ears", "end of turn", "mind")),
    "stream": (8, ("opengl", "codecs", "pace", "motion")),
}
JOBS = {"film": "film", "talk": "talk", "stream": "stream (live pictures)"}
WITHOUT = (  # what still works where talk does not: what it needs, and how it is begun
    (("microphone", "loudspeaker", "motion", "voice", "ears", "end of turn", "mind"), "duologue talk --headless"),
    (("voice", "mind"), "duologue talk --text"),
)


def examine(config: Config = Config(), checks: Sequence[Check] = CHECKS, limit_s: float = LIMIT_S) -> Iterator[Finding]:
    """Look at everything; findings come as soon as they are known."""
    for check in checks:
        yield from _alone(check, config, limit_s)


def _alone(check: Check, config: Config, limit_s: float) -> list[Finding]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_look, args=(check, config, theirs))
    process.start()
    theirs.close()  # so that the end of the process is the end of what can be read
    told = False
    try:
        if not ours.poll(limit_s):
            return [Finding(_name(check), False, f"no answer within {limit_s:g} s")]
        found, told = ours.recv(), True
        return found
    except (EOFError, ConnectionError):
        mend = "install the driver or package anew"
        return [Finding(_name(check), False, "the process that looked was killed", mend)]
    finally:
        process.join(LEAVE_S if told else 0.0)
        process.kill()
        process.join(LEAVE_S)  # what hangs in a driver does not even die
        ours.close()


def _look(check: Check, config: Config, findings: Connection) -> None:
    """In the process of its own: look, and send what was found."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)  # what drivers and libraries mutter is not part of the report
    try:
        found = check(config)
    except Exception as error:  # noqa: BLE001 - what is broken is what is looked for
        found = [Finding(_name(check), False, f"{type(error).__name__}: {error}".split("\n")[0])]
    findings.send(found)


def _name(check: Check) -> str:
    return check.__name__.replace("_", " ")


def works(found: Sequence[Finding]) -> dict[str, tuple[str, ...]]:
    """What each job lacks; nothing if it works."""
    good = {finding.name for finding in found if finding.ok}
    return {job: tuple(part for part in needs if part not in good) for job, (_, needs) in NEEDS.items()}


def status(found: Sequence[Finding]) -> int:
    """The exit status: 0 if everything works, else the sum of 2 (no film), 4 (no talk), 8 (no stream)."""
    return sum(NEEDS[job][0] for job, lacks in works(found).items() if lacks)


def instead(found: Sequence[Finding]) -> str:
    """How to talk where `duologue talk` does not work as it is; empty if there is no way, or no need."""
    good = {finding.name for finding in found if finding.ok}
    if not works(found)["talk"]:
        return ""
    return next((command for needs, command in WITHOUT if good.issuperset(needs)), "")


def run(config: Config, as_json: bool) -> int:
    """Look, and print what was found."""
    if as_json:
        found = list(examine(config))
        jobs = {job: {"works": not lacks, "lacks": lacks} for job, lacks in works(found).items()}
        report = {"findings": [asdict(f) for f in found], **jobs, "status": status(found)}
        print(json.dumps(report, indent=2, ensure_ascii=False))
        return status(found)
    from rich.console import Console
    from rich.text import Text

    console, found = Console(highlight=False), []
    marks = {True: ("ok", "green"), False: ("NO", "bold red"), None: ("  ", "")}
    for finding in examine(config):
        found.append(finding)
        mark, style = marks[finding.ok]
        ms = f" ({finding.ms:.0f} ms)" if finding.ms is not None else ""
        line = Text.assemble((mark, style), f"  {finding.name}: {finding.found}{ms}")
        console.print(line, soft_wrap=True)
        if finding.mend:
            console.print(Text(f"      {finding.mend}"), soft_wrap=True)
    console.print()
    for job, lacks in works(found).items():
        told = ("works", "green") if not lacks else (f"does not work here: {', '.join(lacks)}", "bold red")
        console.print(Text.assemble(f"{JOBS[job]} ", told), soft_wrap=True)
    if other := instead(found):
        console.print(f"until then: {other}", soft_wrap=True)
    return status(found)
