"""From a screenplay to a performance: who says what when, with which voice, and where the camera looks.

One rule: the seed of the screenplay decides everything that is left open, so the same screenplay is always performed the same.
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
from dialogue.utterance import Utterance
from render.camera import Shot


@dataclass(frozen=True, eq=False)
class Performance:
    """A screenplay as it will be heard and seen, before any face has moved."""

    play: Play
    timeline: Timeline
    cuts: tuple[shots.Cut, ...]


def perform(play: Play, progress: Progress = silent) -> Performance:
    """Speak every line and place it.

    Raises:
        PlayError: nobody says anything.
        EngineError, ModelFileError: a voice does not work here.
    """
    utterances = level(_speak(play, progress))
    if not utterances:
        raise PlayError((Problem(play.file, 1, "nobody says anything", "at least one line such as 'ADA: Hello!'"),))
    timeline = schedule(play, utterances)
    return Performance(play, timeline, _cuts(play, timeline))


def _speak(play: Play, progress: Progress) -> list[Utterance]:
    """One utterance a line; each engine is loaded once, and a feeling holds until the speaker's next tag."""
    chosen = [tts.find_voice(member.voice) for member in play.head.cast]
    engines = {name: tts.load(name) for name in {voice.engine for voice in chosen}}
    turns = play.turns()
    spoken = []
    try:
        for number, turn in enumerate(turns):
            voice = chosen[turn.participant]
            line = Line(turn.participant, turn.items, voice.name, turn.feeling, seed=play.head.seed * 100_003 + number)
            spoken.append(deliver(line, engines[voice.engine])[0])
            progress("speaking", number + 1, len(turns))
    finally:
        for engine in engines.values():
            engine.close()
    return spoken


def _cuts(play: Play, timeline: Timeline) -> tuple[shots.Cut, ...]:
    turns = [shots.Turn(s.participant, s.start, s.end) for s in timeline.segments]
    directives = [shots.Directive(move.at, _shot(move.shot, play)) for move in timeline.camera]
    return shots.plan(turns, directives, timeline.duration, len(play.names), play.head.seed)


def _shot(wanted: Wanted, play: Play) -> Shot | None:
    """A camera line for the renderer. `over-shoulder ADA` stands behind Ada and shows the one she talks with."""
    if wanted.kind == "auto":
        return None
    if wanted.name is None:
        return Shot(wanted.kind)
    subject = play.names.index(wanted.name)
    if wanted.kind == "over-shoulder":
        others = [p for p in range(len(play.names)) if p != subject]
        return Shot("over-shoulder", others[0]) if others else Shot("single", subject)
    return Shot(wanted.kind, subject)
