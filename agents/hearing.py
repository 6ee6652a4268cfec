"""What one microphone hears of one person: when a voice begins and stops, and which sound to transcribe.

One rule: nothing is worked on here but the detector's frame of 32 ms. Sound goes in, in any chunks; out come events,
with the sound that somebody else is to transcribe in a thread. All that is known is the state, an argument, replaced,
never mutated.

A turn begins with a voice and is over when the caller says so (`settled`). It is handed out in pieces: a pause after
`piece` of sound closes one, so that a transcriber always hears a few seconds; the newest transcript of each piece
stands, and those of all pieces in their order are the turn's text.

The level gate is told, not enforced: `over_db` says how much a voice is over both the room's noise and what is far
below the usual voice of this person, as talk beside the microphone is. Who needs that much is the caller's decision.

Source: thresholds and the wait before transcribing were measured on simulated callers.

Letter: N samples at RATE.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from agents.vad import VADEngine
from dialogue.errors import EngineError
from dialogue.types import samples

SILENCE_DB = -90.0
NOISE_DB, VOICE_DB = -65.0, -25.0  # RMS of a room and of a voice, before either is heard
FALL, RISE = 0.2, 0.01  # how far the noise floor goes in a frame to what is quieter, and louder
LEARN, DOUBT = 0.02, 0.002  # how far the usual level goes to a voice over the gate, and to one under it


@dataclass(frozen=True)
class Dials:
    """When a voice counts, and when somebody is to work on it."""

    on: float = 0.7  # chance of speech above which a voice may have begun
    off: float = 0.5  # and below which it may have stopped
    least: int = samples(0.064)  # of voice that makes one
    lead: int = samples(0.3)  # of sound before a voice that belongs to it: detectors come late
    pause: int = samples(0.096)  # of silence after which to transcribe: three frames
    keep: int = samples(1.0)  # of silence that is kept in a turn; more says nothing to anyone
    piece: int = samples(4.0)  # after which a pause closes a piece
    longest: int = samples(20.0)  # of a piece that no pause closed
    over_noise_db: float = 8.0  # of the gate
    under_voice_db: float = 12.0  # of the gate: talk beside the microphone is further below

    def __post_init__(self) -> None:
        if not 0.0 <= self.off <= self.on <= 1.0:
            raise ValueError(f"thresholds are on {self.on}, off {self.off}; expected 0 <= off <= on <= 1")
        if not 0 < self.pause <= self.keep or not 0 < self.piece <= self.longest:
            raise ValueError(f"{self}; expected 0 < pause <= keep and 0 < piece <= longest")


class Started(NamedTuple):
    """A voice began at `at`, in turn `turn`: the first of it, or again after a pause."""

    at: int
    turn: int
    over_db: float


class Stopped(NamedTuple):
    """The voice was last heard at `at`; told `pause` later. `voiced`: samples of it since it began or began again."""

    at: int
    turn: int
    voiced: int
    over_db: float


@dataclass(frozen=True, eq=False)
class Transcribe:
    """Sound whose words are wanted now: piece `piece` of turn `turn`, float32 [N] beginning at `at`. `voiced` samples
    of it are voice."""

    at: int
    turn: int
    piece: int
    sound: np.ndarray
    voiced: int


Event = Started | Stopped | Transcribe


class Frame(NamedTuple):
    """One frame of sound and what the detector thinks of it."""

    sound: np.ndarray
    chance: float
    voice: bool


@dataclass(frozen=True)
class Turn:
    """What has been heard of a turn. All but the numbers and frames in samples.

    Args:
        start: where its sound begins. piece: the number of the piece that is open.
        voiced: of voice since it began, or began again; `loud` of them over the gate. silence: since then.
        speaking: whether it was not yet told that the voice stopped.
        again: of voice after a pause that may still turn out to be none.
        peak_db: how much the voice was over the gate at most since it began.
    """

    number: int
    start: int
    piece: int = 0
    piece_start: int = 0
    frames: tuple[Frame, ...] = ()  # of the open piece
    voiced: int = 0
    loud: int = 0
    silence: int = 0
    speaking: bool = True
    again: int = 0
    peak_db: float = SILENCE_DB


@dataclass(frozen=True)
class Hearing:
    """Everything that is known by now."""

    detector: Any  # of the engine
    rest: np.ndarray  # float32 [< frame] sound that is no whole frame yet
    at: int  # where `rest` begins
    recent: tuple[Frame, ...] = ()  # the last `lead` of sound
    voice: bool = False
    turn: Turn | None = None
    turns: int = 0  # that have begun
    level_db: float = SILENCE_DB  # of the last frame
    noise_db: float = NOISE_DB
    voice_db: float = VOICE_DB

    def gate_db(self, dials: Dials = Dials()) -> float:
        """The level from which on a voice is this person's own."""
        return max(self.noise_db + dials.over_noise_db, self.voice_db - dials.under_voice_db)


