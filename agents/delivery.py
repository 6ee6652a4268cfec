"""One line, performed: text, feelings, laughs and gestures become a single utterance.

One rule: everything happens where it is written. A gesture falls between the words it stands between, a laugh sounds
there, and a feeling colours what follows it, into the speaker's next lines.

Pauses are those of people: breaths between sentences and clauses, longer when thoughtful or sad. A line that no voice
can speak (only gestures, only punctuation) is an utterance without sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from agents.tts import Speech, TTSEngine
from dialogue.emotion import Gesture, Item, Vocal, attached, spoken
from dialogue.types import Cue, Emotion, Feeling, Phone, Word, samples
from dialogue.utterance import Utterance

SENTENCE_S, CLAUSE_S, LAUGH_S, JOIN_S = 0.34, 0.20, 0.12, 0.06  # silence after .!? / after ,;:— / around a laugh / else
SLOWER = {Emotion.THOUGHTFUL: 1.5, Emotion.SAD: 1.35, Emotion.ANGRY: 0.8, Emotion.AFRAID: 0.85}  # times that silence
SENTENCE_MARKS, CLAUSE_MARKS, CLOSERS = ".!?…。！？", ",;:—，、；：", "\"'”’)]"


@dataclass(frozen=True)
class Line:
    """What is to be performed, and by whom."""

    participant: int
    items: Sequence[Item]
    voice: str  # of the engine at hand
    feeling: Feeling = Feeling()  # the speaker's, from the lines before
    seed: int = 0


def deliver(line: Line, engine: TTSEngine) -> tuple[Utterance, Feeling]:
    """Perform a line.

    Returns:
        the utterance, and the feeling in which the speaker is left.
    Raises:
        EngineError: the engine has no such voice, or failed.
    """
    take = _Take(line, engine)
    for item in attached(line.items):
        match item:
            case str():
                take.text += item
            case Gesture(name):
                take.marks.append((len(take.text.split()), name))
            case Feeling():
                take.speak()
                take.feel(item)
            case Vocal(name):
                take.speak()
                take.laugh(name)
    take.speak()
    return take.finished(), take.feeling


def breath(text: str, feeling: Feeling) -> int:
    """Samples of silence that belong after a text before the same speaker goes on."""
    slower = SLOWER.get(feeling.emotion, 1.0) ** feeling.intensity
    return samples(_pause_s(text) * slower)


class _Take:
    """The line so far; positions count from its first sample. Text gathers across gestures, so that a nod never breaks
    a sentence's melody, and is spoken when a feeling, a laugh or the end of the line comes."""

    def __init__(self, line: Line, engine: TTSEngine) -> None:
        self.line, self.engine = line, engine
        self.rng = np.random.default_rng(line.seed)
        self.feeling = line.feeling
        self.text = ""
        self.marks: list[tuple[int, str]] = []  # gestures: how many words of the text are written before each
        self.pieces: list[np.ndarray] = []
        self.words: list[Word] = []
        self.phones: list[Phone] = []
        self.feelings = [(0, line.feeling)]
        self.cues: list[Cue] = []
        self.length = 0
        self.pause = 0  # silence that is due before the next sound

    def speak(self) -> None:
        """Say the text that has gathered, and put its gestures between its words."""
        written = self.text.split()
        starts: list[int | None] = [None] * len(written)  # where each written word sounds
        at, rest = 0, ""  # the next written word; what is still to be said of the one before it
        for speech in self.engine.speak(self.text, self.line.voice, self.feeling, self._seed()):
            begin = self._append(speech, _pause_s(speech.words[-1].text if speech.words else ""))
            for word in speech.words:
                if rest.startswith(word.text):
                    rest = rest[len(word.text) :]
                    continue
                found = next((i for i in range(at, len(written)) if written[i].startswith(word.text)), None)
                if found is not None:
                    starts[found], at, rest = begin + word.start, found + 1, written[found][len(word.text) :]
        for before, name in self.marks:
            after = next((s for s in starts[before:] if s is not None), self.length)
            self.cues.append(Cue(name, after))
        self.text, self.marks = "", []

    def feel(self, feeling: Feeling) -> None:
        """A new feeling holds from the next sound on."""
        at = self.length + (self.pause if self.pieces else 0)
        self.feelings = [f for f in self.feelings if f[0] < at] + [(at, feeling)]
        self.feeling = feeling

    def laugh(self, name: str) -> None:
        """A sound of the voice, close to the words around it."""
        self.pause = min(self.pause, samples(LAUGH_S))
        speech = self.engine.laugh(self.line.voice, self.feeling, self._seed(), name)
        self.cues.append(Cue(name, self._append(speech, LAUGH_S)))

    def finished(self) -> Utterance:
        """The utterance; each piece is freed as it is copied, so that a very long line is held once and not twice."""
        sound = np.empty(self.length, np.float32)
        end = self.length
        while self.pieces:
            piece = self.pieces.pop()
            sound[end - len(piece) : end] = piece
            end -= len(piece)
        return Utterance(
            participant=self.line.participant,
            samples=sound,
            text=spoken(self.line.items),
            words=tuple(self.words),
            phones=tuple(self.phones),
            feelings=tuple((min(at, self.length), feeling) for at, feeling in self.feelings),
            cues=tuple(sorted(self.cues, key=lambda cue: cue.at)),
        )

    def _append(self, speech: Speech, pause_s: float) -> int:
        """Add sound after the pause that is due; where it begins."""
        if self.pieces:
            self.pieces.append(np.zeros(self.pause, np.float32))
            self.length += self.pause
        start = self.length
        self.pieces.append(speech.samples)
        self.words += [replace(w, start=w.start + start, end=w.end + start) for w in speech.words]
        self.phones += [replace(p, start=p.start + start, end=p.end + start) for p in speech.phones]
        self.length += len(speech.samples)
        slower = SLOWER.get(self.feeling.emotion, 1.0) ** self.feeling.intensity
        self.pause = samples(pause_s * slower * self.rng.uniform(0.85, 1.15))  # no two pauses of a person are the same
        return start

    def _seed(self) -> int:
        return int(self.rng.integers(2**31))


def _pause_s(last_word: str) -> float:
    """Silence after a word, by the mark it ends with."""
    mark = last_word.rstrip(CLOSERS)[-1:]
    if not mark:
        return JOIN_S
    return SENTENCE_S if mark in SENTENCE_MARKS else CLAUSE_S if mark in CLAUSE_MARKS else JOIN_S
