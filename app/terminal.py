"""A conversation in the terminal: typed and read, or told line by line while it is held aloud.

One rule: what is said goes to stdout, what failed to stderr.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import numpy as np

from agents.worker import DaemonThread
from app import echo
from app.audio_files import Files
from app.live import Command
from app.session import Session
from dialogue.types import RATE

NOBODY = np.zeros(0, np.float32)  # what is heard of whoever only types


async def written(session: Session) -> None:
    """A line typed, an answer read, until a line is empty. Time passes as fast as answers come."""
    clock = Files(session.speaker.play, NOBODY, busy=lambda: session.busy, linger=2**40)
    clock.start()
    keyboard = DaemonThread("keyboard")  # Ctrl-C does not wait for a line that may never come
    session.log.write(session.now, "start", value=list(session.names))
    said: list[str] = []
    session.log.listeners.append(
        lambda event: said.append(f"{event['participant']}: {event['text']}") if event["kind"] == "said" else None
    )
    session.log.listeners.append(lambda event: told(event) if event["kind"] == "fault" else None)
    print("Type and press Enter; an empty line ends.", flush=True)
    try:
        session.greet()
        await _answered(session, clock, said)
        while line := (await asyncio.wrap_future(keyboard.submit(sys.stdin.readline))).strip():
            session.do(Command("type", line))
            await _answered(session, clock, said)
    finally:
        keyboard.close()


async def _answered(session: Session, clock: Files, said: list[str]) -> None:
    """Let time pass until all is said, and print it."""
    quiet = 0
    while quiet < RATE // 2 or session.playing:
        await session.block(*await asyncio.get_running_loop().run_in_executor(None, clock.block))
        await asyncio.sleep(0)
        quiet = 0 if session.busy or session.playing else quiet + echo.BLOCK
    for answer in said:
        print(answer, flush=True)
    said.clear()


def told(event: dict[str, Any]) -> None:
    """The conversation as it is held, for whoever runs it without a window."""
    if event["kind"] in ("turn", "said", "typed") and event.get("text"):
        print(f"{event['s']:8.2f}  {event['participant']}: {event['text']}", flush=True)
    elif event["kind"] == "fault":
        print(f"{event['s']:8.2f}  {event.get('stage')}: {event.get('text', 'failed')}", file=sys.stderr, flush=True)
