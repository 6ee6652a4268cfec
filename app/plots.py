"""An evaluation as pictures: curves over time, spectra, human figures, scores.

One rule: every contender keeps its colour and its place in all pictures, told apart by people who see few colours too;
legends stand outside of what they explain.

Source of the colours: Okabe & Ito 2008, Color Universal Design.

Letters: P = 2 participants, T frames, C channels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.contenders import FROZEN, TRUTH, Contender
from app.evaluate import Evaluation, Scene
from app.extras import whole
from app.report_cells import ARROWS, by_key, number
from dialogue.errors import DuologueError
from motion import judge
from motion.corpus import CHANNELS
from motion.frame import FPS, INDEX
from motion.human import Row
from motion.metrics import runs
from motion.scores import BANDS_HZ
from motion.visemes import lip_opening

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
INK, PALE, SPEECH, PEOPLE = "#222222", "#a0a0a0", "#f1e8c9", "#d5eadd"
DPI = 110
STYLE = {
    "font.size": 9.5,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#777777",
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "svg.fonttype": "none",
}
BANDS = ("sway", "gestures", "nods", "jitter")
PARTS = {"exp": "expression", "jaw": "jaw", "head": "head", "gaze": "gaze in the head"}
UNITS = {"exp": "1/s", "jaw": "1/s", "head": "1 rad/s", "gaze": "1 rad/s"}
DEEP_DB = 50.0  # below the highest nothing is seen that matters
SCORES = {"fd": "FD", "pfd": "P-FD", "mse": "MSE", "sid": "SID", "rpcc": "rPCC", "stillness": "FDD, JDD, PDD"}
FIGURES = {
    "blinks_speaking": "blinks, speaking",
    "blinks_listening": "blinks, listening",
    "nods_listening": "nods, listening",
    "nod_rate": "speed of nods",
    "gaze_speaking": "looks at the partner, speaking",
    "gaze_listening": "looks at the partner, listening",
    "gaze_mutual": "both look at each other",
    "turns_ended_on_partner": "turns that end on the partner",
}


def require() -> None:
    """Raises:
    DuologueError: there is nothing to draw with.
    """
    try:
        import matplotlib  # noqa: F401
    except ModuleNotFoundError as absent:
        raise DuologueError(
            f"pictures need {absent.name}; pip install 'duologue[report]', or ask for --no-plots"
        ) from absent


def draw(folder: Path, e: Evaluation) -> list[tuple[str, str]]:
    """Write all pictures that there is something to draw for.

    Returns:
        file name and caption of each.
    Raises:
        OutputError: one cannot be written.
    """
    import matplotlib

    written = []
    with matplotlib.rc_context(STYLE):
        for name, caption, figure in _figures(e):
            with whole(folder / name) as part:
                figure.savefig(part, format="png", dpi=DPI)
            written.append((name, caption))
    return written


def _figures(e: Evaluation) -> Iterator[tuple[str, str, Figure]]:
    for model in e.models if e.scene else ():
        name = re.sub(r"[^\w.-]+", "_", model.name)
        told = f"{model.name}: {len(e.scene.speaking) / FPS:.0f} s of {e.scene.clip}, both faces"
        yield f"curves-{name}.png", f"{told}; the ground is tinted where the face itself speaks.", curves(e, model)
    if any(c.channels == e.channels for c in e.models):
        yield "scores.png", "The paper's measures and how still each face is, over all frames.", bars(e)
    if any(e.measured[c.name].spectra for c in e.contenders):
        yield "spectra.png", "How much of each pace there is in the movement.", spectra(e)
    if any(e.measured[c.name].human for c in e.models):
        yield "human.png", "Blinks, nods and gaze beside what people do (the tinted range).", people(e)


def colour(e: Evaluation, name: str) -> str:
    """The contender's, in all pictures."""
    if name in (TRUTH, FROZEN):
        return INK if name == TRUTH else PALE
    return COLOURS[[c.name for c in e.models].index(name) % len(COLOURS)]


def _figure(width: float, height: float, title: str) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    return figure


def _legend(figure: Figure, handles: Sequence, labels: Sequence[str]) -> None:
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 6))


# Curves


