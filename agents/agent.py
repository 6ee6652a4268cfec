"""One reply: from a prompt to sound, piece by piece, while the mind is still thinking.

One rule: whoever was promised an answer gets one. If the mind falls silent or dies, what it said is finished, something
human follows, and the event says which stage failed; cancelling the task stops everything and says nothing.

Positions are samples by the clock that is handed in; those inside a piece count from its own first sample.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np

from agents.clauses import Splitter
from agents.delivery import Line, breath, deliver
from agents.language import ENGLISH, phrases
from agents.llm import LLMEngine, Message, Options
from agents.tidy import tidied
from agents.tts import Speech, TTSEngine
from dialogue.emotion import Item, spoken
from dialogue.errors import DuologueError, EngineError
from dialogue.types import Cue, Emotion, Feeling
from dialogue.utterance import Utterance

MOST_CHARS = 1200  # of one reply: more than a minute of speech, which nobody listens to
TTS_S = 5.0  # for one piece; the slowest voice speaks at 2.5 times real time


@dataclass(frozen=True)
class Voice:
    """Who speaks: the voice of the engine at hand, the feeling in which the last reply left them, and their language."""

    participant: int
    voice: str
    feeling: Feeling = Feeling()
    seed: int = 0
    language: str = ENGLISH


@dataclass(frozen=True)
class Mark:
    """The first "llm" piece was read, or the first "tts" sound was ready."""

    stage: str
    at: int


@dataclass(frozen=True, eq=False)
class Said:
    """A piece of the reply, ready to be played.

    Args:
        utterance: its sound may be empty, if it is only a gesture. feeling: the one it leaves the speaker in.
        pause: samples of silence that belong between it and the next piece.
    """

    utterance: Utterance
    feeling: Feeling
    pause: int

    @property
    def text(self) -> str:
        return self.utterance.text

    @property
    def speech(self) -> Speech:
        return Speech(self.utterance.samples, self.utterance.words, self.utterance.phones)

    @property
    def cues(self) -> tuple[Cue, ...]:
        return self.utterance.cues


@dataclass(frozen=True)
class Trouble:
    """A stage failed, "llm" or "tts"; the reply goes on as well as it can."""

    stage: str
    error: DuologueError


Event = Mark | Said | Trouble


async def reply(
    messages: Sequence[Message],
    mind: LLMEngine,
    tongue: TTSEngine,
    speaker: Voice,
    clock: Callable[[], int],
    options: Options = Options(),
) -> AsyncIterator[Event]:
    """Answer.

    Args:
        messages: the prompt, as agents.prompt builds it. clock: samples since the session began.
    Raises:
        nothing of its engines: what fails becomes Trouble.
    """
    performer = _Performer(tongue, speaker, clock)
    split, said, failed = Splitter(speaker.language), 0, False
    human = phrases(speaker.language)
    try:
        async with aclosing(mind.stream(messages, options)) as pieces:
            async for piece in pieces:
                if not said:
                    yield Mark("llm", clock())
                piece = piece[: MOST_CHARS - said]
                said += len(piece)
                for items in split.feed(piece):
                    async for event in performer.perform(items):
                        yield event
                if said >= MOST_CHARS or performer.mute:
                    break
    except DuologueError as error:
        failed = True
        yield Trouble("llm", error)
    except Exception as error:  # noqa: BLE001 - an engine that a user plugged in; the conversation goes on
        failed = True
        yield Trouble("llm", EngineError(f"the mind failed: {type(error).__name__}"))
    rest = [] if performer.mute else split.finish()
    if failed:
        rest.append((Feeling(Emotion.THOUGHTFUL, 0.4), human.lost))
    elif not performer.spoke and not any(map(_speaks, rest)) and not performer.mute:
        rest.append((human.nothing,))
    for items in rest:
        async for event in performer.perform(items):
            yield event


def _speaks(items: Sequence[Item]) -> bool:
    return bool(spoken(tidied(items)))


class _Performer:
    """Speaks one piece after the other, each in the feeling the one before left."""

    def __init__(self, tongue: TTSEngine, speaker: Voice, clock: Callable[[], int]) -> None:
        self._tongue, self._speaker, self._clock = tongue, speaker, clock
        self._feeling = speaker.feeling
        self._rng = np.random.default_rng(speaker.seed)
        self._sounded = False
        self.spoke = False
        self.mute = False  # the voice failed twice running: there is no use in asking it again
        self._failures = 0

    async def perform(self, items: Sequence[Item]) -> AsyncIterator[Event]:
        items = tidied(items)
        if not any(not isinstance(item, str) or item.strip() for item in items):
            return
        seed = int(self._rng.integers(2**31))
        line = Line(self._speaker.participant, items, self._speaker.voice, self._feeling, seed)
        try:
            async with asyncio.timeout(TTS_S):
                utterance, feeling = await asyncio.to_thread(deliver, line, self._tongue)
        except TimeoutError:
            yield self._failed(EngineError(f"the voice gave no sound within {TTS_S:g} s; choose a faster one"))
            return
        except DuologueError as error:
            yield self._failed(error)
            return
        except Exception as error:  # noqa: BLE001 - as in reply
            yield self._failed(EngineError(f"the voice failed: {type(error).__name__}: {error}"))
            return
        self._failures, self._feeling = 0, feeling
        self.spoke |= bool(spoken(items)) or len(utterance) > 0
        if len(utterance) and not self._sounded:
            self._sounded = True
            yield Mark("tts", self._clock())
        yield Said(utterance, feeling, breath(utterance.text, feeling))

    def _failed(self, error: DuologueError) -> Trouble:
        self._failures += 1
        self.mute = self._failures >= 2
        return Trouble("tts", error)
