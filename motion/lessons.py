"""From clips of a corpus to what a step of training takes: inputs by hop, targets by frame, cut to windows.

One rule: a window is a function of seed and step, so a training that was killed goes on with the windows it would
have had.

Letters: B windows, P participants, T hops or frames, C channels, K entries of a bank.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from motion import features
from motion.acting import event_extra, gaze_extra
from motion.corpus import AUDIO_RATE, Clip
from motion.events import BLINK_REST, FACE, MOUTH, NOD_REST, SHIFT_REST, Acts, Banks, ages, nearest, take_apart
from motion.features import BANDS, CEILING, FLOOR, PER_BLOCK
from motion.frame import INDEX
from motion.gaze import ON_PARTNER
from motion.models.dual_stream import EMOTIONS, LOOKAHEAD, ROLES, Moods, control, feel
from motion.visemes import lip_opening

WARM = 25  # hops at the beginning of a window that are heard but not judged: the nets know no past yet
MET = 0.03  # lips this near in speech count as met
BITE = 0.25  # mouthRollLower from here on in speech is f or v


@dataclass(frozen=True, eq=False)
class Lesson:
    """One clip, ready to be cut. Everything but `mel`, `controls` and `phones` belongs to frames."""

    name: str
    mel: np.ndarray  # float16 [P, T, 4 * BANDS]
    controls: np.ndarray  # float32 [P, T, CONTROLS]
    phones: np.ndarray  # int16 [P, 2 T], -1 where unknown
    known: np.ndarray  # float32 [P, T] 1 where the face is known
    motion: np.ndarray  # float16 [P, T, 57]
    slow: np.ndarray  # float32 [P, T, SLOW]
    contact: np.ndarray  # float32 [P, T, 2]
    gaze: np.ndarray  # float32 [P, T, GAZE_EXTRA]
    event: np.ndarray  # float32 [P, T, EVENT_EXTRA]
    aim: np.ndarray  # float32 [P, T, 2]
    began: np.ndarray  # float32 [P, T, 3] shift, blink, nod
    rested: np.ndarray  # float32 [P, T, 3] 1 where one may begin
    acts: tuple[Acts, ...]


@dataclass(frozen=True, eq=False)
class Window:
    """B windows as arrays [B, P, T, ...]; frame targets stand at the hop that makes them."""

    mel: np.ndarray
    controls: np.ndarray
    phones: np.ndarray
    known: np.ndarray
    motion: np.ndarray
    slow: np.ndarray
    contact: np.ndarray
    gaze: np.ndarray
    event: np.ndarray
    aim: np.ndarray
    began: np.ndarray
    rested: np.ndarray
    aims: np.ndarray  # int: which of the bank the eyes go to
    nods: np.ndarray  # int: which of the bank a nod is like


def study(clip: Clip) -> Lesson:
    """Prepare one clip."""
    people, frames = clip.participants, clip.frames
    mel = features.listen(clip.audio, features.start(people, AUDIO_RATE), AUDIO_RATE)[0]
    moods = Moods(*(np.zeros((people, len(kind)), np.float32) for kind in (EMOTIONS, ROLES)))
    controls = control(clip.roles, feel(clip.feelings, clip.intensity), moods)[0]
    phones = np.full((people, 2 * frames), -1, np.int16) if clip.phones is None else clip.phones.T
    motion = clip.motion.swapaxes(0, 1)
    acts = tuple(take_apart(m) for m in motion)
    aim, blink, nod, shift = (np.stack([getattr(a, n) for a in acts]) for n in ("aim", "blink", "nod", "shift"))
    before = np.concatenate([aim[:, :1], aim[:, :-1]], 1)
    room = (motion[..., 55:57] + motion[..., 52:54]).astype(np.float32)
    on = np.hypot(*np.moveaxis(np.concatenate([room[:, :1], room[:, :-1]], 1), -1, 0)) < ON_PARTNER
    watched = (on.sum(0) - on) > 0
    since = {n: np.stack([ages(x) for x in b]) for n, b in (("shift", shift), ("blink", blink), ("nod", nod))}
    size = np.hypot(*np.moveaxis(aim - before, -1, 0)) * shift
    rests = (("shift", SHIFT_REST), ("blink", BLINK_REST), ("nod", NOD_REST))
    return Lesson(
        name=clip.name,
        mel=mel.astype(np.float16),
        controls=controls,
        phones=phones,
        known=np.repeat(np.array(clip.has_motion, np.float32)[:, None], frames, 1),
        motion=motion.astype(np.float16),
        slow=np.stack([a.slow for a in acts]),
        contact=_contacts(motion, phones, mel),
        gaze=gaze_extra(since["shift"], np.hypot(*np.moveaxis(before, -1, 0)) >= ON_PARTNER, watched, before),
        event=event_extra(since["blink"], since["nod"], size),
        aim=aim,
        began=np.stack([shift, blink, nod], -1).astype(np.float32),
        rested=np.stack([since[n] >= rest for n, rest in rests], -1).astype(np.float32),
        acts=acts,
    )


def speaks(phones: np.ndarray, mel: np.ndarray) -> np.ndarray:
    """bool [P, T]: a phone sounds near the frame; where phones are unknown, something loud does."""
    near = np.concatenate([phones[:, :1], phones[:, :-1]], 1).reshape(len(phones), -1, 2)
    loud = mel.reshape(*mel.shape[:2], PER_BLOCK, BANDS).max((2, 3)) > -1.2
    return np.where((phones < 0).any(1)[:, None], loud, (near > 0).any(-1))


def _contacts(motion: np.ndarray, phones: np.ndarray, mel: np.ndarray) -> np.ndarray:
    said = speaks(phones, mel)
    lips = said & (lip_opening(motion[..., :52]) <= MET)
    teeth = said & (motion[..., INDEX["mouthRollLower"]] >= BITE) & ~lips
    return np.stack([lips, teeth], -1).astype(np.float32)


def normal(lessons: Sequence[Lesson]) -> dict[str, np.ndarray]:
    """Centres and scales of the targets; rest is the centre of a mouth. Channels that hardly move are not blown up."""
    mouth = np.concatenate([le.motion[p][:, MOUTH] for le in lessons for p in _known(le)]).astype(np.float32)
    slow = np.concatenate([le.slow[p] for le in lessons for p in _known(le)])
    floor = np.concatenate([np.full(len(FACE), 0.04), np.full(3, 0.01)])
    return {
        "mouth.centre": np.zeros(len(MOUTH), np.float32),
        "mouth.scale": np.maximum(mouth.std(0), 0.04).astype(np.float32),
        "slow.centre": slow.mean(0),
        "slow.scale": np.maximum(slow.std(0), floor).astype(np.float32),
    }


def _known(lesson: Lesson) -> list[int]:
    return [p for p in range(len(lesson.mel)) if lesson.known[p, 0]]


def takes(lessons: Iterable[Lesson]) -> list[Acts]:
    """Everything that known faces do, for the banks."""
    return [le.acts[p] for le in lessons for p in _known(le)]


def cut(
    lessons: Sequence[Lesson], banks: Banks, size: tuple[int, int], rng: np.random.Generator, noise: bool
) -> Window:
    """B windows of T hops, each from anywhere; all have as many participants as the first.

    Args:
        size: B and T.
        noise: whether sound is disturbed, as rooms and microphones do.
    """
    count, hops = size
    first = lessons[rng.integers(len(lessons))]
    like = [le for le in lessons if len(le.mel) == len(first.mel) and le.mel.shape[1] >= hops + LOOKAHEAD]
    rows: dict[str, list[np.ndarray]] = {f.name: [] for f in fields(Window)}
    for _ in range(count):
        le = like[rng.integers(len(like))]
        n = int(rng.integers(LOOKAHEAD, le.mel.shape[1] - hops + 1))
        for name in ("mel", "controls"):
            rows[name].append(getattr(le, name)[:, n : n + hops])
        late = np.pad(le.phones[:, max(2 * n - 5, 0) : 2 * (n + hops) - 5], ((0, 0), (max(5 - 2 * n, 0), 0)))
        rows["phones"].append(late)  # column 2 n + 1 ends 120 ms after phone 2 n - 4 begins
        here = slice(n - LOOKAHEAD, n - LOOKAHEAD + hops)
        for name in ("known", "motion", "slow", "contact", "gaze", "event", "aim", "began", "rested"):
            rows[name].append(getattr(le, name)[:, here])
        waves = np.zeros((len(le.mel), hops), np.int64)
        for p, act in enumerate(le.acts):
            for t in np.flatnonzero(act.nod[here]):
                wave = act.wave[here.start + t : here.start + t + banks.nods.shape[1]]
                waves[p, t] = nearest(wave[None], banks.nods[:, : len(wave)])[0]
        rows["nods"].append(waves)
        aim = le.aim[:, here]
        rows["aims"].append(nearest(aim.reshape(-1, 2), banks.aims).reshape(aim.shape[:2]))
    arrays = {name: np.stack(row) for name, row in rows.items()}
    mel = arrays["mel"].astype(np.float32)
    return Window(**(arrays | {"mel": disturb(mel, rng) if noise else mel}))


def disturb(mel: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Other rooms and microphones, in the mel itself: a tilted spectrum, a level off by a little, and noise under half
    of the streams. A unit of mel is 15 dB, so power is 10 ** (1.5 mel)."""
    columns = mel.reshape(*mel.shape[:-1], PER_BLOCK, BANDS)
    each = (*mel.shape[:-2], 1, 1, 1)
    heard = columns + _curves(0.2, each, rng) + rng.uniform(-0.15, 0.15, each).astype(np.float32)
    level = np.where(rng.uniform(size=each) < 0.5, rng.uniform(-3.2, -1.0, each), -6.0)
    floor = level + _curves(0.3, each, rng) + rng.normal(0.0, 0.25, columns.shape)
    nepers = 1.5 * np.log(10.0)
    both = np.logaddexp(heard * nepers, floor * nepers) / nepers
    return both.clip(FLOOR, CEILING).astype(np.float32).reshape(mel.shape)


def _curves(spread: float, each: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Smooth curves over the bands, one a stream, through five random points."""
    knots = rng.normal(0.0, spread, (int(np.prod(each)), 5))
    curves = np.stack([np.interp(np.linspace(0, 4, BANDS), range(5), k) for k in knots])
    return curves.reshape(*each[:-1], BANDS).astype(np.float32)
