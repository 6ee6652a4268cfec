"""Pauses and ends of turns of real people, from recordings of two who talk, one track each.

One rule: a silence is a turn's end only if the other then takes the floor, by the rule of Full-Duplex-Bench (arXiv
2503.04721): they speak for TAKES or longer. A shorter answer is a backchannel, and the silence a pause of a turn that
goes on. What is said while the other holds the floor and is shorter than TAKES is no turn.

Letters: N samples at RATE, T frames.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.sets import read_sound
from app.turn_evidence import ASKED_ACOUSTIC, ASKED_TEXT, BEFORE, SHORTEST, Ears, Silence, chances, quiet, voiced
from dialogue.errors import CorpusError
from dialogue.types import RATE, samples
from motion.corpus import AUDIO_RATE

TAKES = samples(1.0)
FIRST, SECOND = "_speaker1.wav", "_speaker2.wav"
EXPECTED = f"NAME{FIRST} and NAME{SECOND}, one voice each"


def conversations(folder: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Both tracks [N] of every conversation of a folder.

    Raises:
        CorpusError: there are none, or one cannot be read.
    """
    firsts = sorted(folder.glob(f"*{FIRST}")) if folder.is_dir() else []
    pairs = [(first, first.with_name(first.name.removesuffix(FIRST) + SECOND)) for first in firsts]
    pairs = [pair for pair in pairs if pair[1].is_file()]
    if not pairs:
        raise CorpusError(f"no conversations in '{folder}'; expected {EXPECTED}")
    return [(_read(first), _read(second)) for first, second in pairs]


def pauses(number: int, own: np.ndarray, other: np.ndarray, ears: Ears) -> list[Silence]:
    """Every silence of one person's turns [N], and what the ears know of it; `other` is the other's track."""
    frame = ears.vad.frame
    n = min(len(own), len(other)) // frame
    mine, theirs = (voiced(chances(track[: n * frame], ears.vad)) for track in (own, other))
    out: list[Silence] = []
    begin = None  # of the turn
    for start, end in _silences(mine, frame):
        a, b = start // frame, end // frame
        spoke = _stretch_before(mine, a)
        over = int(theirs[a - spoke : a].sum())
        if begin is None:
            if spoke * frame < TAKES and over > spoke // 2:
                continue  # said while the other held the floor
            begin = a - spoke
        takes = _longest(theirs[a:b]) * frame >= TAKES
        if b == n and not takes:
            continue  # nobody knows what came next
        out.append(_known(number, own, (start, end), (begin * frame, int(mine[begin:a].sum()) * frame), takes, ears))
        if takes:
            begin = None
    return out


def _known(
    number: int, own: np.ndarray, silence: tuple[int, int], turn: tuple[int, int], over: bool, ears: Ears
) -> Silence:
    """`turn`: where it began, and its samples of voice."""
    (start, end), (begun, said) = silence, turn
    frame, begin = ears.vad.frame, max(begun - BEFORE, 0)
    asked = [start + -(-at // frame) * frame for at in (ASKED_TEXT, ASKED_ACOUSTIC)]
    words = ears.written(own[begin : asked[0]])
    until = len(own) if over else end  # a turn that is over stays over
    return Silence(
        number, start, None if over else end, None, 0.0, ((start, until),), said,
        ears.complete(own[begin : asked[1]]) if asked[1] <= end else None,
        words.text, ears.ends(words.text) if words.text else None, words.stop,
    )  # fmt: skip


def _silences(voice: np.ndarray, frame: int) -> list[tuple[int, int]]:
    return [run for run in quiet(voice, frame) if run[1] - run[0] >= SHORTEST]


def _stretch_before(voice: np.ndarray, at: int) -> int:
    """Frames of voice that end at a frame; gaps shorter than a silence belong to it."""
    gap, count = SHORTEST // 1536 + 1, 0
    while at - count > 0 and voice[max(at - count - gap, 0) : at - count].any():
        count += 1
    return count


def _longest(voice: np.ndarray) -> int:
    """Frames from the first to the last voice of the longest stretch, gaps below 0.5 s left in it."""
    where = np.flatnonzero(voice)
    if not len(where):
        return 0
    parts = np.split(where, np.flatnonzero(np.diff(where) > 15) + 1)
    return max(int(part[-1] - part[0]) + 1 for part in parts)


def _read(path: Path) -> np.ndarray:
    from soxr import resample

    return resample(np.mean(read_sound(path), 0, dtype=np.float32), AUDIO_RATE, RATE).astype(np.float32)
