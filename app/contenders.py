"""Who is evaluated: models, and the references that stand beside them.

One rule: a contender says in which ways it can perform, and the first is the one that two avatars meet: labels that are
sometimes wrong, and a partner who is generated too.

Letters: P participants, T frames, C channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dialogue.errors import CorpusError, DuologueError, ModelFileError, did_you_mean
from motion.corpus import CHANNELS, FLAME, Clip

CLEAN, WRONG, UNHEARD = "clean", "wrong", "unheard"  # role labels: as they were, as given, not asked for
CLOSED, OPEN = "closed", "open"  # the partner's motion: generated too, or the true one
NAMES = ("dual_stream", "procedural")
FROZEN, TRUTH, LOUDNESS = "frozen", "truth", "loudness"
EXAMPLES = 40  # clips that a mean face is taken of


@dataclass(frozen=True)
class Way:
    """How a contender performs."""

    labels: str
    loop: str


REFERENCE = Way(CLEAN, OPEN)  # of the truth, and of what is made from it
Play = Callable[[Clip, int], np.ndarray]  # a clip with the labels to be heard, and a seed, to motion [T', P, C]


@dataclass(frozen=True)
class Contender:
    """One model, or reference.

    Args:
        about: one line for the report.
        channels: 57 is ours, 56 FLAME's.
        plays: how it performs in each way.
    """

    name: str
    about: str
    channels: int
    plays: Mapping[Way, Play] = field(repr=False)
    family: str  # dual_stream, procedural or dualtalk; empty of a reference

    @property
    def model(self) -> bool:
        return bool(self.family)

    @property
    def main(self) -> Way:
        return next(iter(self.plays))


def contenders(wanted: Sequence[str]) -> tuple[Contender, ...]:
    """The models of the `--model` options, in order, each name once.

    Args:
        wanted: dual_stream, procedural, a file of weights of dual_stream or of DualTalk, or NAME=FILE.
    Raises:
        DuologueError: there is no such model, or two have one name.
        ModelFileError: a file is missing or damaged.
    """
    found = [_contender(one) for one in wanted]
    names = [c.name for c in found]
    for name in names:
        if names.count(name) > 1 or name in (FROZEN, TRUTH, LOUDNESS):
            raise DuologueError(f"--model: '{name}' is taken; give this one another name: --model other={name}")
    return tuple(found)


def _contender(wanted: str) -> Contender:
    name, _, file = wanted.rpartition("=")
    path = Path(file)
    if file in NAMES and not path.is_file():
        return _procedural(name or file) if file == "procedural" else _dual_stream(name or file, None)
    if path.suffix != ".safetensors" and not path.exists():
        raise DuologueError(
            f"no model named '{file}'{did_you_mean(file, NAMES)}; or a file of weights that `duologue train` wrote"
        )
    name = name or path.stem
    return _dualtalk(name, path) if _kind(path) == "dualtalk" else _dual_stream(name, path)


def _kind(path: Path) -> str:
    """dualtalk or dual_stream, as the file itself says."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            told = file.metadata() or {}
    except FileNotFoundError as error:
        raise ModelFileError(f"no weights in '{path}'; give a file that `duologue train` wrote") from error
    except (OSError, SafetensorError) as error:
        raise ModelFileError(f"'{path}' holds no weights ({error}); give a file that `duologue train` wrote") from error
    return "dualtalk" if "dualtalk" in told else "dual_stream"


def _dual_stream(name: str, path: Path | None) -> Contender:
    from motion import card
    from motion.models.dual_stream import FILE, Model

    model = Model(path)
    numbers = sum(array.size for array in model.w.values())
    about = f"dual_stream, {numbers / 1e6:.2f} M numbers, `{(path or FILE).name}`; live, hears its own partner"
    ways = (Way(WRONG, CLOSED), Way(CLEAN, CLOSED))
    return Contender(
        name, about, CHANNELS, dict.fromkeys(ways, lambda clip, seed: card.perform(model, clip, seed)), "dual_stream"
    )


def _procedural(name: str) -> Contender:
    from motion import replay
    from motion.models.procedural import Model

    model = Model()
    about = "the performer of rules, given the phones where the set knows them; live, sees its own partner"
    ways = (Way(WRONG, CLOSED), Way(CLEAN, CLOSED))
    return Contender(
        name, about, CHANNELS, dict.fromkeys(ways, lambda clip, seed: replay.perform(model, clip, seed)), "procedural"
    )


def _dualtalk(name: str, path: Path) -> Contender:
    try:
        from motion import baseline
        from motion.models import dualtalk
    except ModuleNotFoundError as absent:
        raise DuologueError(f"model '{path}' needs {absent.name}; pip install 'duologue[train]'") from absent
    model = baseline.load(path)
    count = dualtalk.count_parameters(model)
    about = (
        f"the DualTalk paper's architecture, {count / 1e6:.1f} M numbers, `{path.name}`; not causal, hears no labels"
    )
    plays: dict[Way, Play] = {
        Way(UNHEARD, CLOSED): lambda clip, seed: dualtalk.converse(model, clip.audio),
        Way(UNHEARD, OPEN): lambda clip, seed: dualtalk.follow(model, clip),
    }
    return Contender(name, about, model.config.channels, plays, "dualtalk")


def frozen(examples: Sequence[np.ndarray], source: str) -> Contender:
    """The mean face of some motions [T, C], unmoved.

    Raises:
        CorpusError: there are none.
    """
    if not examples:
        raise CorpusError(f"no face is known in {source}; expected at least one, to know the mean face")
    face = np.mean([motion.mean(0) for motion in examples], 0).astype(np.float32)

    def play(clip: Clip, seed: int) -> np.ndarray:
        return np.tile(face, (clip.frames, clip.participants, 1))

    about = f"the mean face of {source}, unmoved: what FD and MSE reward without any motion"
    return Contender(FROZEN, about, len(face), {Way(UNHEARD, CLOSED): play}, family="")


def truth(channels: int) -> Contender:
    """What the faces truly did."""
    about = "what the faces truly did" + ("" if channels == FLAME else ", as performed in this set")

    def play(clip: Clip, seed: int) -> np.ndarray:
        return clip.motion if channels == CHANNELS else clip.flame

    return Contender(TRUTH, about, channels, {REFERENCE: play}, family="")
