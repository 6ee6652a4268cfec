"""From clips of a corpus to what a step of training takes: inputs by hop, targets by frame, cut to windows.

One rule: a window is a function of seed and step, so a training that was killed goes on with the windows it would
have had.

Letters: B windows, P participants, T hops or frames, C channels, K entries of a bank.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from motion import features
from motion.acting import WATCHED, event_extra, gaze_extra
from motion.corpus import AUDIO_RATE, Clip
from motion.events import BLINK_REST, FACE, MOUTH, NOD_REST, SHIFT_REST, Acts, Banks, ages, nearest, take_apart
from motion.features import BANDS, CEILING, FLOOR, PER_BLOCK
from motion.frame import INDEX
from motion.gaze import ON_PARTNER
from motion.models.dual_stream import EMOTIONS, FEELINGS, LOOKAHEAD, ROLES, Moods, control, feel
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
    heads: np.ndarray  # float32 [P, T, 3] as the partners see them
    gaze: np.ndarray  # float32 [P, T, GAZE_EXTRA]
    event: np.ndarray  # float32 [P, T, EVENT_EXTRA]
    aim: np.ndarray  # float32 [P, T, 2]
    began: np.ndarray  # float32 [P, T, 3] shift, blink, nod
    rested: np.ndarray  # float32 [P, T, 3] 1 where one may begin
    said: np.ndarray  # bool [P, T] a known face speaks
    acts: tuple[Acts, ...]


@dataclass(frozen=True, eq=False)
class Speech:
    """S windows of one voice each [S, T, ...], for the mouth alone."""

    mel: np.ndarray
    controls: np.ndarray
    phones: np.ndarray
    known: np.ndarray
    motion: np.ndarray
    contact: np.ndarray


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
    heads: np.ndarray
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
    watched = _watched(motion)
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
        heads=motion[..., 52:55].astype(np.float32),
        gaze=gaze_extra(since["shift"], np.hypot(*np.moveaxis(before, -1, 0)) >= ON_PARTNER, watched, before),
        event=event_extra(since["blink"], since["nod"], size),
        aim=aim,
        began=np.stack([shift, blink, nod], -1).astype(np.float32),
        rested=np.stack([since[n] >= rest for n, rest in rests], -1).astype(np.float32),
        said=speaks(phones, mel) & np.array(clip.has_motion)[:, None],
        acts=acts,
    )


def _watched(motion: np.ndarray) -> np.ndarray:
    """bool [P, T]: another looked here a frame ago, in a motion [P, T, 57]."""
    room = (motion[..., 55:57] + motion[..., 52:54]).astype(np.float32)
    on = np.hypot(*np.moveaxis(np.concatenate([room[:, :1], room[:, :-1]], 1), -1, 0)) < ON_PARTNER
    return (on.sum(0) - on) > 0


def closed(lesson: Lesson, made: np.ndarray) -> Lesson:
    """The lesson beside generated partners: what each sees of the others is what a model made of them.

    Args:
        made: [T', P, 57]; T' may be less than the lesson has, what is missing stays true.
    """
    shown = lesson.motion.astype(np.float32)
    shown[:, : len(made)] = made.swapaxes(0, 1)
    gaze = lesson.gaze.copy()
    gaze[..., WATCHED] = _watched(shown)
    return replace(lesson, heads=shown[..., 52:55], gaze=gaze)


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
        rows["phones"].append(_late(le.phones, n, hops))
        here = slice(n - LOOKAHEAD, n - LOOKAHEAD + hops)
        for name in ("known", "motion", "slow", "contact", "heads", "gaze", "event", "aim", "began", "rested"):
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


def cut_speech(lessons: Sequence[Lesson], size: tuple[int, int], rng: np.random.Generator, noise: bool) -> Speech:
    """S windows of T hops around moments in which somebody speaks; each voice as often as it speaks.

    With noise, every other draw has a window in which nothing but noise is heard, and the mouth rests whatever the
    role says.
    """
    count, hops = size
    spoken = np.array([le.said[:, LOOKAHEAD:].sum() for le in lessons], np.float64)
    rows: dict[str, list[np.ndarray]] = {f.name: [] for f in fields(Speech)}
    for i in rng.choice(len(lessons), count, p=spoken / spoken.sum()):
        le = lessons[i]
        p, middle = np.argwhere(le.said)[rng.integers(le.said.sum())]
        n = int(np.clip(middle + LOOKAHEAD - hops // 2, LOOKAHEAD, le.mel.shape[1] - hops))
        for name in ("mel", "controls"):
            rows[name].append(getattr(le, name)[p, n : n + hops])
        rows["phones"].append(_late(le.phones[p : p + 1], n, hops)[0])
        for name in ("known", "motion", "contact"):
            rows[name].append(getattr(le, name)[p, n - LOOKAHEAD : n - LOOKAHEAD + hops])
    arrays = {name: np.stack(row) for name, row in rows.items()}
    mel = arrays["mel"].astype(np.float32)
    if noise:
        mel = disturb(mel, rng)
        if rng.random() < 0.5:
            mel[0], arrays["controls"][0, :, FEELINGS] = _hiss(mel[0].shape, rng), 0.0
            for name in ("phones", "motion", "contact"):
                arrays[name][0] = 0
    return Speech(**(arrays | {"mel": mel}))


def _hiss(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Noise alone [T, 4 * BANDS], softer than a voice or, where it is all that was ever heard, as loud as one."""
    columns = (shape[0], PER_BLOCK, BANDS)
    level = rng.uniform(-3.0, 0.3) + _curves(0.4, (1, 1, 1), rng)
    return (level + 0.25 * rng.standard_normal(columns)).clip(FLOOR, CEILING).astype(np.float32).reshape(shape)


def _late(phones: np.ndarray, n: int, hops: int) -> np.ndarray:
    """The phones [P, 2 T] that the columns of hops n and on can know: column 2 n + 1 ends 120 ms after phone 2 n - 4
    begins."""
    return np.pad(phones[:, max(2 * n - 5, 0) : 2 * (n + hops) - 5], ((0, 0), (max(5 - 2 * n, 0), 0)))


def disturb(mel: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Other throats, rooms and microphones, in the mel itself [..., T, 4 * BANDS]: formants and pitch up to an eighth
    higher or lower, a tilted spectrum, a level off by a little, and noise under half of the streams. A unit of mel is
    15 dB, so power is 10 ** (1.5 mel)."""
    columns = mel.reshape(*mel.shape[:-1], PER_BLOCK, BANDS)
    each = (*mel.shape[:-2], 1, 1, 1)
    columns = columns @ _warps(mel.shape[:-2], rng)[..., None, :, :]
    heard = columns + _curves(0.25, each, rng) + rng.uniform(-0.15, 0.15, each).astype(np.float32)
    level = np.where(rng.uniform(size=each) < 0.5, rng.uniform(-2.8, -0.5, each), -6.0)
    floor = level + _curves(0.3, each, rng) + 0.25 * rng.standard_normal(columns.shape, np.float32)
    nepers = np.float32(1.5 * np.log(10.0))
    both = np.logaddexp(heard * nepers, floor.astype(np.float32) * nepers) / nepers
    return both.clip(FLOOR, CEILING).astype(np.float32).reshape(mel.shape)


def _warps(lead: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """float32 [..., BANDS, BANDS]: each takes a spectrum to that of another throat, half of them hardly."""
    spread = np.where(rng.uniform(size=lead) < 0.5, 0.03, 0.13)
    factors = np.exp(spread * rng.uniform(-1.0, 1.0, lead))
    places = features.bands_at(features.centres_hz() * factors[..., None]).clip(0, BANDS - 1)
    return np.maximum(1.0 - np.abs(np.arange(BANDS)[:, None] - places[..., None, :]), 0.0).astype(np.float32)


def _curves(spread: float, each: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Smooth curves over the bands, one a stream, through five random points."""
    knots = rng.normal(0.0, spread, (int(np.prod(each)), 5))
    curves = np.stack([np.interp(np.linspace(0, 4, BANDS), range(5), k) for k in knots])
    return curves.reshape(*each[:-1], BANDS).astype(np.float32)
