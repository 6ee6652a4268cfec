"""What the motion's figures are measured on: conversations of voices that no training heard, kept so that the next run
needs not make them again.

One rule: a conversation is a function of its voices, its number and its length; the file that keeps it is named by a
hash of the source of all that made it, so whoever changes a voice or the performer gets new ones.

Letters: P participants, T frames.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from agents import models
from agents.tts import TTSEngine, kokoro
from app.corpus import perform
from app.corpus_room import furnished, recorded
from app.corpus_voices import KOKORO as KOKORO_VOICES
from app.corpus_voices import speakers
from dialogue.errors import CorpusError
from motion.corpus import AUDIO_RATE, Clip, read_shard, write_shard
from motion.features import listen, start
from motion.frame import FPS
from motion.models.dual_stream import Model, State, feel

SEED, SPLIT = 20, "unseen"
ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("dialogue", "agents", "motion", "app")
CHUNK = 60 * FPS  # frames performed at once: an hour at once would need its memory
HIBARI, KOKORO, PIPER = "hibari", "kokoro", "piper"
FAMILIES = (HIBARI, KOKORO, PIPER)


@dataclass(frozen=True)
class Order:
    """Some conversations of one family of voices: `count` of them, numbered from `first`."""

    family: str
    count: int
    seconds: int
    first: int = 0

    def fifth(self) -> Order:
        """A fifth of it: fewer conversations, or a shorter one."""
        if self.count > 1:
            return replace(self, count=-(-self.count // 5))
        return replace(self, seconds=self.seconds // 5)


def missing(family: str) -> str | None:
    """How to get a family that has no voices here; None if it has."""
    packages = {KOKORO: "kokoro", PIPER: "piper-joe"}
    if family == HIBARI or models.installed(packages[family]) and _engine(family).voices():
        return None
    return f"no {family} voices here: their figures are left out; get them with `{models.GET_VOICES}`"


def conversations(order: Order, making: Callable[[str], None] = lambda line: None) -> Iterator[Clip]:
    """The clips of an order, one in memory at a time, in clean sound, with some role changes told wrongly.

    Args:
        making: is told when one has to be made.
    """
    engine: TTSEngine | None = None
    folder, print_ = models.cache() / "bench", fingerprint(f"agents.tts.{order.family}")
    try:
        for number in range(order.first, order.first + order.count):
            path = folder / f"{order.family}-{number:04}-{order.seconds}s-{print_}.npz"
            if path.exists():
                try:
                    yield from read_shard(path)
                    continue
                except CorpusError:
                    pass  # damaged: made anew
            making(f"making {order.seconds} s of conversation of {order.family} voices, kept in {folder}")
            engine = engine or _engine(order.family)
            clip = perform(engine, SPLIT, number, order.seconds * FPS, SEED, furnish=False)
            try:
                folder.mkdir(parents=True, exist_ok=True)
                write_shard(path, [clip])
                for old in folder.glob(f"{order.family}-{number:04}-{order.seconds}s-*.npz"):
                    if old != path:
                        old.unlink(missing_ok=True)  # what another source made
            except (OSError, CorpusError):
                yield clip  # no room to keep it: it is made anew next time
            else:
                yield from read_shard(path)  # as the next run reads it
    finally:
        if engine is not None:
            engine.close()


def _engine(family: str) -> TTSEngine:
    if family == HIBARI:
        from agents.tts.hibari import Engine

        return Engine(speakers(SEED)[SPLIT])
    if family == KOKORO:
        return kokoro.Engine(KOKORO_VOICES["unseen"])
    from agents.tts.piper import Engine

    return Engine()


@cache
def fingerprint(engine: str, maker: str = "app.corpus") -> str:
    """12 hex digits of the source of the performer, of an engine, and of all of ours that they import."""
    todo, found = [maker, engine], {}
    while todo:
        name = todo.pop()
        path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
        path = path if path.is_file() else ROOT.joinpath(*name.split("."), "__init__.py")
        if name in found or name.split(".")[0] not in ROOMS or not path.is_file():
            continue
        found[name] = path.read_bytes()
        for node in ast.walk(ast.parse(found[name])):
            if isinstance(node, ast.ImportFrom) and node.module:
                todo += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                todo += [alias.name for alias in node.names]
    return hashlib.sha256(b"".join(found[name] for name in sorted(found))).hexdigest()[:12]


def in_rooms(clip: Clip, number: int) -> Clip:
    """Every other clip as microphones in rooms hear it, as in a corpus."""
    if number % 2 == 0:
        return clip
    rng = np.random.default_rng([SEED, 11, number])
    return replace(clip, audio=recorded(clip.audio, (furnished(rng), furnished(rng)), rng))


# Performing


def performed(
    model: Model,
    clip: Clip,
    seed: int = 0,
    chunk: int = CHUNK,
    between: Callable[[State, int], State] = lambda state, frames: state,
) -> np.ndarray:
    """The model's motion of a clip [T', P, 57], closed loop, by the roles that the clip gives.

    Args:
        chunk: hops at a time; any gives the same.
        between: is handed the state and the frames shown so far after each chunk; what it gives back goes on.
    """
    mel = listen(clip.audio, start(clip.participants, AUDIO_RATE), AUDIO_RATE)[0]
    roles, felt = clip.roles.astype(int), feel(clip.feelings, clip.intensity)
    state, out, shown = model.init_state(clip.participants, seed), [], 0
    for at in range(0, clip.frames, chunk):
        part = slice(at, at + chunk)
        motion, state = model.advance(mel[:, part], roles[part], felt[part], state)
        shown += len(motion)
        state = between(state, shown)
        out.append(motion)
    return np.concatenate(out)
