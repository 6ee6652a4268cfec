"""Figures of the motion model's speed and size: two participants, one thread, in processes of their own.

One rule: everything that playing needs is counted, the hearing of sound too. Of several runs the best counts, as timeit
has it: what else runs on the machine is no property of the model; the note says how busy the machine was.

Nothing heavy is imported here: a fresh process of `probe` must not have paid for it before the clock starts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.bench import Ask, Figure

ROOT = Path(__file__).resolve().parents[1]
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")}
STARTS, RUNS, SECONDS = 3, 3, 60
PARTICIPANTS = 2


def figures(ask: Ask) -> Iterator[Figure]:
    seconds = SECONDS // 5 if ask.quick else SECONDS
    nothing = min(probed("nothing", ask.weights, 0)["rss_mb"] for _ in range(STARTS))
    starts = [probed("start", ask.weights, 2) for _ in range(STARTS)]
    ran = [probed("run", ask.weights, seconds) for _ in range(RUNS)]
    yield from told(nothing, starts, ran, f"one thread, best of {RUNS}{busy()}")


def told(nothing_mb: float, starts: list[dict], ran: list[dict], note: str) -> Iterator[Figure]:
    """Figures of what the processes measured."""
    best = min(ran, key=lambda one: one["p99_ms"])
    yield Figure(
        "offline_x_realtime", max(one["offline"] for one in ran), "x", low=100.0, note=f"both faces, hearing too, {note}"
    )
    yield Figure("hop_ms_p50", best["p50_ms"], "ms", note=f"{PARTICIPANTS} participants, {note}; for information")
    yield Figure("hop_ms_p99", best["p99_ms"], "ms", high=5.0, note=f"of 40 ms, {PARTICIPANTS} participants, {note}")
    load_s = min(one["load_s"] for one in starts)
    yield Figure("load_s", load_s, "s", high=1.0, note=f"import and Model(), numpy and scipy there already, best of {STARTS}")
    rss_mb = max(one["rss_mb"] for one in (*starts, *ran)) - nothing_mb
    yield Figure("model_rss_mb", rss_mb, "MB", high=300.0, note="over a process that imported numpy and scipy")


def busy() -> str:
    """How many others wanted a core."""
    try:
        return f", {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    except (AttributeError, OSError):  # Windows has none
        return ""


def probed(kind: str, weights: Path | None, seconds: int) -> dict[str, float]:
    """What a fresh process measures.

    Raises:
        subprocess.CalledProcessError: it failed; it has said why.
    """
    code = f"from app.bench_speed import probe; probe({kind!r}, {str(weights.resolve()) if weights else None!r}, {seconds})"
    out = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **ONE_THREAD}, text=True)
    return json.loads(out)


def probe(kind: str, weights: str | None, seconds: int) -> None:
    """Measure in this process, and print as JSON: memory in MB, and seconds, ms and times real time."""
    import numpy  # noqa: F401, what any process here has
    import psutil
    import scipy.fft
    import scipy.signal  # noqa: F401

    found: dict[str, float] = {}
    if kind != "nothing":
        began = time.perf_counter()
        from motion.models.dual_stream import Model

        model = Model(weights)
        found["load_s"] = time.perf_counter() - began
        found |= streaming(model, seconds)
    found["rss_mb"] = psutil.Process().memory_info().rss / 1e6
    if kind == "run":
        found["offline"] = offline(model, seconds)
    print(json.dumps(found))


def streaming(model: Any, seconds: int) -> dict[str, float]:
    """Each hop as it comes, through the live door: median and 99th percentile in ms. The first second warms up."""
    import numpy as np

    from dialogue.types import Feeling, Hop, Role
    from motion.frame import FPS, HOP

    sound, state, took = speech(seconds), model.init_state(PARTICIPANTS, 0), []
    for i in range(seconds * FPS):
        talks = i // (2 * FPS) % PARTICIPANTS
        roles = tuple(Role.SPEAKING if p == talks else Role.LISTENING for p in range(PARTICIPANTS))
        audio = np.ascontiguousarray(sound[:, i * HOP : (i + 1) * HOP])
        hop = Hop(i * HOP, audio, roles, (Feeling(),) * PARTICIPANTS, ((),) * PARTICIPANTS)
        began = time.perf_counter()
        _, state = model.step(hop, state)
        took.append((time.perf_counter() - began) * 1e3)
    steady = took[FPS:]
    return {"p50_ms": float(np.percentile(steady, 50)), "p99_ms": float(np.percentile(steady, 99))}


def offline(model: Any, seconds: int) -> float:
    """Seconds of both faces a second, all hops at once; best of three."""
    import numpy as np

    from motion.features import listen, start
    from motion.frame import FPS
    from motion.models.dual_stream import feel

    frames, sound, best = seconds * FPS, speech(seconds), float("inf")
    roles = (np.arange(frames)[:, None] // (2 * FPS) + np.arange(PARTICIPANTS)) % 2
    nothing = np.zeros((frames, PARTICIPANTS), int)
    for _ in range(3):
        began = time.perf_counter()
        mel, _ = listen(sound, start(PARTICIPANTS))
        model.advance(mel, roles, feel(nothing, nothing), model.init_state(PARTICIPANTS, 0))
        best = min(best, time.perf_counter() - began)
    return seconds / best


def speech(seconds: int) -> Any:
    """float32 [P, N] at RATE: noise in syllables, two seconds of each in turn."""
    import numpy as np

    from dialogue.types import RATE

    t = np.arange(seconds * RATE) / RATE
    noise = np.random.default_rng(0).standard_normal((PARTICIPANTS, len(t)), np.float32)
    turn = (t // 2 % PARTICIPANTS)[None] == np.arange(PARTICIPANTS)[:, None]
    return (0.1 * noise * turn * np.abs(np.sin(2 * np.pi * 4 * t))).astype(np.float32)
