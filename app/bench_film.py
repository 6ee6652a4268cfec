"""Figures of the film: how fast, how much memory, how true sound lies to pictures, whether it is the same twice.

One rule: measured on films made by the same functions as `duologue film`, read back from the finished mp4.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.bench import Ask, Figure
from app.film import FilmOptions, faces, film, look, shoot, worker_count
from app.performance import Performance
from app.progress import silent
from app.shots import Cut
from app.workers import Workers
from dialogue.play import parse
from dialogue.schedule import schedule
from dialogue.types import RATE, Word, samples, seconds
from dialogue.utterance import Utterance
from motion import models
from render.camera import Shot

HEAD = """---
version: 1
title: A film to measure
seed: 3
fps: 25
size: [1280, 720]
cast:
  ADA: {voice: heart, avatar: maya, seat: left}
  BEN: {voice: adam, avatar: david, seat: right}
camera: two-shot
---
"""
LINES = """ADA: [happy] I walked past the old bakery this morning, and somebody had painted the door bright yellow.
BEN: [surprised] Yellow? {raise-brows} That door has been brown since my grandmother bought her bread there.
ADA: (laughs) It looks like a slice of lemon cake now. I stood there and smiled like a fool.
BEN: [thoughtful] I wonder who paints a door at night, and then simply goes away.
"""
BEEP_EVERY_S, BEEP_S, BEEPS = 2.0, 0.1, 30  # 60 s
FLASH = "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"  # a subtitle as wide as one gets


def figures(_: Ask) -> Iterator[Figure]:
    """The figures of a one-minute film, 720p, 25 fps, standard quality, both avatars in every picture."""
    with tempfile.TemporaryDirectory() as folder:
        yield from speed(Path(folder), minutes=1)
        yield from synchrony(Path(folder))
        yield from repetition(Path(folder))


def figures_long(_: Ask) -> Iterator[Figure]:
    """The figures of a ten-minute film."""
    with tempfile.TemporaryDirectory() as folder:
        yield from speed(Path(folder), minutes=10)


def speed(folder: Path, minutes: int) -> Iterator[Figure]:
    """Film seconds a second of waiting, from the command to the finished file, and the memory of all processes."""
    play = folder / "speed.play"
    play.write_text(HEAD + LINES * (4 * minutes), "utf-8")  # four lines last about 17 s
    with _Memory() as memory:
        began = time.perf_counter()
        result = film(play, FilmOptions(folder / "speed.mp4"))
        took_s = time.perf_counter() - began
    suffix = "" if minutes == 1 else f"_{minutes}min"
    note = f"{result.filmed_s:.0f} s of film, {worker_count()} drawing processes"
    yield Figure(f"film_speed_ratio{suffix}", result.filmed_s / took_s, "x", low=1.0, note=note)
    yield Figure(f"peak_rss_mb{suffix}", memory.peak_mb, "MB", high=1500)


def synchrony(folder: Path) -> Iterator[Figure]:
    """Where the sound lies against the picture: a subtitle flashes with each of 30 beeps, and both are found again."""
    play = parse(
        HEAD + f"ADA: {FLASH}\n" + f"ADA: (after {BEEP_EVERY_S - BEEP_S:.1f}s) {FLASH}\n" * (BEEPS - 1), "beeps.play"
    )
    tone = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(samples(BEEP_S)) / RATE)).astype(np.float32)
    beep = Utterance(0, tone, FLASH, (Word(FLASH, 0, len(tone)),))
    timeline = schedule(play, [beep] * BEEPS)
    performance = Performance(play, timeline, (Cut(0, Shot("two-shot")),))
    path = folder / "beeps.mp4"
    with Workers(look(play, "draft"), worker_count()) as workers:
        shoot(performance, workers, FilmOptions(path, "draft"), faces(timeline, 0, models.load()), silent)
    flashes, beeps = _flashes(path), _beeps(path)
    if len(flashes) != BEEPS or len(beeps) != BEEPS:
        raise RuntimeError(f"found {len(flashes)} flashes and {len(beeps)} beeps in the film; expected {BEEPS} of each")
    # A picture stands from its time on, so the first one with the subtitle is up to one picture late, never early.
    due = np.array([-(-s.start // (RATE // 25)) / 25 for s in timeline.segments])
    offsets = (flashes - due) - (beeps - np.array([seconds(s.start) for s in timeline.segments]))
    drift = np.polyfit(beeps, offsets, 1)[0]
    yield Figure("av_offset_ms", float(np.abs(offsets).max() * 1e3), "ms", high=15, note="largest of 30")
    yield Figure("av_drift_ppm", float(abs(drift) * 1e6), "ppm", high=20, note="over 60 s")


def repetition(folder: Path) -> Iterator[Figure]:
    """Whether the same seed gives the same film: timeline, stems and decoded pictures of two runs."""
    prints = []
    for run in ("one", "two"):
        place = folder / run
        place.mkdir()
        play = place / "again.play"
        play.write_text(HEAD.replace("two-shot", "auto") + LINES, "utf-8")
        result = film(play, FilmOptions(place / "again.mp4"))
        beside = [p for p in result.written if p.suffix != ".mp4"]
        prints.append(
            [hashlib.sha256(p.read_bytes()).hexdigest() for p in beside] + [_pictures_hash(place / "again.mp4")]
        )
    yield Figure(
        "same_seed_identical", float(prints[0] == prints[1]), "", low=1.0, note="timeline, stems, motion, pictures"
    )


class _Memory:
    """The largest memory of this process and its children together, looked at five times a second."""

    def __enter__(self) -> _Memory:
        self.peak_mb = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        import psutil

        me = psutil.Process()
        while not self._ended.wait(0.2):
            total = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    pass  # it ended between the list and the look
            self.peak_mb = max(self.peak_mb, total / 1e6)


def _flashes(path: Path) -> np.ndarray:
    """When subtitles appear: the brightest part of the lower third jumps."""
    import av

    times, light = [], []
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            picture = frame.to_ndarray()[: frame.height]
            times.append(float(frame.pts * frame.time_base))
            light.append(np.percentile(picture[frame.height * 3 // 4 :, :], 99))
    light = np.array(light)
    on = light > (light.min() + light.max()) / 2
    return np.array(times)[1:][on[1:] & ~on[:-1]]


def _beeps(path: Path) -> np.ndarray:
    """When tones begin, to the sample."""
    import av

    with av.open(str(path)) as file:
        frames = list(file.decode(audio=0))
    first = float(frames[0].pts * frames[0].time_base)
    loud = np.abs(np.concatenate([f.to_ndarray().mean(0) for f in frames])) > 0.05
    begins = np.flatnonzero(loud)
    return first + begins[np.insert(np.diff(begins) > RATE // 2, 0, True)] / RATE


def _pictures_hash(path: Path) -> str:
    import av

    digest = hashlib.sha256()
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            digest.update(frame.to_ndarray().tobytes())
    return digest.hexdigest()
