"""Plays performed by nobody: every word takes WORD samples of sound, with GAP of silence between."""

import numpy as np

from dialogue.emotion import Gesture, Vocal, spoken
from dialogue.play import parse
from dialogue.types import Cue, Phone, Word
from dialogue.utterance import Utterance

WORD, GAP = 12_000, 2_400  # 0.25 s and 0.05 s
HEAD = "---\nseed: 5\ncast:\n  ADA: {voice: heart, avatar: maya}\n  BEN: {voice: kofi, avatar: kofi}\n---\n"  # 6 lines


def play(body):
    return parse(HEAD + body, "p.play")


def utterance(turn):
    words = spoken(turn.items).split()
    at = [i * (WORD + GAP) for i in range(len(words))]
    length = at[-1] + WORD if words else WORD * sum(isinstance(i, Vocal) for i in turn.items)
    return Utterance(
        participant=turn.participant,
        samples=np.full(length, 0.1, np.float32),
        text=" ".join(words),
        words=tuple(Word(w, a, a + WORD) for w, a in zip(words, at)),
        phones=tuple(Phone("ə", a, a + WORD) for a in at),
        feelings=((0, turn.feeling),),
        cues=tuple(Cue(i.name, 0) for i in turn.items if isinstance(i, Gesture | Vocal)),
    )


def performed(a_play):
    return [utterance(turn) for turn in a_play.turns()]
