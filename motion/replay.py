"""A clip of a corpus as a live model meets it, hop by hop, and as the human figures are measured on it.

One rule: a clip played through the live door is heard as it lies there: its sound, the role labels that it is given,
its phones and feelings, and nothing of its faces.

Letters: P participants, T frames, C channels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.signal

from dialogue.types import RATE, Feeling, Hop, Phone, Role
from motion.corpus import AUDIO_RATE, CHANNELS, EMOTIONS, FRAME_SAMPLES, PHONE_FRAMES, PHONES, ROLES, Clip
from motion.frame import HOP
from motion.metrics import Take, level_db
from motion.models import MotionModel
from motion.stream import MotionStream


def hops(clip: Clip) -> Iterator[Hop]:
    """The clip with the roles that it is given."""
    sound = scipy.signal.resample_poly(clip.audio, RATE // AUDIO_RATE, 1, axis=1).astype(np.float32)
    said = phones(clip)
    for t in range(clip.frames):
        start = t * HOP
        yield Hop(
            start,
            sound[:, start : start + HOP],
            tuple(ROLES[role] for role in clip.roles[t]),
            tuple(Feeling(EMOTIONS[e], float(i)) for e, i in zip(clip.feelings[t], clip.intensity[t])),
            tuple(tuple(phone for phone in own if start <= phone.start < start + HOP) for own in said),
        )


def phones(clip: Clip) -> tuple[tuple[Phone, ...], ...]:
    """[P][...] as stretches of equal labels; none where nobody knows them."""
    if clip.phones is None:
        return ((),) * clip.participants
    step = HOP // PHONE_FRAMES
    out = []
    for own in clip.phones.T:
        edges = [0, *(np.flatnonzero(np.diff(own)) + 1), len(own)]
        spans = zip(map(int, edges), map(int, edges[1:]))
        out.append(tuple(Phone(PHONES[own[a]], a * step, b * step) for a, b in spans if b > a and own[a]))
    return tuple(out)


def perform(model: MotionModel, clip: Clip, seed: int = 0) -> np.ndarray:
    """What a model makes of a clip through its live door: [T', P, 57], T' as far as it has shown by the clip's end."""
    stream = MotionStream(model, clip.participants, seed)
    shown = [frames for hop in hops(clip) if (frames := stream.feed(hop))]
    out = np.zeros((len(shown), clip.participants, CHANNELS), np.float32)
    for t, row in enumerate(shown):
        for p, f in enumerate(row):
            out[t, p] = np.concatenate([f.weights, f.head, f.gaze])
    return out


def take(clip: Clip, performed: np.ndarray) -> Take:
    """A performance [T', P, 57] of a clip as the human figures take it, by the roles as they truly were.

    Raises:
        ValueError: it does not fit the clip, or is none of ours.
    """
    frames = len(performed)
    expected = (min(frames, clip.frames), clip.participants, CHANNELS)
    if performed.shape != expected:
        raise ValueError(f"clip '{clip.name}' is performed as {performed.shape}; expected {expected}")
    power = (clip.audio.reshape(clip.participants, -1, FRAME_SAMPLES).astype(np.float64) ** 2).mean(-1).T
    return Take(
        weights=performed[..., :52],
        head=performed[..., 52:55],
        gaze=performed[..., 55:57],
        speaking=clip.true_roles[:frames] == ROLES.index(Role.SPEAKING),
        listening=clip.true_roles[:frames] == ROLES.index(Role.LISTENING),
        level_db=level_db(power)[:frames],
        phones=phones(clip),
        start=0,
    )
