"""An evaluation as a page to read: what was compared, by which figures, and which way each is better.

One rule: a figure stands with its direction, and figures that mean different things never share a mean: speaking and
listening, clean and wrong labels, closed and open loop, clean sound and rooms each have columns of their own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from app import report_figures, report_people
from app.contenders import CLEAN, CLOSED, FROZEN, LOUDNESS, OPEN, TRUTH, UNHEARD, WRONG, Contender, Way
from app.evaluate import Evaluation
from app.extras import whole
from app.report_cells import Key, by_key, number, rows, table
from app.sets import RECORDINGS
from dialogue.errors import OutputError
from motion import scores
from motion.corpus import CHANNELS, FLAME
from motion.scores import BANDS_HZ, Score

PARTS = {"exp": "expression", "jaw": "jaw", "head": "head pose"}
PAPER = {"fd": "FD", "pfd": "P-FD", "mse": "MSE", "sid": "SID", "rpcc": "rPCC"}
STILL = {"exp": "FDD, upper face", "jaw": "JDD, jaw", "head": "PDD, head pose"}
LIPS = {
    "lip_r": "lip opening against the truth, r",
    "lip_lag_frames": "lag where it fits best, frames of 40 ms, late is positive",
    "mtm_ms": "MTM, turning points of lip opening apart, ms",
    "closure_hit": "closures: share of p, b, m in which the lips meet",
    "closure_false": "share of open speech in which they meet too",
    "pucker_r": "mouthPucker against the truth, r",
    "lip_std_ratio": "quick lip motion while only the other speaks, over that while speaking",
}
JAW = {
    "jaw_r": "jaw opening against the truth, r",
    "jaw_lag_frames": "lag where it fits best, frames of 40 ms, late is positive",
    "jaw_best_r": "r at that lag",
    "jaw_mtm_ms": "MTM of jaw opening, ms",
    "head_std_ratio": "deviation of the head over the truth's",
}
HUMAN_SLCC = 0.34


def writable(folder: Path) -> None:
    """Make the folder of a report before hours of work.

    Raises:
        OutputError: it cannot be made, or written into.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with whole(folder / "report.md") as part:
            part.touch()
            raise _OnlyLooking
    except _OnlyLooking:
        return
    except OSError as error:
        raise OutputError(f"cannot make the folder '{folder}': {error.strerror or error}") from error


class _OnlyLooking(Exception):
    """Leaves a file as it was."""


def write(folder: Path, e: Evaluation, command: str, pictures: Sequence[tuple[str, str]] = ()) -> list[Path]:
    """Write report.md and figures.json into a folder that is there.

    Raises:
        OutputError: they cannot be written.
    """
    pages = {
        "report.md": text(e, command, pictures),
        "figures.json": json.dumps(report_figures.figures(e), indent=1, ensure_ascii=False) + "\n",
    }
    for name, page in pages.items():
        with whole(folder / name) as part:
            part.write_text(page, "utf-8")
    return [folder / name for name in pages]


def text(e: Evaluation, command: str, pictures: Sequence[tuple[str, str]] = ()) -> str:
    """The page as markdown.

    Args:
        command: how to make it again.
        pictures: (file name, caption) of plots that lie beside it.
    """
    sections = (_head(e, command), _paper(e), _apart(e), _lips(e), _across(e), _labels(e), _loops(e), _rooms(e))
    more = (_ratios(e), report_people.human(e), report_people.events(e), _bands(e), _pictures(pictures), _limits(e))
    return "\n\n".join("\n".join(lines) for lines in (*sections, *more) if lines) + "\n"


# Sections


def _scaled(name: str, group: str, channels: int) -> str:
    part = next(p for p in scores.groups(channels) if p.name == group)
    scale = {"fd": part.fd_scale, "pfd": part.fd_scale, "mse": part.mse_scale, "rpcc": part.rpcc_scale}.get(name, 1.0)
    return f"{PAPER[name]} {PARTS[group]}" + (f" ×{scale:g}" if scale != 1 else "")


def _still(e: Evaluation) -> dict[str, str]:
    """FLAME's expression has no upper face of its own."""
    return STILL if e.channels == CHANNELS else STILL | {"exp": "FDD, whole expression"}