def curves(e: Evaluation, model: Contender) -> Figure:
    """Lips, head, gaze and lids of both over a few seconds, the truth as a thin line over the model's."""
    scene = e.scene
    made, true = scene.made[model.name], scene.made.get(TRUTH)
    rows = list(_rows(made, true))
    figure = _figure(13, 1.0 + 1.75 * len(rows), f"{model.name} over {scene.clip}")
    axes = figure.subplots(len(rows), 2, sharex=True, sharey="row", squeeze=False)
    handles = {}
    for p in range(2):
        axes[0][p].set_title(f"{'first' if p == 0 else 'second'} of the two")
        for row, (label, mine, theirs) in zip(axes[:, p], rows):
            handles |= _shade(row, scene, p)
            (line,) = row.plot(_seconds(scene, mine), mine[:, p], color=colour(e, model.name), lw=2.2)
            handles[model.name] = line
            if theirs is not None and scene.has_motion[p]:
                (line,) = row.plot(_seconds(scene, theirs), theirs[:, p], color=INK, lw=1.0)
                handles["truth"] = line
            row.margins(x=0, y=0.08)
            if p == 0:
                row.set_ylabel(label)
        axes[-1][p].set_xlabel("seconds of the clip")
    figure.align_ylabels(axes[:, 0])
    _legend(figure, list(handles.values()), list(handles))
    return figure


def _rows(made: np.ndarray, true: np.ndarray | None) -> Iterator[tuple[str, np.ndarray, np.ndarray | None]]:
    """Label, and curves [T, P] of the model and of the truth, where it has such a curve."""
    same = true is None or true.shape[-1] == made.shape[-1]

    def of(curve, motion: np.ndarray | None) -> np.ndarray | None:
        return None if motion is None else np.stack([curve(motion[:, p]) for p in range(motion.shape[1])], 1)

    ours = made.shape[-1] == CHANNELS
    if same and ours:
        yield "lip opening", *(of(lambda m: lip_opening(m[:, :52]), x) for x in (made, true))
    elif same:
        yield "jaw opening\nradians", *(of(judge.jaw, x) for x in (made, true))
    else:  # each over its own widest, as their units differ
        yield "jaw opening\nover its widest", *(_widest(of(judge.jaw, x)) for x in (made, true))
    yield "head pitch\ndegrees", *(of(lambda m: np.degrees(judge.head(m)[:, 0]), x) for x in (made, true))
    if ours:
        seen = true if same else None
        yield (
            "gaze, to the side\ndegrees in the room",
            *(of(lambda m: np.degrees(m[:, 53] + m[:, 56]), x) for x in (made, seen)),
        )
        lids = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
        yield "lids closed", *(of(lambda m: m[:, lids].mean(1), x) for x in (made, seen))
    else:
        yield "head yaw\ndegrees", *(of(lambda m: np.degrees(judge.head(m)[:, 1]), x) for x in (made, true))


def _widest(curve: np.ndarray) -> np.ndarray:
    low, high = np.percentile(curve, (2, 99), axis=0)
    return (curve - low) / np.maximum(high - low, 1e-6)


def _shade(axes: Axes, scene: Scene, p: int) -> dict:
    handles = {}
    for a, b in runs(scene.speaking[:, p]):
        handles["speaks"] = axes.axvspan((scene.start + a) / FPS, (scene.start + b) / FPS, color=SPEECH, lw=0)
    return handles


def _seconds(scene: Scene, curve: np.ndarray) -> np.ndarray:
    return (scene.start + np.arange(len(curve))) / FPS


# Spectra


def spectra(e: Evaluation) -> Figure:
    """Amplitude of velocity by frequency, of each part of the face."""
    moving = [c for c in e.contenders if c.name != FROZEN and e.measured[c.name].spectra]
    kind = e.channels or CHANNELS
    shown = {p: [c for c in moving if _comparable(c, p, kind)] for p in PARTS}
    shown = {p: own for p, own in shown.items() if own}
    figure = _figure(13, 4.4, "Velocity by frequency")
    handles = {}
    for axes, (part, own) in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown.items()):
        for (low, high), told in zip(BANDS_HZ, BANDS):
            if told in ("gestures", "jitter"):
                axes.axvspan(low, high, color="#f0f0f0", lw=0)
            axes.text((low * high) ** 0.5, 1.0, told, transform=axes.get_xaxis_transform(), ha="center", va="bottom",
                      color="#666666", fontsize=8)  # fmt: skip
        for c in own:
            hz, amplitude = e.measured[c.name].spectra[part]
            inside = (hz >= BANDS_HZ[0][0]) & (hz < BANDS_HZ[-1][1])
            drawn = {"lw": 1.3, "ls": "--", "zorder": 3} if c.name == TRUTH else {"lw": 2.2}
            level = 20.0 * np.log10(amplitude[inside].clip(1e-9))
            (line,) = axes.semilogx(hz[inside], level, color=colour(e, c.name), **drawn)
            handles[c.name] = line
        axes.set_title(PARTS[part], pad=16)
        axes.set_xlim(BANDS_HZ[0][0], BANDS_HZ[-1][1])
        axes.set_xticks([0.25, 0.5, 1, 2, 4, 8], ["¼", "½", "1", "2", "4", "8"])
        axes.minorticks_off()
        axes.set_xlabel("Hz")
        unit = "1 rad/s" if kind != CHANNELS and part == "jaw" else UNITS[part]
        axes.set_ylabel(f"dB over {unit} per √Hz", fontsize=8.5)
        bottom, top = axes.get_ylim()
        axes.set_ylim(max(bottom, top - DEEP_DB), top)
    _legend(figure, list(handles.values()), list(handles))
    return figure


