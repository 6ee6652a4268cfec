"""Two people in a recording: one says a sentence, then the other."""

import wave

import numpy as np

from agents.tts.hibari import Engine
from dialogue.types import RATE, Feeling

LINES = (
    ("heart", "My mother baked plum pies, but my brother ate most of them."),
    ("adam", "Then bake some more for me!"),
)
PAUSE = RATE // 2


def said(text, voice="heart"):
    """float32 [N] at RATE: a text in a voice of hibari's."""
    engine = Engine()
    out = np.concatenate([speech.samples for speech in engine.speak(text, voice, Feeling(), 0)])
    engine.close()
    return out


def spoken():
    """float32 [2, N] at RATE: one after the other, half a second of silence round each."""
    engine = Engine()
    said = [np.concatenate([s.samples for s in engine.speak(text, v, Feeling(), 1)]) for v, text in LINES]
    engine.close()
    first = 2 * PAUSE + len(said[0])
    out = np.zeros((2, first + len(said[1]) + PAUSE), np.float32)
    out[0, PAUSE : PAUSE + len(said[0])] = said[0]
    out[1, first : first + len(said[1])] = said[1]
    return out


def write(path, sound, rate=16_000):
    """A wav of 16 bit, from sound [N] or [C, N] at RATE."""
    small = np.atleast_2d(sound)[:, :: RATE // rate]
    with wave.open(str(path), "wb") as file:
        file.setparams((len(small), 2, rate, 0, "NONE", ""))
        file.writeframes((small.T.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return path
