"""Whether somebody who is heard while another speaks wants the floor, or only says mm-hm, coughs, or talks to others.

One rule: two steps. At FADE the other's voice is turned down, which costs nothing if it was nothing; only what is then
heard, how long and which words, decides whether it stops or goes on where it was.

Words decide where they can: somebody who asks, objects or commands takes the floor, whose words are all assent leaves
it. Where no word is known, shape does: short answers are short, few and followed by silence.

Source: measured on simulated callers, with phrases and voices that the rules never saw, `duologue bench turns`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from dialogue.types import RATE, samples

FADE = RATE // 10  # of voice over the level gate
LATEST = RATE  # from the first voice: then it is decided one way or the other
GATE_DB = -9.0  # beside how loud this person usually speaks: what is quieter is not counted as voice at all
NEAR_DB = -6.0  # and what is quieter on average is talk to somebody else, or an echo

SURE = samples(0.19)  # of silence, where the words already tell
SHORT_SILENCE = samples(0.30)  # of silence, where only their shape does
BELIEVED = samples(0.25)  # of voice: before, a transcript is a guess
LONG = samples(0.75)  # of voice: a short answer is over by then
WORDS = 3  # that a short answer has at most

ASSENT = frozenset(
    """
    mm mhm mmhm hm mmhmm uh huh uhhuh uhuh ah oh yeah yes yep yup ya right okay ok sure alright all great good nice wow
    really exactly wonderful well ha haha hahaha
    """.split()
)
ASSENTING = (
    "i see", "i know", "of course", "got it", "makes sense", "make sense", "that's right", "is that so",
    "go on", "go ahead", "don't worry", "no problem", "no doubt", "no worries", "no wonder", "that's it", "there you go",
)  # fmt: skip
COMMANDS = frozenset(
    """
    wait stop hold hang pause enough quiet shut excuse sorry cancel listen hey but actually repeat again question second
    minute moment please finish instead pardon halt quit forget skip hush
    """.split()
)
ASKS = frozenset("what what's why where where's when who who's which whose how can could would will should".split())
MAY_ASK = frozenset("may do does did is are was were have has".split())  # with two words or more behind it
OBJECTS = frozenset("don't not never let let's tell give go show turn take make change say speak just because".split())
ABOUT_ME = frozenset("i i'm i'd i've i'll we we'd we've we'll you you're my our your it's this there's".split())
DENIES = frozenset("not don't didn't doesn't isn't wasn't can't won't wrong".split())
SAID_OF_ME = frozenset(
    """
    don't do didn't can can't could couldn't won't wouldn't want wanted need needed have haven't had said meant mean was
    wasn't am am not already just would think thought asked told live changed never
    """.split()
)


class Verdict(Enum):
    """What a voice beside another's speech is."""

    OPEN = "open"  # nobody can tell yet
    TAKES = "takes the floor"
    LEAVES = "leaves it"  # a short answer, a cough, talk to somebody else


@dataclass(frozen=True)
class Overlap:
    """What was heard since the voice began. All in samples.

    Args:
        voiced: of voice so far. silence: since it was last heard, 0 while it is.
        text: a transcript of it, None if there is none yet.
        level_db: how loud it is on average, over NEAR_DB beside this person's usual level; below 0 it never takes.
    """

    voiced: int
    silence: int = 0
    text: str | None = None
    level_db: float = 0.0


def judge(overlap: Overlap) -> Verdict:
    """The verdict on what has been heard by now; asked again whenever more is known."""
    words = None if overlap.text is None else _words(overlap.text)
    over = overlap.silence >= SURE
    if overlap.level_db >= 0.0:
        if words and overlap.voiced >= BELIEVED and wants(words):
            return Verdict.TAKES
        if overlap.voiced >= LONG and not over and (words is None or _without_assent(words)):
            return Verdict.TAKES
        if overlap.silence >= SHORT_SILENCE and _says_much(words, overlap.voiced):
            return Verdict.TAKES
        if overlap.voiced + overlap.silence >= LATEST and not over:
            return Verdict.TAKES  # whatever its first words were, it goes on
    if words and over and not _without_assent(words) or overlap.silence >= SHORT_SILENCE:
        return Verdict.LEAVES
    return Verdict.LEAVES if overlap.voiced + overlap.silence >= LATEST else Verdict.OPEN


def wants(words: list[str]) -> bool:
    """Whether words, lower case, ask, object or command."""
    rest = _without_assent(words)
    if not rest:
        return False
    if COMMANDS & set(rest) or rest.count("no") > 1:
        return True
    if rest[0] == "no":
        return len(rest) > WORDS - 1
    first, more = rest[0], rest[1:]
    if not more:
        return False
    if first in ASKS | OBJECTS or (first in MAY_ASK and len(more) > 1) or DENIES & set(rest):
        return True
    return first in ABOUT_ME and (more[0] in SAID_OF_ME or len(more) >= WORDS)


def _says_much(words: list[str] | None, voiced: int) -> bool:
    """Whether something that is over, or has lasted, was more than a short answer."""
    if words is None:
        return voiced >= LONG
    rest = _without_assent(words)
    return len(rest) > WORDS or (len(rest) > 1 and voiced >= LONG)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower().replace("’", "'").replace("-", ""))


def _without_assent(words: list[str]) -> list[str]:
    """What is left of words once those that only assent are taken from their beginning."""
    while words:
        if words[0] in ASSENT:
            words = words[1:]
        elif " ".join(words[:3]) in ASSENTING:
            words = words[3:]
        elif " ".join(words[:2]) in ASSENTING:
            words = words[2:]
        else:
            break
    return words
