"""A corpus of beeps: two take turns of two seconds, the jaw follows the beep, lips and eyes do a little."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from motion.corpus import PHONES, Clip, Corpus, Manifest, write_manifest, write_shard
from motion.frame import INDEX

SPLITS = ("train", "train", "valid", "test", "unseen")


def clip(name: str, split: str, seconds: float = 8.0, seed: int = 0) -> Clip:
    rng, frames = np.random.default_rng(seed), round(seconds * 25)
    time = np.arange(frames * 640) / 16_000
    audio, roles = np.zeros((2, frames * 640), np.float32), np.ones((frames, 2), np.int8)
    motion, phones = np.zeros((frames, 2, 57), np.float32), np.zeros((2 * frames, 2), np.int16)
    for t in range(frames):
        who, loud = t // 50 % 2, max(0.0, np.sin(t * 0.9 + seed))
        span = slice(t * 640, (t + 1) * 640)
        audio[who, span] = 0.1 * loud * np.sin(2 * np.pi * (180 + 60 * who) * time[span])
        motion[t, who, INDEX["jawOpen"]] = 0.4 * loud
        roles[t, who] = 0
        phones[2 * t : 2 * t + 2, who] = PHONES.index("ɑ") if loud > 0.1 else PHONES.index("m")
    motion[:, :, 52:55] = 0.03 * np.sin(np.arange(frames) / 9.0 + seed)[:, None, None]
    motion[::40, :, [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]] = 1.0
    motion[:, :, 56] = 0.2 * (rng.uniform(size=(frames // 25 + 1, 2)) > 0.5).repeat(25, 0)[:frames]
    feelings = np.zeros((frames, 2), np.int8)
    labels = {"roles": roles, "true_roles": roles, "feelings": feelings, "intensity": feelings.astype(np.float32)}
    return Clip(name, split, audio, motion, phones=phones, voices=("a", "b"), has_motion=(True, True), **labels)


def corpus(folder: Path, names: Sequence[str] = ()) -> Corpus:
    """One clip of each of SPLITS, or of as many splits more as there are names; the last two are of `unseen`."""
    splits = (*SPLITS, "unseen")[: len(names) or len(SPLITS)]
    named = names or [f"clip{i}" for i in range(len(splits))]
    shards = [write_shard(folder / f"{i}.npz", [clip(n, s, seed=i)]) for i, (n, s) in enumerate(zip(named, splits))]
    write_manifest(folder, Manifest(1, 0.0, {split: ("a", "b") for split in SPLITS}, tuple(shards), len(shards)))
    return Corpus(folder)
