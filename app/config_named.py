"""Whether the personas, voices and avatars that a file of settings names exist, and whether a voice is heard at all.

One rule: nobody is asked over a network, and nothing is loaded. So a voice of a server may be any; and one that is
known here but was not pulled yet is no mistake, for `duologue talk` offers to get it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agents import models, tts
from app import personas
from app.cast import avatars
from app.config import SPOKEN, own_key, said, settle
from app.config_read import Layer
from app.consent import CARRIED
from dialogue.errors import DuologueError, PersonaError, did_you_mean, nearest

CAST, ME, ENGINE = "talk.cast", "talk.me", "tts.engine"  # settings


def unknown(file: Layer) -> list[str]:
    """What a file names and is not here, each as one line that tells where it stands and what was probably meant."""
    return [f"{file[key].origin}: {key}: {problem}" for key, problem in mistakes(file)]


def mistakes(file: Layer, guesses: bool = True) -> Iterator[tuple[str, str]]:
    """The settings that name what is not here, each with what is wrong with it.

    Args:
        guesses: also which sections of personas are probably misspelt; one may be of a persona's own file.
    """
    beyond = ENGINE in file and file[ENGINE].value in tts.BEYOND  # a voice may be one of its server or model
    cast = file[CAST].value if CAST in file else ()
    known = {*personas.known(), *map(own_key, cast)}
    told: set[str] = set()
    for key, given in file.items():
        section, _, rest = key.partition(".")
        whose = rest.partition(".")[0]
        own = section == "personas"
        if guesses and own and whose not in known | told and nearest(whose, known):
            told.add(whose)
            yield key, f"no persona named '{whose}'{did_you_mean(whose, known)}"
        if key == CAST:
            for name in cast:
                for problem in _told(lambda name=name: personas.found(name)).splitlines():
                    yield key, problem
        elif key == ME and given.value not in avatars():
            yield key, f"no avatar named '{given.value}'{did_you_mean(given.value, avatars())}"
        elif key == "tts.voice" or (own and rest == f"{whose}.voice"):
            if problem := _no_voice(given.value, beyond):
                yield key, problem


def unheard(file: Layer, key: str) -> str:
    """Who of the cast has a voice or a language that goes before the common one, and how to change theirs; empty if
    nobody has."""
    what = key.partition(".")[2]
    if key not in file or key not in (f"tts.{name}" for name in SPOKEN):
        return ""
    try:
        holds = settle((file, {}, {}), said)
    except PersonaError:  # `duologue config check` tells it
        return ""
    names = [own_key(name) for name, own in holds.own.items() if own.origin(key) != file[key].origin]
    if not names:
        return ""
    has = "has its own" if len(names) == 1 else "have their own"
    mends = (f"duologue config set personas.{name}.{what} {file[key].value}" for name in names)
    return f"{' and '.join(names)} {has} {what}, which goes before {key}; to change it: {' and '.join(mends)}"


def _no_voice(voice: str, beyond: bool) -> str:
    """Why there is no such voice; empty if there is one, or may be."""
    engine = tts.split(voice)[0]
    if engine in tts.BEYOND or (engine in CARRIED and not models.state(CARRIED[engine]).here):
        return ""
    problem = _told(lambda: tts.find_voice(voice))
    return "" if beyond and not engine else problem


def _told(find: Callable[[], object]) -> str:
    """Why something cannot be found; empty if it can."""
    try:
        find()
    except DuologueError as error:
        return str(error)
    return ""
