"""What the real ears know of every pause and overlap of simulated callers, and when: one table for all policies.

One rule: a policy is measured on what was known by then. The table holds the runs of silence as the detector heard
them, and evidence from the sound up to ASKED_ACOUSTIC or ASKED_TEXT samples of silence, never from later sound.

The table is kept, named by a hash of the source of all that made it. Letters: N samples at RATE, T frames.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np

from agents import models
from agents.asr import Transcript
from agents.vad import VADEngine
from agents.vad.floor import level
from app.bench_material import fingerprint
from app.callers import Callers, Over, Pause, Scene, Turn
from dialogue.types import samples

ON, OFF = 0.7, 0.5  # of the detector: with .5 and .35 it lets go of a voice in noise a second late
SHORTEST = samples(0.1)  # of silence that counts as one
ASKED_TEXT, ASKED_ACOUSTIC = samples(0.1), samples(0.2)
BEFORE = samples(0.3)  # sound before the first voice that the ears are given
ASKED_OVER = tuple(samples(s) for s in (0.25, 0.4, 0.55, 0.75, 1.0))  # after the first voice of an overlap
HELD = 3  # frames: between syllables a voice counts as being as loud as they are


@dataclass(frozen=True)
class Ears:
    """The real models, or stand-ins of a test.

    Args:
        complete: sound float32 [N] -> 0..1, how complete the turn sounds.
        written: sound float32 [N] -> what was said, and how likely a full stop follows.
        ends: text -> 0..1, how likely it ends there; None, not known.
        name: of all of them; what others heard is kept apart.
    """

    vad: VADEngine
    complete: Callable[[np.ndarray], float]
    written: Callable[[np.ndarray], Transcript]
    ends: Callable[[str], float | None] = lambda text: None
    name: str = "ears"


@dataclass(frozen=True)
class Silence:
    """One pause of one turn.

    Args:
        turn: its number. at, end: as they truly are; no end, the turn is over. kind: None for a gap nobody planned.
        runs: of silence as they were heard, (start, end) each; one that lasts until the recording ends has that end.
    """

    turn: int
    at: int
    end: int | None
    kind: str | None
    snr_db: float
    runs: tuple[tuple[int, int], ...]
    said: int = 0
    acoustic: float | None = None
    text: str | None = None
    language: float | None = None
    stop: float | None = None

    def fires(self, wait: int) -> int | None:
        """Where somebody who waits for so much silence takes the turn; None: they do not."""
        return next((start + wait for start, end in self.runs if end - start >= wait), None)


@dataclass(frozen=True)
class Overheard:
    """One overlap.

    Args:
        chance, level_db: of voice, and of the sound beside the caller's usual level, of each frame.
        texts: (asked at, text) in order.
    """

    number: int
    kind: str
    said: str
    start: int
    end: int
    frame: int
    chance: tuple[float, ...]
    level_db: tuple[float, ...]
    texts: tuple[tuple[int, str], ...]


def silences(name: str, count: int, ears: Ears, snr_db: Sequence[float], first: int = 0) -> list[Silence]:
    """The table of a set's turns; made once."""
    of = f"silences-{ears.name}-{name}-{first}-{count}-{'-'.join(f'{s:g}' for s in snr_db)}"
    rows = _kept(of, partial(_all_turns, name, range(first, first + count), ears, snr_db))
    return [Silence(**{**row, "runs": tuple((a, b) for a, b in row["runs"])}) for row in rows]


def overlaps(name: str, kind: Over, count: int, ears: Ears, gate_db: float) -> list[Overheard]:
    """The table of a set's overlaps of one kind; made once."""
    of = f"over-{ears.name}-{name}-{kind.value}-{count}{gate_db:g}"
    rows = _kept(of, partial(_all_scenes, name, kind, count, ears, gate_db))
    return [Overheard(**{**row, "texts": tuple((at, text) for at, text in row["texts"])}) for row in rows]


def chances(sound: np.ndarray, vad: VADEngine) -> np.ndarray:
    """How likely each frame of a sound [N] is voice, float32 [T]."""
    state, out = vad.start(1), []
    for at in range(0, len(sound) - vad.frame + 1, vad.frame):
        chance, state = vad.hear(sound[None, at : at + vad.frame], state)
        out.append(float(chance[0]))
    return np.array(out, np.float32)


def voiced(chance: np.ndarray) -> np.ndarray:
    """bool [T]: voice begins above ON and ends below OFF."""
    out, speaking = np.zeros(len(chance), bool), False
    for i, c in enumerate(chance):
        speaking = c >= (OFF if speaking else ON)
        out[i] = speaking
    return out


