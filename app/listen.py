"""From recordings to a performance: who speaks when, how loud each is, and where the camera looks.

One rule: the sound of the film is the recording itself, only as loud as films are; what moves the faces is that sound
too, but without the other's voice where a microphone hears no more than that: a listener's lips rest.

Letters: P participants, T frames of the detector, N samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import binary_dilation

from agents import vad
from agents.loudness import TARGET_LUFS, limited, loudness
from agents.vad import VADEngine, floor
from app import shots
from app.progress import Progress, silent
from app.recordings import Recordings
from dialogue.timeline import REST, Segment, Timeline
from dialogue.types import RATE, Feeling, Hop
from motion.frame import HOP

ENGINE = "silero"
STEP = 10 * RATE  # samples that are listened to at once
CLOSED = np.float32(10 ** (-30.0 / 20))  # what is left of leaked speech: less than a quiet room's noise
CLOSE_TO = 2  # frames, 64 ms, round leaked ones that are closed too, and round speech that stay open
MOST_DB = 24.0  # a voice that needs more than this to be as loud as others is mostly noise
BRIEF = RATE  # a turn that the camera does not follow if the other speaks on: "mhm"


@dataclass(frozen=True, eq=False)
class Listened:
    """A conversation as it was heard.

    Args:
        timeline: for pictures and sound; its segments have no words.
        gates: float32 [P, T] what of the sound moves a face, for each frame of `frame` samples.
    """

    timeline: Timeline
    gates: np.ndarray
    frame: int

    def hops(self) -> Iterator[Hop]:
        """What the motion model is to hear."""
        middles = (np.arange(self.gates.shape[1]) + 0.5) * self.frame
        within = np.arange(HOP)
        for hop in self.timeline.hops(HOP):
            first, last = hop.start // self.frame - 1, (hop.start + HOP) // self.frame + 2
            if (self.gates[:, max(first, 0) : last] < 1.0).any():
                gains = [np.interp(hop.start + within, middles, own).astype(np.float32) for own in self.gates]
                hop = replace(hop, audio=hop.audio * np.stack(gains))
            yield hop


def listen(
    recordings: Recordings, feelings: Sequence[Feeling], engine: VADEngine | None = None, progress: Progress = silent
) -> Listened:
    """Find out who speaks when.

    Args:
        feelings: of each person, from the beginning to the end.
        engine: None takes the best that is here.
    Raises:
        ModelFileError: the detector's model is not here.
    """
    own = engine or vad.load(ENGINE)
    try:
        spans, leaked = _heard(recordings, own, progress)
    finally:
        if engine is None:
            own.close()
    timeline = Timeline(
        names=recordings.names,
        tracks=recordings.tracks,
        segments=segments(spans),
        phones=((),) * len(spans),
        feelings=tuple(((0, feeling),) for feeling in feelings),
        cues=((),) * len(spans),
        camera=(),
        duration=recordings.duration,
    )
    return Listened(timeline, gates(leaked, spans, own.frame), own.frame)


def _heard(
    recordings: Recordings, engine: VADEngine, progress: Progress
) -> tuple[list[list[tuple[int, int]]], np.ndarray]:
    """(start, end) of everyone's speech, and which frames are another's voice. It is heard twice: what the first time
    teaches about the microphones is known from the beginning the second time."""
    state = floor.start(engine, len(recordings.tracks))
    first = []
    for at in range(0, recordings.duration, STEP):
        n = min(STEP, recordings.duration - at)
        heard, state = floor.hear(engine, np.stack([track.read(at, n) for track in recordings.tracks]), state)
        first += heard.frames
        progress("listening", at + n, recordings.duration)
    changes, leaked = floor.reconsider(first, state, engine.frame)
    return floor.spans(changes, len(recordings.tracks)), leaked


def segments(spans: Sequence[Sequence[tuple[int, int]]]) -> tuple[Segment, ...]:
    """Everyone's speech in order of time, without words."""
    out, before = [], 0
    for start, end, who in sorted((start, end, p) for p, own in enumerate(spans) for start, end in own):
        gap = start - before
        out.append(Segment(who, start, end, "", "", (), gap, gap, interrupted=False, line=0))
        before = max(before, end)
    return tuple(out)


def gates(leaked: np.ndarray, spans: Sequence[Sequence[tuple[int, int]]], frame: int) -> np.ndarray:
    """What of each track moves a face: float32 [P, T], CLOSED where it holds another's voice alone, else 1."""
    near = np.ones(2 * CLOSE_TO + 1, bool)
    out = np.ones(leaked.shape, np.float32)
    for p, own in enumerate(spans):
        speaks = np.zeros(leaked.shape[1], bool)
        for start, end in own:
            speaks[start // frame : -(-end // frame)] = True
        out[p, binary_dilation(leaked[p], near) & ~binary_dilation(speaks, near)] = CLOSED
    return out


def level(timeline: Timeline) -> None:
    """Bring everyone's speech to TARGET_LUFS, in place (an hour of sound is not held twice); who never speaks stays as
    recorded."""
    for p, track in enumerate(timeline.tracks):
        now = loudness(track.read(s.start, s.end - s.start) for s in timeline.segments if s.participant == p)
        if now is not None:
            gain = 10 ** (min(TARGET_LUFS - now, MOST_DB) / 20)
            for chunk in track.chunks:
                chunk.samples[:] = limited(chunk.samples, gain)


def turns(spoken: Sequence[Segment]) -> list[shots.Turn]:
    """Speech as the camera sees it: pauses do not end a turn, and a short answer into another's speech is none."""
    out: list[shots.Turn] = []
    until: dict[int, int] = {}  # where each participant's speech so far ends
    for s in spoken:
        inside = any(end > s.end for p, end in until.items() if p != s.participant)
        until[s.participant] = max(s.end, until.get(s.participant, 0))
        if inside and s.end - s.start < BRIEF:
            continue
        if out and out[-1].participant == s.participant and s.start - out[-1].end < REST:
            out[-1] = replace(out[-1], end=s.end)
        else:
            out.append(shots.Turn(s.participant, s.start, s.end))
    return out
