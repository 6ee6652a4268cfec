"""What a mind is: text in, text out, piece by piece. Each module of this folder that exports `Engine` is one, found by
its file name.

One rule: no wait is endless, and each that is too long has a name. An engine that fails says in one line what failed
and what to do; what it said until then stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from agents import folder
from agents.llm.tools import Call, Calls, Tool, in_rounds
from dialogue.errors import EngineError, did_you_mean

ROLES = ("system", "user", "assistant")


@dataclass(frozen=True)
class Message:
    """One part of a prompt. `role` is one of ROLES: who the mind is, what it heard, what it said."""

    role: str
    text: str

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"role is '{self.role}'; expected one of: {', '.join(ROLES)}")


@dataclass(frozen=True)
class Options:
    """How one answer is made. Waits in seconds; first_s and idle_s add up to what a person forgives, 3 s, only once."""

    max_tokens: int = 120  # half a minute of speech
    temperature: float = 0.7
    seed: int = 0
    first_s: float = 2.5  # until the first piece
    idle_s: float = 2.0  # between two pieces
    tools: tuple[Tool, ...] = ()  # that the mind may call before it answers, if it has_tools


class LLMEngine(Protocol):
    """Answers. Cancelling the task that reads an answer, or closing its iterator, stops the generation within 0.1 s."""

    has_tools: bool  # can call what Options.tools offers; an engine that cannot is not asked to
    remembers: int  # characters of a conversation that it is told, beside what was said last
    eager: bool  # reading a prompt ahead of time costs nothing but time that nobody waits for

    def stream(self, messages: Sequence[Message], options: Options = Options()) -> AsyncIterator[str]:
        """The answer, in pieces as they come; tags may be cut anywhere.

        Raises:
            EngineError: the mind cannot be reached, refuses, breaks off, or is silent for too long; or it is offered
                tools and has none.
            ModelFileError: its model is not here.
        """

    async def chance_of_end(self, messages: Sequence[Message], text: str) -> float | None:
        """How likely the user's words so far are all they want to say, 0..1; None: this engine cannot tell.

        Args:
            messages: the conversation before those words. What is computed here need not be computed by `stream`.
        """

    async def warm(self, messages: Sequence[Message]) -> None:
        """Load the model and read the prompt, so that the first answer comes soon.

        Raises:
            EngineError, ModelFileError: as `stream`.
        """

    async def close(self) -> None:
        """Stop everything and free the model; idempotent."""


def engines() -> tuple[str, ...]:
    """The names of all engines, found by reading this folder; nothing is imported."""
    return folder.engines(__file__)


def load(name: str, **settings: object) -> LLMEngine:
    """The engine of that name.

    Args:
        settings: of that engine, such as model or base_url.
    Raises:
        EngineError: there is none, or it has no such setting.
    """
    if name not in engines():
        raise EngineError(f"no llm engine named '{name}'{did_you_mean(name, engines())}; agents/llm/ has them")
    return folder.made("llm", name, settings)


def without_tools(who: str, options: Options) -> None:
    """Raise EngineError if a mind that can call no tools is offered some."""
    if options.tools:
        raise EngineError(f"{who}: it can call no tools; leave them out, or choose an engine that can: openai, ollama")


async def in_time(pieces: AsyncIterator[str], options: Options, who: str) -> AsyncIterator[str]:
    """The same pieces, none of them empty; silence is an error that names who was silent.

    Raises:
        EngineError: the first piece, or the next one, does not come in time.
    """
    wait_s, which = options.first_s, "first word"
    async with aclosing(pieces):
        while True:
            try:
                async with asyncio.timeout(wait_s):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise EngineError(
                    f"{who}: no {which} within {wait_s:g} s; it is overloaded or stuck: try a smaller model, or again"
                ) from error
            if piece:
                yield piece
                wait_s, which = options.idle_s, "further word"


def answered(
    messages: Sequence[Message],
    options: Options,
    who: str,
    pieces: Callable[[list[dict], Options, Calls | None], AsyncIterator[str]],
    written: Callable[[str, Sequence[Call], Sequence[str]], list[dict]],
) -> AsyncIterator[str]:
    """The answer of a server as it comes, each wait in it bounded, tools called meanwhile.

    Args:
        pieces: one answer of the server to a prompt; the calls in it go into what it is given, if it may make any.
        written: as `in_rounds`.
    """

    def answer(prompt: list[dict], calls: Calls | None) -> AsyncIterator[str]:
        return in_time(pieces(prompt, options, calls), options, who)

    prompt = [{"role": m.role, "content": m.text} for m in messages]
    return in_rounds(prompt, answer, written, options.tools)