def _same_kind(e: Evaluation, references: bool = True) -> list[Contender]:
    """Those whose frames are of the truth's kind; the truth itself is not compared with itself."""
    return [c for c in e.contenders if c.channels == e.channels and c.name != TRUTH and (c.model or references)]


def _head(e: Evaluation, command: str) -> list[str]:
    minutes = sum(e.clips.values()) / 60
    where = "" if e.of.kind == RECORDINGS or e.of.split == "all" else f", split {e.of.split}"
    many = f"{len(e.clips)} clip{'s' * (len(e.clips) != 1)}"
    out = [
        f"# Evaluation on {e.of.name}{where}",
        "",
        f"{many}, {minutes:.1f} minutes of two voices each; {len(e.voices)} voices. Kind of set: {e.of.kind}. "
        f"Seed {e.seed}. Made with `{command}`.",
        "",
        *table(["who", "what"], [[f"**{c.name}**" if c.model else c.name, c.about] for c in e.contenders], words=1),
        "",
        "Arrows tell which way is better; of several models the best is bold, the references beside them do not "
        "compete.",
    ]
    if e.channels is not None:
        out += [
            "If a table does not say otherwise, models perform with *wrong* role labels (some changes late, early or "
            "missed) and *closed loop*: they meet a generated partner, as two avatars do.",
        ]
    if e.shifted:
        out += ["", "Where a clip has no wrong labels of its own, 12-18 % of its role changes were told wrongly here."]
    if e.broken:
        out += [
            "",
            f"Left out, as they cannot be read ({len(e.broken)}):",
            "",
            *(f"- {told}" for told in e.broken[:20]),
        ]
    return out


def _paper(e: Evaluation) -> list[str]:
    who = _same_kind(e)
    if not who:
        return []
    wanted = [(_scaled(n, g, e.channels), (n, g, "all")) for n in PAPER for g in PARTS]
    wanted += [(told, ("stillness", g, "all")) for g, told in _still(e).items()]
    wanted += [(f"deviation over the truth's, {PARTS[g]}", ("spread_ratio", g, "all")) for g in PARTS]
    wanted += [(f"velocity spectrum off by, {PARTS[g]}", ("spectrum_error", g, "all")) for g in PARTS]
    columns = [by_key(e.scores(c.name)) for c in who]
    pose = "head and gaze" if e.channels == CHANNELS else "neck"
    return [
        "## Against the truth",
        "",
        f"Means over clips and faces of all frames, scaled as the DualTalk paper's tables (head pose: {pose}). FD: "
        "Fréchet distance of frames; P-FD: with the partner's true frame beside each; SID: entropy of the truth's "
        "frames over clusters of the prediction; rPCC: how far correlation with the partner is off; FDD, JDD, PDD: "
        "the truth's standard deviation over time minus the prediction's, too still is positive.",
        "",
        *table(["all frames", *(c.name for c in who)], rows(columns, wanted, sum(c.model for c in who))),
    ]


def _apart(e: Evaluation) -> list[str]:
    who = _same_kind(e)
    if not who:
        return []
    names = [(n, g, _scaled(n, g, e.channels)) for n in PAPER for g in PARTS]
    names += [("stillness", g, told) for g, told in _still(e).items()]
    names += [("spread_ratio", g, f"deviation over the truth's, {told}") for g, told in PARTS.items()]
    names += [("spectrum_error", g, f"velocity spectrum off by, {told}") for g, told in PARTS.items()]
    columns, each = [], {c.name: by_key(e.scores(c.name)) for c in who}
    for when in ("speaking", "listening"):
        columns += [{(n, g, ""): each[c.name].get((n, g, when)) for n, g, _ in names} for c in who]
    heads = [f"{c.name}, {when}" for when in ("speaking", "listening") for c in who]
    return [
        "## Speaking and listening apart",
        "",
        "*Speaking* are frames in which the face's own voice has the floor, *listening* those in which only the "
        "other's has.",
        "",
        *table(["", *heads], rows(columns, [(told, (n, g, "")) for n, g, told in names], 0)),
    ]


