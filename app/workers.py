"""Draws pictures in processes of their own: llvmpipe and the encoder share the cores, and Python's lock is in nobody's way.

One rule: pictures come back in the order they were asked for, and at most `SLOTS` per process wait in memory. Which process draws
a picture never changes it: a task holds everything the picture depends on.
"""
from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np

from motion.frame import MotionFrame
from render.camera import Shot
from render.errors import RenderError
from render.overlay import Caption
from render.scene import Seat

SLOTS = 3  # pictures in flight per process: one drawn, one waiting to be drawn, one being encoded
START_S = 120  # a cold start compiles shaders: 2-4 s here; this is for machines under heavy load
PICTURE_S = 60


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
    sways: tuple[Any, ...] = ()


class Workers:
    """`ask` for pictures, `take` them in the same order; `close` in every case."""

    def __init__(self, look: Look, count: int) -> None:
        spawn = multiprocessing.get_context("spawn")  # a forked GL driver does not survive
        self._bytes = look.size[0] * look.size[1] * 3 // 2
        size = self._bytes * SLOTS * count
        try:
            self._memory = SharedMemory(create=True, size=size)
        except OSError as error:
            raise RenderError(f"no shared memory for pictures: {error.strerror}; expected {size / 1e6:.0f} MB free in /dev/shm") from error
        self._waiting: deque[int] = deque()
        self._asked = 0
        self._pipes: list[Connection] = []
        self._processes = []
        keep = {k: os.environ.get(k) for k in ("LP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        # One llvmpipe thread each: two processes on two cores beat one process with two threads (28 against 35 ms a picture).
        os.environ.update(LP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
        try:
            for k in range(count):
                ours, theirs = spawn.Pipe()
                process = spawn.Process(target=_draw, args=(look, theirs, self._memory.name, k * SLOTS), daemon=True)
                process.start()
                theirs.close()
                self._pipes.append(ours)
                self._processes.append(process)
        finally:
            for name, value in keep.items():
                os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
        self._ready = False

    @property
    def full(self) -> bool:
        return len(self._waiting) >= SLOTS * len(self._pipes)

    @property
    def pending(self) -> int:
        return len(self._waiting)

    def wait_ready(self) -> None:
        """Wait until every process has its scene.

        Raises:
            RenderError: one could not make it; the message is the scene's own.
        """
        if not self._ready:
            for k in range(len(self._pipes)):
                self._answer(k, START_S)
            self._ready = True

    def ask(self, picture: Picture) -> None:
        """Order a picture; the caller takes one first when `full`."""
        self.wait_ready()
        k = self._asked % len(self._pipes)
        try:
            self._pipes[k].send((picture, self._asked // len(self._pipes) % SLOTS))
        except OSError as error:
            raise RenderError(f"drawing process {k} ended ({error}); the film so far plays; try --quality draft") from error
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
        try:
            if not self._pipes[k].poll(timeout_s):
                raise RenderError(f"drawing process {k} gave no sign for {timeout_s} s; the film so far plays; try --quality draft")
            problem = self._pipes[k].recv()
        except (EOFError, OSError) as error:
            raise RenderError(f"drawing process {k} ended without a word; the film so far plays; is memory short?") from error
        if problem:
            raise RenderError(problem)


def _draw(look: Look, pipe: Connection, memory_name: str, first_slot: int) -> None:
    """The drawing process: until the pipe closes, draw what comes and put it into the shared memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    from render import capture, context
    from render.scene import QUALITIES, Scene

    memory = SharedMemory(memory_name)
    size = look.size[0] * look.size[1] * 3 // 2
    try:
        with context.headless() as ctx, Scene(ctx, look.size, QUALITIES[look.quality], look.stage, look.light, look.seats) as scene:
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
        pipe.send(str(problem))
    finally:
        memory.close()
