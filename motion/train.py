"""Training of motion/models/dual_stream.py: one loop, seeded, that goes on after a kill as if nothing had happened.

One rule: step n is a function of the corpus, the seed and what step n - 1 left. All chance of a step comes from
(seed, n), and a checkpoint holds the rest: weights, the optimiser's moments, the running average, the best so far. The
validation split stops the training and picks the weights; test and unseen are looked at once, for the card.

A step sees a few windows of conversation, and more of single voices that speak: a mouth takes most of the learning, and
in conversation it rests half of the time. From partners the model takes sound and labels, and two things from their
faces: where head and eyes were. In half of the windows these are what the model itself makes of that clip, closed loop,
renewed every `mirror` steps with the weights of then; in the others they are the truth, the heads with noise.

Letters: B windows, P participants, T hops, C channels.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from dialogue.errors import ModelFileError, OutputError
from motion import lessons
from motion.corpus import PHONES, Corpus
from motion.events import Banks, gather
from motion.lessons import Lesson, closed
from motion.losses import loss_of
from motion.models import dual_stream
from motion.models.dual_stream import Config, Model
from motion.nets_torch import Half

Tell = Callable[[str, int, int], None]  # stage, done, total
GIVEN = ("bank.aims", "bank.nods", "bank.blinks", "mouth.centre", "mouth.scale", "slow.centre", "slow.scale")
MIX = 0.998  # the running average of the weights looks back 500 steps
UNJUDGED = ("aims", "nods")  # which shape, drawn at random by the performer: few draws, soon learned by heart
MIRRORS = 12  # lessons beside partners that the model itself made: 12 minutes


@dataclass(frozen=True)
class Plan:
    """How to train. `check` steps lie between looks at the validation split; after `patience` of them without a better
    one it stops."""

    steps: int = 15_000
    seed: int = 1
    batch: int = 3  # windows of conversation
    speech: int = 12  # windows of one voice
    hops: int = 125  # 5 s, the first of them only heard
    rate: float = 2e-3
    warm: int = 200  # steps until the rate is reached
    check: int = 500
    patience: int = 8
    keep: int = 250  # steps between checkpoints
    mirror: int = 1000  # steps until the partners that the model made for itself are made anew
    half: bool = False  # multiply in bfloat16: four times as fast where the processor can, and slower where it cannot


@dataclass(frozen=True)
class Trained:
    """How a training ended."""

    steps: int
    best_step: int
    loss: float  # of the validation split
    stopped: bool  # early


# Before the first step


def fresh(config: Config, plan: Plan, train: Sequence[Lesson]) -> dict[str, np.ndarray]:
    """Weights before the first step: He's initialisation, halved where a block adds to its input."""
    rng = np.random.default_rng((plan.seed, 0))
    banks = gather(lessons.takes(train), rng)
    w: dict[str, np.ndarray] = {}
    for name, shape in dual_stream.shapes(config).items():
        if name.endswith(".gain"):
            w[name] = np.ones(shape)
        elif name.endswith(".b"):
            w[name] = np.zeros(shape)
        else:
            last = not name.startswith(("voice", "dialogue")) and name.replace(".w", ".b") in w
            w[name] = rng.normal(0.0, math.sqrt((1.0 if last else 2.0) / shape[0]), shape)
            w[name] *= 0.5 if name.startswith(("voice.", "dialogue.")) else 1.0
    # Chances of events are small from the start: 1 in 50 frames.
    for name in ("gaze.1.b", "event.1.b"):
        w[name][: 1 if name == "gaze.1.b" else 2] = -4.0
    w |= {f"bank.{name}": array for name, array in banks._asdict().items()} | lessons.normal(train)
    return {name: np.asarray(w[name], np.float32) for name in dual_stream.shapes(config)}


# The loop