def start(engine: VADEngine, at: int = 0) -> Hearing:
    """Before the first sample, which is at `at`."""
    return Hearing(engine.start(1), np.zeros(0, np.float32), at)


def hear(
    engine: VADEngine, sound: np.ndarray, hearing: Hearing, dials: Dials = Dials()
) -> tuple[tuple[Event, ...], Hearing]:
    """Take in sound float32 [N] in -1..1 at RATE, any N.

    Returns:
        what all frames that are whole by now gave rise to, and the new state.
    Raises:
        ValueError: the sound is not [N].
        EngineError: the detector answers no chance.
    """
    if sound.ndim != 1:
        raise ValueError(f"sound has shape {sound.shape}; expected (samples,)")
    near = np.concatenate([hearing.rest, sound], dtype=np.float32)
    events: list[Event] = []
    for begin in range(0, len(near) - engine.frame + 1, engine.frame):
        part = near[begin : begin + engine.frame].copy()
        chance, detector = engine.hear(part[None], hearing.detector)
        if not np.isfinite(chance[0]):
            raise EngineError(f"the detector of voices answered {chance[0]}; expected a chance in 0..1")
        told, hearing = _step(part, float(chance[0]), detector, hearing, dials)
        events += told
    return tuple(events), replace(hearing, rest=near[len(near) // engine.frame * engine.frame :].copy())


def now(hearing: Hearing) -> Transcribe | None:
    """What there is to transcribe at this moment, whether or not anybody pauses; None outside a turn."""
    return None if hearing.turn is None else _transcribe(hearing.turn)


def settled(hearing: Hearing) -> Hearing:
    """The turn is over, or was none of ours: the next voice begins another. A voice that is still heard begins one at
    once, so settle a turn in its silence."""
    return replace(hearing, turn=None)


def again(engine: VADEngine, hearing: Hearing, at: int) -> Hearing:
    """After a gap in the sound, or a detector that failed: from `at` on nothing is known but the levels and how many
    turns there were."""
    fresh = start(engine, at)
    return replace(fresh, turns=hearing.turns, noise_db=hearing.noise_db, voice_db=hearing.voice_db)


def _step(
    sound: np.ndarray, chance: float, detector: Any, hearing: Hearing, dials: Dials
) -> tuple[list[Event], Hearing]:
    """One frame on."""
    size, voice = len(sound), chance >= (dials.off if hearing.voice else dials.on)
    level_db = max(10.0 * float(np.log10(np.mean(sound.astype(np.float64) ** 2) + 1e-12)), SILENCE_DB)
    over_db = level_db - hearing.gate_db(dials)
    frame = Frame(sound, chance, voice)
    recent = (*hearing.recent, frame)[-(-(-dials.lead // size) + -(-dials.least // size)) :]
    noise_db, voice_db = _levels(hearing, level_db, chance, over_db, dials)
    hearing = replace(
        hearing,
        detector=detector,
        at=hearing.at + size,
        recent=recent,
        voice=voice,
        level_db=level_db,
        noise_db=noise_db,
        voice_db=voice_db,
    )
    if hearing.turn is None:
        return _begin(hearing, size, over_db, dials)
    turn = hearing.turn
    if turn.speaking:
        events, turn = _go_on(turn, frame, hearing, over_db, dials)
    else:
        events, turn = _wait(turn, frame, hearing, over_db, dials)
    return events, replace(hearing, turn=turn)


def _levels(hearing: Hearing, level_db: float, chance: float, over_db: float, dials: Dials) -> tuple[float, float]:
    """What the levels of room and voice are taken for. What may be either says nothing of both."""
    noise_db, voice_db = hearing.noise_db, hearing.voice_db
    if chance >= dials.on:
        voice_db += (LEARN if over_db >= 0.0 else DOUBT) * (level_db - voice_db)
    elif chance < dials.off / 2:
        noise_db += (FALL if level_db < noise_db else RISE) * (level_db - noise_db)
    return noise_db, voice_db


def _begin(hearing: Hearing, size: int, over_db: float, dials: Dials) -> tuple[list[Event], Hearing]:
    """No turn so far: one begins with `least` of voice."""
    voiced = _newest_voice(hearing.recent)
    if voiced < dials.least:
        return [], hearing
    start = hearing.at - size * len(hearing.recent)
    loud = voiced if over_db >= 0.0 else 0
    turn = Turn(hearing.turns, start, 0, start, hearing.recent, voiced, loud, peak_db=over_db)
    begun = Started(hearing.at - voiced, turn.number, over_db)
    return [begun], replace(hearing, turn=turn, turns=hearing.turns + 1)


def _go_on(turn: Turn, frame: Frame, hearing: Hearing, over_db: float, dials: Dials) -> tuple[list[Event], Turn]:
    """A voice is heard, or was a moment ago."""
    size = len(frame.sound)
    turn = replace(turn, frames=(*turn.frames, frame))
    if frame.voice:
        loud = turn.loud + (size if over_db >= 0.0 else 0)
        turn = replace(turn, voiced=turn.voiced + size, loud=loud, silence=0, peak_db=max(turn.peak_db, over_db))
    else:
        turn = replace(turn, silence=turn.silence + size)
    if turn.silence >= dials.pause:
        turn = replace(turn, speaking=False, again=0)
        stopped = Stopped(hearing.at - turn.silence, turn.number, turn.voiced, turn.peak_db)
        return [stopped, _transcribe(turn)], turn
    if len(turn.frames) * size < dials.longest:
        return [], turn
    # Nobody paused: cut where a voice is least likely, in the last quarter.
    last = turn.frames[-(len(turn.frames) // 4) :]
    cut = len(turn.frames) - len(last) + int(np.argmin([f.chance for f in last]))
    closed, rest = replace(turn, frames=turn.frames[:cut]), turn.frames[cut:]
    return [_transcribe(closed)], _next_piece(closed, rest, turn.piece_start + cut * size)


def _wait(turn: Turn, frame: Frame, hearing: Hearing, over_db: float, dials: Dials) -> tuple[list[Event], Turn]:
    """The voice has stopped; perhaps it begins again."""
    size = len(frame.sound)
    turn = replace(turn, silence=turn.silence + size, again=turn.again + size if frame.voice else 0)
    kept = turn.silence <= dials.keep
    if kept:
        turn = replace(turn, frames=(*turn.frames, frame))
    if turn.again < dials.least:
        return [], turn
    begun = Started(hearing.at - turn.again, turn.number, over_db)
    if not kept or len(turn.frames) * size >= dials.piece:
        # The pause's transcript stands; the new piece begins in the silence behind it.
        lead = hearing.recent if not kept else _lead(turn, dials, size)
        old = turn.frames if not kept else turn.frames[: len(turn.frames) - len(lead)]
        turn = _next_piece(replace(turn, frames=old), lead, hearing.at - size * len(lead))
    loud = turn.again if over_db >= 0.0 else 0
    return [begun], replace(turn, voiced=turn.again, loud=loud, silence=0, again=0, speaking=True, peak_db=over_db)


def _lead(turn: Turn, dials: Dials, size: int) -> tuple[Frame, ...]:
    """The frames from `lead` before the voice that began again, none of the voice before it."""
    return turn.frames[-min(-(-dials.lead // size) * size + turn.again, turn.silence) // size :]


def _next_piece(turn: Turn, frames: tuple[Frame, ...], start: int) -> Turn:
    """The turn with its open piece closed and another begun."""
    return replace(turn, piece=turn.piece + 1, piece_start=start, frames=frames)


def _newest_voice(frames: tuple[Frame, ...]) -> int:
    """How much voice the frames end with."""
    voiced = 0
    for frame in reversed(frames):
        if not frame.voice:
            break
        voiced += len(frame.sound)
    return voiced


def _transcribe(turn: Turn) -> Transcribe:
    voiced = sum(len(f.sound) for f in turn.frames if f.voice)
    return Transcribe(turn.piece_start, turn.number, turn.piece, _joined(turn.frames), voiced)


def _joined(frames: tuple[Frame, ...]) -> np.ndarray:
    return np.concatenate([frame.sound for frame in frames])
