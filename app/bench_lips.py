"""Figures of the lips: against the performer's, on voices that no training heard, in families of voices.

One rule: a figure without a family is the mean over the families that are here, each weighing the same; and lips are
judged by what was truly said, with the role labels that a corpus gives, of which some are wrong.

Letters: P participants, T frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from app.bench import Ask, Figure, tell
from app.bench_material import FAMILIES, SEED, Order, conversations, missing, performed
from app.corpus_room import noise
from dialogue.types import Emotion, Role
from motion import lipsync
from motion.corpus import EMOTIONS, PHONE_FRAMES, ROLES, Clip
from motion.frame import INDEX
from motion.judge import speaks
from motion.models.dual_stream import Model
from motion.scores import spectrum_error_within
from motion.visemes import lip_opening

GOALS: dict[str, tuple[str, float | None, float | None]] = {  # name -> unit, low, high
    "lip_r": ("r", 0.93, None),
    "lip_lag_frames": ("frames", -1.0, 1.0),
    "mtm_ms": ("ms", None, 32.0),
    "closure_hit": ("share", 0.95, None),
    "closure_false": ("share", None, 0.08),
    "pucker_r": ("r", 0.78, None),
    "velocity_spectrum_error": ("share", None, 0.20),
    "closure_hit_happy": ("share", 0.95, None),
    "closure_false_happy": ("share", None, 0.08),
    "lip_r_10db": ("r", 0.88, None),
    "noise_opening": ("", None, 0.01),
}
NOTES = {
    "lip_r": "lip opening while speaking",
    "lip_lag_frames": "positive is late",
    "velocity_spectrum_error": "amplitude spectra of lip velocity while speaking, mean difference over the truth's mean",
    "closure_hit_happy": "everybody felt happy 0.8",
    "closure_false_happy": "everybody felt happy 0.8",
    "lip_r_10db": "white and pink noise, 10 dB below the speech",
    "noise_opening": "mean, noise alone; idle or speaking, whichever is wider",
}
NOISES = ("white", "pink")
SNR_DB = 10.0
CLIPS, CLIP_S = 5, 60  # of a family: as long as clips of a corpus


def figures(model: Model, ask: Ask) -> Iterator[Figure]:
    """Every figure of the lips, over all families and of each."""
    found: dict[str, dict[str, float]] = {}
    for family in FAMILIES:
        if problem := missing(family):
            tell(problem)
            continue
        order = Order(family, CLIPS, CLIP_S)
        clips = list(conversations(order.fifth() if ask.quick else order, tell))
        found[family] = measure(model, clips)
    yield from told(found)


def told(found: dict[str, dict[str, float]]) -> Iterator[Figure]:
    """Figures of families -> figures with goals, the means over the families first."""
    for name, (unit, low, high) in GOALS.items():
        own = {family: values[name] for family, values in found.items() if name in values}
        if not own:
            continue
        note = f"{NOTES[name]}; " if name in NOTES else ""
        yield Figure(name, float(np.mean(list(own.values()))), unit, low, high, f"{note}mean of {', '.join(own)}")
        for family, value in own.items():
            yield Figure(f"{name}.{family}", value, unit, low, high)


def measure(model: Model, clips: Sequence[Clip]) -> dict[str, float]:
    """GOALS' names -> means over the participants of some clips in clean sound; what had no occasion is not there."""
    rows: list[dict[str, float | None]] = []
    for number, clip in enumerate(clips):
        rows += against(clip, performed(model, clip, number))
        happy = performed(model, feeling(clip, Emotion.HAPPY, 0.8), number)
        for row in against(clip, happy):
            rows.append({f"{name}_happy": row[name] for name in ("closure_hit", "closure_false")})
        rng = np.random.default_rng([SEED, 12, number])
        for kind in NOISES:
            hiss = np.stack([noise(own, kind, SNR_DB, rng) for own in clip.audio])
            heard = performed(model, replace(clip, audio=clip.audio + hiss), number)
            rows += [{"lip_r_10db": row["lip_r"]} for row in against(clip, heard)]
            rows.append({"noise_opening": hissed(model, clip, hiss)})
    names = [name for name in GOALS if any(row.get(name) is not None for row in rows)]
    return {n: float(np.mean([row[n] for row in rows if row.get(n) is not None])) for n in names}


def feeling(clip: Clip, emotion: Emotion, intensity: float) -> Clip:
    """The clip with one feeling in everybody all along."""
    all_ = np.full(clip.feelings.shape, EMOTIONS.index(emotion), np.int8)
    return replace(clip, feelings=all_, intensity=np.full(all_.shape, intensity, np.float32))


def against(clip: Clip, motion: np.ndarray) -> Iterator[dict[str, float | None]]:
    """The lips of each participant in a performance [T', P, 57] against the clip's own."""
    frames = len(motion)
    for p in range(clip.participants):
        mine, true = motion[:, p], clip.motion[:frames, p]
        opening, truth = lip_opening(mine[:, :52]), lip_opening(true[:, :52])
        said = speaks(clip)[:frames, p]
        fit = lipsync.sync(opening, truth, said)
        round_ = lipsync.sync(mine[:, INDEX["mouthPucker"]], true[:, INDEX["mouthPucker"]], said)
        met = lipsync.closure(opening, truth, clip.phones[: frames * PHONE_FRAMES, p])
        yield {
            "lip_r": fit and fit.r,
            "lip_lag_frames": fit and float(fit.lag_frames),
            "mtm_ms": lipsync.misalignment_ms(opening, truth, said),
            "closure_hit": met.hit,
            "closure_false": met.false,
            "pucker_r": round_ and round_.r,
            "velocity_spectrum_error": spectrum_error_within(opening[:, None], truth[:, None], said),
        }


def hissed(model: Model, clip: Clip, hiss: np.ndarray) -> float:
    """Mean lip opening where everybody hears noise [P, N] alone: of idle and speaking labels the wider one."""
    still = replace(feeling(clip, Emotion.NEUTRAL, 0.0), audio=hiss)
    means = []
    for role in (Role.IDLE, Role.SPEAKING):
        roles = np.full(clip.roles.shape, ROLES.index(role), np.int8)
        means.append(float(lip_opening(performed(model, replace(still, roles=roles))[..., :52]).mean()))
    return max(means)