def train(
    corpus: Corpus,
    out: Path,
    plan: Plan = Plan(),
    config: Config = Config(phones=len(PHONES)),
    *,
    resume: bool = False,
    progress: Tell = lambda *_: None,
    say: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Train, and write the best weights of the validation split to `out`.

    Args:
        resume: go on from the checkpoint beside `out`.
        progress: told the stage, how much of it is done, and how much there is. say: told a line at each check.
    Raises:
        CorpusError: the corpus is not whole.
        ModelFileError: the checkpoint is missing, damaged, or of another training.
        OutputError: nothing can be written there.
    """
    torch.set_num_threads(1)  # sums in the same order wherever it runs; two are hardly faster at this size
    held = _checkpoint(out)
    if not resume and held.exists():
        raise OutputError(f"'{held}' holds a training that was not finished; go on with --resume, or remove it")
    about = {"plan": asdict(plan), "config": asdict(config), "corpus": corpus.hash}
    read = read_lessons(corpus, ("train", "valid"), progress)
    course = Course(config, plan, read, _restore(held, about) if resume else None)
    while not course.over:
        course.step()
        progress("training", course.done, plan.steps)
        if course.checked:
            say(course.checked)
        if course.done % plan.keep == 0 or course.over:
            _keep(held, course.state(), about | course.notes())
    ended = Trained(course.done, course.best_step, course.best_loss, course.done < plan.steps)
    try:
        dual_stream.save(
            out, config, course.best, {"corpus": corpus.hash, "plan": asdict(plan), "ended": asdict(ended)}
        )
    except OSError as error:
        raise OutputError(f"cannot write '{out}': {error.strerror or error}") from error
    held.unlink()
    return ended


def read_lessons(corpus: Corpus, splits: Sequence[str], progress: Tell) -> dict[str, list[Lesson]]:
    """Prepare all clips of some splits."""
    total, out = sum(s.clips for name in splits for s in corpus.shards(name)), {}
    done = 0
    for split in splits:
        out[split] = []
        for clip in corpus.clips(split):
            out[split].append(lessons.study(clip))
            done += 1
            progress("reading", done, total)
    return out


class Course:
    """A training in its course: `step` until `over`."""

    def __init__(
        self, config: Config, plan: Plan, read: dict[str, list[Lesson]], kept: tuple[dict, dict] | None = None
    ) -> None:
        self.config, self.plan, self.read = config, plan, read
        arrays, notes = kept or ({f"now/{n}": a for n, a in fresh(config, plan, read["train"]).items()}, {})
        now = {n[4:]: torch.from_numpy(a.copy()) for n, a in arrays.items() if n.startswith("now/")}
        self.w = {n: t.requires_grad_(n not in GIVEN) for n, t in now.items()}
        self.learnt = [n for n in sorted(self.w) if n not in GIVEN]
        self.adam = torch.optim.Adam([self.w[n] for n in self.learnt], plan.rate, betas=(0.9, 0.99))
        self.done, self.best_step, self.worse = (notes.get(n, 0) for n in ("step", "best_step", "worse"))
        self.best_loss = notes.get("best_loss", math.inf)
        self.mixed = {
            n: torch.from_numpy(arrays.get(f"mix/{n}", self.w[n].detach().numpy()).copy()) for n in self.learnt
        }
        self.best = {n[5:]: a for n, a in arrays.items() if n.startswith("best/")} or self._arrays()
        self.mirrors = self._mirrors([arrays[f"mirror/{i}"] for i in range(notes.get("mirrors", 0))])
        self.checked = ""
        for n in self.learnt if kept else ():
            self.adam.state[self.w[n]] = {
                "step": torch.tensor(float(self.done)),
                "exp_avg": torch.from_numpy(arrays[f"first/{n}"].copy()),
                "exp_avg_sq": torch.from_numpy(arrays[f"second/{n}"].copy()),
            }

    @property
    def over(self) -> bool:
        return self.done >= self.plan.steps or self.worse >= self.plan.patience

    def step(self) -> None:
        """One step, and a look at the validation split where it is time."""
        plan = self.plan
        rng = np.random.default_rng((plan.seed, 1, self.done))
        if self.done and self.done % plan.mirror == 0:
            self.mirrors = self._mirrors(self._play())
        seen = self.mirrors if self.mirrors and rng.random() < 0.5 else self.read["train"]
        window = lessons.cut(seen, self._banks(), (plan.batch, plan.hops), rng, noise=True)
        speech = lessons.cut_speech(self.read["train"], (plan.speech, plan.hops), rng, noise=True)
        warm = min(1.0, (self.done + 1) / plan.warm)
        for group in self.adam.param_groups:
            group["lr"] = plan.rate * warm * (0.03 + 0.97 * 0.5 * (1.0 + math.cos(math.pi * self.done / plan.steps)))
        self.adam.zero_grad()
        w = {n: Half(t) if plan.half and t.ndim == 2 and n not in GIVEN else t for n, t in self.w.items()}
        total = sum(loss_of(w, self.config, window, speech, rng).values())
        total.backward()
        torch.nn.utils.clip_grad_norm_([self.w[n] for n in self.learnt], 1.0)
        self.adam.step()
        self.done += 1
        share = min(MIX, self.done / (self.done + 10.0))  # a young average forgets its beginnings
        with torch.no_grad():
            for n in self.learnt:
                self.mixed[n].lerp_(self.w[n], 1.0 - share)
        self.checked = ""
        if self.done % plan.check == 0 or self.done == plan.steps:
            self._check()

    def _mirrored(self) -> list[Lesson]:
        """The lessons that are shown beside generated partners now."""
        rng, read = np.random.default_rng((self.plan.seed, 3, self.done // self.plan.mirror)), self.read["train"]
        return [read[i] for i in rng.choice(len(read), min(MIRRORS, len(read)), replace=False)]

    def _play(self) -> list[np.ndarray]:
        """What the model as it is now makes of them [T', P, 57], everyone beside its own partners."""
        model = Model(loaded=(self.config, self._arrays()))
        made = []
        for i, le in enumerate(self._mirrored()):
            state = model.init_state(len(le.mel), self.plan.seed + self.done + i)
            made.append(model.perform(le.mel.astype(np.float32), le.controls, state)[0].astype(np.float16))
        return made

    def _mirrors(self, made: Sequence[np.ndarray]) -> list[Lesson]:
        self.made = list(made)
        return [closed(le, m) for le, m in zip(self._mirrored(), made)]

    def _check(self) -> None:
        """The loss of the same windows of the validation split, with the averaged weights."""
        parts: dict[str, float] = {}
        count = 8
        w = {n: torch.from_numpy(a) for n, a in self._arrays().items()}
        for i in range(count):
            rng = np.random.default_rng((self.plan.seed, 2, i))
            read, hops = self.read["valid"], self.plan.hops
            window = lessons.cut(read, self._banks(), (self.plan.batch, hops), rng, noise=False)
            speech = lessons.cut_speech(read, (self.plan.speech, hops), rng, noise=False)
            with torch.no_grad():
                for name, value in loss_of(w, self.config, window, speech, rng).items():
                    parts[name] = parts.get(name, 0.0) + float(value) / count
        loss = sum(value for name, value in parts.items() if name not in UNJUDGED)
        if loss < self.best_loss:
            self.best_loss, self.best_step, self.worse, self.best = loss, self.done, 0, self._arrays()
        else:
            self.worse += 1
        told = " ".join(f"{name} {value:.3f}" for name, value in parts.items())
        self.checked = f"step {self.done} valid {loss:.4f}{' best' if not self.worse else ''}: {told}"

    def _arrays(self) -> dict[str, np.ndarray]:
        """The averaged weights and what is not trained."""
        return {n: self.mixed.get(n, self.w[n]).detach().numpy().copy() for n in self.w}

    def _banks(self) -> Banks:
        return Banks(*(self.w[f"bank.{name}"].numpy() for name in Banks._fields))

    def state(self) -> dict[str, np.ndarray]:
        """All arrays that another Course needs to go on."""
        out = {f"now/{n}": t.detach().numpy() for n, t in self.w.items()}
        out |= {f"mix/{n}": t.numpy() for n, t in self.mixed.items()} | {f"best/{n}": a for n, a in self.best.items()}
        out |= {f"mirror/{i}": m for i, m in enumerate(self.made)}
        for n in self.learnt:
            moments = self.adam.state[self.w[n]]
            out |= {f"first/{n}": moments["exp_avg"].numpy(), f"second/{n}": moments["exp_avg_sq"].numpy()}
        return out

    def notes(self) -> dict[str, Any]:
        return {"step": self.done, "best_step": self.best_step, "best_loss": self.best_loss, "worse": self.worse} | {
            "mirrors": len(self.made)
        }


# Checkpoints


def _checkpoint(out: Path) -> Path:
    return out.with_name(out.name + ".checkpoint")


def _keep(path: Path, arrays: dict[str, np.ndarray], about: dict[str, Any]) -> None:
    """Replace the checkpoint in one step: a kill leaves the one before, or this."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({n: np.ascontiguousarray(a) for n, a in arrays.items()}, part, {"training": json.dumps(about)})
        part.replace(path)
    except (OSError, SafetensorError) as error:
        raise OutputError(
            f"cannot write the checkpoint '{path}': {error}; make room, or choose another place"
        ) from error


def _restore(path: Path, about: dict[str, Any]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    try:
        with safe_open(path, "np") as file:
            told = json.loads(file.metadata()["training"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}
    except FileNotFoundError as error:
        raise ModelFileError(f"no checkpoint '{path}' to go on from; leave --resume out to begin") from error
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"checkpoint '{path}' is damaged ({error}); remove it and begin anew") from error
    for name, mine in json.loads(json.dumps(about)).items():
        if told.get(name) != mine:
            raise ModelFileError(
                f"checkpoint '{path}' is of another training: its {name} is {told.get(name)}; expected {mine}"
            )
    return arrays, told
