"""What a person may say about two people who are animated from their recordings.

One rule: a value that exists can be performed; every mistake is told before a file is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dialogue.emotion import TagReader
from dialogue.errors import DuologueError, did_you_mean
from dialogue.play_head import is_name
from dialogue.play_model import FPS
from dialogue.types import Feeling
from motion import models, style
from motion.acting import STYLES, Style
from motion.models import MotionModel

PEOPLE = 2


@dataclass(frozen=True)
class Direction:
    """What a person may choose about the two; what there is one of holds for both.

    Args:
        names: None takes those of the files.
        emotions: such as "happy 0.6".
        styles: names of motion.acting.STYLES, or files of styles or takes; none is ordinary.
        stage, light: names that the renderer knows; None takes those of a screenplay that names none.
    """

    avatars: tuple[str, ...] = ("maya", "kofi")
    names: tuple[str, ...] | None = None
    emotions: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    model: str = models.DEFAULT
    seed: int = 0
    fps: int = 25
    stage: str | None = None
    light: str | None = None

    def __post_init__(self) -> None:
        if self.model not in models.names():
            raise DuologueError(f"no model named '{self.model}'{did_you_mean(self.model, models.names())}")
        for name in self.styles:
            if name not in STYLES and not Path(name).is_file():
                raise DuologueError(f"no style named '{name}'{did_you_mean(name, STYLES)}, or a file of a style")
        if self.fps not in FPS:
            raise DuologueError(f"{self.fps} pictures a second; expected one of {', '.join(map(str, FPS))}")
        if self.seed < 0:
            raise DuologueError(f"seed {self.seed}; expected 0 or more")
        if self.names is not None:
            _check_names(self.names)
        for option, got in (("avatars", self.avatars), ("emotion", self.emotions), ("styles", self.styles)):
            each(option, got, "")
        self.feelings()

    def make_model(self) -> MotionModel:
        """What moves the two.

        Raises:
            DuologueError: the file of a style holds none.
            ModelFileError: its weights are not here.
        """
        return models.load(self.model, each("styles", tuple(map(_style, self.styles)), Style()))

    def feelings(self) -> tuple[Feeling, ...]:
        """Of each of the two."""
        return each("emotion", tuple(map(_feeling, self.emotions)), Feeling())


def each(option: str, given: tuple, usual: object) -> tuple:
    """What was given, for each of the two."""
    if len(given) > PEOPLE:
        raise DuologueError(
            f"--{option} has {len(given)} values; expected one for both, or {PEOPLE} with a comma between"
        )
    return given if len(given) == PEOPLE else (given or (usual,)) * PEOPLE


def _style(name: str) -> Style:
    """A style that comes with the program, or that of a file."""
    try:
        return STYLES[name] if name in STYLES else style.load(Path(name))
    except (OSError, ValueError) as error:
        raise DuologueError(f"no style in '{name}': {error}") from error


def _feeling(text: str) -> Feeling:
    """'happy 0.6' as a feeling."""
    reader = TagReader(strict=True)
    items = reader.feed(f"[{text}]") + reader.finish()
    if reader.mistakes or len(items) != 1 or not isinstance(items[0], Feeling):
        mistake = reader.mistakes[0] if reader.mistakes else None
        mend = f"; did you mean {mistake.suggestion}?" if mistake and mistake.suggestion else ""
        expected = "; expected such as 'happy' or 'happy 0.6', intensities 0..1"
        raise DuologueError(f"no emotion '{text.strip()[:40]}'{mend or expected}")
    return items[0]


def _check_names(names: tuple[str, ...]) -> None:
    """Raise if they cannot name two people and their files."""
    if len(names) != PEOPLE:
        raise DuologueError(f"--names has {len(names)} values; expected {PEOPLE} with a comma between")
    for name in names:
        if not is_name(name):
            raise DuologueError(f"'{name}' cannot be a name; expected letters, digits, - ' and spaces, at most 40")
    if names[0].casefold() == names[1].casefold():
        raise DuologueError(f"both are named '{names[0]}'; expected names that differ in more than case")
