"""What a mind may do beside talking: functions that it can call, each described to it by a JSON Schema.

One rule: a conversation never ends with a tool. One that fails, hangs, or was called as it cannot be is answered with
what went wrong, as any result would be, and the mind goes on talking.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from agents.llm.http import said
from dialogue.errors import did_you_mean

ROUNDS = 3  # of calls, before the mind must answer with what it has
CALLS = 8  # of one round
MOST_CHARS = 4000  # of a result; of the arguments, four times that
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # what the protocol allows


@dataclass(frozen=True)
class Tool:
    """One function.

    Args:
        name: letters, digits, _ and -. description: when to call it, for the mind to read.
        parameters: a JSON Schema of an object: the arguments by name.
        call: is given them, and returns what the mind is told.
        within_s: how long it may take; nobody speaks meanwhile.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    call: Callable[..., Awaitable[object]]
    within_s: float = 2.0

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"a tool is named '{self.name}'; expected 1-64 letters, digits, _ or -")
        if self.parameters.get("type") != "object":
            raise ValueError(f"tool '{self.name}': parameters are no JSON Schema of an object; add 'type': 'object'")

    def described(self) -> dict[str, Any]:
        """As OpenAI's and Ollama's protocols have it."""
        function = {"name": self.name, "description": self.description, "parameters": dict(self.parameters)}
        return {"type": "function", "function": function}


@dataclass
class Call:
    """What a mind wants called; its parts come bit by bit."""

    id: str = ""
    name: str = ""
    arguments: str = ""


class Calls:
    """The calls of one answer, put together from a stream's pieces."""

    def __init__(self) -> None:
        self._of: dict[int, Call] = {}

    def add(self, index: int, id: str | None, name: str | None, arguments: str | None) -> None:
        """One piece; what is beyond all measure is dropped, and its call fails for its broken arguments."""
        if index in self._of or len(self._of) < CALLS:
            call = self._of.setdefault(index, Call())
            call.id, call.name = call.id or (id or ""), call.name or (name or "")
            if len(call.arguments) < 4 * MOST_CHARS:
                call.arguments += arguments or ""

    def __iter__(self) -> Iterator[Call]:
        return iter(self._of.values())

    def __len__(self) -> int:
        return len(self._of)


async def in_rounds(
    prompt: list[dict],
    answer: Callable[[list[dict], Calls | None], AsyncIterator[str]],
    written: Callable[[str, Sequence[Call], Sequence[str]], list[dict]],
    tools: Sequence[Tool],
) -> AsyncIterator[str]:
    """The pieces of an answer; what the mind calls meanwhile is called, and it is asked again with what came of it.

    Args:
        prompt: messages as the protocol has them.
        answer: the pieces of one answer to a prompt; the calls in it go into what it is given, if it may make any.
        written: a round as the protocol repeats it: messages, made of what was said, the calls, and their results.
    """
    for left in reversed(range(ROUNDS + 1)):  # rounds of calls after this one
        calls, text = Calls(), ""
        async with aclosing(answer(prompt, calls if left else None)) as pieces:
            async for piece in pieces:
                text += piece
                yield piece
        if not calls:
            return
        made = list(calls)
        prompt = [*prompt, *written(text, made, await results(made, tools))]


async def results(calls: Sequence[Call], tools: Sequence[Tool]) -> list[str]:
    """What comes of each call; all are made at once."""
    return list(await asyncio.gather(*(_result(call, {tool.name: tool for tool in tools}) for call in calls)))


async def _result(call: Call, tools: Mapping[str, Tool]) -> str:
    tool = tools.get(call.name)
    if tool is None:
        return f"error: no tool named '{said(call.name)}'{did_you_mean(call.name, tools)}"
    try:
        arguments = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError) as error:
        return f"error: the arguments are no JSON: {said(error)}"
    if not isinstance(arguments, dict):
        return "error: the arguments are no JSON object"
    try:
        async with asyncio.timeout(tool.within_s):
            result = await tool.call(**arguments)
        return (result if isinstance(result, str) else json.dumps(result, ensure_ascii=False))[:MOST_CHARS]
    except TimeoutError:
        return f"error: no result within {tool.within_s:g} s"
    except Exception as error:  # noqa: BLE001 - somebody else's function; the mind is told, and may say so
        return f"error: {type(error).__name__}: {said(error)}"
