"""Everything that may break under a live conversation, each kind one small thing that is done to an engine or a device.

One rule: a kind knows where it strikes, the stage that the log must name for it, and whether an answer is owed all the
same; the seed says when. It strikes during one answer and is over when the person speaks again. What breaks a mind is
in app/faults_mind.py.

Source: the failures that other agents' trackers are full of: streams that stall before a sentence, voices that fail
without a word, turns that hang, devices that vanish without a callback.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from agents.asr import Transcript
from agents.llm.http import broken_off, refused, unreachable
from agents.tts import Speech
from app import faults_mind, virtual
from app.faults_mind import Strike
from dialogue.errors import EngineError
from dialogue.types import Feeling, Hop
from motion.frame import MotionFrame


@dataclass
class World:
    """What a session is made of; a kind puts something broken in the place of one part."""

    strike: Strike
    mind: virtual.Mind
    tongue: virtual.Tongue
    ear: virtual.Ear
    judge: virtual.Judge
    detector: virtual.Detector
    face: virtual.Face
    cleaner: object | None = None
    moment: Callable[[virtual.Card], None] | None = None  # what happens to the sound card, at a moment of the seed's


@dataclass(frozen=True)
class Kind:
    """Args:
    stage: what the log must say, and nothing else; None: it says nothing. maybe: it need not.
    owed: something must be heard, be it an excuse; else it is enough to listen again: a device may fail when all that
        was owed has been heard.
    interrupts: the person does, while the answer is being made.
    """

    name: str
    breaks: Callable[[World], None]
    stage: str | None
    owed: bool = True
    interrupts: bool = False
    maybe: bool = False


# --- The mind.


def mind(how: Callable, watched: bool = True) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        world.mind = faults_mind.Broken(world.mind, world.strike, how, watched)

    return breaks


def guess(how: Callable) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        world.mind = faults_mind.Guess(world.mind, world.strike, how)

    return breaks


# --- The voice.


class Tongue(virtual.Tongue):
    """Some calls of an answer, or all of them, go wrong."""

    def __init__(self, good: virtual.Tongue, strike: Strike, how: Callable) -> None:
        self.__dict__.update(good.__dict__)
        self._strike, self._how = strike, how
        self._first, self._all = int(strike.rng.integers(0, 2)), bool(strike.rng.random() < 0.5)

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        speech = list(super().speak(text, voice, feeling, seed))
        if self._strike.on and text.strip():
            self._strike.calls += 1
            if self._strike.calls - 1 == self._first or self._all and self._strike.calls > self._first:
                self._strike.bites()
                return iter(self._how(speech, self._strike))
        return iter(speech)


def tongue(how: Callable) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        world.tongue = Tongue(world.tongue, world.strike, how)

    return breaks


def raises(error: Exception) -> Callable:
    def how(speech: list[Speech], strike: Strike) -> list[Speech]:
        raise error

    return how


def hangs(speech: list[Speech], strike: Strike) -> list[Speech]:
    strike.clock.takes(math.inf)
    return speech


def sounds(change: Callable[[np.ndarray], np.ndarray]) -> Callable:
    return lambda speech, strike: [replace(one, samples=change(one.samples)) for one in speech]


def _with_nan(sound: np.ndarray) -> np.ndarray:
    out = sound.copy()
    out[len(out) // 2] = np.nan
    return out


# --- The ear, and what judges the end of a turn.


class Ear(virtual.Ear):
    """Goes wrong while the fault is on."""

    def __init__(self, good: virtual.Ear, strike: Strike, how: Callable) -> None:
        self.__dict__.update(good.__dict__)
        self._strike, self._how = strike, how

    def transcribe(self, sound: np.ndarray, *more, **named) -> Transcript:
        found = super().transcribe(sound, *more, **named)
        if not self._strike.on:
            return found
        self._strike.bites()
        return self._how(found, self._strike)


def ear(how: Callable) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        world.ear = Ear(world.ear, world.strike, how)

    return breaks


def slow(found: object, strike: Strike) -> object:
    strike.clock.takes(float(strike.rng.uniform(0.5, 1.5)))
    return found


class Judge(virtual.Judge):
    """As Ear."""

    def __init__(self, good: virtual.Judge, strike: Strike, how: Callable) -> None:
        self.__dict__.update(good.__dict__)
        self._strike, self._how = strike, how

    def complete(self, sound: np.ndarray) -> float:
        found = super().complete(sound)
        if not self._strike.on:
            return found
        self._strike.bites()
        return self._how(found, self._strike)


def judge(how: Callable) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        world.judge = Judge(world.judge, world.strike, how)

    return breaks


# --- What works on every frame or block: it fails for a while.


def _for_a_while(strike: Strike, least_s: float = 0.02, most_s: float = 1.0) -> Callable[[], bool]:
    """Whether it fails now: from some moment after the person began, for so long."""
    begin_s, length_s = float(strike.rng.uniform(0.0, 3.0)), float(strike.rng.uniform(least_s, most_s))
    began: list[float] = []

    def now() -> bool:
        if strike.on and not began:
            began.append(strike.clock.s + begin_s)
        fails = bool(began) and began[0] <= strike.clock.s < began[0] + length_s
        if fails:
            strike.bites()
        return fails

    return now


class Detector(virtual.Detector):
    """Fails for a while."""

    def __init__(self, strike: Strike, how: Callable) -> None:
        self._fails, self._how = _for_a_while(strike, 0.06), how

    def hear(self, sound: np.ndarray, state: int) -> tuple[np.ndarray, int]:
        chance, state = super().hear(sound, state)
        return (self._how(chance) if self._fails() else chance), state


class Face(virtual.Face):
    """Fails for a while."""

    def __init__(self, strike: Strike, longest_s: float) -> None:
        self._fails = _for_a_while(strike, 0.05, longest_s)

    def step(self, hop: Hop, state: int) -> tuple[tuple[MotionFrame, ...], int]:
        if self._fails():
            raise FloatingPointError("the model of motion failed")
        return super().step(hop, state)


class Cleaner:
    """An echo canceller that fails for a while."""

    def __init__(self, strike: Strike) -> None:
        self._fails = _for_a_while(strike)

    def clean(self, heard: np.ndarray, played: np.ndarray) -> np.ndarray:
        if self._fails():
            raise ValueError("block has a wrong shape")
        return heard


def _raise(error: Exception) -> Callable:
    def how(*_: object) -> object:
        raise error

    return how


def detector(how: Callable) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        world.detector = Detector(world.strike, how)

    return breaks


def face(longest_s: float) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        world.face = Face(world.strike, longest_s)

    return breaks


def echo(world: World) -> None:
    world.cleaner = Cleaner(world.strike)


# --- Devices.


def device(least_s: float, most_s: float, does: Callable[[virtual.Card, Strike, float], None]) -> Callable:
    """At a moment after the person began, something happens for so long."""

    def breaks(world: World) -> None:
        length_s = float(world.strike.rng.uniform(least_s, most_s))

        def moment(card: virtual.Card) -> None:
            world.strike.bites()
            does(card, world.strike, length_s)

        world.moment = moment

    return breaks


def deaf(card: virtual.Card, strike: Strike, length_s: float) -> None:
    card.deaf_s = strike.clock.s + length_s


def stands(card: virtual.Card, strike: Strike, length_s: float) -> None:
    card.stands_s = strike.clock.s + length_s


def late(card: virtual.Card, strike: Strike, length_s: float) -> None:
    card.late(length_s)


def spoilt(change: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> Callable:
    def does(card: virtual.Card, strike: Strike, length_s: float) -> None:
        end_s = strike.clock.s + length_s
        card.spoils = lambda heard: change(heard, strike.rng) if strike.clock.s < end_s else heard

    return does


def _burst(heard: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(-1.0, 1.0, len(heard)).astype(np.float32)


_ERROR, _FOREIGN = EngineError("it failed"), ZeroDivisionError("division by zero")

KINDS: tuple[Kind, ...] = (
    Kind("mind-unreachable", mind(faults_mind.at_once(unreachable("the mind", "start it"))), "llm"),
    Kind("mind-busy-429", mind(faults_mind.at_once(refused("the mind", 429, "slow down", "m", ()))), "llm"),
    Kind("mind-failed-500", mind(faults_mind.at_once(refused("the mind", 500, "oops", "m", ()))), "llm"),
    Kind("mind-stalls-first", mind(faults_mind.stalls_first), "llm"),
    Kind("mind-stalls-later", mind(faults_mind.stalls_later), "llm"),
    Kind("mind-stalls-unwatched", mind(faults_mind.stalls_later, watched=False), "llm"),
    Kind("mind-cut-in-a-word", mind(faults_mind.later(broken_off("the mind"))), "llm"),
    Kind("mind-cut-in-a-tag", mind(faults_mind.cut_in_a_tag), "llm"),
    Kind("mind-foreign-error", mind(faults_mind.later(_FOREIGN)), "llm"),
    Kind("mind-bytes", mind(faults_mind.says(b"\x00\xff data: {{{")), "llm"),
    Kind("mind-garbage", mind(faults_mind.says("\x00\ufffd {{{ ", "]] <|im_", "start|> ###")), None),
    Kind("mind-empty", mind(faults_mind.says()), None),
    Kind("mind-endless", mind(faults_mind.endless("and on ")), None),
    Kind("mind-endless-word", mind(faults_mind.endless("on")), None),
    Kind("mind-drips", mind(faults_mind.drips), "llm", maybe=True),
    Kind("mind-dies-when-cancelled", mind(faults_mind.dies_when_cancelled), None, interrupts=True),
    Kind("mind-ignores-cancel", mind(faults_mind.does_not_hear_when_cancelled), None, interrupts=True),
    Kind("guess-raises", guess(faults_mind.no_guess), "llm"),
    Kind("guess-stalls", guess(faults_mind.ever), "llm"),
    Kind("guess-nan", guess(faults_mind.nan), "llm"),
    Kind("voice-raises", tongue(raises(_ERROR)), "tts"),
    Kind("voice-foreign-error", tongue(raises(_FOREIGN)), "tts"),
    Kind("voice-stalls", tongue(hangs), "tts"),
    Kind("voice-silence", tongue(sounds(np.zeros_like)), "tts"),
    Kind("voice-empty", tongue(lambda speech, strike: []), "tts"),
    Kind("voice-nan", tongue(sounds(_with_nan)), "tts"),
    Kind("voice-whole-numbers", tongue(sounds(lambda s: (s * 32767).astype(np.int16))), "tts"),
    Kind("voice-two-channels", tongue(sounds(lambda s: np.stack([s, s]))), "tts"),
    Kind("ear-raises", ear(_raise(_ERROR)), "asr"),
    Kind("ear-foreign-error", ear(_raise(_FOREIGN)), "asr"),
    Kind("ear-stalls", ear(hangs), "asr"),
    Kind("ear-slow", ear(slow), None),
    Kind("ear-empty", ear(lambda found, strike: Transcript()), None, owed=False),
    Kind("ear-no-answer", ear(lambda found, strike: None), "asr"),
    Kind("end-of-turn-raises", judge(_raise(_FOREIGN)), "end-of-turn"),
    Kind("end-of-turn-stalls", judge(hangs), "end-of-turn"),
    Kind("end-of-turn-nan", judge(lambda found, strike: math.nan), "end-of-turn"),
    Kind("detector-raises", detector(_raise(_FOREIGN)), "vad", owed=False),
    Kind("detector-nan", detector(lambda chance: chance * np.float32(np.nan)), "vad", owed=False),
    Kind("microphone-gap", device(0.05, 0.7, deaf), None, owed=False),
    Kind("microphone-unplugged", device(1.2, 4.0, deaf), None, owed=False),
    Kind("microphone-nan", device(0.02, 0.6, spoilt(lambda s, rng: s * np.float32(np.nan))), "microphone", owed=False),
    Kind("microphone-burst", device(0.05, 0.6, spoilt(_burst)), None, owed=False),
    Kind("loudspeaker-stands", device(0.2, 3.0, stands), None, owed=False),
    Kind("block-late", device(0.1, 3.0, late), None, owed=False),
    Kind("motion-raises", face(0.06), "motion"),
    Kind("motion-raises-long", face(3.0), "motion"),
    Kind("echo-canceller-raises", echo, "echo"),
)
