"""A live conversation without waiting: a loop whose time jumps to whatever is next, threads that are none, and a sound
card, a person and engines whose every delay is written down.

One rule: nothing here looks at a real clock, and all of it is a function of a seed. The session is the one of the app,
its turn machine, ears, mouths and tasks included; only what it works with is replaced.

Letter: N samples.
"""

from __future__ import annotations

import asyncio
import math
import selectors
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import numpy as np

from agents.asr import Transcript
from agents.llm import Message, Options
from agents.tts import Speech, fake
from agents.vad import fake as fake_vad
from agents.worker import Thread
from app.audio import WAITING
from app.echo import BLOCK
from app.live_faces import still
from dialogue.types import RATE, Feeling, Hop
from motion.frame import HOP, MotionFrame

VOICE = (0.1 * np.sin(np.arange(5 * RATE) * 2.0 * np.pi * 200.0 / RATE)).astype(np.float32)  # of a person, -23 dB
T = TypeVar("T")


class Clock:
    """The time of a loop, and what a call that blocks has taken of it. `threads`: calls that are made in real ones."""

    def __init__(self) -> None:
        self.s = 0.0
        self.spent_s = 0.0
        self.threads = 0

    def takes(self, s: float) -> None:
        """Said by an engine in a call: it takes so long, math.inf for ever."""
        self.spent_s += s


class _Selector(selectors.DefaultSelector):
    """Waits by moving the clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list:
        ready = super().select(0)
        if ready or timeout is not None and timeout <= 0:
            return ready
        if timeout is None or self._clock.threads:
            return super().select(0.01 if timeout is None else min(timeout, 0.01))
        self._clock.s += timeout
        return []


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clock: Clock) -> None:
        super().__init__(_Selector(clock))
        self._of = clock

    def time(self) -> float:
        return self._of.s


def run(clock: Clock, work: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run, in no time."""
    with asyncio.Runner(loop_factory=lambda: _Loop(clock)) as runner:
        return runner.run(work)


