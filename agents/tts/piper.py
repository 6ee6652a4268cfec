"""A man's voice of another family: Piper's en_US joe, a VITS network.

One rule: words and phones carry the times of the very sound they come with. The durations that the network computes
inside are made an output of its graph at load, and the noise that it draws is handed in, so that the same seed gives
the same sound.

Source: Piper (MIT), voice en_US-joe-medium (CC0), 22.05 kHz; resampled here, at its own door, to RATE.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np

from agents import models
from agents.tts import Speech, Voice
from agents.tts.align import FRAME, Leads
from agents.tts.espeak import spelt
from agents.tts.family import Family, Speaker
from agents.tts.graph import session, with_noise, with_output
from agents.tts.misaki import CONSONANTS
from agents.tts.take import Take
from dialogue.types import RATE, Feeling

MODEL, CONFIG = "piper-joe", "piper-joe-config"
MODEL_RATE = 22_050
HOP = 256 * RATE / MODEL_RATE / FRAME  # of the network's frames, in frames of 25 ms
DURATIONS = "/Ceil_output_0"  # the graph's own name for frames per symbol
NOISE = {"/dp/RandomNormalLike_output_0": "rhythm", "/RandomNormalLike_output_0": "colour"}
CHANNELS = 192  # of the colour noise
FRAMES_PER_ID = 8  # more than speech has: 90 ms for every symbol and for every pad between
COLOUR, RHYTHM = 0.4, 0.6  # how much of the noise is heard. The voice's own 0.667 and 0.8 cost one word in twenty more
QUICKEST = 0.3  # length_scale
FIXED = 0.35  # of a sentence's length that no pace changes: every symbol takes whole frames, rounded up
PAD, BEGIN, END = "_", "^", "$"
LEADS = Leads(5, {**dict.fromkeys("ptk", 0), **dict.fromkeys("sʃzʒ", -6)})
SHARE = {**dict.fromkeys("ˈˌ", 0.0), **dict.fromkeys("bdɡTmnŋl", 0.15)}  # of the pad before a phone; others have all
SPEAKERS = {
    "joe": Speaker("man, even and clear, American", gain_db=3.0),
    "joe-quick": Speaker("the same man, brisk, a little higher", pace=1.12, tape=1.03, gain_db=3.0),
}


class Engine:
    """Piper's joe at two paces; without his files there are no voices."""

    deterministic = True

    def __init__(self) -> None:
        self._family = Family("piper", SPEAKERS, LEADS, lambda: Network(models.read(MODEL), models.read(CONFIG)))

    def voices(self) -> tuple[Voice, ...]:
        if not models.installed(MODEL):
            return ()
        return tuple(Voice(name, "piper", speaker.description) for name, speaker in SPEAKERS.items())

    def speak(self, text: str, voice: str, feeling: Feeling, seed: int) -> Iterator[Speech]:
        return self._family.speak(text, voice, feeling, seed)

    def laugh(self, voice: str, feeling: Feeling, seed: int, kind: str = "laughs") -> Speech:
        return self._family.laugh(voice, feeling, seed, kind)

    def close(self) -> None:
        self._family.close()


class Network:
    """The ONNX graph with its durations made visible and its noise handed in."""

    def __init__(self, model: bytes, config: bytes) -> None:
        self._session = session(with_output(with_noise(model, NOISE), DURATIONS))
        self._ids = {symbol: ids[0] for symbol, ids in json.loads(config)["phoneme_id_map"].items()}

    def say(self, symbols: str, voice: str, pace: float, rng: np.random.Generator) -> Take:
        """As Network of agents.tts.family; all its voices are one."""
        said = spelt(symbols)
        ids = [self._ids[BEGIN], self._ids[PAD]]
        for symbol in "".join(said):
            ids += [self._ids[symbol], self._ids[PAD]]
        ids.append(self._ids[END])
        slower = max((1.0 / pace - FIXED) / (1.0 - FIXED), QUICKEST)
        colour = (1, CHANNELS, round(len(ids) * FRAMES_PER_ID * max(slower, 1.0)))
        sound, frames = self._session.run(
            None,
            {
                "input": np.array([ids], np.int64),
                "input_lengths": np.array([len(ids)], np.int64),
                "scales": np.array([COLOUR, slower, RHYTHM], np.float32),
                "rhythm": rng.standard_normal((1, 2, len(ids)), np.float32),
                "colour": rng.standard_normal(colour, np.float32),
            },
        )
        return Take(sound.ravel(), MODEL_RATE, given_back(symbols, said, frames.ravel() * HOP))


def given_back(symbols: str, said: list[str], frames: np.ndarray) -> np.ndarray:
    """The time of each of our symbols, from that of what it is spelt as: float [S + 2], begin and end with their pads.

    The pads between symbols, and the spaces, are sound too: what is heard there is already the next phone, all of it
    where that phone is voiceless or a fricative, next to nothing where it is a nasal or a voiced stop.

    Args:
        said: from `spelt`; a symbol that is '' shares with the one before it.
        frames: of begin, pad, and each of eSpeak's symbols with the pad after it, then end.
    """
    pairs = frames[2:-1].reshape(-1, 2)
    own, gap = np.zeros(len(said)), np.zeros(len(said))
    at = 0
    for i, symbol in enumerate(said):
        if symbol:
            spelling = pairs[at : at + len(symbol)]
            own[i], gap[i] = spelling.sum() - spelling[-1, 1], spelling[-1, 1]
            at += len(symbol)
        elif i and said[i - 1] == "ɚ":
            own[i] = own[i - 1] = own[i - 1] / 2
            gap[i], gap[i - 1] = gap[i - 1], 0.0
    for i, after in enumerate(symbols[1:]):
        if after == " ":
            share = 1.0 if symbols[i + 2 : i + 3] in CONSONANTS else 0.0
        else:
            share = SHARE.get(after, 1.0)
        own[i + 1] += share * gap[i]
        gap[i] *= 1.0 - share
    return np.array([frames[0] + frames[1], *(own + gap), frames[-1]])
