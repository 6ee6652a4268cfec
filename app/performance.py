"""From a screenplay to a performance: who says what when, with which voice, and where the camera looks.

One rule: the seed of the screenplay decides everything that is left open, so the same screenplay is always performed
the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from agents import tts
from agents.delivery import Line, deliver
from agents.loudness import level
from app import shots
from app.progress import Progress, silent
from dialogue.errors import PlayError, Problem
from dialogue.play_model import Play
from dialogue.play_model import Shot as Wanted
from dialogue.schedule import schedule
from dialogue.timeline import Timeline
from dialogue.types import RATE
from dialogue.utterance import Utterance
from render.camera import Shot, partner, placements

LONGEST = 3 * 3600 * RATE  # of a film, and of its speech: 2 GB of samples in memory, 1.6 GB a wav


@dataclass(frozen=True, eq=False)
class Performance:
    """A screenplay as it will be heard and seen, before any face has moved."""

    play: Play
    timeline: Timeline
    cuts: tuple[shots.Cut, ...]


def perform(play: Play, progress: Progress = silent, tongues: tts.Settings = {}) -> Performance:
    """Speak every line and place it.

    Args:
        tongues: what the engines of voices are told.
    Raises:
        PlayError: the film would be longer than LONGEST.
        EngineError, ModelFileError: a voice does not work here.
    """
    timeline = schedule(play, _speak(play, progress, tongues))
    _bounded(timeline.duration, play)
    timeline = level(timeline)
    return Performance(play, timeline, _cuts(play, timeline))


def _speak(play: Play, progress: Progress, tongues: tts.Settings) -> list[Utterance]:
    """One utterance a line; each engine is loaded once, and a feeling holds until the speaker's next tag."""
    chosen = [tts.find_voice(member.voice, tongues) for member in play.head.cast]
    engines = {name: tts.load(name, **tongues.get(name, {})) for name in {voice.engine for voice in chosen}}
    turns = play.turns()
    spoken, length = [], 0
    try:
        for number, turn in enumerate(turns):
            voice = chosen[turn.participant]
            line = Line(turn.participant, turn.items, voice.name, turn.feeling, seed=play.head.seed * 100_003 + number)
            spoken.append(deliver(line, engines[voice.engine])[0])
            length += len(spoken[-1])
            _bounded(length, play)  # before memory is full, not after
            progress("speaking", number + 1, len(turns))
    finally:
        for engine in engines.values():
            engine.close()
    return spoken


def _bounded(length: int, play: Play) -> None:
    if length > LONGEST:
        hours = LONGEST / RATE / 3600
        problem = Problem(
            play.file, 1, f"the film would last more than {hours:g} hours", "a shorter one; split it into acts"
        )
        raise PlayError([problem])


def _cuts(play: Play, timeline: Timeline) -> tuple[shots.Cut, ...]:
    turns = [shots.Turn(s.participant, s.start, s.end) for s in timeline.segments]
    directives = [shots.Directive(move.at, _shot(move.shot, play)) for move in timeline.camera]
    return shots.plan(turns, directives, timeline.duration, len(play.names), play.head.seed)


def _shot(wanted: Wanted, play: Play) -> Shot | None:
    """A camera line for the renderer. `over-shoulder ADA` stands behind Ada and shows the one she talks with; where she
    is nobody's partner (at the end of a row of three or more), it shows that one alone."""
    if wanted.kind == "auto":
        return None
    if wanted.name is None:
        return Shot(wanted.kind)
    named = play.names.index(wanted.name)
    if wanted.kind == "single" or len(play.names) == 1:
        return Shot("single", named)
    seats = placements([member.seat for member in play.head.cast])
    partners = [partner(p, seats) for p in range(len(seats))]
    facing = [p for p, other in enumerate(partners) if other == named]  # whom the renderer shows past the named one
    if partners[named] in facing or not facing:
        return Shot("over-shoulder" if facing else "single", partners[named])
    return Shot("over-shoulder", facing[0])
