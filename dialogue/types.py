"""The values that travel between the rooms of the house.

One rule: time is an integer, counted in samples at RATE since the session began. Seconds appear only at the edges
(screenplays, subtitles, screens), never between two stages.

Letters: P participants, N samples.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

# Samples a second; 8, 16 and 24 kHz divide it, 24/25/30/50/60 fps give whole frames (2000/1920/1600/960/800).
RATE = 48_000


def samples(seconds: float) -> int:
    """Seconds from a person or a file, as whole samples."""
    return round(seconds * RATE)


def seconds(at: int) -> float:
    """Samples as seconds, for people and files."""
    return at / RATE


class Role(Enum):
    """What a participant does at one moment. Both SPEAKING is an overlap."""

    SPEAKING = "speaking"
    LISTENING = "listening"
    IDLE = "idle"


class Emotion(Enum):
    """The closed set that prompts, parsers, voices and faces share."""

    NEUTRAL = "neutral"
    HAPPY = "happy"
    SAD = "sad"
    ANGRY = "angry"
    SURPRISED = "surprised"
    AFRAID = "afraid"
    DISGUSTED = "disgusted"
    THOUGHTFUL = "thoughtful"


@dataclass(frozen=True)
class Feeling:
    """An emotion and how strongly it is felt, 0..1."""

    emotion: Emotion = Emotion.NEUTRAL
    intensity: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.intensity <= 1.0:
            raise ValueError(f"intensity is {self.intensity}; expected 0..1")


@dataclass(frozen=True)
class Word:
    """A spoken word; text keeps its case and punctuation."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Phone:
    """A speech sound, as one symbol of the misaki alphabet (IPA; A I O Q W Y are the diphthongs eɪ aɪ oʊ əʊ aʊ ɔɪ,
    ʤ ʧ the affricates). Silence has no phone."""

    symbol: str
    start: int
    end: int
    stressed: bool = False


@dataclass(frozen=True)
class Cue:
    """Something a participant does at one moment: nod, shake, smile, laugh, wink, look-away ..."""

    name: str
    at: int


@dataclass(frozen=True)
class AudioChunk:
    """Mono sound: samples float32 [N] in -1..1 at RATE, beginning at `start`."""

    samples: np.ndarray
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.samples)


@dataclass(frozen=True)
class Hop:
    """What a motion model sees of one stretch of time, for all participants at once.

    Phones and cues are those that *start* inside the hop; a model that needs more context keeps it in its state.
    """

    start: int
    audio: np.ndarray  # float32 [P, N] in -1..1 at RATE
    roles: tuple[Role, ...]
    feelings: tuple[Feeling, ...]
    phones: tuple[tuple[Phone, ...], ...] = field(default=())  # [P][...], empty where there are none (a microphone)
    cues: tuple[tuple[Cue, ...], ...] = field(default=())  # [P][...]

    def __post_init__(self) -> None:
        if self.audio.ndim != 2:
            raise ValueError(f"hop audio has shape {self.audio.shape}; expected [participants, samples]")
        participants = len(self.audio)
        for name in ("roles", "feelings"):
            if len(getattr(self, name)) != participants:
                raise ValueError(f"hop has {participants} tracks but {len(getattr(self, name))} {name}")
        for name in ("phones", "cues"):
            if not getattr(self, name):
                object.__setattr__(self, name, ((),) * participants)
            elif len(getattr(self, name)) != participants:
                raise ValueError(f"hop has {participants} tracks but {name} for {len(getattr(self, name))}")
