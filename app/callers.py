"""Simulated callers: synthetic users whose turns, pauses and overlaps lie at exactly known samples.

One rule: a take is a function of its set, its number and nothing else, so that a figure can be measured again, and a
rule that was tuned on one set is judged on phrases and voices of the other.

The lengths of pauses are drawn evenly over STRATA, so that long ones are not rare in the material; `weights` give back
to each stratum the share that it has among people. Source of the shares: LiveKit's eot-bench, English, where a plain
timer cuts 55.6 / 21.7 / 10 / 5 % of the silences inside turns at 0.3 / 0.6 / 1.0 / 1.6 s.

Letters: N samples at RATE.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from agents.tts import Speech, TTSEngine
from agents.tts.hibari import Engine
from agents.tts.speakers import SPEAKERS
from app import caller_sounds
from app.caller_phrases import JUDGING, TUNING
from app.corpus_voices import speakers
from dialogue.types import Feeling, samples

SEED = 4
SETS = {"tuning": TUNING, "judging": JUDGING}
STRATA = ((0.12, 0.3), (0.3, 0.6), (0.6, 1.0), (1.0, 1.6), (1.6, 2.6))  # seconds
DRAWN = (0.10, 0.20, 0.25, 0.25, 0.20)  # of the material's pauses lie in each
PEOPLE = (0.444, 0.339, 0.117, 0.050, 0.050)  # and of people's
HOLDING = 0.5  # of the turns pause inside
HOLDS = (0.5, 0.35, 0.15)  # of those one, two, three times
MORE = (0.5, 0.2, 0.2, 0.1)  # of the turns go on for so many more phrases
LEAD_S, TAIL_S = (0.4, 0.8), 3.6  # silence before a turn and after it
JOIN = samples(0.06)  # between clauses that are no pause
FADE_OUT, FADE_IN = samples(0.012), samples(0.004)  # where a word is cut off from the next
LEVEL_DB = (-30.0, -20.0)
SNR_DB = (40.0, 20.0, 10.0)
NOISY_DB = 5.0  # as loud as a room gets in which people still talk
AGENT = "The tower was built by a rich merchant who wanted to see the ships come in. It took nine years, and in the end"


class Hold(Enum):
    """What a pause inside a turn comes after."""

    FILLER = "filler"
    COMMA = "comma"
    HARD = "hard"  # in the middle of a phrase
    CLAUSE = "clause"  # a sentence that could have been the last


class Over(Enum):
    """What is heard while the agent speaks."""

    INTERRUPTION = "interruption"
    BACKCHANNEL = "backchannel"
    ASIDE = "aside"
    BURST = "burst"  # coughs, knocks, keys
    LAUGH = "laugh"


@dataclass(frozen=True)
class Pause:
    """A silence: from the last sample of voice to the next; `end` is None where the turn is over."""

    at: int
    end: int | None = None
    kind: Hold | None = None


@dataclass(frozen=True)
class Turn:
    """One turn as the microphone hears it: float32 [N], from before its first sound until TAIL_S after its last."""

    sound: np.ndarray
    text: str
    voice: str
    snr_db: float
    start: int
    pauses: tuple[Pause, ...]  # in order; the last is the end of the turn


@dataclass(frozen=True)
class Scene:
    """What is heard over an agent's speech, of which the microphone picks up a remainder.

    Args:
        start, end: of the sound in question. usual_db: how loud this caller usually is.
    """

    sound: np.ndarray
    kind: Over
    text: str
    voice: str
    snr_db: float
    start: int
    end: int
    usual_db: float


class Callers:
    """The people of one set, of the family hibari or of another engine."""

    def __init__(self, name: str, engine: TTSEngine | None = None) -> None:
        if name not in SETS:
            raise ValueError(f"no set of callers named '{name}'; expected one of {tuple(SETS)}")
        self.name, self.phrases = name, SETS[name]
        self._engine = engine or Engine(_voices(name) | {"agent": SPEAKERS["heart"]})
        self._names = [v.name for v in self._engine.voices() if v.name != "agent"]
        self._own = engine is None

    def close(self) -> None:
        self._engine.close()

    @property
    def voices(self) -> tuple[str, ...]:
        """The names of these people."""
        return tuple(self._names)

    def turn(self, number: int, snr_db: Sequence[float] = SNR_DB, by: str | None = None) -> Turn:
        """The turn of that number, by somebody or, None, by whom the number falls to."""
        rng = self._rng(1, number)
        text, holds = self.phrases.turns[number % len(self.phrases.turns)], {}
        # Some say more than one thing: else how long somebody has spoken would tell how much is still to come.
        more = rng.choice(self.phrases.turns, int(rng.choice(len(MORE), p=MORE)), replace=False)
        if rng.random() < HOLDING:
            first = list(Hold)[int(rng.integers(len(Hold)))]  # each kind as often; the text is one that can pause so
            text = str(rng.choice([t for t in self.phrases.turns if _where(t.split())[first]]))
            text = " ".join([text, *more])
            holds = _places(text.split(), first, rng)
        else:
            text = " ".join([text, *more])
        drawn, words = str(rng.choice(self._names)), text.split()
        voice = by or drawn
        parts, gaps = self._parts(words, holds, voice, rng)
        level = float(rng.uniform(*LEVEL_DB))
        start = samples(rng.uniform(*LEAD_S))
        sound, pauses = np.zeros(start, np.float32), []
        for i, part in enumerate(parts):
            sound = np.append(sound, part)
            if i < len(gaps):
                kind, length = gaps[i]
                if kind is not None:
                    pauses.append(Pause(len(sound), len(sound) + length, kind))
                sound = np.append(sound, np.zeros(length, np.float32))
        pauses.append(Pause(len(sound)))
        sound = np.append(sound, np.zeros(samples(TAIL_S), np.float32))
        snr = float(rng.choice(snr_db))
        sound = caller_sounds.at_level(sound, level) + self._noise(len(sound), level - snr, rng)
        said = " ".join(words)
        return Turn(_within(sound), said, voice, snr, start, tuple(pauses))

    def scene(self, kind: Over, number: int, snr_db: Sequence[float] = SNR_DB) -> Scene:
        """The overlap of that kind and number."""
        rng = self._rng(2 + list(Over).index(kind), number)
        voice, other = (str(v) for v in rng.choice(self._names, 2, replace=len(self._names) < 2))
        usual = float(rng.uniform(*LEVEL_DB))
        text, own, level = self._over(kind, number, (voice, other), rng)
        start = samples(rng.uniform(0.6, 2.0))
        n = start + len(own) + samples(2.2)
        sound = np.zeros(n, np.float32)
        sound[start : start + len(own)] = caller_sounds.at_level(own, usual + level)
        agent = self._said(AGENT, "agent", 0) if self._own else self._said(AGENT, self._names[0], 0)
        remainder = np.resize(caller_sounds.at_level(agent, usual - float(rng.uniform(22.0, 32.0))), n)
        snr = float(rng.choice(snr_db))
        sound = sound + remainder + self._noise(n, usual - snr, rng)
        return Scene(_within(sound), kind, text, voice, snr, start, start + len(own), usual)

    def over(self, kind: Over, number: int, by: str, usual_db: float) -> tuple[str, np.ndarray]:
        """What is heard of that kind and number from somebody who is usually so loud, or from beside them: text, and
        the sound without anything else in it, float32 [N]."""
        rng = self._rng(2 + list(Over).index(kind), number)
        other = str(rng.choice([name for name in self._names if name != by] or [by]))
        text, sound, level = self._over(kind, number, (by, other), rng)
        return text, caller_sounds.at_level(sound, usual_db + level)

    def _over(
        self, kind: Over, number: int, voices: tuple[str, str], rng: np.random.Generator
    ) -> tuple[str, np.ndarray, float]:
        """Text, sound and level beside the caller's usual one, dB."""
        voice, other = voices
        seed = int(rng.integers(2**31))
        match kind:
            case Over.INTERRUPTION | Over.BACKCHANNEL:
                phrases = self.phrases.interruptions if kind is Over.INTERRUPTION else self.phrases.backchannels
                text = phrases[number % len(phrases)]
                level = rng.uniform(-2.0, 3.0) if kind is Over.INTERRUPTION else rng.uniform(-6.0, 1.0)
                return text, self._said(text, voice, seed), float(level)
            case Over.ASIDE:  # one in three by the caller, turned away; else by somebody else
                text = self.phrases.asides[number % len(self.phrases.asides)]
                who, level = (
                    (voice, rng.uniform(-14.0, -8.0)) if rng.random() < 1 / 3 else (other, rng.uniform(-20, -10))
                )
                return text, caller_sounds.far(self._said(text, who, seed), rng), float(level)
            case Over.LAUGH:
                own = self._engine.laugh(voice, Feeling(), seed, str(rng.choice(["laughs", "chuckles"]))).samples
                return "(laughs)", own, float(rng.uniform(-6.0, 2.0))
            case Over.BURST:
                name = str(rng.choice(caller_sounds.BURSTS))
                return f"({name})", caller_sounds.burst(name, rng), float(rng.uniform(-8.0, 4.0))

    def _parts(
        self, words: list[str], holds: dict[int, Hold], voice: str, rng: np.random.Generator
    ) -> tuple[list[np.ndarray], list[tuple[Hold | None, int]]]:
        """The sounds of a turn, and the silences between them. `holds`: after which word which pause comes."""
        parts: list[np.ndarray] = []
        gaps: list[tuple[Hold | None, int]] = []
        begin = 0
        for stop in [*(i for i, kind in sorted(holds.items()) if kind is not Hold.HARD), len(words) - 1]:
            written, kind = words[begin : stop + 1], holds.get(stop)
            if kind is Hold.FILLER:
                written = [*written[:-1], written[-1].rstrip(",") + ",", str(rng.choice(self.phrases.fillers))]
            cuts = [i - begin + 1 for i in sorted(holds) if begin <= i < stop and holds[i] is Hold.HARD]
            pieces = _cut(self._speech(" ".join(written), voice, int(rng.integers(2**31))), cuts)
            for piece in pieces[:-1]:
                parts.append(piece)
                gaps.append((Hold.HARD, _length(rng)))
            parts.append(pieces[-1])
            if stop < len(words) - 1:
                gaps.append((kind, _length(rng)))
            begin = stop + 1
        return parts, gaps

    def _speech(self, text: str, voice: str, seed: int) -> list[Speech]:
        return list(self._engine.speak(text, voice, Feeling(), seed))

    def _said(self, text: str, voice: str, seed: int) -> np.ndarray:
        return _cut(self._speech(text, voice, seed), [])[0]

    def _noise(self, n: int, db: float, rng: np.random.Generator) -> np.ndarray:
        return caller_sounds.noise(n, str(rng.choice(list(caller_sounds.COLOURS))), db, rng)

    def _rng(self, of: int, number: int) -> np.random.Generator:
        return np.random.default_rng([SEED, list(SETS).index(self.name), of, number])


