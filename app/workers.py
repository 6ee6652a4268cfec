"""Draws pictures in processes of their own: llvmpipe and the encoder share the cores, and Python's lock is in nobody's
way.

One rule: pictures come back in the order they were asked for, and at most `SLOTS` per process wait in memory. Which
process draws a picture never changes it: a task holds everything the picture depends on.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import shutil
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np

from motion.frame import MotionFrame
from render.avatar import Sway
from render.camera import Shot
from render.errors import RenderError
from render.overlay import Caption
from render.scene import Seat

SLOTS = 3  # pictures in flight per process: one drawn, one waiting to be drawn, one being encoded
START_S = 120  # a cold start compiles shaders: 2-4 s here; this is for machines under heavy load
PICTURE_S = 60
SHM = Path("/dev/shm")


@dataclass(frozen=True)
class Look:
    """Everything about the pictures that stays the same through a film."""

    size: tuple[int, int]
    quality: str
    stage: str
    light: str
    seats: tuple[Seat, ...]


@dataclass(frozen=True)
class Picture:
    """One picture to draw; the arguments of Scene.draw."""

    frames: tuple[MotionFrame, ...]
    shot: Shot
    captions: tuple[Caption, ...]
    at: int
    sways: tuple[Sway | None, ...] = ()


class Workers:
    """`ask` for pictures, `take` them in the same order; `close` in every case."""

    def __init__(self, look: Look, count: int) -> None:
        self._bytes = look.size[0] * look.size[1] * 3 // 2
        size = self._bytes * SLOTS * count
        self._waiting: deque[int] = deque()
        self._asked = 0
        self._pipes: list[Connection] = []
        self._processes: list[SpawnProcess] = []
        self._failed: dict[int, str] = {}
        self._starting = set(range(count))
        self._memory: SharedMemory | None = _shared_memory(size)
        spawn = multiprocessing.get_context("spawn")  # a forked GL driver does not survive
        try:
            # One llvmpipe thread each: two processes on two cores beat one with two threads (28 against 35 ms).
            with _environment(LP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1"), _ctrl_c_later():
                for k in range(count):
                    ours, theirs = spawn.Pipe()
                    self._pipes.append(ours)
                    process = spawn.Process(
                        target=_draw, args=(look, theirs, self._memory.name, k * SLOTS), daemon=True
                    )
                    process.start()
                    self._processes.append(process)
                    theirs.close()
        except BaseException:
            self.close()
            raise

    @property
    def full(self) -> bool:
        return len(self._waiting) >= SLOTS * len(self._pipes)

    @property
    def pending(self) -> int:
        return len(self._waiting)

    def check(self) -> None:
        """Raise at once what `wait_ready` would raise later, if a process has already failed."""
        for k in [k for k in self._starting if self._pipes[k].poll()]:
            self._answer(k, 0)
            self._starting.discard(k)

    def wait_ready(self) -> None:
        """Wait until every process has its scene.

        Raises:
            RenderError: one could not make it; the message is the scene's own.
        """
        while self._starting:
            k = min(self._starting)
            self._answer(k, START_S)
            self._starting.discard(k)

    def ask(self, picture: Picture) -> None:
        """Order a picture; the caller takes one first when `full`."""
        self.wait_ready()
        k = self._asked % len(self._pipes)
        try:
            self._pipes[k].send((picture, self._asked // len(self._pipes) % SLOTS))
        except OSError as error:
            raise RenderError(f"drawing process {k} ended ({error}); {self._mend()}") from error
        self._waiting.append(self._asked)
        self._asked += 1

    def take(self) -> np.ndarray:
        """The oldest picture asked for, uint8 [height * 3 / 2 * width]; the caller's own."""
        number = self._waiting.popleft()
        k = number % len(self._pipes)
        self._answer(k, PICTURE_S)
        slot = k * SLOTS + number // len(self._pipes) % SLOTS
        return np.frombuffer(self._memory.buf, np.uint8, self._bytes, slot * self._bytes).copy()

    def close(self) -> None:
        """End the processes and free the shared memory; idempotent."""
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(5)
            if process.is_alive():
                process.kill()
                process.join()
        self._pipes, self._processes = [], []
        if self._memory is not None:
            self._memory.close()
            self._memory.unlink()
            self._memory = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def _answer(self, k: int, timeout_s: float) -> None:
        if k in self._failed:  # it said so once, and has ended since
            raise RenderError(self._failed[k])
        try:
            if not self._pipes[k].poll(timeout_s):
                raise RenderError(f"drawing process {k} gave no sign for {timeout_s} s; {self._mend()}")
            problem = self._pipes[k].recv()
        except (EOFError, OSError) as error:
            raise RenderError(f"drawing process {k} ended without a word; {self._mend()}") from error
        if problem:
            self._failed[k] = problem
            raise RenderError(problem)

    def _mend(self) -> str:
        film = "" if self._starting else "the film so far plays; "
        return f"{film}is memory short? try --quality draft or a smaller --size"


def _shared_memory(size: int) -> SharedMemory:
    try:
        # Linux promises more than it has, and kills whoever writes there. A container has 64 MB; six 4K ones are 75.
        if SHM.is_dir() and shutil.disk_usage(SHM).free < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return SharedMemory(create=True, size=size)
    except OSError as error:
        raise RenderError(
            f"no shared memory for pictures: {error.strerror}; expected {size / 1e6:.0f} MB free in {SHM}; "
            "try a smaller --size"
        ) from error


@contextmanager
def _environment(**wanted: str) -> Iterator[None]:
    """These variables for the processes that start inside the block, and not for us."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


@contextmanager
def _ctrl_c_later() -> Iterator[None]:
    """Processes that start inside the block are deaf to Ctrl-C from their first moment; we hear it at the end."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _draw(look: Look, pipe: Connection, memory_name: str, first_slot: int) -> None:
    """The drawing process: until the pipe closes, draw what comes and put it into the shared memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    from render import capture, context
    from render.scene import QUALITIES, Scene

    memory = SharedMemory(memory_name)
    size = look.size[0] * look.size[1] * 3 // 2
    try:
        with (
            context.headless() as ctx,
            Scene(ctx, look.size, QUALITIES[look.quality], look.stage, look.light, look.seats) as scene,
        ):
            pipe.send(None)
            while True:
                picture, slot = pipe.recv()
                scene.draw(picture.frames, picture.shot, picture.captions, picture.at, picture.sways)
                begin = (first_slot + slot) * size
                memory.buf[begin : begin + size] = capture.yuv420p(scene).tobytes()
                pipe.send(None)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the parent closed the pipe, or is gone
    except RenderError as problem:
        with suppress(OSError):  # nobody may listen any more: another process told the same before
            pipe.send(str(problem))
    finally:
        memory.close()
