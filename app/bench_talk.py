"""Figures of talking live: how long a person waits for the first sound of an answer, and what of it is our own doing.

One rule: measured from outside, on the real clock, by a caller who speaks when nobody does: from the last sample of its
voice to the first sample that the loudspeaker is given. What the session believes of itself is not asked.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from agents.tts.hibari import Engine
from app.bench import Ask, Figure, tell
from app.corpus_text import QUESTIONS, STATEMENTS, sentence
from app.corpus_voices import speakers
from app.echo import BLOCK
from app.eventlog import EventLog
from app.config_model import Config
from app.session import Session, run
from app.talk import Ask as Wanted
from app.talk import dressed, engines, minds
from dialogue.types import RATE, Feeling

TURNS, SEED = 24, 31
REST = RATE  # of silence on both sides before the caller speaks again
GIVE_UP = 12 * RATE  # after which a turn counts as unanswered
NOISE = 1e-3  # RMS of the caller's room, -60 dB
AUDIBLE = 1e-4


class Caller:
    """A device whose microphone hears one turn after the other, and which listens to what is played."""

    silent_s = 0.0

    def __init__(self, session: Session, turns: list[np.ndarray], seed: int) -> None:
        self._session, self._turns, self._rng = session, list(turns), np.random.default_rng(seed)
        self._turn, self._at, self._quiet, self._due = np.zeros(0, np.float32), 0, 0, time.perf_counter()
        self._ended: int | None = None
        self._waited, self._spoiled = 0, False
        self.interrupted = 0  # turns during which something was played
        self.waits: list[float | None] = []  # ms of each turn, None if nothing was heard
        self.own: list[float] = []  # ms between two blocks that were spent on the first
        self._given = time.perf_counter()

    def block(self) -> tuple[np.ndarray, np.ndarray] | None:
        """As Files, in real time."""
        self._due += BLOCK / RATE
        now = time.perf_counter()
        self.own.append((now - self._given) * 1000)
        if now < self._due:
            time.sleep(self._due - now)  # the figure is a person's wait: nothing but real time will do
        self._due = max(self._due, now - 0.1)
        played = self._session.speaker.play(BLOCK)
        heard = self._rng.normal(0.0, NOISE, BLOCK).astype(np.float32)
        part = self._turn[self._at : self._at + BLOCK]
        heard[: len(part)] += part
        self._listen(played, len(part))
        speaking = bool(len(part)) or bool(np.abs(played).max() > AUDIBLE) or bool(self._session.playing)
        self._quiet = 0 if speaking or self._ended is not None else self._quiet + BLOCK
        if self._quiet >= REST:
            if not self._turns:
                return None
            self._turn, self._at, self._quiet = self._turns.pop(0), 0, 0
        self._given = time.perf_counter()
        return heard, played

    def _listen(self, played: np.ndarray, said: int) -> None:
        if said:
            if np.abs(played).max() > AUDIBLE:
                self._spoiled = True  # whoever is answered before the end is interrupted, not served quickly
            self._at += said
            if self._at >= len(self._turn):
                self.interrupted += self._spoiled
                self._ended, self._waited = (None if self._spoiled else said), -said
                self._spoiled = False
        if self._ended is None:
            return
        sounds = np.flatnonzero(np.abs(played) > AUDIBLE)
        if len(sounds):
            self.waits.append((self._waited + int(sounds[0])) / RATE * 1000)
            self._ended = None
        elif self._waited > GIVE_UP:
            self.waits.append(None)
            self._ended = None
        self._waited += BLOCK


def figures(ask: Ask) -> Iterator[Figure]:
    """All figures of talking."""
    count = TURNS // 4 if ask.quick else TURNS
    tell(f"holding a conversation of {count} turns with the embedded mind, in real time")
    waits, interrupted, own = asyncio.run(_talk(count))
    heard = [w for w in waits if w is not None]
    note = f"{len(waits)} turns of {min(count, 6)} voices, embedded mind, window closed"
    yield Figure("interrupted_per_turn", interrupted / count, "", high=0.05, note=note)
    yield Figure("answered", len(heard) / max(len(waits), 1), "", low=1.0, note=note)
    if heard:
        yield Figure("voice_to_voice_p50_ms", float(np.percentile(heard, 50)), "ms", high=700.0, note=note)
        yield Figure("voice_to_voice_p95_ms", float(np.percentile(heard, 95)), "ms", high=1100.0, note=note)
    yield Figure("overhead_p99_ms", own, "ms", high=15.0, note="from one block of 10 ms given to the next asked for")


async def _talk(count: int) -> tuple[list[float | None], int, float]:
    wanted, usual = Wanted(), Config()
    cast = dressed(wanted)
    plugged = replace(engines(wanted, cast, minds([usual])), cleaner=None)  # there is no echo here
    session = Session("You", cast, plugged, EventLog(), SEED)
    await session.warm()
    caller = Caller(session, turns(count), SEED)
    await run(session, caller)
    return caller.waits, caller.interrupted, float(np.percentile(caller.own, 99))


def turns(count: int) -> list[np.ndarray]:
    """What the caller says, in voices that no training heard."""
    own = speakers(SEED)["unseen"]
    engine, rng = Engine(own), np.random.default_rng(SEED)
    out = []
    for i in range(count):
        text = sentence(rng, (QUESTIONS if i % 2 else STATEMENTS,))
        voice = list(own)[i % len(own)]
        out.append(np.concatenate([s.samples for s in engine.speak(text, voice, Feeling(), i)]))
    engine.close()
    return out