def turns(name: str, count: int, first: int = 0, engine: TTSEngine | None = None) -> Iterator[Turn]:
    """Turns of a set, one in memory at a time."""
    callers = Callers(name, engine)
    try:
        yield from (callers.turn(i) for i in range(first, first + count))
    finally:
        callers.close()


def weights(lengths_s: Sequence[float]) -> np.ndarray:
    """float64 [N], sum 1: gives pauses of these lengths the shares that they have among people."""
    stratum = np.clip(np.searchsorted([low for low, _ in STRATA], lengths_s, "right") - 1, 0, None)
    counts = np.bincount(stratum, minlength=len(STRATA))
    share = np.divide(PEOPLE, counts, out=np.zeros(len(STRATA)), where=counts > 0)
    out = share[stratum]
    return out / out.sum()


def _voices(name: str) -> dict:
    """Tuning are the voices that motion is trained with, judging those it never hears and the shipped ones."""
    found = speakers(SEED)
    return found["train"] | found["valid"] if name == "tuning" else found["unseen"] | found["test"]


def _where(words: Sequence[str]) -> dict[Hold, list[int]]:
    """After which words a turn can pause how."""
    inside = range(len(words) - 1)
    plain = [i for i in inside if words[i][-1].isalnum()]
    return {
        Hold.FILLER: plain,
        Hold.COMMA: [i for i in inside if words[i].endswith(",")],
        Hold.HARD: plain,
        Hold.CLAUSE: [i for i in inside if words[i][-1] in ".?!"],
    }


