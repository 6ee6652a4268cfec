"""What a motion model learns from: conversations in clips, kept in shards that anybody can read with numpy alone.

One rule: a corpus says what it is. Its manifest names the seed, the voices of each split and the hash of every shard,
and a shard that is not the one the manifest names is an error, not a surprise in training.

A clip is sound at 16 kHz and labels at 25 fps (phones at 50). Sound is kept as int16, motion as float16: 250 MB an
hour.

Letters: P participants, T frames, N samples = T * 640.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from dialogue.errors import CorpusError
from dialogue.types import Emotion, Role
from motion.frame import ARKIT, FPS

AUDIO_RATE = 16_000
FRAME_SAMPLES = AUDIO_RATE // FPS  # 640, 40 ms
PHONE_FRAMES = 2  # a motion frame: 50 Hz
CHANNELS = len(ARKIT) + 3 + 2  # 52 weights, head pitch yaw roll, gaze pitch yaw: 57
FLAME = 50 + 3 + 3  # expression, jaw, neck
SPLITS = ("train", "valid", "test", "unseen")
ROLES, EMOTIONS = tuple(Role), tuple(Emotion)
# misaki's American English; 0 is silence. T is the flap of "butter".
PHONES = ("", *"pbtdkɡTʧʤfvθðszʃʒhmnŋlɹwj", *"iɪAɛæɑɔOʊuʌəɜIWY")
NEAR = {
    "ᵊ": "ə",
    "ɐ": "ə",
    "ᵻ": "ɪ",
    "ɾ": "T",
    "g": "ɡ",
    "r": "ɹ",
    "a": "æ",
    "ɒ": "ɑ",
    "Q": "O",
    "ɚ": "ɜ",
    "e": "ɛ",
    "o": "ɔ",
}
PHONE_INDEX = {symbol: i for i, symbol in enumerate(PHONES)} | {a: PHONES.index(b) for a, b in NEAR.items()}
MANIFEST = "manifest.json"
VERSION = 1


@dataclass(frozen=True, eq=False)
class Clip:
    """One stretch of conversation.

    Args:
        split: one of SPLITS.
        audio: float32 [P, N] in -1..1 at AUDIO_RATE, as a microphone would hear it.
        motion: float32 [T, P, CHANNELS]: weights, head, gaze; zeros where `has_motion` is False, and in clips of FLAME.
        roles: int8 [T, P], index into ROLES, as given to a model: some changes come late, early or not at all.
        true_roles: int8 [T, P], as they were.
        feelings: int8 [T, P], index into EMOTIONS.
        intensity: float32 [T, P] in 0..1, of the feeling.
        phones: int16 [T * 2, P], index into PHONES; None where nobody knows them.
        voices: of each participant. has_motion: whether its face is known (in `motion`, or else in `flame`).
        flame: float32 [T, P, FLAME]: expression 50, jaw 3, neck 3; None in clips of ours.
    Raises:
        CorpusError: the arrays do not fit together, or hold what is no number.
    """

    name: str
    split: str
    audio: np.ndarray
    motion: np.ndarray
    roles: np.ndarray
    true_roles: np.ndarray
    feelings: np.ndarray
    intensity: np.ndarray
    phones: np.ndarray | None
    voices: tuple[str, ...]
    has_motion: tuple[bool, ...]
    flame: np.ndarray | None = None

    def __post_init__(self) -> None:
        t, p = self.frames, self.participants
        if self.split not in SPLITS:
            raise CorpusError(f"clip '{self.name}': split is '{self.split}'; expected one of: {', '.join(SPLITS)}")
        expected = {
            "audio": (np.float32, (p, t * FRAME_SAMPLES)),
            "motion": (np.float32, (t, p, CHANNELS)),
            "roles": (np.int8, (t, p)),
            "true_roles": (np.int8, (t, p)),
            "feelings": (np.int8, (t, p)),
            "intensity": (np.float32, (t, p)),
            "phones": (np.int16, (t * PHONE_FRAMES, p)),
            "flame": (np.float32, (t, p, FLAME)),
        }
        for name, (kind, shape) in expected.items():
            array = getattr(self, name)
            if array is None and name in ("phones", "flame"):
                continue
            if array.shape != shape or array.dtype != kind:
                raise CorpusError(
                    f"clip '{self.name}': {name} is {array.dtype} {list(array.shape)}; "
                    f"expected {kind.__name__} {list(shape)}"
                )
            if not np.isfinite(array).all():
                raise CorpusError(
                    f"clip '{self.name}': {name} holds what is no number (NaN or infinite); leave this clip out"
                )
        for name, known in (("roles", ROLES), ("true_roles", ROLES), ("feelings", EMOTIONS), ("phones", PHONES)):
            array = getattr(self, name)
            if array is not None and array.size and not 0 <= array.min() <= array.max() < len(known):
                raise CorpusError(
                    f"clip '{self.name}': {name} lie in {array.min()}..{array.max()}; expected 0..{len(known) - 1}"
                )
        if len(self.voices) != p or len(self.has_motion) != p:
            raise CorpusError(
                f"clip '{self.name}': {len(self.voices)} voices, {len(self.has_motion)} has_motion for {p} participants"
            )

    @property
    def frames(self) -> int:
        return len(self.roles)

    @property
    def participants(self) -> int:
        return len(self.audio)

    @property
    def seconds(self) -> float:
        return self.frames / FPS


@dataclass(frozen=True)
class Shard:
    """One file of a corpus, as its manifest names it."""

    name: str
    split: str
    clips: int
    seconds: float
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a corpus is. `hash` is None as long as shards are missing."""

    seed: int
    hours: float  # asked for, of train
    voices: dict[str, tuple[str, ...]]  # of each split
    shards: tuple[Shard, ...]
    planned: int  # shards, when it is whole
    version: int = VERSION

    @property
    def hash(self) -> str | None:
        """SHA-256 over the hashes of all shards in order; the name of exactly this corpus."""
        if len(self.shards) != self.planned:
            return None
        return hashlib.sha256("".join(f"{s.name} {s.sha256}\n" for s in self.shards).encode()).hexdigest()


