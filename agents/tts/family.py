"""A family of voices: speakers that one network can be, each with feelings and a laugh.

One rule: a network is asked for sound and for how long it dwells on each symbol, and for nothing else; so every network
that tells both is a family of voices, and its words and phones carry the times of the very sound they come with.

A feeling reaches the voice through pace, level and pitch (agents.tts.prosody). Pitch moves as on a tape, throat and
all, so only OF_PITCH of what the table asks is done: 1.6 semitones for a full surprise, a throat 9 % shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from agents.tts import Speech
from agents.tts.align import Leads
from agents.tts.haha import laughter
from agents.tts.laugh import KINDS
from agents.tts.misaki import Reader as English
from agents.tts.prosody import prosody
from agents.tts.reading import Spoken, clauses, parts
from agents.tts.take import Take, joined, speech
from dialogue.errors import EngineError, did_you_mean
from dialogue.types import Feeling

OF_PITCH = 0.4
HA = [Spoken("ha", "hˈɑ.")]


@dataclass(frozen=True)
class Speaker:
    """How one voice departs from what its network says for it."""

    description: str
    pace: float = 1.0
    tape: float = 1.0  # speed of the tape: higher and quicker above 1
    gain_db: float = 0.0  # brings a plain sentence near -22 LUFS; loudness proper is agents.loudness


class Network(Protocol):
    """A voice model at work; deterministic for the same arguments."""

    def say(self, symbols: str, voice: str, pace: float, rng: np.random.Generator) -> Take:
        """misaki symbols at `pace` times the usual speed."""


class Reader(Protocol):
    """Reads one language aloud, in the alphabet of its network."""

    def ends_sentence(self, word: str, after: str) -> bool:
        """Whether a sentence ends between two words."""

    def spoken(self, words: list[str]) -> list[Spoken]:
        """How each word of one clause is said; '' for one that is not."""


@dataclass(frozen=True)
class Plan:
    """How one part is to be said."""

    voice: str
    speaker: Speaker
    feeling: Feeling


class Family:
    """Speaks with a network, which is loaded before the first word is spoken."""

    def __init__(
        self,
        name: str,
        speakers: Mapping[str, Speaker],
        leads: Leads,
        load: Callable[[], Network],
        reader: Callable[[], Reader] = English,
    ) -> None:
        self._name, self._speakers, self._leads, self._load, self._read = name, speakers, leads, load, reader
        self._closed = False

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        """As agents.tts.TTSEngine."""
        plan = self._plan(voice, feeling)
        rng = np.random.default_rng(seed)
        network, reader = self._network, self._reader  # missing files are told before anything else is read
        for words in clauses(text, reader.ends_sentence):
            for part in parts(reader.spoken(words)):
                if any(word.phones for word in part):
                    yield self._said(network, part, plan, rng)

    def laugh(self, voice: str, feeling: Feeling, seed: int, kind: str) -> Speech:
        """As agents.tts.TTSEngine."""
        plan = self._plan(voice, feeling)
        if kind not in KINDS:
            raise EngineError(f"{self._name} cannot make the sound '{kind}'{did_you_mean(kind, KINDS)}")
        rng = np.random.default_rng(seed)
        return laughter(self._said(self._network, HA, plan, rng), KINDS[kind], rng)

    def close(self) -> None:
        """Free the model; idempotent."""
        self._closed = True
        for loaded in ("_network", "_reader"):
            self.__dict__.pop(loaded, None)

    @cached_property
    def _network(self) -> Network:
        return self._load()

    @cached_property
    def _reader(self) -> Reader:
        return self._read()

    def _plan(self, voice: str, feeling: Feeling) -> Plan:
        if self._closed:
            raise EngineError(f"the {self._name} engine is closed; make a new one")
        if voice not in self._speakers:
            raise EngineError(f"{self._name} has no voice '{voice}'{did_you_mean(voice, self._speakers)}")
        return Plan(voice, self._speakers[voice], feeling)

    def _said(self, network: Network, part: list[Spoken], plan: Plan, rng: np.random.Generator) -> Speech:
        mood = prosody(plan.feeling)
        tape = plan.speaker.tape * 2 ** (OF_PITCH * mood.pitch_st / 12)
        take = network.say(joined(part), plan.voice, plan.speaker.pace * mood.pace / tape, rng)
        return speech(part, take.played(tape), self._leads, 10 ** ((plan.speaker.gain_db + mood.level_db) / 20))