class VirtualThread:
    """As DaemonThread: a call is made at once, and its answer comes when it has taken its time."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._calls = clock, deque()
        self._busy = self._closed = False

    def submit(self, call: Callable[..., Any], *args: Any) -> Future:
        future: Future = Future()
        if self._closed:
            future.cancel()
            return future
        self._calls.append((future, call, args))
        if not self._busy:
            self._next()
        return future

    def close(self) -> None:
        self._closed = True
        for future, *_ in self._calls:
            future.cancel()
        self._calls.clear()

    def _next(self) -> None:
        while self._calls:
            future, call, args = self._calls.popleft()
            if future.set_running_or_notify_cancel():
                break
        else:
            return
        self._busy, self._clock.spent_s = True, 0.0
        try:
            result, error = call(*args), None
        except Exception as raised:  # noqa: BLE001 - it belongs to whoever waits
            result, error = None, raised
        if self._clock.spent_s < math.inf:
            ended = (future.set_result, result) if error is None else (future.set_exception, error)
            asyncio.get_running_loop().call_later(self._clock.spent_s, self._over, *ended)

    def _over(self, ended: Callable[[Any], None], what: Any) -> None:
        self._busy = False
        ended(what)
        self._next()


class Counted:
    """A real thread; while it works, the clock stands still."""

    def __init__(self, clock: Clock, thread: Thread) -> None:
        self._clock, self._thread = clock, thread

    def submit(self, call: Callable[..., Any], *args: Any) -> Future:
        self._clock.threads += 1
        future = self._thread.submit(call, *args)
        future.add_done_callback(self._done)
        return future

    def close(self) -> None:
        self._thread.close()

    def _done(self, _: Future) -> None:
        self._clock.threads -= 1


class Card:
    """As SoundCard, in blocks of `size`: what is played is told to `hears`.

    Attributes:
        stands_s: until then the loudspeaker takes nothing. deaf_s: until then there is no microphone.
        spoils: what becomes of a block that was heard.
    """

    def __init__(
        self, play: Callable[[int], np.ndarray], clock: Clock, rng: np.random.Generator, size: int = BLOCK
    ) -> None:
        self._play, self._clock, self._rng, self._size = play, clock, rng, size
        self._noise = rng.normal(0.0, 2e-4, RATE).astype(np.float32)
        self._says = np.zeros(0, np.float32)
        self._queue: deque[tuple[np.ndarray, np.ndarray]] = deque(maxlen=WAITING)
        self.spoils: Callable[[np.ndarray], np.ndarray] | None = None
        self.hears: Callable[[np.ndarray], None] = lambda played: None
        self.stands_s = self.deaf_s = 0.0
        self.took_s = size / RATE  # of the block given last
        self._heard_s = 0.0

    @property
    def deaf(self) -> str:
        return ""

    @property
    def silent_s(self) -> float:
        return self._clock.s - self._heard_s

    @property
    def saying(self) -> bool:
        return bool(len(self._says))

    def say(self, sound: np.ndarray) -> None:
        """This is heard from now on, float32 [N]."""
        self._says = sound

    def start(self) -> None:
        """It is open."""

    def stop(self) -> None:
        """It can be opened again."""

    def late(self, s: float) -> None:
        """Nobody asked for a block for so long; the card went on."""
        for _ in range(round(s * RATE / self._size)):
            self._queue.append(self._both())

    def block(self, timeout_s: float = 0.1) -> tuple[np.ndarray, np.ndarray] | None:
        self.took_s = self._size / RATE
        if self._queue:
            self.took_s = 0.0
            return self._queue.popleft()
        if self._clock.s < self.stands_s:
            self.took_s = timeout_s
            return None
        return self._both()

    def _both(self) -> tuple[np.ndarray, np.ndarray]:
        played = self._play(self._size)
        self.hears(played)
        begin = int(self._rng.integers(RATE - self._size))
        heard = self._noise[begin : begin + self._size].copy()
        said, self._says = self._says[: self._size], self._says[self._size :]
        heard[: len(said)] += said
        if self._clock.s < self.deaf_s:
            return np.zeros(self._size, np.float32), played
        self._heard_s = self._clock.s
        return self.spoils(heard) if self.spoils else heard, played


class Ear:
    """Hears `says` in whatever is loud."""

    longest = 28 * RATE

    def __init__(self, clock: Clock, takes_s: float = 0.06) -> None:
        self._clock, self._takes_s, self.says = clock, takes_s, ""

    def warm(self, language: str = "en") -> None:
        """There is nothing to load."""

    def transcribe(
        self, sound: np.ndarray, language: str = "en", prompt: str = "", voiced: int | None = None, words: bool = False
    ) -> Transcript:
        self._clock.takes(self._takes_s)
        return Transcript(self.says if len(sound) and np.abs(sound).max() > 0.01 else "")

    def close(self) -> None:
        """There is nothing to free."""


class Judge:
    """Finds every silence as final as the next."""

    window = 8 * RATE

    def __init__(self, clock: Clock, takes_s: float = 0.04, chance: float = 0.97) -> None:
        self._clock, self._takes_s, self._chance = clock, takes_s, chance

    def warm(self) -> None:
        """There is nothing to load."""

    def complete(self, sound: np.ndarray) -> float:
        self._clock.takes(self._takes_s)
        return self._chance

    def close(self) -> None:
        """There is nothing to free."""


class Mind:
    """Answers with the text of the first key that the newest words hold.

    Args:
        first_s, token_s: until the first piece, and between two. ends: how likely every text ends.
    """

    remembers = 3000
    eager = True

    def __init__(
        self, answers: Sequence[tuple[str, str]], first_s: float = 0.12, token_s: float = 0.01, ends: float = 0.8
    ) -> None:
        self._answers, self._first_s, self._token_s, self._ends = tuple(answers), first_s, token_s, ends

    async def stream(self, messages: Sequence[Message], options: Options = Options()) -> AsyncIterator[str]:
        await asyncio.sleep(self._first_s)
        text = self.answer(messages)
        for begin in range(0, len(text), 4):
            yield text[begin : begin + 4]
            await asyncio.sleep(self._token_s)

    def answer(self, messages: Sequence[Message]) -> str:
        newest = next((m.text for m in reversed(messages) if m.role == "user"), "")
        return next((answer for key, answer in self._answers if key in newest), "[neutral] I see.")

    async def chance_of_end(self, messages: Sequence[Message], text: str) -> float | None:
        await asyncio.sleep(0.05)
        return self._ends

    async def warm(self, messages: Sequence[Message]) -> None:
        """There is nothing to load."""

    async def close(self) -> None:
        """There is nothing to free."""


class Tongue(fake.Engine):
    """A voice that takes its time."""

    def __init__(self, clock: Clock, takes_s: float = 0.03) -> None:
        self._clock, self._takes_s = clock, takes_s

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        self._clock.takes(self._takes_s)
        return super().speak(text, voice, feeling, seed)


class Detector(fake_vad.Engine):
    """Whatever is loud is speech."""


class Face:
    """A motion model that keeps still; its state is how many participants there are."""

    lookahead = 8

    def init_state(self, participants: int, seed: int) -> int:
        return participants

    def step(self, hop: Hop, state: int) -> tuple[tuple[MotionFrame, ...], int]:
        start = hop.start - self.lookahead * HOP
        return ((still(start),) * state if start >= 0 else ()), state
