"""A mind that says what was written for it, for demos and tests; it can be told to fall silent, or to fail.

One rule: the answer is a pure function of the lines and of how often the user has spoken.

In a line, `{user}` is what the user said last. A line may end with STALL (then nothing comes any more, until the reader
loses patience) or FAIL (then the engine breaks).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from agents.llm import Message, Options, in_time, without_tools
from dialogue.errors import EngineError

STALL, FAIL = "<stall>", "<fail>"
LINES = ("[thoughtful 0.5] You said: {user} {nod}", "[happy 0.6] Tell me more about that.", "[neutral] I see.")
PIECE = re.compile(r"\s*\S{1,4}")  # as short as tokens, so that tags are cut
ENDED = re.compile(r"[.?!…][\"'”’)]*\s*$")


class Engine:
    """Goes through its lines, one a turn of the user, and begins again after the last.

    Args:
        lines: what to answer.
        piece: characters of a piece; None: about those of a token.
    """

    remembers = 0
    eager = False
    has_tools = False

    def __init__(self, lines: Sequence[str] = LINES, piece: int | None = None) -> None:
        if not lines:
            raise EngineError("a script has no lines; expected at least one")
        self.lines, self.piece = tuple(lines), piece
        self.asked: list[tuple[Message, ...]] = []  # every prompt, for those who test what a mind is told
        self._closed = False

    async def stream(self, messages: Sequence[Message], options: Options = Options()) -> AsyncIterator[str]:
        if self._closed:
            raise EngineError("the script engine is closed; make a new one")
        without_tools("script", options)
        self.asked = [*self.asked[-99:], tuple(messages)]
        async with aclosing(in_time(self._pieces(messages), options, "script")) as pieces:
            async for piece in pieces:
                yield piece

    async def chance_of_end(self, messages: Sequence[Message], text: str) -> float | None:
        return 0.9 if ENDED.search(text) else 0.1

    async def warm(self, messages: Sequence[Message]) -> None:
        """There is nothing to load."""

    async def close(self) -> None:
        self._closed = True

    async def _pieces(self, messages: Sequence[Message]) -> AsyncIterator[str]:
        said = [m.text for m in messages if m.role == "user"] or [""]
        line = self.lines[(len(said) - 1) % len(self.lines)]
        text, ending = re.fullmatch(f"(.*?)({STALL}|{FAIL})?", line, re.S).groups()
        text = text.replace("{user}", said[-1])
        pieces = PIECE.findall(text) if self.piece is None else re.findall(f"(?s).{{1,{self.piece}}}", text)
        for piece in pieces:
            yield piece
            await asyncio.sleep(0)  # others have their turn, as between the tokens of a real mind
        if ending == STALL:
            await asyncio.get_running_loop().create_future()
        if ending == FAIL:
            raise EngineError("script: broke off, as its line asks for")