def _lips(e: Evaluation) -> list[str]:
    if e.channels != CHANNELS:
        return _intensity(e)
    who = [*_same_kind(e)]
    columns = [*(by_key(e.scores(c.name)) for c in who), by_key(e.scores(LOUDNESS))]
    when = {"lip_std_ratio": "listening"}
    wanted = [(told, (n, "lips", when.get(n, "speaking"))) for n, told in LIPS.items()]
    return [
        "## Lips",
        "",
        "While speaking, against the truth. *loudness alone* opens the mouth as far as the voice is loud: a curve of "
        "lips is worth what it adds to that.",
        "",
        *table(["", *(c.name for c in who), "loudness alone"], rows(columns, wanted, len(e.models))),
        *_intensity(e)[1:],
    ]


def _intensity(e: Evaluation) -> list[str]:
    found = [(c.name, e.measured[c.name].intensity_r) for c in e.contenders]
    told = ", ".join(f"{name} {number(r)}" for name, r in found if r is not None)
    if not told:
        return []
    return [
        "## Lips and loudness",
        "",
        "SLCC, speech-lip intensity correlation: whether lips move more where the same voice is louder, over "
        f"stretches of speech; near the human {HUMAN_SLCC} is good, not high: {told}.",
    ]


def _across(e: Evaluation) -> list[str]:
    if e.channels != FLAME:
        return []
    who = [c for c in e.contenders if c.name != TRUTH]
    columns = [*(by_key(e.scores(c.name)) for c in who), by_key(e.scores(LOUDNESS))]
    wanted = [(told, (n, n.split("_")[0], "all" if n.startswith("head") else "speaking")) for n, told in JAW.items()]
    return [
        "## Jaw and head, whatever kind of face",
        "",
        "What FLAME faces and ours have in common. The jaw is compared while speaking; tracked jaws often lead the "
        "sound by 100-180 ms, so read r at the best lag, beside what loudness alone reaches.",
        "",
        *table(["", *(c.name for c in who), "loudness alone"], rows(columns, wanted, len(e.models))),
    ]


CHOSEN = (
    ("fd", "exp", "all"), ("fd", "jaw", "all"), ("fd", "head", "all"), ("mse", "exp", "all"),
    ("spectrum_error", "exp", "listening"), ("spectrum_error", "head", "listening"), ("lip_r", "lips", "speaking"),
    ("mtm_ms", "lips", "speaking"), ("closure_hit", "lips", "speaking"), ("closure_false", "lips", "speaking"),
    ("lip_std_ratio", "lips", "listening"), ("jaw_best_r", "jaw", "speaking"), ("jaw_mtm_ms", "jaw", "speaking"),
    ("head_std_ratio", "head", "all"),
)  # fmt: skip


def _told(key: Key, channels: int) -> str:
    name, group, when = key
    if name in PAPER:
        return _scaled(name, group, channels)
    if name == "spectrum_error":
        return f"velocity spectrum off by, {PARTS[group]}, {when}"
    return (LIPS | JAW)[name]


def _versus(e: Evaluation, columns: Sequence[dict[Key, Score]], heads: Sequence[str]) -> list[str]:
    wanted = [(_told(key, e.channels), key) for key in CHOSEN]
    return table(["", *heads], rows(columns, wanted, 0))


def _labels(e: Evaluation) -> list[str]:
    who = [c for c in e.models if {Way(CLEAN, CLOSED), Way(WRONG, CLOSED)} <= set(c.plays)]
    if e.channels is None or not who:
        return []
    ways = [(c, labels) for c in who for labels in (CLEAN, WRONG)]
    columns = [by_key(e.scores(c.name, Way(labels, CLOSED))) for c, labels in ways]
    deaf = [c.name for c in e.models if all(way.labels == UNHEARD for way in c.plays)]
    note = [f"No labels go into {', '.join(deaf)}."] if deaf else []
    return [
        "## Clean and wrong role labels",
        "",
        " ".join(["The same clips, performed with the roles as they were and as a detector might tell them.", *note]),
        "",
        *_versus(e, columns, [f"{c.name}, {labels}" for c, labels in ways]),
    ]


