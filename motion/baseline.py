"""Training of motion/models/dualtalk.py, so that the baseline learns from the same corpus as our own model.

One rule: as published, but for what a CPU forbids: loss, optimiser, windows and batches are the paper's; sizes and
steps are the caller's. The released code looks at the test set while it trains; here the validation split picks. One
help is given, so that the baseline is a rival at all: `dualtalk.sharpen`, a start from which it learns in few steps.

Step n is a function of the corpus, the seed and what step n - 1 left, so a training goes on after a kill as if nothing
had happened.
"""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from dialogue.errors import CorpusError, ModelFileError, OutputError
from motion.corpus import Corpus
from motion.models import dualtalk
from motion.models.dualtalk import SMALL, WINDOW, Config, DualTalk, EncoderConfig, View

KEEP = 50  # steps between checkpoints


@dataclass(frozen=True)
class Plan:
    """How to train. Every `check` steps the validation split is looked at; after `patience` looks without a better one
    it stops. The paper: batch 32, rate 1e-4, 1000 epochs."""

    steps: int = 1500
    seed: int = 1
    batch: int = 32
    frames: int = WINDOW
    rate: float = dualtalk.RATE_OF_LEARNING
    check: int = 50
    patience: int = 6
    threads: int = 1


@dataclass(frozen=True)
class Trained:
    """How a training ended."""

    steps: int
    best_step: int
    loss: float  # of the validation split
    stopped: bool  # early


