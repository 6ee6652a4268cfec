"""Figures of every engine that works here: how soon it begins, how fast it goes on, and how much memory it takes.

One rule: each engine is measured in a fresh process of its own, from the first import on, so that nothing another one
has loaded counts for it. One that is not here is told with the reason, and is no failure: what is installed is a
person's choice. So is what may cost money: one that reaches beyond this program is asked only if the settings name it.

The second time counts: the first loads the model, and is told as load_s.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

from app.bench import Ask, Figure, tell
from app.bench_speed import ONE_THREAD, ROOT, busy

STAGES = ("llm", "tts", "asr", "vad", "end_of_turn")
FOR_TESTS = ("fake", "script")
PROBE_S = 300.0
SECONDS = 5  # of sound that is heard
TEXT = "The birch canoe slid on the smooth planks. It is easy to tell the depth of a well."
BEGINS = {"llm": "first_token_ms", "tts": "first_audio_ms"}


def figures(ask: Ask) -> Iterator[Figure]:
    """All figures of all engines."""
    for stage in STAGES:
        for name in importlib.import_module(f"agents.{stage}").engines():
            if name not in FOR_TESTS:
                yield from told(stage, name, probed(stage, name))


def told(stage: str, name: str, found: dict[str, Any]) -> Iterator[Figure]:
    """Figures of what a process measured, or a line about why there are none."""
    if "absent" in found:
        tell(f"{stage} {name} is absent: {found['absent']}")
        return
    for figure, unit in (
        ("load_s", "s"),
        (BEGINS.get(stage, "answer_ms"), "ms"),
        ("x_realtime", "x"),
        ("tokens_per_s", "1/s"),
        ("rss_mb", "MB"),
    ):
        if figure in found:
            yield Figure(f"{stage}_{name}_{figure}", found[figure], unit, note=f"{found['what']}{busy()}")


def probed(stage: str, name: str) -> dict[str, Any]:
    """What a fresh process measures, or why it cannot."""
    code = f"from app.bench_engines import probe; probe({stage!r}, {name!r})"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, **ONE_THREAD},
            capture_output=True,
            text=True,
            timeout=PROBE_S,
        )
        return json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {"absent": f"it was not done within {PROBE_S:g} s"}
    except (IndexError, ValueError):
        last = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
        return {"absent": f"its process ended: {last[:200]}"}


def probe(stage: str, name: str) -> None:
    """Measure in this process, and print as JSON."""
    import numpy  # noqa: F401, what any process here has

    from dialogue.errors import DuologueError

    try:
        settings = chosen(stage, name)
        before_mb = memory_mb()
        engine = importlib.import_module(f"agents.{stage}").load(name, **settings)
        if stage == "llm":
            found = asyncio.run(mind(engine))
        else:
            found = MEASURES[stage](engine) | {"rss_mb": memory_mb()}
            engine.close()
        found["rss_mb"] -= before_mb
    except (DuologueError, ImportError) as error:
        found = {"absent": str(error)}
    print(json.dumps(found))


def chosen(stage: str, name: str) -> dict[str, Any]:
    """What the settings tell an engine.

    Raises:
        EngineError: it reaches beyond this program, and they do not name it.
    """
    from agents.language import ENGLISH
    from agents.tts import BEYOND
    from app.config import engine_settings, for_engine, for_language, hand_over, load
    from dialogue.errors import EngineError

    config = load({}).config
    hand_over(config.models, os.environ)
    section = getattr(config, stage)
    if name == section.engine:
        settings = for_engine(section)
        return for_language({name: settings}, section.language or ENGLISH)[name] if stage == "tts" else settings
    if name in importlib.import_module(f"agents.{stage}").engines():
        if "base_url" in engine_settings(stage, name) or (stage == "tts" and name in BEYOND):
            raise EngineError(f"the settings do not name it; run: duologue config set {stage}.engine {name}")
    return {}


def memory_mb() -> float:
    """Of this process and of those that an engine has started."""
    import psutil

    me = psutil.Process()
    return sum(one.memory_info().rss for one in (me, *me.children(recursive=True))) / 1e6


async def mind(engine: Any) -> dict[str, Any]:
    """Time to the first token, and tokens a second after it, of an answer to a short question."""
    from agents.llm import Message, Options

    asked = [Message("system", "You are Ada, a curious friend."), Message("user", "What do you like about the sea?")]
    patient = Options(max_tokens=48, first_s=60.0, idle_s=30.0)
    began = time.perf_counter()
    try:
        await engine.warm(asked[:1])
        load_s = time.perf_counter() - began
        at = [time.perf_counter()]
        async with aclosing(engine.stream(asked, patient)) as pieces:
            async for _ in pieces:
                at.append(time.perf_counter())
        rss_mb = memory_mb()
    finally:
        await engine.close()
    pace = (len(at) - 2) / max(at[-1] - at[1], 1e-9)
    return {
        "load_s": load_s,
        "first_token_ms": (at[1] - at[0]) * 1e3,
        "tokens_per_s": pace,
        "rss_mb": rss_mb,
        "what": f"{len(at) - 1} pieces",
    }


def tongue(engine: Any) -> dict[str, Any]:
    """Time to the first sentence, and seconds of sound a second, of two sentences."""
    from dialogue.errors import EngineError
    from dialogue.types import RATE, Feeling

    voices = engine.voices()
    if not voices:
        raise EngineError("it has no voices here; run: make voices, or name its server or model in the settings")
    began = time.perf_counter()
    list(engine.speak("Hello.", voices[0].name, Feeling(), 0))
    load_s = time.perf_counter() - began
    began = time.perf_counter()
    pieces = engine.speak(TEXT, voices[0].name, Feeling(), 0)
    length = len(next(pieces).samples)
    first_s = time.perf_counter() - began
    length += sum(len(piece.samples) for piece in pieces)
    took_s = time.perf_counter() - began
    return {
        "load_s": load_s,
        "first_audio_ms": first_s * 1e3,
        "x_realtime": length / RATE / took_s,
        "what": f"voice {voices[0].name}, two sentences of {length / RATE / 2:.1f} s",
    }


def ear(engine: Any) -> dict[str, Any]:
    """How long a transcription takes."""
    sound = speech()
    return timed(lambda: engine.transcribe(sound), len(sound), "one breath")


def detector(engine: Any) -> dict[str, Any]:
    """How long a frame of one track takes."""
    sound = speech()[None]

    def hear() -> None:
        state = engine.start(1)
        for at in range(0, sound.shape[1] - engine.frame + 1, engine.frame):
            _, state = engine.hear(sound[:, at : at + engine.frame], state)

    found = timed(hear, sound.shape[1], "")
    frames = sound.shape[1] // engine.frame
    return found | {"answer_ms": found["answer_ms"] / frames, "what": f"a frame, of {frames}"}


def judge(engine: Any) -> dict[str, Any]:
    """How long a judgement takes."""
    sound = speech()
    return timed(lambda: engine.complete(sound), len(sound), "one turn")


def timed(work: Any, length: int, what: str) -> dict[str, Any]:
    """The first time and the best of three more, for `length` samples of sound."""
    from dialogue.types import RATE

    took = []
    for _ in range(4):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    best = min(took[1:])
    return {
        "load_s": max(took[0] - best, 0.0),
        "answer_ms": best * 1e3,
        "x_realtime": length / RATE / best,
        "what": f"{what}, {length / RATE:.1f} s of speech",
    }


def speech() -> Any:
    """float32 [N] at RATE: SECONDS of hibari, who says it in a process of her own and so counts for nobody."""
    import numpy as np

    from dialogue.types import RATE

    code = f"""import sys; from agents.tts.hibari import Engine; from dialogue.types import Feeling
for s in Engine().speak({TEXT!r}, "heart", Feeling(), 0): sys.stdout.buffer.write(s.samples.tobytes())"""
    raw = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT)
    return np.frombuffer(raw, np.float32)[: SECONDS * RATE]


MEASURES = {"tts": tongue, "asr": ear, "vad": detector, "end_of_turn": judge}
