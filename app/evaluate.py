"""Evaluates motion models on a set of conversations: every contender performs every clip, and is measured.

One rule: all contenders get the same clips, the same labels and the same measures; what a contender cannot do, or a set
does not know, has no figure instead of a guessed one.

Where a set knows no wrong labels (the published data, recordings), some of its role changes are told wrongly here, as
in a corpus, by the seed.

Letters: P = 2 participants, T frames, C channels, F frequencies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from app.contenders import EXAMPLES, LOUDNESS, OPEN, REFERENCE, WRONG, Contender, Way, frozen, truth
from app.corpus import wrong_roles
from app.progress import Progress, silent
from app.sets import DUALTALK, RECORDINGS, Set
from dialogue.errors import CorpusError, DuologueError
from motion import human, judge, lipsync, metrics, replay
from motion.corpus import CHANNELS, FLAME, FRAME_SAMPLES, Clip
from motion.events import take_apart
from motion.frame import FPS
from motion.human import Row
from motion.metrics import Take, runs
from motion.scores import Score, mean_scores, velocity_spectrum
from motion.visemes import lip_opening

EVENTS = ("blinks", "nods", "gaze shifts")
LEAST_RATE_S = 10.0  # of a role, before a rate is told
SPOKEN = FPS  # frames: a shorter stretch of speech has no loudness of its own
WINDOW = 4 * FPS  # of the spectra: frames of the longest that velocity_spectrum takes
MEASURED_S = 3600  # of a set, for the human figures: they need an hour, and all of it in memory
SCENE = 12 * FPS  # frames that the curves show


@dataclass(frozen=True)
class Result:
    """One clip, performed by one contender in one way."""

    contender: str
    way: Way
    clip: str
    scores: tuple[Score, ...]


@dataclass(frozen=True)
class Scene:
    """A stretch of one clip, and what all make of it."""

    clip: str
    start: int  # frame
    speaking: np.ndarray  # bool [T, P]
    has_motion: tuple[bool, ...]
    made: dict[str, np.ndarray]  # contender -> [T, P, C] in its main way; the truth's too


@dataclass(frozen=True)
class Measured:
    """What is measured of one contender over the whole set, in its main way."""

    human: tuple[Row, ...]  # empty of FLAME's faces
    rates: dict[tuple[str, str], float | None]  # (event, "speaking" or "listening") -> per minute
    intensity_r: float | None  # SLCC
    spectra: dict[str, tuple[np.ndarray, np.ndarray]]  # part of the face -> Hz [F], amplitude of velocity [F]


@dataclass(frozen=True)
class Evaluation:
    """Everything that a report tells."""

    of: Set
    seed: int
    contenders: tuple[Contender, ...]  # models first, then the references
    clips: dict[str, float]  # name -> seconds
    voices: tuple[str, ...]
    broken: tuple[str, ...]  # what could not be read
    results: tuple[Result, ...]
    measured: dict[str, Measured]
    scene: Scene | None
    shifted: bool = field(default=False)  # wrong labels were made here

    @property
    def models(self) -> tuple[Contender, ...]:
        return tuple(c for c in self.contenders if c.model)

    @property
    def channels(self) -> int | None:
        """Of the true faces; None where nobody knows them."""
        return channels(self.of)

    def scores(
        self, contender: str, way: Way | None = None, of: Callable[[str], bool] = lambda clip: True
    ) -> tuple[Score, ...]:
        """Means over the clips whose names `of` takes, by default in the contender's main way."""
        if way is None:
            way = next((c.main for c in self.contenders if c.name == contender), REFERENCE)
        mine = [r for r in self.results if (r.contender, r.way) == (contender, way)]
        return mean_scores([r.scores for r in mine if of(r.clip)])

    def performed(self, contender: str, way: Way) -> set[str]:
        """Names of the clips that a contender performed in a way."""
        return {r.clip for r in self.results if (r.contender, r.way) == (contender, way)}


def channels(of: Set) -> int | None:
    return {DUALTALK: FLAME, RECORDINGS: None}.get(of.kind, CHANNELS)


def evaluate(of: Set, models: Sequence[Contender], seed: int = 0, progress: Progress = silent) -> Evaluation:
    """Let every model and reference perform every clip.

    Raises:
        CorpusError: no clip can be read.
        DuologueError: a model makes faces of another kind than the set knows.
    """
    known = channels(of)
    for model in models:
        if model.channels != CHANNELS and model.channels != known:
            raise DuologueError(
                f"model '{model.name}' makes FLAME faces, and nothing in '{of.name}' can be compared with them; "
                "give the DualTalk data, or a model of ours"
            )
    all_ = (*models, *_references(of, known))
    total, done = of.count * sum(len(c.plays) for c in all_), 0
    tallies = {c.name: _Tally() for c in all_}
    results: list[Result] = []
    clips: dict[str, float] = {}
    voices: set[str] = set()
    broken: list[str] = []
    scene, best, shifted = None, 0.0, False
    for number, clip in enumerate(of.clips(lambda problem: broken.append(str(problem)))):
        labelled, made_here = _labelled(clip, seed, number)
        shifted |= made_here
        at, interest = interesting(judge.speaks(clip))
        made: dict[str, np.ndarray] = {}
        for contender in all_:
            for way, play in contender.plays.items():
                if way.loop != OPEN or all(clip.has_motion) or not contender.model:
                    motion = play(labelled[way.labels == WRONG], seed + number)
                    results.append(Result(contender.name, way, clip.name, tuple(_scores(clip, motion, known))))
                    if way == contender.main:
                        tallies[contender.name].add(clip, motion, sum(clips.values()) < MEASURED_S)
                        made[contender.name] = motion
                done += 1
                progress("performing", done, total)
        if known is not None:
            results.append(Result(LOUDNESS, REFERENCE, clip.name, judge.loudness_alone(clip)))
        if interest > best:
            part = slice(at, at + SCENE)
            cut = {name: motion[part] for name, motion in made.items()}
            scene, best = Scene(clip.name, at, judge.speaks(clip)[part], clip.has_motion, cut), interest
        clips[clip.name] = clip.seconds
        voices |= set(clip.voices)
    progress("performing", total, total)
    if not clips:
        raise CorpusError(f"no clip of '{of.name}' can be read; the first: {broken[0] if broken else 'none is there'}")
    measured = {name: tally.measured() for name, tally in tallies.items()}
    return Evaluation(
        of, seed, all_, clips, tuple(sorted(voices)), tuple(broken), tuple(results), measured, scene, shifted
    )


