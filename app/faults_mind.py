"""How a mind breaks: what becomes of the pieces of its answer, and of its guess whether a text ends.

One rule: each way is one small generator between a mind and whoever listens; it says when it bites.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np

from agents.llm import Message, Options, in_time
from agents.llm.http import broken_off
from app import virtual
from dialogue.errors import EngineError

Pieces = AsyncIterator[str]


@dataclass
class Strike:
    """One fault in one run. `on` from the person's first turn to the second. `at_s`: when it first bit."""

    clock: virtual.Clock
    rng: np.random.Generator
    on: bool = False
    at_s: float | None = None
    calls: int = 0  # of the voice, in this answer

    def bites(self) -> None:
        self.at_s = self.clock.s if self.at_s is None else self.at_s


class Broken(virtual.Mind):
    """Its pieces pass through `how` while the fault is on. `watched`: it has limits for silence, as a real one."""

    def __init__(self, good: virtual.Mind, strike: Strike, how: Callable, watched: bool = True) -> None:
        self.__dict__.update(good.__dict__)
        self._strike, self._how, self._watched = strike, how, watched

    async def stream(self, messages: Sequence[Message], options: Options = Options()) -> Pieces:
        pieces = super().stream(messages, options)
        if self._strike.on:
            pieces = self._how(pieces, self._strike)
        if self._watched:
            pieces = in_time(pieces, options, "the mind")
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece


def at_once(error: Exception) -> Callable:
    async def how(pieces: Pieces, strike: Strike) -> Pieces:
        strike.bites()
        raise error
        yield ""

    return how


def later(error: Exception) -> Callable:
    """After some pieces, in the middle of a word."""

    async def how(pieces: Pieces, strike: Strike) -> Pieces:
        left = int(strike.rng.integers(2, 12))
        async for piece in pieces:
            if not left:
                strike.bites()
                yield piece[:2]
                raise error
            left -= 1
            yield piece

    return how


async def ever() -> None:
    await asyncio.get_running_loop().create_future()


async def stalls_first(pieces: Pieces, strike: Strike) -> Pieces:
    strike.bites()
    await ever()
    yield ""


async def stalls_later(pieces: Pieces, strike: Strike) -> Pieces:
    left = int(strike.rng.integers(1, 12))
    async for piece in pieces:
        if not left:
            strike.bites()
            await ever()
        left -= 1
        yield piece


async def cut_in_a_tag(pieces: Pieces, strike: Strike) -> Pieces:
    strike.bites()
    yield "Well. [hap"[int(strike.rng.integers(0, 2)) * 6 :]
    raise broken_off("the mind")


def says(*what: str | bytes) -> Callable:
    async def how(pieces: Pieces, strike: Strike) -> Pieces:
        strike.bites()
        for piece in what:
            await asyncio.sleep(0.1)
            yield piece

    return how


def endless(what: str) -> Callable:
    async def how(pieces: Pieces, strike: Strike) -> Pieces:
        strike.bites()
        while True:
            await asyncio.sleep(0.01)
            yield what

    return how


async def drips(pieces: Pieces, strike: Strike) -> Pieces:
    """Each piece comes just before patience is over, or somewhat sooner."""
    wait_s = float(strike.rng.uniform(0.3, 1.9))
    strike.bites()
    async for piece in pieces:
        await asyncio.sleep(wait_s)
        yield piece


async def dies_when_cancelled(pieces: Pieces, strike: Strike) -> Pieces:
    try:
        async for piece in pieces:
            yield piece
            await asyncio.sleep(0.3)
    except asyncio.CancelledError as error:
        strike.bites()
        raise RuntimeError("cannot be cancelled") from error


async def does_not_hear_when_cancelled(pieces: Pieces, strike: Strike) -> Pieces:
    try:
        async for piece in pieces:
            yield piece
            await asyncio.sleep(0.3)
    except asyncio.CancelledError:
        strike.bites()
        await asyncio.sleep(3600.0)


class Guess(virtual.Mind):
    """Fails where it should tell whether a text ends."""

    def __init__(self, good: virtual.Mind, strike: Strike, how: Callable) -> None:
        self.__dict__.update(good.__dict__)
        self._strike, self._how = strike, how

    async def chance_of_end(self, messages: Sequence[Message], text: str) -> float | None:
        if not self._strike.on:
            return await super().chance_of_end(messages, text)
        self._strike.bites()
        return await self._how()


async def no_guess() -> float:
    raise EngineError("the mind cannot guess")


async def nan() -> float:
    return math.nan