def train(
    corpus: Corpus,
    out: Path,
    plan: Plan = Plan(),
    config: Config = SMALL,
    *,
    resume: bool = False,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> Trained:
    """Train, and write the best weights of the validation split to `out`.

    Args:
        resume: go on from the checkpoint beside `out`.
        progress: told the stage, how much of it is done, and how much there is.
    Raises:
        CorpusError: the corpus is not whole, or a split has no clip with both faces.
        ModelFileError: the checkpoint is missing, damaged, or of another training. OutputError: nothing can be written.
    """
    held = out.with_name(out.name + ".checkpoint")
    if not resume and held.exists():
        raise OutputError(f"'{held}' holds a training that was not finished; go on with it, or remove it")
    about = {"plan": asdict(plan), "config": asdict(config), "corpus": corpus.hash}
    kept = _restore(held, about) if resume else None
    torch.set_num_threads(plan.threads)
    learn, check = (read(corpus, split, config, progress) for split in ("train", "valid"))
    course = Course(config, plan, learn, check, kept)
    while not course.over:
        course.step()
        progress("training", course.done, plan.steps)
        if course.done % KEEP == 0 or course.over:
            _keep(held, about, course.state())
    ended = Trained(course.done, course.best_step, course.best_loss, course.done < plan.steps)
    save(out, config, course.best, {"corpus": corpus.hash, "plan": asdict(plan), "ended": asdict(ended)})
    held.unlink()
    return ended


def read(corpus: Corpus, split: str, config: Config, progress: Callable[[str, int, int], None]) -> list[View]:
    """Both sides of all clips of a split."""
    total, out = sum(s.clips for s in corpus.shards(split)), []
    for done, clip in enumerate(corpus.clips(split), 1):
        out += dualtalk.views(clip, config)
        progress(f"reading {split}", done, total)
    if not out:
        raise CorpusError(f"split '{split}' of '{corpus.folder}' has no clip with both faces; expected at least one")
    return out


class Course:
    """A training in its course: `step` until `over`."""

    def __init__(
        self,
        config: Config,
        plan: Plan,
        learn: Sequence[View],
        check: Sequence[View],
        kept: dict[str, Any] | None = None,
    ) -> None:
        self.plan, self.learn, self.check = plan, learn, check
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(plan.seed)
            self.model = DualTalk(config)
            dualtalk.sharpen(self.model)
        self.adam, _ = dualtalk.optimizer(self.model, plan.rate)
        self.done, self.best_step, self.worse, self.best_loss = 0, 0, 0, math.inf
        self.best = self._weights()
        if kept:
            self.model.load_state_dict(kept["now"])
            self.adam.load_state_dict(kept["adam"])
            self.best = kept["best"]
            self.done, self.best_step, self.worse, self.best_loss = kept["notes"]

    @property
    def over(self) -> bool:
        return self.done >= self.plan.steps or self.worse >= self.plan.patience

    def step(self) -> None:
        """One step, and a look at the validation split where it is time."""
        plan, size = self.plan, min(self.plan.batch, len(self.learn))
        epoch, place = divmod(self.done, len(self.learn) // size)
        order = np.random.default_rng((plan.seed, 1, epoch)).permutation(len(self.learn))
        chosen = [self.learn[i] for i in order[place * size : (place + 1) * size]]
        windows = dualtalk.batch(chosen, np.random.default_rng((plan.seed, 2, self.done)), plan.frames)
        for group in self.adam.param_groups:
            group["lr"] = plan.rate * dualtalk.DECAY ** (epoch // dualtalk.DECAY_EVERY)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(plan.seed * 1_000_003 + self.done)  # of dropout
            self.model.train()
            self.adam.zero_grad()
            self._loss(windows).backward()
        self.adam.step()
        self.done += 1
        if self.done % plan.check == 0 or self.done == plan.steps:
            self._look()

    def _look(self) -> None:
        """The loss of the validation split, on the same windows each time."""
        self.model.eval()
        rng, size, found = np.random.default_rng((self.plan.seed, 3)), self.plan.batch, []
        with torch.no_grad():
            for at in range(0, len(self.check), size):
                windows = dualtalk.batch(self.check[at : at + size], rng, self.plan.frames)
                found.append(float(self._loss(windows)))
        loss = float(np.mean(found))
        if loss < self.best_loss:
            self.best_loss, self.best_step, self.worse, self.best = loss, self.done, 0, self._weights()
        else:
            self.worse += 1

    def _loss(self, windows: View) -> torch.Tensor:
        return dualtalk.loss(self.model(windows.own, windows.partner, windows.partner_motion), windows.motion)

    def _weights(self) -> dict[str, torch.Tensor]:
        return {name: w.detach().clone() for name, w in self.model.state_dict().items()}

    def state(self) -> dict[str, Any]:
        """All that another Course needs to go on."""
        notes = (self.done, self.best_step, self.worse, self.best_loss)
        return {"now": self.model.state_dict(), "adam": self.adam.state_dict(), "best": self.best, "notes": notes}


# Files


def save(path: Path, config: Config, weights: dict[str, torch.Tensor], about: dict[str, Any]) -> None:
    """Write weights in one step: whoever reads sees the old file or the new one.

    Raises:
        OutputError: it cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(weights, part, {"dualtalk": json.dumps({"config": asdict(config), **about})})
        part.replace(path)
    except (OSError, SafetensorError) as error:
        raise OutputError(f"cannot write '{path}': {error}; make room, or choose another place") from error


def load(path: Path) -> DualTalk:
    """The model of a file, ready to perform.

    Raises:
        ModelFileError: missing, damaged, or of another model.
    """
    try:
        with safe_open(path, "pt") as file:
            told = json.loads((file.metadata() or {})["dualtalk"])["config"]
            weights = {name: file.get_tensor(name) for name in file.keys()}
        model = DualTalk(Config(**{**told, "encoder": EncoderConfig(**told["encoder"])}))
        model.load_state_dict(weights)
    except FileNotFoundError as error:
        raise ModelFileError(f"no weights of dualtalk in '{path}'; expected a file that its training wrote") from error
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ModelFileError(f"'{path}' holds no weights of dualtalk ({error}); train it anew") from error
    return model.eval()


def _keep(path: Path, about: dict[str, Any], state: dict[str, Any]) -> None:
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save({"about": json.dumps(about), **state}, part)
        part.replace(path)
    except (OSError, RuntimeError) as error:
        raise OutputError(f"cannot write '{path}': {error}; make room, or choose another place") from error


def _restore(path: Path, about: dict[str, Any]) -> dict[str, Any]:
    try:
        kept = torch.load(path, weights_only=True)
        told = json.loads(kept["about"])
    except FileNotFoundError as error:
        raise ModelFileError(f"no checkpoint '{path}' to go on from; begin without one") from error
    except (OSError, RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError) as error:
        raise ModelFileError(f"checkpoint '{path}' is damaged ({error}); remove it and begin anew") from error
    for name, mine in json.loads(json.dumps(about)).items():
        if told.get(name) != mine:
            raise ModelFileError(f"checkpoint '{path}': its {name} is {told.get(name)}; expected {mine}")
    return kept
