"""Makes a corpus: conversations that two synthesised voices hold, performed by the procedural performer.

One rule: every clip is a function of the corpus' seed, its split and its number, so that a run that was killed goes on
shard by shard and ends with the same bytes as one that was not, on however many processes.

Labels come from the clean sound; what a student hears is that sound in a room (app/corpus_room.py). Some role changes
are told wrongly, as a voice activity detector would. Half of the clips of test and unseen are left clean, and every
clip's name ends with `-clean` or `-room`, so that both can be measured apart.

Letters: P participants, T frames, N samples.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from agents.tts import TTSEngine
from agents.tts.hibari import Engine
from app.corpus_room import CLEAN, furnished, recorded
from app.corpus_talk import talk
from app.corpus_voices import FAMILIES, Together, added, speakers
from app.progress import Progress, silent
from dialogue.errors import CorpusError
from dialogue.timeline import Timeline
from dialogue.types import RATE
from motion.corpus import (
    AUDIO_RATE,
    EMOTIONS,
    PHONE_FRAMES,
    PHONE_INDEX,
    ROLES,
    SPLITS,
    Clip,
    Manifest,
    Shard,
    file_hash,
    manifest_path,
    read_manifest,
    write_manifest,
    write_shard,
)
from motion.frame import FPS, HOP
from motion.models.procedural import LOOKAHEAD, Model
from motion.stream import MotionStream

SHARD_CLIPS = 8  # about 8 minutes, 35 MB: what a killed run loses of its work
SHARES = {"train": 1.0, "valid": 0.08, "test": 0.08, "unseen": 0.08}  # of the hours asked for
CLEAN_SHARE = {"train": 0.2, "valid": 0.2, "test": 0.5, "unseen": 0.5}
WRONG = (0.12, 0.18)  # of a clip's role changes
MISSED = (3, 12)  # frames by which a change is told late or early: 120-480 ms, what detectors are off by
UNHEARD = FPS  # frames: a role held for less than a second may go unnoticed
HIGHEST_HOURS = 1000.0  # 250 GB


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Args:
        hours: of train; the other splits are SHARES of it, each at least `least_s`.
        families: whose voices are in train too, of app.corpus_voices.FAMILIES.
        clip_s: how long a clip lasts, at least and at most.
    """

    hours: float
    seed: int = 0
    families: tuple[str, ...] = ()
    clip_s: tuple[float, float] = (45.0, 75.0)
    least_s: float = 60.0

    def __post_init__(self) -> None:
        if not 0 < self.hours <= HIGHEST_HOURS:
            raise CorpusError(f"a corpus of {self.hours:g} hours; expected more than 0 and at most {HIGHEST_HOURS:g}")
        if self.seed < 0:
            raise CorpusError(f"seed {self.seed}; expected 0 or more")


@dataclass(frozen=True)
class Task:
    """One shard to be made."""

    name: str
    split: str
    first: int  # number of its first clip
    frames: tuple[int, ...]  # of each clip
    seed: int
    families: tuple[str, ...] = ()


def make(folder: Path, order: Order, jobs: int = 1, progress: Progress = silent) -> Manifest:
    """Make a corpus, or what is missing of it.

    Args:
        jobs: processes at work at once.
    Raises:
        CorpusError: the folder holds another corpus, or cannot be written.
        EngineError, ModelFileError: the voice does not work here.
    """
    if jobs < 1:
        raise CorpusError(f"{jobs} jobs; expected at least 1")
    tasks = plan(order)
    manifest = _begun(folder, order, len(tasks))
    names = [task.name for task in tasks]
    total = sum(sum(task.frames) for task in tasks) // FPS
    have = {shard.name for shard in manifest.shards}
    missing = [task for task in tasks if task.name not in have]
    done_s = sum(sum(task.frames) for task in tasks if task.name in have) / FPS

    def finished(shard: Shard) -> None:
        nonlocal manifest
        shards = sorted((*manifest.shards, shard), key=lambda s: names.index(s.name))
        manifest = replace(manifest, shards=tuple(shards))
        write_manifest(folder, manifest)

    def heard(seconds: float) -> None:
        nonlocal done_s
        done_s += seconds
        progress("performing", round(done_s), total)

    if jobs == 1:
        for task in missing:
            finished(make_shard(folder, task, heard))
    else:
        # Ctrl-C reaches every process: the helpers end without a word, their shards were never there.
        quiet = {"initializer": signal.signal, "initargs": (signal.SIGINT, signal.SIG_DFL)}
        with ProcessPoolExecutor(min(jobs, max(len(missing), 1)), get_context("spawn"), **quiet) as pool:
            running = [pool.submit(make_shard, folder, task) for task in missing]
            try:
                for future in as_completed(running):
                    finished(future.result())
                    heard(future.result().seconds)
            except BaseException:
                pool.shutdown(cancel_futures=True)  # no new shard is begun
                raise
    return manifest


def plan(order: Order) -> tuple[Task, ...]:
    """All shards of a corpus, in order."""
    tasks = []
    for number, split in enumerate(SPLITS):
        wanted = max(order.hours * 3600 * SHARES[split], order.least_s)
        rng = np.random.default_rng([order.seed, 2, number])
        frames: list[int] = []
        while sum(frames) < wanted * FPS:
            frames.append(round(rng.uniform(*order.clip_s) * FPS))
        for i in range(0, len(frames), SHARD_CLIPS):
            own = tuple(frames[i : i + SHARD_CLIPS])
            families = order.families if split == "train" else ()
            tasks.append(Task(f"{split}-{i // SHARD_CLIPS:04}.npz", split, i, own, order.seed, families))
    return tuple(tasks)


