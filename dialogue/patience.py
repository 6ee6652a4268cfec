"""How long a silence must last before the turn of whoever spoke counts as over.

One rule: never one source alone. The microphone's silence, what the voice sounded like (Smart Turn), what was said, how
nearly a transcriber wrote a full stop, how likely a language model finds the end, and how this person pauses each
shorten or lengthen the wait; none ends a turn.

The wait keeps two prices level: to wait longer costs whoever is done, to wait less cuts off whoever is not. Silences
inside turns grow rare as a power of their length, so the best wait is exp(-score / SLOPE), where the score is the
logarithm of the odds that the turn is over: a sum of evidence, each with its WEIGHTS.

Source: measured on simulated callers and on recordings of people, `duologue bench turns`. Weights by logistic
regression on 2665 silences of 1600 turns of what the callers' tuning set says, in 40 voices of hibari that are not
judged and eight of flite, rounded to a twentieth. On phrases, fillers and voices that a fit had not seen (eight parts
in turn) the pauses cut off at a mean latency of 0.6 s are 10.2 %; with the weights and fillers before, 10.9; by a
plain timer, 20.7.

Tried there, each for 0.4 % of pauses at most: how the last words sound to the transcriber's encoder, a hearing
without a prompt or by a larger Whisper, Smart Turn asked again at 0.5 s, the chance of each mark, the last sentence
alone put to the language model, questions, numbers of words and sentences, other exponents, a small neural network
over all of it. Three in four of the cut-offs that are left are sentences that could have been the last, and lists
that go on.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from dialogue.types import RATE, samples

LEAST, MOST = samples(0.2), samples(3.0)
READY = samples(0.25)  # when Smart Turn and the transcript have answered: sooner, nothing is known
PLAIN_S = 0.8  # of a turn as likely over as not; a machine that answers in 0.3 s then has a gap of 1 s at most
UNKNOWN_S = 0.9  # while nothing is known but the silence
COMPLETE_S = 0.95  # at most, where nothing that was said asks for more: else the slowest answers were 3 s late
SLOPE = 2.0  # between 1.5 and 2.5 hardly anything changes; people's pauses of 0.4 to 1.6 s: 2.2 (app/callers.py)
HESITANT = (
    "Um, so I was, uh, thinking about... hmm, well, you know, it's like, um,"  # prompt for a transcriber: see below
)

# Whisper writes what people meant, and leaves out um and the broken end. Prompted with hesitant text it writes both.
# Words behind which these are none: I think so, it went well.
COMPLETE = {
    "so": "think suppose hope guess believe say said told do",
    "well": "as very pretty quite slept sleep went go goes going did do doing feel feeling works worked",
}
FILLER = re.compile(
    r"\b((u+m+|u+h+|er+m*|a+h+|eh|huh|uh[ -]?huh|h+m+|mm+|let me (see|think)|let's see)[\s,.…?!—–-]*|"
    r"(you know|you see|i mean|like|"
    + "".join("".join(rf"(?<!\b{word} )" for word in before.split()) + f"{last}|" for last, before in COMPLETE.items())
    + r"anyway|basically|sort of|kind of|"
    r"what's it called|how (shall|do|should) i (put|say) (it|this|that))[\s,.…—–-]*)$"  # questions, if marked as such
)
TRAILS = re.compile(r"(\.\.\.|…|-|—|–)\s*$")
OPEN = frozenset(
    """
    a an the this my your his her its our their some any every of in on at to for with from by about into over under
    than as and or but because if when while although though since until before after which who whose where that i we
    they he she is are was were be been am can could would should will shall may might must do does did have has i'm
    i'll i'd we'll they're just very too not really actually
    """.split()
)  # a sentence does not end with these
BRIEF, ANSWER = 3, 1.5  # words of a sentence that is an answer; its voice counts as so many times longer


@dataclass(frozen=True)
class Weights:
    """What each kind of evidence adds to the logarithm of the odds that a turn is over."""

    bias: float = -1.50  # the fit says -1.40; a tenth less cuts off fewer, and the slowest answers stay below a second
    acoustic: float = 0.10  # times the log odds of Smart Turn, between a fiftieth and its certainty
    language: float = 0.20  # times the log odds of the language model
    stop: float = 0.10  # times the log odds of a full stop, by the transcriber
    open: float = -0.10  # the last word wants another one: by hand, the other sources know it already
    comma: float = -0.10  # at the end of the text: by hand likewise
    filler: float = -2.50  # the last word is none: um, you know. By the fit -3.65, but not every like or well is one
    trails: float = -1.25  # the text trails off: ... or a dash
    said: float = 2.50  # times the natural logarithm of the seconds of voice: nobody is done who has hardly begun
    last: float = 0.70  # a sentence of two words that follows others is hardly a beginning


WEIGHTS = Weights()
CERTAIN = 0.995  # no source is surer than this
UNSURE_ACOUSTIC, UNSURE_LANGUAGE, UNSURE_STOP = 0.02, 0.005, 0.01  # nor than this
USUAL_ACOUSTIC, USUAL_LANGUAGE, USUAL_STOP = 0.9, 0.4, 0.6  # of a pause; what is assumed where nobody has listened
SHORTEST_S, LONGEST_S = 0.5, 3.0  # of voice; beyond, it makes no difference
EVEN = 0.55  # how strongly a person's own pauses count: the exponent of their mean over the usual one
USUAL = RATE // 2
FEW = 4  # pauses after which half of what is known of a person is believed


@dataclass(frozen=True)
class Evidence:
    """What is known about a silence. None: not known (yet).

    Args:
        said: samples of voice in the turn so far.
        acoustic: 0..1, how complete the turn sounds.
        text: what was said so far.
        language: 0..1, how likely the text ends here.
        stop: 0..1, how likely the transcriber hears a full stop here.
    """

    said: int
    acoustic: float | None = None
    text: str | None = None
    language: float | None = None
    stop: float | None = None


@dataclass(frozen=True)
class Pace:
    """How a person pauses: the mean length of the silences inside the turns heard so far, and how many."""

    hold: int = USUAL
    holds: int = 0


def patience(evidence: Evidence, pace: Pace = Pace()) -> int:
    """Samples of silence after which the turn is over, from all that is known now; asked again when more is known."""
    known = any(x is not None for x in (evidence.acoustic, evidence.text, evidence.language, evidence.stop))
    wait_s = PLAIN_S * math.exp(-score(evidence) / SLOPE) if known else UNKNOWN_S
    if evidence.text and not hesitant(evidence):
        wait_s = min(wait_s, COMPLETE_S)
    wait = round(wait_s * own(pace) * RATE)
    return min(max(wait, READY if known else LEAST), MOST)


def score(evidence: Evidence, weights: Weights = WEIGHTS) -> float:
    """The logarithm of the odds that the turn is over."""
    text = None if evidence.text is None else _plain(evidence.text)
    few = text is not None and 0 < len(_words(text)) <= BRIEF
    said_s = evidence.said / RATE * (ANSWER if few else 1.0)
    out = weights.bias + weights.said * math.log(min(max(said_s, SHORTEST_S), LONGEST_S))
    for chance, usual, least, weight in (
        (evidence.acoustic, USUAL_ACOUSTIC, UNSURE_ACOUSTIC, weights.acoustic),
        (evidence.language, USUAL_LANGUAGE, UNSURE_LANGUAGE, weights.language),
        (evidence.stop, USUAL_STOP, UNSURE_STOP, weights.stop),
    ):
        out += weight * _log_odds(usual if chance is None else chance, least)
    return out if text is None else out + _of_text(text, weights)


def hesitant(evidence: Evidence) -> bool:
    """Whether what was said asks for more: it trails off, its last word is none or wants another one, or a transcriber
    would rather not write a full stop behind it."""
    text, stop = _plain(evidence.text or ""), evidence.stop
    asks = _open(text) or text.endswith(",") or bool(FILLER.search(text) or TRAILS.search(text))
    return asks or (stop is not None and stop < 0.5)


def paused(pace: Pace, silence: int) -> Pace:
    """The pace after one more silence that turned out to be a pause."""
    weight = min(pace.holds + 1, 8)
    return Pace(pace.hold + (silence - pace.hold) // weight, pace.holds + 1)


def own(pace: Pace) -> float:
    """By how much a person's wait is longer than others', 0.75..1.5; 1 for somebody who is not known yet."""
    believed = pace.holds / (pace.holds + FEW)
    return min(max((max(pace.hold, 1) / USUAL) ** (EVEN * believed), 0.75), 1.5)


def _of_text(text: str, weights: Weights) -> float:
    if not text:
        return weights.trails  # a voice, and no words to be believed: anything may come
    sentences = [_words(s) for s in re.split(r"(?<=[.?!])\s+", text) if s]
    out = weights.open if _open(text) else 0.0
    out += weights.filler if FILLER.search(text) else 0.0
    out += weights.trails if TRAILS.search(text) else 0.0
    out += weights.comma if text.endswith(",") else 0.0
    return out + (weights.last if len(sentences[-1]) < BRIEF and len(sentences) > 1 else 0.0)


def _plain(text: str) -> str:
    return text.strip().lower().replace("’", "'")


def _words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text)


def _open(text: str) -> bool:
    return not OPEN.isdisjoint(_words(text)[-1:])


def _log_odds(chance: float, least: float) -> float:
    chance = min(max(chance, least), CERTAIN)
    return math.log(chance / (1.0 - chance))
