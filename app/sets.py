"""What a model can be evaluated on: a corpus, a folder in the DualTalk layout, or recordings of two voices.

One rule: whatever it is, it comes as clips of two, one in memory at a time, and a clip that cannot be read is told, not
hidden.

Letters: P = 2 participants, T frames, N samples.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dialogue.errors import CorpusError
from dialogue.types import Emotion
from motion import dualtalk_set
from motion.corpus import AUDIO_RATE, CHANNELS, EMOTIONS, FRAME_SAMPLES, SPLITS, Clip, Corpus, manifest_path
from motion.frame import FPS

CORPUS, DUALTALK, RECORDINGS = "corpus", "DualTalk", "recordings"
SOUNDS = (".wav", ".flac", ".ogg", ".mp3")
LONGEST_S, PIECE_S = 1800, 60  # of a recording; it is performed in pieces as long as a corpus' clips
LEAST_S = 2.0


@dataclass(frozen=True)
class Set:
    """Clips to be performed.

    Args:
        kind: CORPUS, DUALTALK or RECORDINGS.
        count: of the clips, broken ones too.
        read: all clips anew, telling of each that cannot be read.
        examples: clips whose faces say what a mean face is; `examples_from` says whose they are.
    """

    name: str
    kind: str
    split: str
    count: int
    read: Callable[[Callable[[CorpusError], None]], Iterator[Clip]] = field(repr=False)
    examples: Callable[[], Iterator[Clip]] = field(repr=False)
    examples_from: str

    def clips(self, broken: Callable[[CorpusError], None]) -> Iterator[Clip]:
        return itertools.islice(self.read(broken), self.count)


def find(folder: Path, split: str, limit: int | None = None) -> Set:
    """What lies in a folder.

    Args:
        split: one of SPLITS; recordings and a lone folder of clips have none.
        limit: at most so many clips.
    Raises:
        CorpusError: nothing that can be performed, or the split is empty.
    """
    if not folder.is_dir():
        raise CorpusError(f"no folder '{folder}'; give a corpus, the DualTalk data, or a folder of recordings")
    if manifest_path(folder).exists():
        found = _corpus(folder, split)
    elif any((folder / name).is_dir() for name in dualtalk_set.FOLDERS):
        found = _dualtalk(folder, split)
    elif any(dualtalk_set.NAME.fullmatch(path.name) and path.suffix == ".npz" for path in folder.iterdir()):
        found = _faces(folder, split)
    else:
        found = _recordings(folder)
    return found if limit is None or found.count <= limit else _first(found, limit)


def _first(found: Set, limit: int) -> Set:
    return Set(found.name, found.kind, found.split, limit, found.read, found.examples, found.examples_from)


def _corpus(folder: Path, split: str) -> Set:
    corpus = Corpus(folder)
    counts = {name: sum(shard.clips for shard in corpus.shards(name)) for name in SPLITS}
    _there(folder, split, counts)
    own = "train" if counts["train"] else split
    return Set(
        folder.name,
        CORPUS,
        split,
        counts[split],
        lambda broken: corpus.clips(split),
        lambda: corpus.clips(own),
        f"split {own}",
    )


def _dualtalk(folder: Path, split: str) -> Set:
    counts = {name: len(dualtalk_set.clips(folder, name)) for name in SPLITS}
    _there(folder, split, counts)
    own = "train" if counts["train"] else split

    def read(broken: Callable[[CorpusError], None]) -> Iterator[Clip]:
        return dualtalk_set.read_dualtalk(folder, split, broken)

    def examples() -> Iterator[Clip]:
        return dualtalk_set.read_dualtalk(folder, own, lambda problem: None)

    return Set(folder.name, DUALTALK, split, counts[split], read, examples, f"split {own}")


def _faces(folder: Path, split: str) -> Set:
    """One folder of clips in the layout of DualTalk's, without the splits around it."""
    names = sorted({m["clip"] for path in folder.iterdir() if (m := dualtalk_set.NAME.fullmatch(path.name))})

    def read(broken: Callable[[CorpusError], None]) -> Iterator[Clip]:
        for name in names:
            try:
                yield dualtalk_set.read_clip(folder, name, split)
            except CorpusError as problem:
                broken(problem)

    return Set(
        folder.name, DUALTALK, "all", len(names), read, lambda: read(lambda problem: None), "the clips themselves"
    )