def _references(of: Set, known: int | None) -> Iterator[Contender]:
    if known is None:
        return
    examples = []
    for _, clip in zip(range(EXAMPLES), of.examples()):
        motion = judge.true_motion(clip)
        examples += [motion[:, p] for p in range(clip.participants) if clip.has_motion[p]]
    yield frozen(examples, of.examples_from)
    yield truth(known)


def _labelled(clip: Clip, seed: int, number: int) -> tuple[tuple[Clip, Clip], bool]:
    """The clip with labels as they were, and with wrong ones; and whether those were made here."""
    clean = replace(clip, roles=clip.true_roles)
    if not np.array_equal(clip.roles, clip.true_roles):
        return (clean, clip), False
    return (clean, replace(clip, roles=wrong_roles(clip.true_roles, np.random.default_rng([seed, 5, number])))), True


def _scores(clip: Clip, motion: np.ndarray, known: int | None) -> Iterator[Score]:
    if known is None:
        return
    if motion.shape[-1] == known:
        yield from judge.judge(clip, motion)
    if known == FLAME:
        bands = motion.shape[-1] == FLAME  # the head's are among those already
        yield from (s for s in judge.across(clip, motion) if not (bands and s.name.startswith("band_")))


def interesting(speaking: np.ndarray) -> tuple[int, float]:
    """Where in bool [T, P] both speak and listen within SCENE frames, and how well: 0 is not at all."""
    starts = range(0, max(len(speaking) - SCENE, 0) + 1, FPS)

    def worth(at: int) -> float:
        part = speaking[at : at + SCENE]
        shares, changes = part.mean(0), np.abs(np.diff(part.astype(int), axis=0)).sum()
        return float(1e-6 + min(shares.min(), 0.3) + 0.3 * min(*(1 - shares), 0.3) + 0.01 * min(changes, 8))

    best = max(starts, key=worth)
    return best, worth(best)


def happened(take: Take, p: int) -> dict[str, np.ndarray]:
    """bool [T] of each of EVENTS: one begins here. Blinks and nods are those of the human figures."""
    nod = np.zeros(len(take.head), bool)
    nod[[max(first, 0) for first, *_ in metrics.nods(take, p)]] = True
    motion = np.concatenate([take.weights[:, p], take.head[:, p], take.gaze[:, p]], 1)
    return {"blinks": metrics.blinks(take)[:, p], "nods": nod, "gaze shifts": take_apart(motion).shift}


class _Tally:
    """What is added up over the clips for one contender."""

    def __init__(self) -> None:
        self.takes: list[Take] = []
        self.counts: dict[tuple[str, str], list[float]] = {}  # events, minutes
        self.lips: list[float] = []
        self.loud: list[float] = []
        self.voices: list[str] = []
        self.power: dict[str, list[tuple[np.ndarray, int]]] = {}
        self.hz = np.zeros(0)

    def add(self, clip: Clip, motion: np.ndarray, keep: bool) -> None:
        ours, frames = motion.shape[-1] == CHANNELS, len(motion)
        true = motion is judge.true_motion(clip)
        faces = [p for p in range(clip.participants) if not true or clip.has_motion[p]]
        take = replay.take(clip, motion) if ours else None
        if take and keep:
            self.takes.append(take)
        roles = {"speaking": judge.speaks(clip)[:frames], "listening": judge.listens(clip)[:frames]}
        for p in faces:
            for when, mask in roles.items() if take else ():
                self._count(happened(take, p), when, mask[:, p])
            opening = lip_opening(motion[:, p, :52]) if ours else judge.jaw(motion[:, p])
            for a, b in runs(roles["speaking"][:, p]):
                if b - a >= SPOKEN:
                    self.lips.append(lipsync.intensity(opening[a:b]))
                    self.loud.append(lipsync.loudness(clip.audio[p, a * FRAME_SAMPLES : b * FRAME_SAMPLES]))
                    self.voices.append(clip.voices[p])
            if frames > WINDOW:
                for part, curves in judge.parts(motion[:, p]).items():
                    self.hz, power = velocity_spectrum(curves)
                    self.power.setdefault(part, []).append((power.sum(-1), frames))

    def _count(self, began: dict[str, np.ndarray], when: str, mask: np.ndarray) -> None:
        for event in EVENTS:
            count = self.counts.setdefault((event, when), [0.0, 0.0])
            count[0] += (began[event] & mask).sum()
            count[1] += mask.sum() / FPS / 60.0

    def measured(self) -> Measured:
        rates = {
            key: float(events / minutes) if minutes * 60.0 >= LEAST_RATE_S else None
            for key, (events, minutes) in self.counts.items()
        }
        spectra = {}
        for part, found in self.power.items():
            powers, weights = zip(*found)
            spectra[part] = (self.hz, np.sqrt(np.average(powers, axis=0, weights=weights)))
        table = human.table(self.takes) if self.takes else ()
        return Measured(table, rates, lipsync.intensity_correlation(self.lips, self.loud, self.voices), spectra)