def quiet(voice: np.ndarray, frame: int) -> list[tuple[int, int]]:
    """(start, end) of every silence after the first voice."""
    if not voice.any():
        return []
    edges = np.flatnonzero(np.diff(np.concatenate([[True], voice[int(voice.argmax()) :], [True]]).astype(int)))
    places = (edges + int(voice.argmax())) * frame
    return [(int(a), int(b)) for a, b in zip(places[::2], places[1::2])]


def heard(number: int, turn: Turn, ears: Ears) -> list[Silence]:
    """Every silence of a turn."""
    voice = voiced(chances(turn.sound, ears.vad))
    runs = [run for run in quiet(voice, ears.vad.frame) if run[1] - run[0] >= SHORTEST]
    out, taken = [], set()
    for pause in turn.pauses:
        limit = len(turn.sound) if pause.end is None else pause.end
        own = [run for run in runs if run[0] < limit and run[1] > pause.at and run not in taken]
        taken |= set(own)
        out.append(_known(number, turn, pause, own, voice, ears))
    for run in runs:
        if run not in taken:
            out.append(_known(number, turn, Pause(*run), [run], voice, ears))
    return sorted(out, key=lambda row: row.at)


def overheard(number: int, scene: Scene, ears: Ears, gate_db: float) -> Overheard:
    """What is known of an overlap."""
    frame = ears.vad.frame
    chance = chances(scene.sound, ears.vad)
    levels = [float(level(scene.sound[None, i * frame : (i + 1) * frame])[0]) for i in range(len(chance))]
    held = [max(levels[max(i - HELD, 0) : i + 1]) - scene.usual_db for i in range(len(levels))]
    voice = voiced(chance) & (np.array(held) >= gate_db)
    texts = []
    if voice.any():
        begin = int(voice.argmax()) * frame
        ends = [start for start, end in quiet(voice, frame) if end - start >= SHORTEST]
        asked = sorted({*(begin + at for at in ASKED_OVER), *(start + ASKED_TEXT for start in ends[:2])})
        sound = scene.sound[max(begin - BEFORE, 0) :]
        texts = [
            (at, ears.written(sound[: at - max(begin - BEFORE, 0)]).text) for at in asked if at <= len(scene.sound)
        ]
    return Overheard(
        number, scene.kind.value, scene.text, scene.start, scene.end, frame,
        tuple(round(float(c), 3) for c in chance), tuple(round(h, 1) for h in held), tuple(texts),
    )  # fmt: skip


def _known(
    number: int, turn: Turn, pause: Pause, runs: list[tuple[int, int]], voice: np.ndarray, ears: Ears
) -> Silence:
    kind = None if pause.kind is None else pause.kind.value
    row = Silence(number, pause.at, pause.end, kind, turn.snr_db, tuple(runs))
    if not runs:
        return row
    start, end = runs[0]
    frame = ears.vad.frame
    begin = max(int(voice.argmax()) * frame - BEFORE, 0)
    # A detector speaks once a frame: what is asked at 0.1 s is asked at the end of the frame that reaches it.
    asked = [start + -(-at // frame) * frame for at in (ASKED_TEXT, ASKED_ACOUSTIC)]
    words = ears.written(turn.sound[begin : asked[0]]) if asked[0] <= end else None
    return Silence(
        number, pause.at, pause.end, kind, turn.snr_db, tuple(runs),
        said=int(voice[: start // frame].sum()) * frame,
        acoustic=ears.complete(turn.sound[begin : asked[1]]) if asked[1] <= end else None,
        text=None if words is None else words.text,
        language=ears.ends(words.text) if words and words.text else None,
        stop=None if words is None else words.stop,
    )  # fmt: skip


def _all_turns(name: str, numbers: Iterable[int], ears: Ears, snr_db: Sequence[float]) -> list[dict]:
    callers = Callers(name)
    out = [asdict(row) for i in numbers for row in heard(i, callers.turn(i, snr_db), ears)]
    callers.close()
    return out


def _all_scenes(name: str, kind: Over, count: int, ears: Ears, gate_db: float) -> list[dict]:
    callers = Callers(name)
    out = [asdict(overheard(i, callers.scene(kind, i), ears, gate_db)) for i in range(count)]
    callers.close()
    return out


def _kept(of: str, make: Callable[[], list[dict]]) -> list[dict]:
    """Rows from the cache folder, or made and left there."""
    folder = models.cache() / "bench"
    path = folder / f"{of}-{fingerprint('agents.tts.hibari', 'app.turn_evidence')}.json"
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        rows = json.loads(json.dumps(make()))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(rows), "utf-8")
    except OSError:
        pass  # no room to keep it: it is made anew next time
    return rows