def _there(folder: Path, split: str, counts: dict[str, int]) -> None:
    if not counts[split]:
        told = ", ".join(name for name, count in counts.items() if count) or "none"
        raise CorpusError(f"'{folder}' has no clips of split '{split}'; it has: {told}")


# Recordings


def _recordings(folder: Path) -> Set:
    pairs = pair_up(sorted(path for path in folder.iterdir() if path.suffix.lower() in SOUNDS))
    if not pairs:
        raise CorpusError(
            f"nothing to perform in '{folder}'; expected a corpus, {dualtalk_set.LAYOUT}, or pairs of recordings "
            f"such as talk.ADA.wav and talk.BEN.wav, or stereo ones"
        )

    def read(broken: Callable[[CorpusError], None]) -> Iterator[Clip]:
        for name, paths in pairs.items():
            try:
                yield from pieces(name, [track for path in paths for track in read_sound(path)])
            except CorpusError as problem:
                broken(problem)

    def nobody() -> Iterator[Clip]:
        return iter(())

    # Nobody knows before reading how many pieces a recording has: the count is a bound.
    count = len(pairs) * -(-LONGEST_S // PIECE_S)
    return Set(folder.name, RECORDINGS, "all", count, read, nobody, "nobody")


def pair_up(paths: list[Path]) -> dict[str, tuple[Path, ...]]:
    """What belongs together: two files whose names differ in their last part, or a file alone (then it is stereo)."""
    groups: dict[str, list[Path]] = {}
    for path in paths:
        begin = re.sub(r"[._ -]?[^._ -]+$", "", path.stem)
        groups.setdefault(begin, []).append(path)
    out: dict[str, tuple[Path, ...]] = {}
    for begin, own in groups.items():
        if len(own) == 2:
            out[begin or own[0].stem] = tuple(own)
        else:
            out.update((path.stem, (path,)) for path in own)
    return out


def read_sound(path: Path) -> list[np.ndarray]:
    """float32 [N] at AUDIO_RATE of each channel, LONGEST_S at most.

    Raises:
        CorpusError: it cannot be read.
    """
    import av

    got, blocks = 0, []
    try:
        with av.open(str(path)) as file:
            layout = "mono" if file.streams.audio[0].channels == 1 else "stereo"
            to = av.AudioResampler("fltp", layout, AUDIO_RATE)
            for frame in itertools.chain(file.decode(audio=0), [None]):
                for block in to.resample(frame):
                    blocks.append(block.to_ndarray())
                    got += block.samples
                if got >= LONGEST_S * AUDIO_RATE:
                    break
    except (OSError, IndexError, av.FFmpegError) as error:
        raise CorpusError(f"cannot hear '{path}': {error}; leave it out, or write it as wav") from error
    if not blocks:
        raise CorpusError(f"'{path}' holds no sound; leave it out")
    return list(np.concatenate(blocks, 1)[:, : LONGEST_S * AUDIO_RATE].clip(-1, 1))


def pieces(name: str, tracks: list[np.ndarray]) -> Iterator[Clip]:
    """A recording as clips without faces; who speaks is found by energy.

    Raises:
        CorpusError: it is not of two voices, or too short.
    """
    if len(tracks) != 2:
        raise CorpusError(f"recording '{name}' has {len(tracks)} tracks; expected two voices, one on each")
    frames = min(map(len, tracks)) // FRAME_SAMPLES
    if frames < LEAST_S * FPS:
        raise CorpusError(f"recording '{name}' lasts {frames / FPS:.2f} s; expected {LEAST_S:g} s or more")
    audio = np.stack([track[: frames * FRAME_SAMPLES] for track in tracks]).astype(np.float32)
    roles = dualtalk_set.roles_of(audio)
    size = PIECE_S * FPS
    for number, at in enumerate(range(0, frames, size)):
        own = roles[at : at + size]
        if len(own) < LEAST_S * FPS:
            return
        yield Clip(
            name=f"{name}-{number:02}",
            split=SPLITS[-1],
            audio=np.ascontiguousarray(audio[:, at * FRAME_SAMPLES : (at + len(own)) * FRAME_SAMPLES]),
            motion=np.zeros((len(own), 2, CHANNELS), np.float32),
            roles=own,
            true_roles=own,
            feelings=np.full(own.shape, EMOTIONS.index(Emotion.NEUTRAL), np.int8),
            intensity=np.zeros(own.shape, np.float32),
            phones=None,
            voices=(f"{name}/1", f"{name}/2"),
            has_motion=(False, False),
        )
