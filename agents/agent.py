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
from agents.worker import Worker
from dialogue.emotion import Item, spoken
from dialogue.errors import DuologueError, EngineError
from dialogue.types import Cue, Emotion, Feeling
from dialogue.utterance import Utterance

AHEAD = 64  # pieces that are read before they are spoken
MOST_CHARS = 1200  # of one reply: more than a minute of speech, which nobody listens to
# For one piece: less than a conversation waits for progress, so that it is this stage that is told; and what the
# slowest voice needs, which speaks 14 characters a second at 2.5 times real time.
TTS_S, CHARS_PER_S = 2.0, 30.0
LOUDEST, SILENT = 4.0, 1e-4  # peaks outside are no speech: whole numbers in place of -1..1, or nothing
THINK = 0.8  # of the wait for a first word: by then something is to be heard


@dataclass(frozen=True)
class Voice:
    """Who speaks: the voice of the engine at hand, the feeling in which the last reply left them, and their language.
    `worker` is where the engine is called; None: in one of this reply's own."""

    participant: int
    voice: str
    feeling: Feeling = Feeling()
    seed: int = 0
    language: str = ENGLISH
    worker: Worker | None = None


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
    worker = speaker.worker or Worker("the voice")
    try:
        async with aclosing(_reply(messages, mind, _Performer(tongue, speaker, clock, worker), options)) as events:
            async for event in events:
                yield event
    finally:
        if speaker.worker is None:
            worker.close()


async def _reply(
    messages: Sequence[Message], mind: LLMEngine, performer: _Performer, options: Options
) -> AsyncIterator[Event]:
    human = phrases(performer.language)
    split, said, failed = Splitter(performer.language), 0, False
    try:
        async with aclosing(_read(mind.stream(messages, options), max(THINK * options.first_s, 1.0))) as pieces:
            async for piece in pieces:
                if piece is None:
                    if not performer.spoke:  # whoever waits hears that somebody is there
                        async for event in performer.perform((human.thinks,)):
                            yield event
                    continue
                if not said:
                    yield Mark("llm", performer.clock())
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


async def _read(pieces: AsyncIterator[str], late_s: float) -> AsyncIterator[str | None]:
    """The same pieces, read while others are spoken; None once, when it is late."""
    come: asyncio.Queue[str | Exception | None] = asyncio.Queue(AHEAD)

    async def read() -> None:
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    await come.put(piece)
            await come.put(None)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever reads, if anybody still does
            if not asyncio.current_task().cancelling():
                await come.put(error)

    reader = asyncio.create_task(read())
    loop = asyncio.get_running_loop()
    late = loop.time() + late_s
    try:
        while True:
            try:
                async with asyncio.timeout_at(late):
                    piece = await come.get()
            except TimeoutError:
                late = None
                yield None
                continue
            if isinstance(piece, Exception):
                raise piece
            if piece is None:
                return
            yield piece
    finally:
        reader.cancel()
        try:
            await asyncio.wait([reader])
        except asyncio.CancelledError:
            reader.cancel()  # it did not hear it the first time
            raise


def checked(sound: np.ndarray, text: str) -> np.ndarray:
    """The sound of a text, if it can be that.

    Raises:
        EngineError: it holds no numbers, none of a voice, or nothing for words that are there.
    """
    peak = float(np.abs(sound).max(initial=0.0))
    if not peak <= LOUDEST:
        raise EngineError(f"the voice gave sound with a peak of {peak:g}; expected -1..1; choose another")
    if peak < SILENT and any(c.isalnum() for c in text):
        raise EngineError(f"the voice gave silence for '{text[:40]}'; choose another")
    return sound


def _speaks(items: Sequence[Item]) -> bool:
    return bool(spoken(tidied(items)))


class _Performer:
    """Speaks one piece after the other, each in the feeling the one before left."""

    def __init__(self, tongue: TTSEngine, speaker: Voice, clock: Callable[[], int], worker: Worker) -> None:
        self._tongue, self._speaker, self.clock, self._worker = tongue, speaker, clock, worker
        self._feeling, self.language = speaker.feeling, speaker.language
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
        within_s = max(TTS_S, len(spoken(items)) / CHARS_PER_S)
        try:
            utterance, feeling = await self._worker.run(within_s, deliver, line, self._tongue)
            checked(utterance.samples, spoken(items))
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
            yield Mark("tts", self.clock())
        yield Said(utterance, feeling, breath(utterance.text, feeling))

    def _failed(self, error: DuologueError) -> Trouble:
        self._failures += 1
        self.mute = self._failures >= 2
        return Trouble("tts", error)
