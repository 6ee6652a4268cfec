"""A conversation that nobody wrote: who says what when, turn by turn, as people take turns.

One rule: every time is drawn from what was measured in human conversation, and what a draw decides is performed whole:
an overlap is heard as one, an interrupted speaker falls silent in the middle of a word.

Sources: floor-transfer offsets, turn lengths, backchannels of Switchboard (ranges in motion/human.py); low places for
backchannels after 700 ms of speech, Ward & Tsukahara 2000; laughter answered by laughter, Provine 1992.

Letters: N samples at RATE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from agents.delivery import Line, deliver
from agents.loudness import limited
from agents.tts import TTSEngine
from app.corpus_text import BACKCHANNELS, EXCLAMATIONS, QUESTIONS, SHORT, STATEMENTS, sentence
from dialogue.emotion import Item, Vocal
from dialogue.timeline import Segment, Timeline, Track
from dialogue.types import RATE, Cue, Emotion, Feeling, Phone, samples
from dialogue.utterance import Utterance, cut

OFFSETS_S = ((0.0, -0.9), (0.10, -0.538), (0.25, -0.22), (0.50, 0.087), (0.75, 0.333), (0.90, 0.662), (1.0, 1.0))
TURN_S, TURN_SPREAD, TURN_LONGEST_S = 2.6, 1.1, 22.0  # median wanted of speech, deviation of its logarithm, most
BRIEF_S = 1.3  # a turn meant to be shorter is a short answer
PAUSE_S, PAUSE_SPREAD = 0.42, 0.5  # between two sentences of a turn: median, deviation of the logarithm
REST, REST_S = 0.03, (1.2, 3.0)  # how often nobody takes the turn at once, and for how long
INTERRUPTED = 0.08  # of turns
BACKCHANNELS_S = 0.024  # a second of the other's speech
OVERLAPPING = 0.25  # of spoken ones; laughs and short turns that begin early bring what is heard to human 43 %
LAUGHING, LAUGH_BACK = 0.07, 0.25  # sentences with a laugh in them; laughs that are answered
NEW_MOOD = 0.4  # of turns
LOUD_DB = -18.0  # RMS of a speaker's first sentence, about -16 LUFS
BREATH = samples(0.08)
FADE = samples(0.02)


def talk(rng: np.random.Generator, engine: TTSEngine, voices: Sequence[str], length: int) -> Timeline:
    """Two voices of the engine in conversation for `length` samples.

    Raises:
        EngineError: the engine has no such voice, or failed.
    """
    talking = _Talk(rng, engine, voices)
    speaker = int(rng.integers(2))
    at = samples(rng.uniform(0.3, 1.5))
    while at < length:
        at = talking.turn(speaker, at)
        speaker = 1 - speaker
    return talking.timeline(length)


class _Talk:
    """The conversation so far. Positions are those of the timeline."""

    def __init__(self, rng: np.random.Generator, engine: TTSEngine, voices: Sequence[str]) -> None:
        self.rng, self.engine, self.voices = rng, engine, voices
        self.tracks = [Track() for _ in voices]
        self.segments: list[Segment] = []
        self.phones: list[list[Phone]] = [[] for _ in voices]
        self.feelings = [[(0, _mood(rng))] for _ in voices]
        self.cues: list[list[Cue]] = [[] for _ in voices]
        self.gains: list[float | None] = [None for _ in voices]

    def turn(self, speaker: int, at: int) -> int:
        """Somebody's turn from `at` on; where the next one begins."""
        rng = self.rng
        wanted_s = min(float(rng.lognormal(np.log(TURN_S), TURN_SPREAD)), TURN_LONGEST_S)
        mood = [_mood(rng)] if rng.random() < NEW_MOOD else []
        begin, more = at, True
        while more:
            said = self.perform(speaker, [*mood, *self._words(wanted_s, speaker)])
            mood = [_mood(rng)] if rng.random() < 0.08 else []
            at = max(at, self.tracks[speaker].end + BREATH)
            end = at + len(said)
            more = end - begin < wanted_s * RATE
            if not more and len(said.words) > 4 and rng.random() < INTERRUPTED:
                return self._interrupted(said, at)
            self.put(said, at)
            answer = self._answer(said, at, 1 - speaker)
            if answer is not None and answer >= end:  # it waited for the pause, so the turn goes on after it
                at, more = answer + samples(rng.uniform(0.05, 0.30)), True
            elif more:
                at = end + samples(float(rng.lognormal(np.log(PAUSE_S), PAUSE_SPREAD)))
        offset_s = float(np.interp(rng.random(), *zip(*OFFSETS_S)))
        if rng.random() < REST:
            offset_s = float(rng.uniform(*REST_S))
        return max(end + samples(offset_s), begin + (end - begin) // 2)

    def perform(self, speaker: int, items: Sequence[Item]) -> Utterance:
        """Items in a voice, in the mood the speaker is in, as loud as that speaker is."""
        line = Line(speaker, items, self.voices[speaker], self.feelings[speaker][-1][1], int(self.rng.integers(2**31)))
        said = deliver(line, self.engine)[0]
        if self.gains[speaker] is None:
            rms = float(np.sqrt(np.mean(said.samples.astype(np.float64) ** 2))) if len(said) else 0.0
            self.gains[speaker] = 10 ** (LOUD_DB / 20) / max(rms, 1e-4)
        return replace(said, samples=limited(said.samples, self.gains[speaker]))

    def put(self, said: Utterance, at: int) -> None:
        """Lay an utterance on its speaker's track, and all that goes with it."""
        who = said.participant
        before = max((s.end for s in self.segments), default=0)
        words = tuple(replace(w, start=w.start + at, end=w.end + at) for w in said.words)
        gap = at - before
        self.tracks[who].put(said.samples, at)
        self.segments.append(
            Segment(who, at, at + len(said), said.text, said.text, words, gap, gap, interrupted=False, line=0)
        )
        self.phones[who] += [replace(p, start=p.start + at, end=p.end + at) for p in said.phones]
        self.feelings[who] += [(t + at, feeling) for t, feeling in said.feelings]
        self.cues[who] += [replace(c, at=c.at + at) for c in said.cues]

    def timeline(self, length: int) -> Timeline:
        return Timeline(
            names=tuple(f"{p}" for p in range(len(self.voices))),
            tracks=tuple(self.tracks),
            segments=tuple(self.segments),
            phones=tuple(map(tuple, self.phones)),
            feelings=tuple(map(tuple, self.feelings)),
            cues=tuple(map(tuple, self.cues)),
            camera=(),
            duration=length,
        )

    def _words(self, wanted_s: float, speaker: int) -> list[Item]:
        """What is said next: a sentence, or a short answer, sometimes with a laugh before or after."""
        rng = self.rng
        lively = self.feelings[speaker][-1][1].emotion in (Emotion.HAPPY, Emotion.SURPRISED, Emotion.ANGRY)
        if wanted_s < BRIEF_S:
            kinds = (SHORT, EXCLAMATIONS) if lively else (SHORT,)
        else:
            kinds = (STATEMENTS, QUESTIONS, EXCLAMATIONS) if lively else (STATEMENTS, QUESTIONS)
        items: list[Item] = [sentence(rng, kinds)]
        if rng.random() < LAUGHING:
            laugh = Vocal("laughs" if rng.random() < 0.6 else "chuckles")
            items.insert(int(rng.integers(2)), laugh)
        return items

    def _answer(self, said: Utterance, at: int, listener: int) -> int | None:
        """What the listener lets be heard of itself meanwhile; the end of it, None if it keeps silent."""
        rng = self.rng
        laughs = [c for c in said.cues if c.name in ("laughs", "chuckles")]
        if laughs and rng.random() < LAUGH_BACK:
            items, start = [Vocal("chuckles")], at + laughs[0].at + samples(rng.uniform(0.2, 0.5))
        elif rng.random() < BACKCHANNELS_S * len(said) / RATE:
            items = [str(rng.choice(BACKCHANNELS))]
            places = [w.end for w in said.words if w.end > samples(0.7) and w.end < len(said) - samples(0.5)]
            if places and rng.random() < OVERLAPPING:
                start = at + int(rng.choice(places)) + samples(rng.uniform(-0.05, 0.15))
            else:
                start = at + len(said) + samples(rng.uniform(0.08, 0.30))
        else:
            return None
        if start < self.tracks[listener].end + BREATH:
            return None
        answer = self.perform(listener, items)
        self.put(answer, start)
        return start + len(answer)

    def _interrupted(self, said: Utterance, at: int) -> int:
        """A turn that the other does not let end; where the other begins."""
        words = said.words[len(said.words) // 2 :]
        stop = words[int(self.rng.integers(len(words)))].start + samples(self.rng.uniform(0.05, 0.25))
        heard = cut(said, stop, FADE)
        self.put(heard, at)
        return at + max(len(heard) - samples(self.rng.uniform(0.15, 0.50)), len(heard) // 2)


def _mood(rng: np.random.Generator) -> Feeling:
    """Three in ten are neutral, happy comes twice as often as each other feeling."""
    emotions = list(Emotion)
    weights = np.array([{Emotion.NEUTRAL: 3.0, Emotion.HAPPY: 1.75}.get(e, 0.875) for e in emotions])
    emotion = emotions[int(rng.choice(len(emotions), p=weights / weights.sum()))]
    return Feeling(emotion, 1.0 if emotion is Emotion.NEUTRAL else round(float(rng.uniform(0.3, 1.0)), 2))
