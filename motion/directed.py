"""What a screenplay tells a face to do, laid over what a trained model does by itself.

One rule: a cue is a moment on the clock of the conversation. What it brings is a function of that moment and the
frame's time, so that it comes when it should, however late the frame is made; and what still runs is a value in the
model's state.

A told movement takes the place of the model's own kind: no own nod begins in a told one, no own shift of gaze in a told
look, no own blink right after a told one. Told faces come on top of what a face shows, and leave the lips to speech.

Letters: P participants, T hops.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from dialogue.types import RATE, Hop
from motion.acting import Acting
from motion.events import BLINK_FRAMES, MOUTH, SHIFT_REST
from motion.expressions import over
from motion.features import BANDS, PER_BLOCK, SCALE_DB
from motion.frame import ARKIT, HOP, INDEX
from motion.gaze import CAMERA, Gaze, Scene, avert
from motion.gestures import HEADS, Gesture, from_cue, perform
from motion.speaking import Laugh, laugh_face, laughing

CAMERA_S, AWAY_S = 1.3, 1.6  # how long eyes rest on the viewer, and elsewhere
SOUNDS = 0.0  # effort above which a voice sounds: less than 22 dB below its own loudness
SPEAKS = 0.3  # of the way a hop: a mouth belongs to speech, or is free again, after a tenth of a second
# A trained model learns of a laugh 80-120 ms before the frame of its first burst: the face cannot begin at 200 ms.
LATER = round(0.1 * RATE)
# jawOpen of a laugh at most: wider, with the widest smile, gums of our avatars come through the chin.
LAUGHS_OPEN = np.float32(0.44)
_JAW = INDEX["jawOpen"]
HEARD = 4  # hops of loudness kept: those of the frame and the one before it, and the look-ahead


class Look(NamedTuple):
    """Eyes that are told where to go, in the room, from one sample to another."""

    aim: tuple[float, float]
    start: int
    end: int


class Part(NamedTuple):
    """What one participant was told and has not yet done."""

    gestures: tuple[Gesture, ...] = ()
    laughs: tuple[Laugh, ...] = ()
    look: Look | None = None
    blinks: tuple[int, ...] = ()  # samples from which on to blink


FREE = Part()


@dataclass(frozen=True)
class Directions:
    """What all were told, and how loud they are; replaced, never changed."""

    parts: tuple[Part, ...]
    efforts: np.ndarray  # [HEARD, P] 0..1.15 of the last hops, the newest last
    speech: np.ndarray  # [P] 0..1, how much the mouth belongs to speech


class Told(NamedTuple):
    """What all are told for one frame."""

    face: np.ndarray  # [P, 52] on top
    head: np.ndarray  # [P, 3] radians on top
    laugh: np.ndarray  # [P] 0..1, how much the mouth belongs to a laugh
    speech: np.ndarray  # [P] 0..1, how much it belongs to speech


def undirected(participants: int) -> Directions:
    """Nobody was told anything, and all was silent."""
    none = np.zeros(participants, np.float32)
    return Directions((FREE,) * participants, np.zeros((HEARD, participants), np.float32), none)


def effort(mel: np.ndarray) -> np.ndarray:
    """How loud each hop is for its voice: [P, T] 0..1.15 from mel [P, T, 4 * BANDS]; 0 is 22 dB below loud."""
    power = np.exp(mel.reshape(*mel.shape[:2], PER_BLOCK, BANDS) * np.float32(SCALE_DB / 10.0 * np.log(10.0))).sum(-1)
    level_db = 10.0 * np.log10(power.mean(-1)) - 13.0  # a band's 0 is a twentieth of a voice's power
    return (1.0 + level_db / 22.0).clip(0.0, 1.15).astype(np.float32)


def hear(d: Directions, efforts: np.ndarray, hop: Hop | None, seed: int) -> Directions:
    """One hop on.

    Args:
        efforts: [P]. hop: its cues, and phones where there are any: words end a laugh. None: nobody is told anything.
    """
    sounding, parts = efforts > SOUNDS, d.parts
    if hop is not None and (any(hop.cues) or any(part is not FREE for part in parts)):
        parts = tuple(_hear(part, hop, p, bool(sounding[p]), seed) for p, part in enumerate(parts))
    heard = np.concatenate([d.efforts[1:], efforts[None]])
    return Directions(parts, heard, d.speech + np.float32(SPEAKS) * (sounding - d.speech))


def _hear(part: Part, hop: Hop, p: int, sounding: bool, seed: int) -> Part:
    laughs, gestures = laughing(part.laughs, hop, p, sounding)
    look, blinks = part.look, part.blinks
    for cue in hop.cues[p]:
        gestures += from_cue(cue.name, cue.at, (seed, p, cue.at))
        if cue.name in ("look-away", "look-camera"):
            look = _look(cue.name, hop, p, seed)
        elif cue.name == "blink":
            blinks += (hop.start,)
    return _kept(Part(part.gestures + gestures, laughs, look, blinks))


def _look(name: str, hop: Hop, p: int, seed: int) -> Look:
    """Eyes jump between frames, so a look begins with its hop."""
    side = -1 if p % 2 == 0 else 1  # seats alternate from the left: who sits left has the audience to its right
    if name == "look-camera":
        return Look((-0.01, CAMERA * side), hop.start, hop.start + round(CAMERA_S * RATE))
    scene = Scene(hop.roles[p], None, None, False, False, hop.feelings[p].emotion, side)
    aim = avert(Gaze(), hop.start // HOP, AWAY_S, scene, (seed, p)).aim
    return Look(aim, hop.start, hop.start + round(AWAY_S * RATE))


def _kept(part: Part) -> Part:
    return part if any(part) else FREE


def steer(d: Directions, acting: Acting, at: int, blink: int) -> tuple[Directions, Acting]:
    """Give what is told for the frame at `at` to what is about to be drawn by chance.

    Args:
        acting: before the frame. blink: the shape of a told blink, of the bank.
    """
    if all(part is FREE for part in d.parts) and not acting.busy.any():
        return d, acting
    busy = np.array([any(g.kind in HEADS and g.start - HOP < at < g.end for g in part.gestures) for part in d.parts])
    aim, shifted, blinked, kind = (x.copy() for x in (acting.aim, acting.shifted, acting.blinked, acting.blink))
    parts = list(d.parts)
    for p, part in enumerate(d.parts):
        look, blinks = part.look, part.blinks
        if look and at >= look.start:
            goal, over_ = ((0.0, 0.0), True) if at >= look.end else (look.aim, False)
            if tuple(aim[p]) != tuple(np.float32(goal)):
                aim[p], shifted[p] = goal, -1  # 0 once the frame has begun
            shifted[p] = min(shifted[p], SHIFT_REST - 2)
            look = None if over_ else look
        # A blink waits until the lids are up again.
        if blinks and at >= blinks[0] and blinked[p] + 1 >= BLINK_FRAMES:
            blinked[p], kind[p], blinks = -1, blink, blinks[1:]
        parts[p] = _kept(part._replace(look=look, blinks=blinks))
    d = replace(d, parts=tuple(parts))
    return d, acting._replace(aim=aim, shifted=shifted, blinked=blinked, blink=kind, busy=busy)


def show(d: Directions, at: int) -> tuple[Told | None, Directions]:
    """What is told for the frame at `at`, None for nothing; what is over by then is forgotten."""
    if all(not part.gestures and not part.laughs for part in d.parts):
        return None, d
    people = len(d.parts)
    told = Told(np.zeros((people, len(ARKIT)), np.float32), np.zeros((people, 3)), np.zeros(people), d.speech)
    parts = []
    for p, part in enumerate(d.parts):
        told.face[p], told.head[p] = perform(part.gestures, at)
        laughs = tuple(x._replace(start=x.start + LATER) for x in part.laughs)
        if laughs:
            strongest = max(laughs, key=lambda laugh: laugh.strength(at))
            face, head = laugh_face(strongest, at, float(d.efforts[:2, p].mean()))
            told.face[p] += face
            told.head[p] += head
            told.laugh[p] = max(laugh.sounding(at) for laugh in laughs)
        left = tuple(g for g in part.gestures if g.end > at), tuple(x for x in part.laughs if not x.over(at))
        parts.append(_kept(part._replace(gestures=left[0], laughs=left[1])))
    return told, replace(d, parts=tuple(parts))


def lay_over(weights: np.ndarray, told: Told) -> np.ndarray:
    """Faces [P, 52] with what is told on top: a laugh takes the mouth, and words keep it from everything else."""
    out = weights.clip(0.0, 1.0)
    out[:, MOUTH] *= (1.0 - 0.7 * told.laugh)[:, None].astype(np.float32)
    out = over(out, told.face, told.speech * (1.0 - told.laugh)).astype(np.float32)
    out[told.laugh > 0.0, _JAW] = np.minimum(out[told.laugh > 0.0, _JAW], LAUGHS_OPEN)
    return out