def _comparable(c: Contender, part: str, kind: int) -> bool:
    """Heads are alike on all faces; what else a face does is compared within its kind."""
    return part in ({"exp", "jaw", "head", "gaze"} if c.channels == kind else {"head"}) and (
        part != "gaze" or kind == CHANNELS
    )


# Scores


def bars(e: Evaluation) -> Figure:
    """The paper's measures for each part of the face; every bar tells its figure."""
    who = [c for c in e.contenders if c.channels == e.channels and c.name != TRUTH]
    columns = {c.name: by_key(e.scores(c.name)) for c in who}
    names = [n for n in SCORES if any((n, "exp", "all") in found for found in columns.values())]
    figure = _figure(13, 7.0, "Against the truth, all frames (scaled as the paper's tables)")
    grid = figure.subplots(3, len(names), squeeze=False)
    handles = {}
    for row, part in zip(grid, ("exp", "jaw", "head")):
        for axes, name in zip(row, names):
            found = [columns[c.name].get((name, part, "all")) for c in who]
            values = [s.value if s and abs(s.value) > 1e-5 else 0.0 for s in found]
            drawn = axes.bar(range(len(who)), values, color=[colour(e, c.name) for c in who], width=0.72)
            axes.bar_label(drawn, [_brief(s.value if s else None) for s in found], fontsize=8, padding=1)
            axes.set_xlim(-0.7, max(len(who), 3) - 0.3)
            axes.margins(y=0.2)
            if not any(values):
                axes.set_ylim(0.0, 1.0)
            axes.axhline(0.0, color="#777777", lw=0.8)
            axes.set_xticks([])
            axes.locator_params(axis="y", nbins=4)
            better = next((s.better for s in found if s), None)
            if part == "exp":
                axes.set_title(f"{SCORES[name]} {ARROWS.get(better, '')}")
            handles |= {c.name: bar for c, bar in zip(who, drawn)}
        row[0].set_ylabel({"exp": "expression", "jaw": "jaw", "head": "head pose"}[part], fontsize=11)
    figure.align_ylabels(grid[:, 0])
    _legend(figure, list(handles.values()), list(handles))
    return figure


def _brief(value: float | None) -> str:
    """Two digits, without the zero before the point: four bars stand side by side."""
    if value is None or abs(value) < 5e-4:
        return "–" if value is None else "0"
    told = number(value)
    return told if abs(value) >= 1 else f"{value:.{3 if abs(value) < 0.1 else 2}f}".replace("0.", ".", 1)


# Human figures


def people(e: Evaluation) -> Figure:
    """Bars beside the range of people."""
    who = [c for c in e.contenders if e.measured[c.name].human and c.name != FROZEN]
    tables = {c.name: {row.name: row for row in e.measured[c.name].human} for c in who}
    figure = _figure(13, 5.8, "Beside what people do")
    handles = {}
    for axes, (name, told) in zip(figure.subplots(2, 4).flat, FIGURES.items()):
        rows = [tables[c.name][name] for c in who]
        top = _top(rows)
        low, high = rows[0].low or 0.0, top if rows[0].high is None else rows[0].high
        handles["people"] = axes.axhspan(low, high, color=PEOPLE, lw=0)
        drawn = axes.bar(
            range(len(who)), [row.value or 0.0 for row in rows], color=[colour(e, c.name) for c in who], width=0.6
        )
        axes.bar_label(drawn, [number(row.value) for row in rows], fontsize=8, padding=1)
        axes.set(ylim=(0, top), xlim=(-0.7, max(len(who), 3) - 0.3), xticks=[], ylabel=rows[0].unit)
        axes.set_title(told)
        handles |= {c.name: bar for c, bar in zip(who, drawn)}
    _legend(figure, list(handles.values()), list(handles))
    return figure


def _top(rows: Sequence[Row]) -> float:
    most = max([row.value or 0.0 for row in rows] + [rows[0].high or 0.0, rows[0].low or 0.0])
    return 112.0 if rows[0].unit.startswith("%") and most > 80.0 else 1.18 * most
