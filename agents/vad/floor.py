"""Who speaks: from how likely each track holds speech, and how loud it is beside the others, to turns.

One rule: a microphone that hears another person is not that person. Two tracks that both hold speech are compared: a
pair's level differences gather round two places, one for each of the two speaking alone; whoever's track is no louder,
beside the other's, than it is while the other speaks alone, is only being told the other's words. The two places are
learned as the conversation goes, so microphones need not be equally sensitive.

A change is told as soon as it is certain, with the moment at which it began: speech after `least`, silence after
`hang`. The same code hears a file and a live conversation.

Letters: P tracks, T frames, N samples at RATE.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from agents.vad import VADEngine
from dialogue.types import RATE, samples

LOW_HZ, HIGH_HZ = 200.0, 4000.0  # where levels are compared: above hum, below hiss
SILENCE_DB = -90.0
HOLD = 3  # frames, 100 ms: a room goes on sounding that long
WIDEST_DB, BIN_DB = 60, 2  # of the histogram of level differences
# A pair starts as if it had been heard this often, either alone, with so much between their tracks.
GUESS, GUESS_DB = 40.0, 14.0
FORGET = 1.0 - 1.0 / 4000.0  # a frame of speech: what was two minutes of it ago counts a third
LEAK_MARGIN_DB = 8.0  # above the level that leakage has on average; syllables differ that much
LEAK_SHARE = 0.4  # of the way between the two places, where that is less
LOOK_AGAIN = 8  # frames after which what was learned is looked at again


@dataclass(frozen=True)
class Dials:
    """When speech counts as speaking."""

    on: float = 0.5  # chance of speech above which somebody may have begun
    off: float = 0.35  # and below which they may have ended
    least: int = samples(0.1)  # of speech that makes a turn
    hang: int = samples(0.3)  # of silence that ends one: pauses between words are shorter
    lead: int = samples(0.03)  # speech begins this much before the first frame that is certain
    lag: int = samples(0.03)  # and ends this much before the last one: a detector lets go late

    def __post_init__(self) -> None:
        if not 0.0 <= self.off <= self.on <= 1.0:
            raise ValueError(f"thresholds are on {self.on}, off {self.off}; expected 0 <= off <= on <= 1")
        if min(self.least, self.hang, self.lead, self.lag) < 0:
            raise ValueError(f"{self}; expected 0 or more samples")


class Change(NamedTuple):
    """Somebody has begun to speak, or has ended, at a sample that may be a little in the past."""

    participant: int
    at: int
    speaking: bool


class Track(NamedTuple):
    """One participant so far."""

    speaking: bool = False
    begun: int | None = None  # where the speech began that is not yet long enough to be told
    heard: int = 0  # where the last frame of speech ended


@dataclass(frozen=True)
class Floor:
    """Everything that is known by now; replaced, never changed."""

    detector: Any  # of the engine
    rest: np.ndarray  # float32 [P, <frame] sound that is no whole frame yet
    at: int  # where `rest` begins
    recent_db: np.ndarray  # [P, HOLD] levels of the last frames
    pairs: np.ndarray  # [P, P, bins] how often p was so much louder than q while one of them spoke
    most_db: np.ndarray  # [P, P] p is q's leak if no louder than q by more
    tracks: tuple[Track, ...]


class Frame(NamedTuple):
    """What one frame of sound holds."""

    chance: np.ndarray  # float32 [P] of speech
    level_db: np.ndarray  # [P]


class Heard(NamedTuple):
    """What some frames of sound said."""

    changes: tuple[Change, ...]
    leaked: np.ndarray  # bool [P, T] tracks that hold no more than another's voice
    frames: tuple[Frame, ...]  # what it was decided by


def start(engine: VADEngine, participants: int) -> Floor:
    """Before the first sample: nobody speaks."""
    bins = 2 * WIDEST_DB // BIN_DB
    pairs = np.zeros((participants, participants, bins))
    pairs[..., [_bin(-GUESS_DB), _bin(GUESS_DB)]] = GUESS
    empty = np.zeros((participants, 0), np.float32)
    tracks = (Track(),) * participants
    return Floor(engine.start(participants), empty, 0, _quiet(participants), pairs, _limits(pairs), tracks)


def hear(engine: VADEngine, sound: np.ndarray, floor: Floor, dials: Dials = Dials()) -> tuple[Heard, Floor]:
    """Take in sound.

    Args:
        sound: float32 [P, N] in -1..1 at RATE, any N.
    Returns:
        what all frames that are whole by now said, and the new state.
    Raises:
        ValueError: the sound is not [P, N].
    """
    if sound.ndim != 2 or len(sound) != len(floor.tracks):
        raise ValueError(f"sound has shape {sound.shape}; expected ({len(floor.tracks)}, samples)")
    near = np.concatenate([floor.rest, sound], 1, dtype=np.float32)
    frames, whole = [], near.shape[1] // engine.frame * engine.frame
    detector = floor.detector
    for begin in range(0, whole, engine.frame):
        part = near[:, begin : begin + engine.frame]
        chance, detector = engine.hear(part, detector)
        frames.append(Frame(chance, level(part)))
    changes, leaked, floor = _decide(frames, floor, engine.frame, dials)
    return Heard(changes, leaked, tuple(frames)), replace(floor, detector=detector, rest=near[:, whole:].copy())


def finish(floor: Floor, dials: Dials = Dials()) -> tuple[Change, ...]:
    """The changes that are owed when no more sound comes: whoever still speaks has ended."""
    return _ended(floor.tracks, floor.at + floor.rest.shape[1], dials)


def reconsider(
    frames: Sequence[Frame], floor: Floor, size: int, dials: Dials = Dials()
) -> tuple[tuple[Change, ...], np.ndarray]:
    """All changes of a conversation that is over, and bool [P, T] who was only another's leak: decided a second time,
    with what was learned of the levels by its end.

    Args:
        frames: of the whole conversation. floor: the state after it. size: samples of a frame.
    """
    people = len(floor.tracks)
    if not frames:
        return (), np.zeros((people, 0), bool)
    chance = np.array([frame.chance for frame in frames], np.float32).reshape(-1, people).T
    level_db = np.array([frame.level_db for frame in frames]).reshape(-1, people).T
    held = np.concatenate([_quiet(people)[:, 1:], level_db], 1)
    loud = np.lib.stride_tricks.sliding_window_view(held, HOLD, 1).max(2)
    leaked = _leaks(chance, level_db, loud, _limits(floor.pairs), dials)
    tracks, changes = (Track(),) * people, []
    for i, own in enumerate(np.where(leaked, 0.0, chance).T.tolist()):
        told, tracks = _follow(tracks, own, i * size, size, dials)
        changes += told
    return (*changes, *_ended(tracks, floor.at + floor.rest.shape[1], dials)), leaked


def spans(changes: Iterable[Change], participants: int) -> list[list[tuple[int, int]]]:
    """(start, end) of all speech of each participant, from changes of which each beginning has its end."""
    out: list[list[tuple[int, int]]] = [[] for _ in range(participants)]
    begun: dict[int, int] = {}
    for change in changes:
        if change.speaking:
            begun[change.participant] = change.at
        else:
            out[change.participant].append((begun.pop(change.participant), change.at))
    return out


def level(frame: np.ndarray) -> np.ndarray:
    """How loud a frame [P, N] is where voices are, dB [P]; a sine of full scale has -3."""
    n = frame.shape[1]
    low, high = (round(hz * n / RATE) for hz in (LOW_HZ, HIGH_HZ))
    spectrum = np.fft.rfft(frame, axis=1)[:, low:high]
    power = 2.0 * (spectrum.real**2 + spectrum.imag**2).sum(1, dtype=np.float64) / n**2
    return np.maximum(10.0 * np.log10(power + 1e-12), SILENCE_DB)


def leakage(differences: np.ndarray) -> tuple[float, float]:
    """The two places round which level differences gather, dB: the lower one while the other speaks alone.

    Args:
        differences: [bins], how often each was heard.
    Source: Otsu 1979, the split with the largest variance between its sides; a side's place is its median.
    """
    centres = (np.arange(len(differences)) + 0.5) * BIN_DB - WIDEST_DB
    count, total = np.cumsum(differences), np.cumsum(differences * centres)
    below, above = count[:-1], count[-1] - count[:-1]
    means = total[:-1] / np.maximum(below, 1e-9), (total[-1] - total[:-1]) / np.maximum(above, 1e-9)
    split = int(np.argmax(below * above * (means[1] - means[0]) ** 2)) + 1
    return _median(differences[:split], centres[:split]), _median(differences[split:], centres[split:])


def _limits(pairs: np.ndarray) -> np.ndarray:
    """[P, P] from [P, P, bins]: how much louder than q's track that of p is at most when it only hears q."""
    out = np.full(pairs.shape[:2], -np.inf)
    for p, q in zip(*np.nonzero(~np.eye(len(pairs), dtype=bool))):
        low, high = leakage(pairs[p, q])
        out[p, q] = low + min(LEAK_MARGIN_DB, LEAK_SHARE * (high - low))
    return out