def make_shard(folder: Path, task: Task, heard: Callable[[float], None] = lambda seconds: None) -> Shard:
    """Perform the clips of a shard and write it; tells `heard` of each clip's seconds."""
    engine: TTSEngine = Engine(speakers(task.seed)[task.split])
    if task.families:
        engine = Together((engine, *map(added, task.families)))
    try:
        clips = []
        for i, frames in enumerate(task.frames):
            clips.append(perform(engine, task.split, task.first + i, frames, task.seed))
            heard(frames / FPS)
        return write_shard(folder / task.name, clips)
    finally:
        engine.close()


def perform(engine: TTSEngine, split: str, number: int, frames: int, seed: int, furnish: bool = True) -> Clip:
    """One clip of two of the engine's voices; without `furnish` none is heard through a room."""
    rng = np.random.default_rng([seed, 3, SPLITS.index(split), number])
    voices = tuple(str(v) for v in rng.choice([v.name for v in engine.voices()], 2, replace=False))
    timeline = talk(rng, engine, voices, (frames + LOOKAHEAD) * HOP)
    stream = MotionStream(Model(), 2, int(rng.integers(2**31)))
    hops = list(timeline.hops(HOP))
    shown = [frame for frame in map(stream.feed, hops) if frame]
    clean = bool(rng.random() < CLEAN_SHARE[split]) or not furnish
    rooms = (CLEAN, CLEAN) if clean else (furnished(rng), furnished(rng))
    roles = np.array([[ROLES.index(r) for r in hop.roles] for hop in hops[:frames]], np.int8)
    return Clip(
        name=f"{split}-{number:05}-{'clean' if clean else 'room'}",
        split=split,
        audio=recorded(small(timeline.audio(0, frames * HOP)), rooms, rng),
        motion=np.array([[np.concatenate([f.weights, f.head, f.gaze]) for f in both] for both in shown], np.float32),
        roles=wrong_roles(roles, rng),
        true_roles=roles,
        feelings=np.array([[EMOTIONS.index(f.emotion) for f in hop.feelings] for hop in hops[:frames]], np.int8),
        intensity=np.array([[f.intensity for f in hop.feelings] for hop in hops[:frames]], np.float32),
        phones=phones(timeline, frames),
        voices=voices,
        has_motion=(True, True),
    )


def small(sound: np.ndarray) -> np.ndarray:
    """float32 [P, N] at RATE to AUDIO_RATE."""
    import soxr

    return np.ascontiguousarray(soxr.resample(sound.T, RATE, AUDIO_RATE, quality="HQ").T, np.float32)


def phones(timeline: Timeline, frames: int) -> np.ndarray:
    """int16 [T * 2, P]: the phone that sounds in the middle of each 20 ms.

    Raises:
        KeyError: the voice says a sound that motion.corpus.PHONES has no name for.
    """
    step = HOP // PHONE_FRAMES
    out = np.zeros((frames * PHONE_FRAMES, len(timeline.phones)), np.int16)
    for p, own in enumerate(timeline.phones):
        for phone in own:
            first, last = (-((step // 2 - edge) // step) for edge in (phone.start, phone.end))
            out[max(first, 0) : max(last, 0), p] = PHONE_INDEX[phone.symbol]
    return out


def boundaries(roles: np.ndarray) -> list[tuple[int, int]]:
    """(frame, role) of each change in [T]."""
    return [(int(t) + 1, int(roles[t + 1])) for t in np.flatnonzero(np.diff(roles))]


def wrong_roles(roles: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Roles [T, P] with WRONG of their changes told early, late or not at all."""
    out = roles.copy()
    for p in range(roles.shape[1]):
        true = boundaries(roles[:, p])
        wanted = len(true) * rng.uniform(*WRONG)
        wanted = int(wanted) + (rng.random() < wanted % 1.0)  # few changes: right on average
        for i in rng.permutation(len(true)):
            if len(set(true) - set(boundaries(out[:, p]))) >= wanted:
                break
            at, role = true[i]
            start = true[i - 1][0] if i else 0
            end = true[i + 1][0] if i + 1 < len(true) else len(out)
            if {(start, int(roles[start, p])), (at, role)} - {(0, int(roles[0, p])), *boundaries(out[:, p])}:
                continue  # this one or the one before was moved already
            if end - at < UNHEARD and rng.random() < 0.3:
                out[at:end, p] = roles[at - 1, p]
                continue
            by = int(rng.integers(*MISSED, endpoint=True))
            if rng.random() < 0.5:
                out[at : min(at + by, end - 1), p] = roles[at - 1, p]
            else:
                out[max(at - by, start + 1) : at, p] = role
    return out


def _begun(folder: Path, order: Order, planned: int) -> Manifest:
    """The manifest to go on with: a new one, or that of the same corpus with the shards that are there and whole."""
    voices = {split: tuple(own) for split, own in speakers(order.seed).items()}
    voices["train"] += tuple(name for family in order.families for name in FAMILIES[family])
    new = Manifest(order.seed, order.hours, voices, (), planned)
    if not manifest_path(folder).exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CorpusError(f"cannot make the folder '{folder}': {error.strerror or error}") from error
        write_manifest(folder, new)
        return new
    found = read_manifest(folder)
    if replace(found, shards=()) != new:
        raise CorpusError(
            f"'{folder}' holds another corpus ({found.hours:g} hours, seed {found.seed}) than the one asked for "
            f"({order.hours:g} hours, seed {order.seed}); choose another folder, or remove this one"
        )
    return replace(found, shards=tuple(s for s in found.shards if file_hash(folder / s.name) == s.sha256))