class Corpus:
    """A folder of shards, read clip by clip.

    Raises:
        CorpusError: there is no manifest, it cannot be read, or the corpus is not finished.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self.manifest = read_manifest(self.folder)
        if self.manifest.hash is None:
            raise CorpusError(
                f"corpus '{self.folder}' has {len(self.manifest.shards)} of {self.manifest.planned} shards; "
                "run the same `duologue corpus` again, it goes on where it stopped"
            )

    @property
    def hash(self) -> str:
        return self.manifest.hash

    def shards(self, split: str) -> tuple[Shard, ...]:
        return tuple(s for s in self.manifest.shards if s.split == split)

    def hours(self, split: str) -> float:
        return sum(s.seconds for s in self.shards(split)) / 3600

    def clips(self, split: str) -> Iterator[Clip]:
        """All clips of a split, in order; one lies in memory at a time."""
        for shard in self.shards(split):
            yield from read_shard(self.folder / shard.name)

    def verify(self) -> None:
        """Every shard is the one that the manifest names.

        Raises:
            CorpusError: one is missing or another.
        """
        for shard in self.manifest.shards:
            if file_hash(self.folder / shard.name) != shard.sha256:
                raise CorpusError(
                    f"'{self.folder / shard.name}' is not the shard of this corpus; "
                    "remove it and run `duologue corpus` again"
                )


def file_hash(path: Path) -> str | None:
    """SHA-256 of a file; None if there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def manifest_path(folder: Path) -> Path:
    return folder / MANIFEST


def read_manifest(folder: Path) -> Manifest:
    """What a folder says it holds.

    Raises:
        CorpusError: nothing that this program wrote.
    """
    path = manifest_path(folder)
    try:
        told = json.loads(path.read_text("utf-8"))
        if told["version"] != VERSION:
            raise CorpusError(
                f"corpus '{folder}' has version {told['version']}; this program reads {VERSION}: make it anew"
            )
        voices = {split: tuple(names) for split, names in told["voices"].items()}
        shards = tuple(Shard(**shard) for shard in told["shards"])
        return Manifest(told["seed"], told["hours"], voices, shards, told["planned"])
    except FileNotFoundError as error:
        raise CorpusError(
            f"no corpus in '{folder}': it has no {MANIFEST}; make one with `duologue corpus {folder}`"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorpusError(f"cannot read '{path}': {error}; it is damaged, make the corpus anew") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest in one step."""
    text = json.dumps({**asdict(manifest), "hash": manifest.hash}, indent=1, ensure_ascii=False) + "\n"
    _replace(manifest_path(folder), text.encode())


def write_shard(path: Path, clips: Sequence[Clip]) -> Shard:
    """Write clips of one split as one file; a shard that exists is whole. The same clips give the same bytes."""
    arrays: dict[str, np.ndarray] = {}
    heads = []
    for i, clip in enumerate(clips):
        heads.append({"name": clip.name, "split": clip.split, "voices": clip.voices, "has_motion": clip.has_motion})
        arrays[f"{i}/audio"] = np.round(clip.audio.clip(-1, 1) * 32767).astype(np.int16)
        arrays[f"{i}/motion"] = clip.motion.astype(np.float16)
        for name in ("roles", "true_roles", "feelings", "intensity", "phones", "flame"):
            if getattr(clip, name) is not None:
                arrays[f"{i}/{name}"] = getattr(clip, name)
    arrays["clips"] = np.frombuffer(json.dumps(heads).encode(), np.uint8)
    out = io.BytesIO()
    np.savez(out, **arrays)  # numpy dates its members 1980: no clock gets into the bytes
    data = out.getvalue()
    _replace(path, data)
    return Shard(path.name, clips[0].split, len(clips), sum(c.seconds for c in clips), hashlib.sha256(data).hexdigest())


def read_shard(path: Path) -> Iterator[Clip]:
    """The clips of one file.

    Raises:
        CorpusError: there is no such file, or it is damaged.
    """
    try:
        with path.open("rb") as raw, np.load(raw) as file:  # numpy leaves a damaged file open that it opened itself
            for i, head in enumerate(json.loads(file["clips"].tobytes())):
                yield Clip(
                    name=head["name"],
                    split=head["split"],
                    audio=file[f"{i}/audio"].astype(np.float32) / np.float32(32767),
                    motion=file[f"{i}/motion"].astype(np.float32),
                    voices=tuple(head["voices"]),
                    has_motion=tuple(head["has_motion"]),
                    **{name: file[f"{i}/{name}"] for name in ("roles", "true_roles", "feelings", "intensity")},
                    **{name: file[f"{i}/{name}"] if f"{i}/{name}" in file else None for name in ("phones", "flame")},
                )
    except FileNotFoundError as error:
        raise CorpusError(f"shard '{path}' is missing; run the same `duologue corpus` again") from error
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise CorpusError(
            f"shard '{path}' is damaged ({error}); remove it and run the same `duologue corpus` again"
        ) from error


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    except OSError as error:
        raise CorpusError(
            f"cannot write '{path}': {error.strerror or error}; make room, or choose another folder"
        ) from error
    finally:
        part.unlink(missing_ok=True)
