"""Figures of the jaw on real speech: takes of somebody's voice with the jaw that was captured or authored for it.

One rule: a frame's time is its start: frame i of ours stands at i / 25 s, a row of a CSV at its timecode, a row of an
npz at i / fps; the sound begins with the first row. Beside r over all frames, which is mostly pauses, stand r within
speech and what the loudness alone reaches there in the same run.

Letters: T rows of a take, N samples.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app.bench import Ask, Figure, tell
from app.sets import read_sound
from dialogue.errors import CorpusError
from dialogue.types import RATE
from motion import dualtalk_set, export
from motion.corpus import AUDIO_RATE, EMOTIONS, FRAME_SAMPLES
from motion.features import listen, start
from motion.frame import FPS, INDEX
from motion.metrics import runs
from motion.models.dual_stream import Model, feel

SOUNDS = (".flac", ".wav")
JAWS = ("jawOpen", "mouth_stretch_c")
NPZ_FPS = 30.0  # of an npz that does not say
WINDOW_S = 0.040  # of energy
LOUD_SHARE = 92  # percentile
SPEECH_DB, SHORTEST_S, GRID_S = 20.0, 0.080, 0.010
FLOOR_DB = 40.0
REACH_MS, STEP_MS = 200, 2  # of the search for the lag
EXPECTED = "NAME.wav or NAME.flac, each with NAME.csv (Live Link Face) or NAME.npz (values [T, C], names, fps)"


class Recorded(NamedTuple):
    """One take."""

    sound: np.ndarray  # float32 [N] at AUDIO_RATE
    times: np.ndarray  # float64 [T] seconds
    jaw: np.ndarray  # float64 [T]


def figures(model: Model, ask: Ask) -> Iterator[Figure]:
    """Every figure of a folder of takes; nothing without one."""
    if ask.real is None:
        tell(f"no takes of real speech: their figures are left out; give a folder as --real DIR: {EXPECTED}")
        return
    found = takes(ask.real)
    if ask.quick:
        found = [cut(take, 0.2) for take in found]
    yield from told([jaw_of(model, take.sound) for take in found], found)


def told(opened: Sequence[np.ndarray], found: Sequence[Recorded]) -> Iterator[Figure]:
    """Figures, means over the takes.

    Args:
        opened: jaws of the model [T'] at FPS, of each take.
    """
    all_, speech, alone, lags = [], [], [], []
    for jaw, take in zip(opened, found):
        said = in_speech(take.sound, take.times)
        mine = sampled(jaw, take.times)
        all_.append(pearson(mine, take.jaw))
        speech.append(pearson(mine[said], take.jaw[said]))
        alone.append(pearson(loudness(take.sound, take.times)[said], take.jaw[said]))
        lags.append([pearson(sampled(jaw, take.times + lag / 1000), take.jaw) for lag in LAGS])
    lag = float(LAGS[int(np.mean(lags, 0).argmax())])
    energy, reached = float(np.mean(alone)), float(np.mean(speech))
    note = f"{sum(take.times[-1] - take.times[0] for take in found):.0f} s in {len(found)} takes"
    yield Figure("real_jaw_r", float(np.mean(all_)), "r", low=0.83, note=f"all frames, no lag, {note}")
    yield Figure("real_jaw_r_speech", reached, "r", low=0.62, note="frames of speech only, no lag")
    yield Figure("real_jaw_r_speech_gain", reached - energy, "r", low=0.15, note=f"over log energy, which has {energy:.3f}")
    yield Figure("real_jaw_lag_ms", lag, "ms", -20.0, 20.0, "where r over all frames is highest; positive is late")


LAGS = np.arange(-REACH_MS, REACH_MS + 1, STEP_MS)


def in_speech(sound: np.ndarray, times: np.ndarray) -> np.ndarray:
    """bool [T]: is there speech at these times? By energy: within SPEECH_DB of the loud level, for SHORTEST_S at least,
    and no longer than it lasts."""
    grid = np.arange(0.0, len(sound) / AUDIO_RATE + GRID_S, GRID_S)
    db = energy_db(sound, grid)
    loud = db >= np.percentile(db, LOUD_SHARE) - SPEECH_DB
    for a, b in runs(loud):
        if (b - a) * GRID_S < SHORTEST_S - 1e-9:
            loud[a:b] = False
    return loud[np.clip(np.rint(np.asarray(times) / GRID_S).astype(int), 0, len(grid) - 1)]


def loudness(sound: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The baseline [T]: log energy, floored FLOOR_DB below the loud level."""
    db = energy_db(sound, times)
    return np.maximum(db, np.percentile(db, LOUD_SHARE) - FLOOR_DB)


def energy_db(sound: np.ndarray, times: np.ndarray) -> np.ndarray:
    """[T]: mean power of WINDOW_S centred on each time, in dB."""
    summed = np.concatenate([[0.0], np.cumsum(np.asarray(sound, np.float64) ** 2)])
    middle, half = np.rint(np.asarray(times) * AUDIO_RATE).astype(int), round(WINDOW_S / 2 * AUDIO_RATE)
    a, b = (np.clip(middle + side, 0, len(sound)) for side in (-half, half))
    return 10.0 * np.log10((summed[b] - summed[a]) / (2 * half) + 1e-10)


def sampled(curve: np.ndarray, times: np.ndarray) -> np.ndarray:
    """A curve at FPS, at some times."""
    return np.interp(times, np.arange(len(curve)) / FPS, curve)


def pearson(a: np.ndarray, b: np.ndarray) -> float:
    """0 where either stands still: a jaw that never opens fits nothing."""
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 1e-12 else 0.0


def jaw_of(model: Model, sound: np.ndarray) -> np.ndarray:
    """jawOpen [T'] of somebody who says this to a silent partner; who speaks when is found by energy."""
    frames = -(-len(sound) // FRAME_SAMPLES) + model.lookahead
    audio = np.zeros((2, frames * FRAME_SAMPLES), np.float32)
    audio[0, : len(sound)] = sound
    nothing = np.zeros((frames, 2), int)
    assert EMOTIONS[0].value == "neutral"
    mel = listen(audio, start(2, AUDIO_RATE), AUDIO_RATE)[0]
    roles = dualtalk_set.roles_of(audio).astype(int)
    motion, _ = model.advance(mel, roles, feel(nothing, nothing), model.init_state(2, 0))
    return motion[:, 0, INDEX["jawOpen"]].astype(np.float64)


# Files


def takes(folder: Path) -> list[Recorded]:
    """All takes of a folder.

    Raises:
        CorpusError: there are none, or one cannot be read.
    """
    sounds = sorted(p for p in folder.iterdir() if p.suffix.lower() in SOUNDS) if folder.is_dir() else []
    found = [(s, t) for s in sounds if (t := next((p for e in (".npz", ".csv") if (p := s.with_suffix(e)).is_file()), None))]
    if not found:
        raise CorpusError(f"no takes in '{folder}'; expected {EXPECTED}")
    return [read(sound, take) for sound, take in found]


def read(sound: Path, path: Path) -> Recorded:
    """One take.

    Raises:
        CorpusError: it cannot be read, or has no jaw.
    """
    heard = np.mean(read_sound(sound), 0, dtype=np.float32)
    times, jaw = _csv(path) if path.suffix == ".csv" else _npz(path)
    within = times < len(heard) / AUDIO_RATE
    if within.sum() < 2 * FPS:
        raise CorpusError(f"'{path}' and its sound share {within.sum()} rows; expected two seconds or more")
    return Recorded(heard, times[within], jaw[within])


def cut(take: Recorded, share: float) -> Recorded:
    """The first part of a take, a second at least."""
    until = max(take.times[-1] * share, 1.0)
    within = take.times <= until
    return Recorded(take.sound[: round(until * AUDIO_RATE)], take.times[within], take.jaw[within])


def _csv(path: Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        told_ = export.read(path)
    except (OSError, ValueError) as error:
        raise CorpusError(f"cannot read '{path}': {error}") from error
    return (told_.starts - told_.starts[0]) / RATE, told_.weights[:, INDEX["jawOpen"]].astype(np.float64)


def _npz(path: Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        with path.open("rb") as raw, np.load(raw) as file:
            values, names = file["values"].astype(np.float64), [str(name) for name in file["names"]]
            fps = float(file["fps"]) if "fps" in file else NPZ_FPS
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise CorpusError(f"cannot read '{path}': {error}; expected values [T, C], names [C] and fps") from error
    jaw = next((name for name in JAWS if name in names), None)
    if jaw is None or values.ndim != 2 or values.shape[1] != len(names) or not fps > 0:
        raise CorpusError(f"'{path}' has values {list(values.shape)} named {names[:3]}...; expected one of {JAWS}")
    return np.arange(len(values)) / fps, values[:, names.index(jaw)]
