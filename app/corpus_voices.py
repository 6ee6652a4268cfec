"""Who speaks in a corpus: speakers that the voice model can be, a set of its own for each split.

One rule: no two splits share a voice, or two voices that could be taken for one another: between splits they lie apart
by a step in pitch, throat or pace (STEPS), the same that tells the shipped voices apart.

Train and valid are drawn at random from people as they are; test are the shipped voices, which films are made with;
unseen lie beyond all others: deeper, higher, slower and quicker, or with a throat that does not go with the pitch.
Whoever has the program flite may add its voices to train (agents/tts/flite.py); whoever has Kokoro, every other one of
its voices, the rest being unseen (KOKORO).

Source of the box: agents/tts/speakers.py, whose men and women lie at throat = pitch ** 0.27.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from agents.models import GET_VOICES
from agents.tts import Speech, TTSEngine, Voice, flite, kokoro
from agents.tts.speakers import SPEAKERS, Speaker
from dialogue.errors import CorpusError
from dialogue.types import Feeling

COUNTS = {"train": 24, "valid": 4, "unseen": 6}
STEPS = (0.06, 0.035, 0.06)  # natural logarithms of pitch (one semitone), throat, pace
ENGLISH = tuple(name for name in kokoro.SPEAKERS if kokoro.language_of(name) == "en")
KOKORO = {"train": ENGLISH[::2], "unseen": ENGLISH[1::2]}
FAMILIES = {"flite": tuple(flite.MANNERS), "kokoro": KOKORO["train"]}  # that may be added to train, and their voices
TRIES = 10_000  # a voice is found in a few; 34 voices leave most of the box free


def speakers(seed: int) -> dict[str, dict[str, Speaker]]:
    """Split -> voice name -> speaker; the same for the same seed."""
    rng = np.random.default_rng([seed, 1])
    out: dict[str, dict[str, Speaker]] = {"test": dict(SPEAKERS)}
    for split, count in COUNTS.items():
        others = [s for own in out.values() for s in own.values()]
        out[split] = {}
        while len(out[split]) < count:
            number = len(out[split])
            for _ in range(TRIES):
                speaker = _beyond(rng, number) if split == "unseen" else _somebody(rng)
                if all(apart(speaker, other) for other in others):
                    break
            else:
                raise AssertionError(f"no room for {count} voices of {split} beside {len(others)}")
            out[split][f"{split}-{number:02}"] = speaker
    return out


def apart(a: Speaker, b: Speaker) -> bool:
    """Whether two voices differ by a step in pitch, throat or pace."""
    far = np.abs(np.log([a.pitch, a.throat, a.pace]) - np.log([b.pitch, b.throat, b.pace]))
    return bool((far >= STEPS).any())


def _somebody(rng: np.random.Generator) -> Speaker:
    pitch = float(np.exp(rng.uniform(np.log(0.50), np.log(1.28))))
    return _speaker(rng, pitch, pitch**0.27 * rng.uniform(0.95, 1.05), rng.uniform(0.84, 1.16))


def _beyond(rng: np.random.Generator, number: int) -> Speaker:
    """By turns deep, high, and at odds with its throat."""
    pace = rng.uniform(0.79, 0.84) if rng.random() < 0.5 else rng.uniform(1.16, 1.22)
    match number % 3:
        case 0:
            pitch, fit = rng.uniform(0.42, 0.47), 1.0
        case 1:
            pitch, fit = rng.uniform(1.34, 1.45), 1.0
        case _:
            pitch, fit = rng.uniform(0.65, 1.0), 0.90 if rng.random() < 0.5 else 1.11
    return _speaker(rng, pitch, pitch**0.27 * fit * rng.uniform(0.97, 1.03), pace)


def _speaker(rng: np.random.Generator, pitch: float, throat: float, pace: float) -> Speaker:
    """The rest of a voice; one in five is old."""
    old = rng.random() < 0.2
    return Speaker(
        description=f"synthetic, {pitch:.2f} of the model's pitch{', old' if old else ''}",
        pitch=round(float(pitch), 4),
        range=round(float(rng.uniform(0.80, 1.25)), 4),
        throat=round(float(throat), 4),
        pace=round(float(pace), 4),
        tilt_db=round(float(rng.uniform(-1.0, 1.0)), 3),
        breath_db=round(float(rng.uniform(-18.0, -13.0)), 2) if old else None,
        tremor=round(float(rng.uniform(0.010, 0.020)), 4) if old else 0.0,
        jitter=round(float(rng.uniform(0.006, 0.014) if old else rng.uniform(0.0, 0.005)), 4),
    )


def added(family: str) -> TTSEngine:
    """The voices of one of FAMILIES for train."""
    engine = {"kokoro": lambda: kokoro.Engine(KOKORO["train"]), "flite": flite.Flite}[family]()
    if not engine.voices():
        raise CorpusError(f"no voices of {family} are here; run: {GET_VOICES}, or leave --{family} out")
    return engine


class Together:
    """Several engines as one; no two may have a voice of the same name."""

    def __init__(self, engines: Sequence[TTSEngine]) -> None:
        self._engines = tuple(engines)
        self._of = {voice.name: engine for engine in engines for voice in engine.voices()}

    def voices(self) -> tuple[Voice, ...]:
        return tuple(voice for engine in self._engines for voice in engine.voices())

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        return self._of[voice].speak(text, voice, feeling, seed)

    def laugh(self, voice: str, feeling: Feeling, seed: int, kind: str = "laughs") -> Speech:
        return self._of[voice].laugh(voice, feeling, seed, kind)

    def close(self) -> None:
        for engine in self._engines:
            engine.close()