def _places(words: Sequence[str], first: Hold, rng: np.random.Generator) -> dict[int, Hold]:
    """After which words the turn pauses, and how: once as `first`, and up to twice more."""
    where, out = _where(words), {}
    more = int(rng.choice(3, p=HOLDS))
    for kind in [first, *(list(Hold)[int(i)] for i in rng.permutation(len(Hold))[:more])]:
        free = [i for i in where[kind] if all(abs(i - j) > 1 for j in out)]
        if free:
            out[int(rng.choice(free))] = kind
    return out


def _length(rng: np.random.Generator) -> int:
    """Of a pause; within a stratum short ones are likelier, as among people."""
    low, high = STRATA[int(rng.choice(len(STRATA), p=DRAWN))]
    return samples(float(low * (high / low) ** (rng.random() ** 1.3)))


def _cut(speech: Sequence[Speech], cuts: Sequence[int]) -> list[np.ndarray]:
    """What was said as one sound, or as several: `cuts` are words before which a new one begins."""
    sounds, starts, ends, at = [], [], [], 0
    for part in speech:
        starts += [at + word.start for word in part.words]
        ends += [at + word.end for word in part.words]
        sounds += [part.samples, np.zeros(JOIN, np.float32)]
        at += len(part.samples) + JOIN
    whole = np.concatenate(sounds[:-1])
    out, begin = [], 0
    for cut in cuts:
        if not 0 < cut < len(starts) or ends[cut - 1] <= begin:
            continue  # the voice made fewer words of it than are written
        out.append(_faded(whole[begin : ends[cut - 1]], begin > 0, True))
        begin = starts[cut]
    out.append(_faded(whole[begin:], begin > 0, False))
    return out


def _faded(sound: np.ndarray, begins: bool, ends: bool) -> np.ndarray:
    sound = sound.copy()
    if begins:
        n = min(FADE_IN, len(sound))
        sound[:n] *= np.linspace(0.0, 1.0, n, dtype=np.float32)
    if ends:
        n = min(FADE_OUT, len(sound))
        sound[-n:] *= np.linspace(1.0, 0.0, n, dtype=np.float32)
    return sound


def _within(sound: np.ndarray) -> np.ndarray:
    peak = float(np.abs(sound).max(initial=0.0))
    return (sound * min(1.0, 0.97 / max(peak, 1e-9))).astype(np.float32)
