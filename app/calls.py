"""A simulated call: one caller who speaks, and listens to what comes back, in place of microphone and loudspeaker.

One rule: a caller reacts to what is heard, and to nothing that the program believes of itself: a turn begins after so much
silence on both sides, everything else so far into an answer. What it does it writes into the event log, so that the log
alone tells how well the call went (app/score.py).

The same number is the same voice, words, sounds, noise and moments. How long an answer takes is the machine's: while
something is being thought about time passes as it does, for a delay in it is a delay that a person would wait; all else
flies past, unless `real_time` asks for it.

Letters: N samples at RATE.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from app import caller_sounds
from app.audio_files import Beat
from app.callers import LEVEL_DB, SEED, Callers, Over
from app.echo import BLOCK
from app.live import Command
from app.session import Session
from dialogue.types import RATE, samples

REST = RATE  # of silence on both sides before the caller speaks again
GIVE_UP = 12 * RATE  # after which a turn counts as unanswered
AUDIBLE = 1e-4
INTO_S = (0.5, 1.4)  # of an answer: where something is heard over it
OVERS = (Over.BACKCHANNEL, Over.INTERRUPTION, Over.ASIDE, Over.BACKCHANNEL, Over.INTERRUPTION, Over.BURST, Over.LAUGH)
NOISE_S = 20.0  # of the caller's room, over and over
TURN = "turn"


@dataclass(frozen=True)
class Act:
    """One thing that a caller does: a turn, after `wait` of silence, or what Over says, `wait` into an answer."""

    kind: str
    text: str
    sound: np.ndarray  # float32 [N], without the noise of the room
    wait: int = REST


@dataclass(frozen=True)
class Plan:
    """What is to happen in a call. `noise`: of the room, float32 [N], repeated."""

    acts: tuple[Act, ...]
    noise: np.ndarray
    voice: str = ""


def plan(callers: Callers, number: int, turns: int, snr_db: float) -> Plan:
    """The call of that number: so many turns of one voice, and something over each answer."""
    rng = np.random.default_rng([SEED, 9, number])
    voice, level = str(rng.choice(callers.voices)), float(rng.uniform(*LEVEL_DB))
    acts = []
    for k in range(number * turns, (number + 1) * turns):
        turn = callers.turn(k, (np.inf,), voice)
        own = caller_sounds.at_level(turn.sound[turn.start : turn.pauses[-1].at], level)
        acts.append(Act(TURN, turn.text, own))
        kind = OVERS[k % len(OVERS)]
        text, sound = callers.over(kind, k, voice, level)
        acts.append(Act(kind.value, text, sound, samples(float(rng.uniform(*INTO_S)))))
    colour = str(rng.choice(list(caller_sounds.COLOURS)))
    return Plan(tuple(acts), caller_sounds.noise(samples(NOISE_S), colour, level - snr_db, rng), voice)


class Call:
    """A device, as app.audio_files.Files, that is a caller.

    Attributes:
        waits: of each turn, ms from its last sample to the first that is heard of an answer; None: there was none.
        cut_in: turns during which something was played. own: ms between two blocks that were spent on the first.
    """

    silent_s = 0.0

    def __init__(self, session: Session, plan: Plan, real_time: bool = False) -> None:
        self._session, self._plan, self._real_time, self._beat = session, plan, real_time, Beat()
        self._acts, self._at = list(plan.acts), 0
        self._act: Act | None = None
        self._begun: list[tuple[int, Act]] = []  # and not yet written down
        self._passed = self._quiet = self._into = 0  # samples: of the call, of silence, of the answer that is heard
        self._waited: int | None = None  # since a turn that was not answered yet
        self._spoiled = False  # the turn that is being said
        self._given = time.perf_counter()
        self.waits: list[float | None] = []
        self.cut_in = 0
        self.own: list[float] = []

    def block(self) -> tuple[np.ndarray, np.ndarray] | None:
        """What was heard and what was played meanwhile, float32 [BLOCK] each; None when all is said."""
        self.own.append((time.perf_counter() - self._given) * 1000)
        self._beat.wait(self._real_time or self._session.busy)
        played = self._session.speaker.play(BLOCK)
        sounds = np.flatnonzero(np.abs(played) > AUDIBLE)
        self._listen(sounds)
        heard = np.take(self._plan.noise, range(self._passed, self._passed + BLOCK), mode="wrap").astype(np.float32)
        self._passed += BLOCK
        if self._act is None and not self._begin():
            return None
        if self._act is not None:
            self._speak(heard, bool(len(sounds)))
        self._given = time.perf_counter()
        return heard, played

    def note(self) -> tuple[Command, ...]:
        """Write down what was begun, and ask for nothing: the `commands` of app.session.run, in whose thread the log is."""
        for at, act in self._begun:
            told = {"value": act.kind, "text": act.text, "ms": len(act.sound) / RATE * 1000}
            self._session.log.write(at, "caller", participant=self._session.names[0], **told)
        self._begun.clear()
        return ()

    def _listen(self, sounds: np.ndarray) -> None:
        """Count on: of what is heard in this block."""
        if self._waited is not None and (len(sounds) or self._waited > GIVE_UP):
            self.waits.append((self._waited + int(sounds[0])) / RATE * 1000 if len(sounds) else None)
            self._waited = None
        elif self._waited is not None:
            self._waited += BLOCK
        self._into = self._into + BLOCK if self._into or len(sounds) else 0
        silent = not len(sounds) and self._waited is None and self._act is None
        self._quiet = self._quiet + BLOCK if silent else 0

    def _begin(self) -> bool:
        """The next thing to do, if its moment has come; False when there is nothing left and all is quiet."""
        while self._acts and self._acts[0].kind != TURN and self._quiet >= REST:
            self._acts.pop(0)  # the answer was too short for it
        if not self._acts:
            return self._quiet < REST
        first = self._acts[0]
        if (self._quiet if first.kind == TURN else self._into) >= first.wait:
            self._act, self._at = self._acts.pop(0), 0
            self._begun.append((self._session.now - BLOCK, first))
        return True

    def _speak(self, heard: np.ndarray, answered: bool) -> None:
        """Add this block's part of the voice to what the microphone hears."""
        act, part = self._act, self._act.sound[self._at : self._at + BLOCK]
        heard[: len(part)] += part
        self._at += len(part)
        self._spoiled |= answered and act.kind == TURN  # who is answered before the end is not served quickly
        if self._at < len(act.sound):
            return
        self._act, self._into = None, 0
        if act.kind == TURN:
            self.cut_in += self._spoiled
            self._waited = None if self._spoiled else BLOCK - len(part)
            self._spoiled = False
