"""Pictures come back in order from processes that end when they should, and say why they could not begin."""

import os
import signal
from dataclasses import replace
from multiprocessing.connection import wait
from multiprocessing.shared_memory import SharedMemory

import numpy as np
import psutil
import pytest

from app.workers import SLOTS, Look, Picture, Workers
from motion.frame import ARKIT, MotionFrame
from render.camera import Shot
from render.errors import RenderError
from render.scene import Seat
from tiny_avatar import glb

pytestmark = pytest.mark.slow
STILL = MotionFrame(0, np.zeros(len(ARKIT), np.float32), np.zeros(3, np.float32), np.zeros(2, np.float32))
LONG_S = 60  # what a test waits for a process at most


@pytest.fixture(scope="module")
def look(tmp_path_factory):
    avatar = tmp_path_factory.mktemp("avatars") / "tiny.glb"
    avatar.write_bytes(glb())
    return Look((64, 64), "draft", "studio", "warm", (Seat(avatar),))


def picture(i):
    turned = replace(STILL, head=np.array([0.0, 0.1 * i, 0.0], np.float32))
    return Picture((turned,), Shot("single", 0), (), 0)


def drawn(look, count, pictures):
    out = []
    with Workers(look, count) as workers:
        for i in range(pictures):
            if workers.full:
                out.append(workers.take())
            workers.ask(picture(i))
        while workers.pending:
            out.append(workers.take())
    return out


def test_pictures_come_back_in_order_and_do_not_depend_on_who_draws_them(look):
    alone, shared = drawn(look, 1, 3 * SLOTS), drawn(look, 2, 3 * SLOTS)
    assert len(alone) == 3 * SLOTS and len({p.tobytes() for p in alone}) == 3 * SLOTS
    assert all(np.array_equal(a, b) for a, b in zip(alone, shared, strict=True))


def test_whoever_cannot_draw_says_why_as_soon_as_it_is_known(look, tmp_path):
    bad = tmp_path / "bad.glb"
    bad.write_bytes(b"glTF, or so it says")
    with Workers(replace(look, seats=(Seat(bad),)), 2) as workers:
        workers.check()
        assert all(wait([pipe], LONG_S) for pipe in workers._pipes)
        with pytest.raises(RenderError, match="bad.glb"):
            workers.check()
        for _ in range(2):  # whoever asks again hears the same
            with pytest.raises(RenderError, match="bad.glb"):
                workers.wait_ready()


def test_a_process_that_dies_is_told_and_nothing_is_left(look):
    with Workers(look, 2) as workers:
        workers.wait_ready()
        processes, memory = list(workers._processes), workers._memory.name
        for i in range(2 * SLOTS):
            workers.ask(picture(i))
        os.kill(processes[0].pid, signal.SIGKILL)
        processes[0].join(LONG_S)
        with pytest.raises(RenderError, match="drawing process 0 ended .*the film so far plays"):
            for i in range(2 * SLOTS):
                workers.take()
                workers.ask(picture(i))
    workers.close()
    assert not any(psutil.pid_exists(process.pid) for process in processes if process.pid)
    with pytest.raises(FileNotFoundError):
        SharedMemory(memory)


def test_pictures_that_do_not_fit_into_shared_memory_are_refused_before_the_work(look):
    with pytest.raises(RenderError, match="expected 13500000 MB free"):
        Workers(replace(look, size=(1_000_000, 1_000_000)), 3)