def _quiet(participants: int) -> np.ndarray:
    return np.full((participants, HOLD), SILENCE_DB)


def _median(counts: np.ndarray, centres: np.ndarray) -> float:
    total = np.cumsum(counts)
    return float(centres[np.searchsorted(total, total[-1] / 2)])


def _bin(difference_db: float) -> int:
    return int((min(max(difference_db, -WIDEST_DB), WIDEST_DB - 1e-6) + WIDEST_DB) // BIN_DB)


def _decide(
    frames: Sequence[Frame], floor: Floor, size: int, dials: Dials
) -> tuple[tuple[Change, ...], np.ndarray, Floor]:
    """Some frames on: the changes that are certain now, bool [P, T] who is only another's leak, and the new state."""
    changes: list[Change] = []
    leaked = np.zeros((len(floor.tracks), len(frames)), bool)
    for i, frame in enumerate(frames):
        told, leaked[:, i], floor = _frame(*frame, floor, size, dials)
        changes += told
    return tuple(changes), leaked, floor


def _frame(
    chance: np.ndarray, level_db: np.ndarray, floor: Floor, size: int, dials: Dials
) -> tuple[list[Change], np.ndarray, Floor]:
    """One frame on."""
    recent = np.concatenate([floor.recent_db[:, 1:], level_db[:, None]], 1)
    pairs, most_db = floor.pairs, floor.most_db
    people = range(len(chance))
    if len(chance) > 1 and chance.max() >= dials.on:
        pairs = pairs * FORGET
        for p, q in ((p, q) for p in people for q in people if p != q and max(chance[p], chance[q]) >= dials.on):
            pairs[p, q, _bin(level_db[p] - level_db[q])] += 1.0
    if floor.at // size % LOOK_AGAIN == 0 and pairs is not floor.pairs:
        most_db = _limits(pairs)
    leaks = _leaks(chance[:, None], level_db[:, None], recent.max(1)[:, None], most_db, dials)[:, 0]
    changes, tracks = _follow(floor.tracks, np.where(leaks, 0.0, chance).tolist(), floor.at, size, dials)
    later = replace(floor, at=floor.at + size, recent_db=recent, pairs=pairs, most_db=most_db, tracks=tracks)
    return changes, leaks, later


def _leaks(
    chance: np.ndarray, level_db: np.ndarray, loud_db: np.ndarray, most_db: np.ndarray, dials: Dials
) -> np.ndarray:
    """bool [P, T] who holds no more than the voice of somebody else, all [P, T]; `loud_db` holds on to loud frames.

    A pair of one with oneself has no limit, so nobody leaks into their own track.
    """
    below = level_db[:, None] - loud_db < most_db[..., None]
    return (below & (chance >= dials.off)).any(1)


def _follow(
    tracks: Sequence[Track], chances: Sequence[float], at: int, size: int, dials: Dials
) -> tuple[list[Change], tuple[Track, ...]]:
    """Everyone one frame on."""
    changes, later = [], []
    for p, (track, chance) in enumerate(zip(tracks, chances, strict=True)):
        track, told = _step(track, chance, at, size, dials)
        later.append(track)
        if told is not None:
            changes.append(Change(p, *told))
    return changes, tuple(later)


def _step(track: Track, chance: float, at: int, size: int, dials: Dials) -> tuple[Track, tuple[int, bool] | None]:
    """One participant one frame on, and where which change lies."""
    if chance >= (dials.off if track.speaking or track.begun is not None else dials.on):
        heard = at + size
        begun = at if track.begun is None else track.begun
        if track.speaking or heard - begun < dials.least:
            return Track(track.speaking, None if track.speaking else begun, heard), None
        return Track(True, None, heard), (max(begun - dials.lead, 0), True)
    if track.speaking and at + size - track.heard >= dials.hang:
        return Track(False, None, track.heard), (track.heard - dials.lag, False)
    return track._replace(begun=None), None


def _ended(tracks: Sequence[Track], end: int, dials: Dials) -> tuple[Change, ...]:
    """Whoever still speaks has ended."""
    return tuple(
        Change(p, min(track.heard - dials.lag, end), False) for p, track in enumerate(tracks) if track.speaking
    )