def _loops(e: Evaluation) -> list[str]:
    if e.channels is None:
        return []
    out = [
        "## Closed and open loop",
        "",
        "*Closed*: the partner's motion is generated too, as when two avatars talk. *Open*: the partner's true "
        "motion goes in, as in the paper's tables. DualTalk closes its loop in two passes over the whole clip, each "
        "beside what the other did in the pass before. closed_loop_cost is FD closed over FD open, minus 1.",
    ]
    always = [c.name for c in e.models if not any(way.loop == OPEN for way in c.plays)]
    if always:
        out += ["", f"Always closed, no true motion ever goes in, so the loop costs nothing: {', '.join(always)}."]
    for c in e.models:
        way = report_figures.opened(c)
        both = e.performed(c.name, way) if way else set()
        if way and not both:
            out += ["", f"No clip knows both faces: {c.name} has no open loop here."]
        if both:
            columns = [by_key(e.scores(c.name, one, both.__contains__)) for one in (way, c.main)]
            cost = report_figures.closed_loop_cost(e, c)
            told = ", ".join(f"{PARTS[part]} {value:+.2f}" for part, value in cost.items())
            out += ["", *_versus(e, columns, [f"{c.name}, open", f"{c.name}, closed"])]
            out += ["", f"closed_loop_cost of {c.name}: {told}."]
    return out if len(out) > 3 else []


def _rooms(e: Evaluation) -> list[str]:
    endings = [end for end in ("-clean", "-room") if any(name.endswith(end) for name in e.clips)]
    if e.channels is None or len(endings) < 2:
        return []
    pairs = [(c, end) for c in e.models for end in endings]
    columns = [by_key(e.scores(c.name, None, lambda name, end=end: name.endswith(end))) for c, end in pairs]
    counts = ", ".join(f"{sum(n.endswith(end) for n in e.clips)} {end[1:]}" for end in endings)
    return [
        "## Clean sound and rooms",
        "",
        f"Clips as the voices were, and as heard through rooms, microphones and noise: {counts}.",
        "",
        *_versus(e, columns, [f"{c.name}, {end[1:]}" for c, end in pairs]),
    ]


def _ratios(e: Evaluation) -> list[str]:
    found = report_figures.ratios(e)
    if not found:
        return []
    lines = [
        [f"{name} {'↑' if '_sid.' in name else '↓'}", *(number(column.get(name)) for column in found.values())]
        for name in dict.fromkeys(n for column in found.values() for n in column)
    ]
    heads = [f"{ours} over {theirs}, {loop}" for ours, theirs, loop in found]
    return [
        "## Against the paper's model",
        "",
        "Our scores of all frames over those of the DualTalk model: below 1 is better, of SID above. Two avatars are "
        "its closed loop; its open loop sees the partner's true face.",
        "",
        *table(["", *heads], lines),
    ]


def _bands(e: Evaluation) -> list[str]:
    who = [c for c in e.contenders if c.name not in (TRUTH, FROZEN) and e.channels is not None]
    columns = [by_key(e.scores(c.name)) for c in who]
    wanted = [
        (f"{part}, {low:g}-{high:g} Hz", (f"band_{low:g}-{high:g}_hz", part, "all"))
        for part in ("exp", "jaw", "head", "gaze")
        for low, high in BANDS_HZ
    ]
    lines = list(rows(columns, wanted, len(e.models)))
    if not lines:
        return []
    return [
        "## Velocity in bands, dB",
        "",
        "Power of velocity over the truth's: 0 is as lively as the truth, -6 half the amplitude. Sway, gestures, fast "
        "nods; what is faster than 6.5 Hz no head does: there more than 0 is jitter.",
        "",
        *table(["", *(c.name for c in who)], lines),
    ]


def _pictures(pictures: Sequence[tuple[str, str]]) -> list[str]:
    return ["## Pictures", *(f"\n{caption}\n\n![{caption}]({name})" for name, caption in pictures)] if pictures else []


def _limits(e: Evaluation) -> list[str]:
    out = [
        "## What these figures cannot see",
        "",
        "- FD and MSE reward the right mean face: look at *frozen*. FD knows no time, MSE punishes a right movement "
        "at the wrong moment more than none. The dynamics stand beside them for that.",
        "- Blinks, nods and gaze are one of many right answers: MSE and r against one truth say little about them, "
        "rates and spectra more.",
        "- SID hardly knows scale; MTM and r hardly know amplitude.",
    ]
    if e.channels == CHANNELS:
        out.append("- The truth of a synthesised corpus is a performer of rules: who equals it is not yet like people.")
    if e.channels is None:
        out.append("- Recordings know no faces: nothing here says whether the lips are right.")
    return out
