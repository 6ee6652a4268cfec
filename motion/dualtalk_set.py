"""The published two-face data in its own layout: {train,test,ood}/<clip>_speaker{1,2}.{wav,npz}.

One rule: nobody is met twice. The folder's test and ood stay what they are (ood is called unseen here); a speaker of
theirs is left out of train, and one in ten of the remaining speakers makes valid, whole. A speaker is a source video:
the part of a clip's name before `_sub_video_`, or the whole name where there is none.

Layout and fields: DualTalk (arXiv 2505.18096): 16 kHz mono sound, 25 fps; `exp` [T, 50], `pose` [T, 6] with the head
first and the jaw last, in axis-angle. Roles are not given and are found by energy; phones and feelings nobody knows.

Letters: P = 2 participants, T frames, N samples.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from dialogue.errors import CorpusError
from dialogue.types import Emotion, Role
from motion.corpus import AUDIO_RATE, CHANNELS, EMOTIONS, FRAME_SAMPLES, ROLES, Clip
from motion.frame import FPS

FOLDERS = {"train": "train", "test": "test", "ood": "unseen"}  # of the data -> split
VALID = 0.1  # of the speakers of train
NAME = re.compile(r"(?P<clip>.+)_speaker(?P<number>[12])\.(wav|npz)")
APART = FPS // 2  # frames by which sound and face may differ in length; the rest is cut off
LAYOUT = "{train,test,ood}/<clip>_speaker{1,2}.{wav,npz}"
FLOAT, PCM, EXTENSIBLE = 3, 1, 0xFFFE  # of a wav's format field


def read_dualtalk(
    folder: Path | str, split: str, broken: Callable[[CorpusError], None] | None = None
) -> Iterator[Clip]:
    """The clips of a split, in order of their names; one lies in memory at a time.

    Args:
        split: train, valid, test or unseen.
        broken: told of each clip that cannot be read, which is then left out; without it the first one is raised.
    Raises:
        CorpusError: the folder has another layout, or a clip is broken and nobody wants to be told.
    """
    for where, clip in clips(Path(folder), split):
        try:
            yield read_clip(where, clip, split)
        except CorpusError as error:
            if broken is None:
                raise
            broken(error)


def speaker(clip: str) -> str:
    """Who is seen in a clip, by its name."""
    return clip.split("_sub_video_")[0]


def clips(folder: Path, split: str) -> list[tuple[Path, str]]:
    """(folder, clip) of each clip of a split.

    Raises:
        CorpusError: the folder has none of train, test and ood, or they hold no clips.
    """
    there = {name: _names(folder / name) for name in FOLDERS if (folder / name).is_dir()}
    if not any(there.values()):
        raise CorpusError(f"no clips in '{folder}'; expected {LAYOUT}")
    if split in ("test", "unseen"):
        own = next(name for name, own in FOLDERS.items() if own == split)
        return [(folder / own, clip) for clip in there.get(own, ())]
    met = {speaker(clip) for name, own in there.items() if name != "train" for clip in own}
    mine = [clip for clip in there.get("train", ()) if speaker(clip) not in met]
    return [(folder / "train", clip) for clip in mine if _held_out(speaker(clip)) == (split == "valid")]


def _names(folder: Path) -> list[str]:
    return sorted({m["clip"] for path in folder.iterdir() if (m := NAME.fullmatch(path.name))})


def _held_out(name: str) -> bool:
    """Decided by the name alone, so that it stays so when clips come or go."""
    return hashlib.sha256(name.encode()).digest()[0] < VALID * 256


def read_clip(folder: Path, clip: str, split: str) -> Clip:
    """One clip: both sounds, and the faces that are there.

    Raises:
        CorpusError: a sound is missing, both faces are, or a file is not what it should be.
    """
    sounds = [read_wav(folder / f"{clip}_speaker{p}.wav") for p in (1, 2)]
    paths = [folder / f"{clip}_speaker{p}.npz" for p in (1, 2)]
    faces = [read_face(path) if path.exists() else None for path in paths]
    known = [face for face in faces if face is not None]
    if not known:
        raise CorpusError(f"clip '{folder / clip}' has no face: neither {paths[0].name} nor {paths[1].name} is there")
    lengths = [len(s) // FRAME_SAMPLES for s in sounds] + [len(f) for f in known]
    frames = min(lengths)
    if max(lengths) - frames > APART or not frames:
        told = ", ".join(f"{n / FPS:.2f}" for n in lengths)
        raise CorpusError(f"clip '{folder / clip}': sounds and faces last {told} s; expected the same, leave it out")
    audio = np.stack([s[: frames * FRAME_SAMPLES] for s in sounds])
    flame = np.stack([np.zeros((frames, 56), np.float32) if f is None else f[:frames] for f in faces], 1)
    roles = roles_of(audio)
    return Clip(
        name=clip,
        split=split,
        audio=audio,
        motion=np.zeros((frames, 2, CHANNELS), np.float32),
        roles=roles,
        true_roles=roles,
        feelings=np.full((frames, 2), EMOTIONS.index(Emotion.NEUTRAL), np.int8),
        intensity=np.zeros((frames, 2), np.float32),
        phones=None,
        voices=tuple(f"{speaker(clip)}/{p}" for p in (1, 2)),
        has_motion=tuple(f is not None for f in faces),
        flame=flame,
    )


def read_face(path: Path) -> np.ndarray:
    """float32 [T, 56]: expression 50, jaw 3, neck 3.

    Raises:
        CorpusError: it is damaged, or lacks `exp` and `pose`.
    """
    try:
        with path.open("rb") as raw, np.load(raw) as file:
            exp, pose = file["exp"], file["pose"]
    except KeyError as error:
        raise CorpusError(f"'{path}' lacks a field: {error}; expected exp [T, 50] and pose [T, 6]") from error
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise CorpusError(f"'{path}' cannot be read: {error}; leave this clip out") from error
    if exp.shape[1:] != (50,) or pose.shape != (len(exp), 6):
        raise CorpusError(f"'{path}' has exp {list(exp.shape)}, pose {list(pose.shape)}; expected [T, 50], [T, 6]")
    face = np.concatenate([exp, pose[:, 3:], pose[:, :3]], 1).astype(np.float32)
    if not np.isfinite(face).all():
        raise CorpusError(f"'{path}' holds what is no number (NaN or infinite); leave this clip out")
    return face


def read_wav(path: Path) -> np.ndarray:
    """float32 [N] in -1..1 at AUDIO_RATE, of float or whole-number samples.

    Raises:
        CorpusError: there is none, it is damaged, or of another rate or number of channels.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"cannot read '{path}': {error.strerror or error}") from error
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise CorpusError(f"'{path}' is no wav; leave this clip out")
    parts, at = {}, 12
    while at + 8 <= len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        parts.setdefault(data[at : at + 4], data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    head, body = parts.get(b"fmt ", b""), parts.get(b"data", b"")
    if len(head) < 16 or not body:
        raise CorpusError(f"'{path}' is a wav without sound; leave this clip out")
    form, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head)
    if form == EXTENSIBLE and len(head) >= 26:
        form = struct.unpack_from("<H", head, 24)[0]
    if (channels, rate) != (1, AUDIO_RATE):
        raise CorpusError(
            f"'{path}' has {channels} channels at {rate} Hz; expected 1 at {AUDIO_RATE}: "
            f"ffmpeg -i {path.name} -ac 1 -ar {AUDIO_RATE} out.wav"
        )
    kind = {(FLOAT, 32): "<f4", (PCM, 16): "<i2", (PCM, 32): "<i4"}.get((form, bits))
    if kind is None:
        raise CorpusError(
            f"'{path}' has samples of {bits} bits, format {form}; expected 32 bit float, 16 or 32 bit whole"
        )
    sound = np.frombuffer(body[: len(body) // (bits // 8) * (bits // 8)], kind)
    return sound.astype(np.float32) / np.float32(1.0 if form == FLOAT else 2.0 ** (bits - 1))


QUIET_DB, OVER_FLOOR_DB, UNDER_LOUD_DB = (
    -55.0,
    12.0,
    28.0,
)  # speech is louder than the first, over the second, the third
HOLD = round(0.28 * FPS)  # frames: a pause shorter than this is inside a phrase
REST = FPS  # frames of silence of everyone, after which nobody listens any more


def roles_of(audio: np.ndarray) -> np.ndarray:
    """int8 [T, P]: who speaks, by each track's own loudness; the others listen until all have been silent for REST."""
    hops = audio.reshape(len(audio), -1, FRAME_SAMPLES).astype(np.float64)
    level = 10 * np.log10((hops**2).mean(-1) + 1e-10).T  # [T, P]
    floor, loud = np.percentile(level, 10, axis=0), np.percentile(level, 97, axis=0)
    active = level > np.maximum(
        np.minimum(floor + OVER_FLOOR_DB, loud - 6.0), np.maximum(loud - UNDER_LOUD_DB, QUIET_DB)
    )
    speaking = np.stack([_closed(own) for own in active.T], 1)
    quiet = np.cumsum(~speaking.any(1)) - np.maximum.accumulate(np.cumsum(~speaking.any(1)) * speaking.any(1))
    out = np.full(speaking.shape, ROLES.index(Role.LISTENING), np.int8)
    out[quiet > REST] = ROLES.index(Role.IDLE)
    out[speaking] = ROLES.index(Role.SPEAKING)
    return out


def _closed(active: np.ndarray) -> np.ndarray:
    """Bool [T] with pauses of up to HOLD filled and lone frames taken out."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(np.int8), [0]]))).reshape(-1, 2)
    spans: list[list[int]] = []
    for start, end in edges:
        if spans and start - spans[-1][1] <= HOLD:
            spans[-1][1] = end
        else:
            spans.append([start, end])
    out = np.zeros_like(active)
    for start, end in spans:
        out[start:end] = end - start > 2
    return out
