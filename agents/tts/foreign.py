"""Voices of other programs, which give sound and nothing else: all else is found in it or made here.

One rule: hibari says everything first, unheard. She cuts the text into sentences and tells which phones are in them;
the strange voice says the same words; then her times are laid along its sound (agents.tts.forced).

A feeling reaches the voice as in agents.tts.family: through pace, where the program can change it, and through level
and the speed of the tape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from agents.loudness import limited
from agents.tts import Speech, Voice
from agents.tts.family import OF_PITCH
from agents.tts.forced import aligned
from agents.tts.haha import laughter
from agents.tts.hibari import Engine as Guide
from agents.tts.laugh import KINDS
from agents.tts.prosody import prosody
from agents.tts.take import at_rate
from agents.tts.trim import trimmed
from dialogue.errors import EngineError, did_you_mean
from dialogue.types import RATE, Feeling

GUIDE = "adam"  # of hibari's voices the one whose times fit women and men best
RATES = 4000, 192_000  # of samples a second; what is said to be beyond is damaged
SHOWN = 40  # characters of a text in an error


@dataclass(frozen=True)
class Wanted:
    """What a program is to say: one sentence, in one of its voices, at `pace` times the usual speed."""

    text: str
    voice: str
    pace: float
    feeling: Feeling
    seed: int


@dataclass(frozen=True)
class Sound:
    """What it said: samples float32 [N] at `rate`."""

    samples: np.ndarray
    rate: float


class Foreign:
    """The voices of one program.

    Args:
        name: of the engine. who: the program, as an error names it.
        voices: of the program; asked at the first word. say: lets it speak; blocks, raises EngineError.
    """

    def __init__(
        self, name: str, who: str, voices: Callable[[], tuple[Voice, ...]], say: Callable[[Wanted], Sound]
    ) -> None:
        self._name, self._who, self._voices, self._say = name, who, voices, say
        self._guide = Guide()
        self._closed = False

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        """As agents.tts.TTSEngine."""
        self._check(voice)
        for guide in self._guide.speak(text, GUIDE, Feeling(), 0):
            yield self._said(guide, voice, feeling, seed)

    def laugh(self, voice: str, feeling: Feeling, seed: int, kind: str) -> Speech:
        """As agents.tts.TTSEngine."""
        self._check(voice)
        if kind not in KINDS:
            raise EngineError(f"{self._name} cannot make the sound '{kind}'{did_you_mean(kind, KINDS)}")
        (ha,) = self._guide.speak("Ha.", GUIDE, Feeling(), 0)
        return laughter(self._said(ha, voice, feeling, seed), KINDS[kind], np.random.default_rng(seed))

    def close(self) -> None:
        """Free the guide; idempotent."""
        self._closed = True
        self._guide.close()

    def _check(self, voice: str) -> None:
        if self._closed:
            raise EngineError(f"the {self._name} engine is closed; make a new one")
        names = [known.name for known in self._voices()]
        if voice not in names:
            raise EngineError(f"{self._who} has no voice '{voice}'{did_you_mean(voice, names)}")

    def _said(self, guide: Speech, voice: str, feeling: Feeling, seed: int) -> Speech:
        mood = prosody(feeling)
        tape = 2 ** (OF_PITCH * mood.pitch_st / 12)
        text = " ".join(word.text for word in guide.words)
        said = self._say(Wanted(text, voice, mood.pace / tape, feeling, seed))
        if not RATES[0] <= said.rate <= RATES[1]:
            raise EngineError(
                f"{self._who}: sound of {said.rate:g} samples a second; expected {RATES[0]} to {RATES[1]}"
            )
        samples = at_rate(np.nan_to_num(said.samples), said.rate * tape)
        sound = trimmed(Speech(limited(samples, 10 ** (mood.level_db / 20)))).samples
        try:
            return aligned(sound, guide)
        except ValueError:
            shown = text if len(text) <= SHOWN else text[:SHOWN] + "…"
            length = f"{len(sound) / RATE:.2f} s of sound"
            raise EngineError(f"{self._who}: {length} came back for '{shown}'; that is no speech") from None
