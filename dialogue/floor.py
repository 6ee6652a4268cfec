"""Who is in a conversation, what each of them is doing, and to whom they turn: the values the turn machine is made of.

One rule: the floor does not know who is human. A participant is heard (a voice comes in) or voiced (a reply goes out).

Letter: P participants.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from dialogue.barge_in import FADE, LATEST, Overlap
from dialogue.events import Why
from dialogue.patience import Evidence, Pace
from dialogue.types import samples

SPECULATE = samples(0.1)  # of silence, then it is transcribed; 0.2 s cost 70 to 100 ms of the gap (measured)
LOOK = samples(0.05)  # an overlap is judged again this often: a decision is at most this late
WORDS = (samples(0.3), samples(0.5), samples(0.8))  # into an overlap its words are asked for (measured: yield .85)


class State(Enum):
    """What one participant is doing."""

    QUIET = "quiet"  # heard or voiced: nothing
    # heard
    ONSET = "onset"  # a voice has just begun; what it is depends on the others
    TALKING = "talking"  # has the floor
    PAUSED = "paused"  # silent, the turn may go on
    WAITING = "waiting"  # the turn is over, nobody has answered yet
    OVERLAP = "overlap"  # a voice beside another's, not judged yet
    HUSHED = "hushed"  # the same, silent again
    ASIDE = "aside"  # a voice that does not want the floor: mm-hm, talk to somebody else
    # voiced
    SPECULATING = "speculating"  # a reply is made, its sound held
    PREPARING = "preparing"  # the reply may sound, but has not yet
    SPEAKING = "speaking"
    DUCKED = "ducked"  # speaking, turned down


SOUNDING = frozenset({State.ONSET, State.TALKING, State.OVERLAP, State.ASIDE})  # a microphone hears a voice
AUDIBLE = frozenset({State.SPEAKING, State.DUCKED})
CONFIRMED = frozenset({State.PREPARING, State.SPEAKING, State.DUCKED})
HOLDING = SOUNDING | {State.PAUSED}  # who is heard has not finished
TAKEN = CONFIRMED | {State.ONSET, State.TALKING, State.PAUSED, State.OVERLAP, State.HUSHED}  # somebody has the floor


class Clock(Enum):
    """What time alone brings about."""

    TRANSCRIBE = "time to transcribe"
    PATIENCE = "patience is over"
    NOTHING = "no words"
    FADE = "voice over another's for 0.1 s"
    JUDGE = "time to judge"
    WORDS = "time to ask for words"
    NOD = "time to nod"
    MM_HM = "time to say mm-hm"
    STALLED = "no progress"
    IDLE = "long silence"


@dataclass(frozen=True)
class Dials:
    """What people may want otherwise. In samples unless the name says so.

    nod: of voice since the last sign. Switchboard's listeners give one about every 5 to 10 s, and head nods more often
        than sounds.
    mm_hm: between two spoken ones. mm_hm_pause: of silence before it: the region Ward and Tsukahara (2000) found is
        110 ms long, and Smart Turn has answered by then (100 + 40 ms). mm_hm_voice: said before the first.
    unfinished: Smart Turn's probability under which a silence is a pause, where a listener may say mm-hm.
    conflict: a voice that begins this soon after a reply did cannot be an answer to it: people need 0.2 s to react,
        and 0.1 s goes by until the voice is noticed.
    deaf: the longest wait for a transcript after the patience is over.
    stall: of no progress in a reply, then it failed. With 0.3 s for something human it is heard within 3 s.
    idle: of silence, then an avatar speaks by itself; twice as long each time, idle_times at most.
    chain: replies of avatars to each other without a human word.
    signs: whether listeners give any.
    """

    nod: int = samples(5.0)
    mm_hm: int = samples(8.0)
    mm_hm_pause: int = samples(0.2)
    mm_hm_voice: int = samples(2.5)
    unfinished: float = 0.3
    conflict: int = samples(0.3)
    deaf: int = samples(2.0)
    stall: int = samples(2.4)
    idle: int = samples(20.0)
    idle_times: int = 2
    chain: int = 4
    signs: bool = True

    def __post_init__(self) -> None:
        for name in ("nod", "mm_hm", "mm_hm_pause", "deaf", "stall", "idle"):
            if getattr(self, name) <= 0:
                raise ValueError(f"dial {name} is {getattr(self, name)}; expected samples, more than 0")


@dataclass(frozen=True)
class Voice:
    """What is known of one who is heard.

    Args:
        start: of the turn. since: of the voice or silence that lasts. voiced: samples of voice in the turn before.
        text, upto: what was said, and up to where that is known. acoustic, language, stop: about this
            silence.
        wait: the patience with this silence. asked: a transcript of this silence is asked for. over: no patience.
        began, base: of an overlap, and `voiced` then. words: said in it. judged, asks: when last, and how often asked.
        signed, hummed: when this turn last got any sign, and a spoken one.
    """

    start: int = 0
    since: int = 0
    voiced: int = 0
    text: str | None = None
    upto: int = 0
    acoustic: float | None = None
    language: float | None = None
    stop: float | None = None
    wait: int = 0
    asked: bool = False
    over: bool = False
    level_db: float = 0.0
    began: int = 0
    base: int = 0
    words: str | None = None
    judged: int = 0
    asks: int = 0
    faded: bool = False
    signed: int = 0
    hummed: int | None = None
    pace: Pace = field(default_factory=Pace)

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.voiced, self.acoustic, self.text, self.language, self.stop)

    @property
    def known(self) -> bool:
        """Whether the transcript reaches into this silence."""
        return self.text is not None and self.upto >= self.since

    def overlap(self, now: int, sounding: bool) -> Overlap:
        lasting = now - self.since
        voiced = self.voiced - self.base + (lasting if sounding else 0)
        return Overlap(voiced, 0 if sounding else lasting, self.words, self.level_db)


@dataclass(frozen=True)
class Reply:
    """A reply in the making or sounding. `progress`: when it last got on. `sounded`: when it began to, None: not yet.
    `played`: samples of it. `said`: what has a voice. `failed`: the stage that did."""

    turn: int
    to: int | None
    text: str
    why: Why
    progress: int
    sounded: int | None = None
    played: int = 0
    said: str = ""
    failed: str | None = None


@dataclass(frozen=True)
class Seat:
    """One participant. `looks`: at whom they look; `spoke_to`: whom they addressed last."""

    name: str
    voiced: bool
    state: State = State.QUIET
    muted: bool = False
    looks: int | None = None
    spoke_to: int | None = None
    voice: Voice = Voice()
    reply: Reply | None = None


@dataclass(frozen=True)
class Request:
    """A reply that waits for the floor."""

    participant: int
    to: int
    text: str


@dataclass(frozen=True)
class Machine:
    """A conversation at one moment. `active`: when somebody last did anything. `idles`, `chained`: replies without a
    human word, proactive ones and those to another avatar."""

    seats: tuple[Seat, ...]
    dials: Dials = Dials()
    now: int = 0
    next_turn: int = 1
    queue: tuple[Request, ...] = ()
    active: int = 0
    idles: int = 0
    chained: int = 0

    def __post_init__(self) -> None:
        if not self.seats:
            raise ValueError("a conversation has no participants; expected one at least")

    @property
    def states(self) -> tuple[State, ...]:
        return tuple(seat.state for seat in self.seats)


def due(machine: Machine) -> Iterator[tuple[int, int, Clock]]:
    """(when, participant, what) of all that time alone will bring about if nothing happens."""
    for p, seat in enumerate(machine.seats):
        for at, what in _due_voiced(seat, machine.dials) if seat.voiced else _due_heard(seat, machine):
            yield at, p, what
    if all(seat.state is State.QUIET for seat in machine.seats) and machine.idles < machine.dials.idle_times:
        if (speaker := next_to_speak(machine.seats)) is not None:
            yield machine.active + (machine.dials.idle << machine.idles), speaker, Clock.IDLE


def _due_voiced(seat: Seat, dials: Dials) -> Iterator[tuple[int, Clock]]:
    if seat.state in (State.PREPARING, State.SPEAKING):
        yield seat.reply.progress + dials.stall, Clock.STALLED


def _due_heard(seat: Seat, machine: Machine) -> Iterator[tuple[int, Clock]]:
    voice, dials, state = seat.voice, machine.dials, seat.state
    if state is State.TALKING:
        if dials.signs:
            yield max(voice.start, voice.signed) + dials.nod, Clock.NOD
    elif state is State.PAUSED:
        if not voice.asked:
            yield voice.since + SPECULATE, Clock.TRANSCRIBE
        wait = 0 if voice.over else voice.wait
        yield voice.since + wait + (0 if voice.known else dials.deaf), Clock.PATIENCE
        if dials.signs and voice.acoustic is not None and voice.acoustic < dials.unfinished:
            if voice.voiced >= dials.mm_hm_voice and (voice.hummed is None or machine.now - voice.hummed > dials.mm_hm):
                yield voice.since + dials.mm_hm_pause, Clock.MM_HM
    elif state in (State.OVERLAP, State.HUSHED, State.ASIDE):
        yield voice.judged + LOOK, Clock.JUDGE
        if state is State.OVERLAP:
            if not voice.faded:  # voice alone counts, not the silences in it
                yield voice.since + FADE - (voice.voiced - voice.base), Clock.FADE
            if voice.asks < len(WORDS):
                yield voice.began + WORDS[voice.asks], Clock.WORDS
        if state is State.HUSHED and not voice.asked:
            yield voice.since + SPECULATE, Clock.TRANSCRIBE
        if state is not State.ASIDE and voice.began + LATEST > voice.judged:
            yield voice.began + LATEST, Clock.JUDGE


def addressees(seats: tuple[Seat, ...] | list[Seat], speaker: int, text: str) -> tuple[int, ...]:
    """To whom a text is said: those it calls by name, else whom the speaker looks at, else whom they addressed last,
    else who addressed them, else the first who can answer. A name at either end of a sentence calls; one in the midst
    is talked about, and counts only when nobody is called. Empty: nobody is there."""
    named = called(seats, speaker, text)
    if named:
        return named
    me = seats[speaker]
    others = [p for p, seat in enumerate(seats) if seat.voiced and not seat.muted and p != speaker]
    if me.looks is not None:
        return (me.looks,)
    if me.spoke_to in others:
        return (me.spoke_to,)
    return next(((p,) for p in others if seats[p].spoke_to == speaker), tuple(others[:1]))


def called(seats: tuple[Seat, ...] | list[Seat], speaker: int, text: str) -> tuple[int, ...]:
    """Those whom a text names, in its order."""
    hailed, named = [], []
    for p, seat in enumerate(seats):
        if p != speaker and (found := re.search(rf"\b{re.escape(seat.name)}\b", text, re.I)):
            named.append((found.start(), p))
            before, after = r"(?:^|[.!?,;]|\band\b|\bhey\b|\bhi\b)\s*", r"\s*(?:$|[.!?,;:]|and\b)"
            if re.search(before + re.escape(seat.name) + after, text, re.I):
                hailed.append((found.start(), p))
    return tuple(p for _, p in sorted(hailed or named))


def attention(seats: tuple[Seat, ...] | list[Seat]) -> tuple[int | None, ...]:
    """At whom each looks: who speaks at whom they speak to, everybody else at whoever speaks; where nobody does, at
    whoever looks at them, else at whom they addressed last or were addressed by, else a person at the first avatar and
    an avatar at the first person. None: nobody is there."""
    talks = [p for p, seat in enumerate(seats) if seat.state in (AUDIBLE if seat.voiced else HOLDING)]
    return tuple(_looks(seats, p, talks) for p in range(len(seats)))


def _looks(seats: tuple[Seat, ...] | list[Seat], p: int, talks: list[int]) -> int | None:
    seat = seats[p]
    if not seat.voiced and seat.looks is not None:
        return seat.looks  # it was told
    if seat.reply is not None and seat.state in CONFIRMED and seat.reply.to is not None:
        return seat.reply.to
    others = [q for q in talks if q != p]
    mutual = [q for q, other in enumerate(seats) if other.looks == p]
    near = [seat.spoke_to] if seat.spoke_to is not None else []
    by = [q for q, other in enumerate(seats) if other.spoke_to == p]
    rest = [q for q, other in enumerate(seats) if other.voiced is not seat.voiced]
    return next(iter((others if p not in talks else []) + mutual + near + by + rest), None)


def listener(seats: tuple[Seat, ...] | list[Seat], speaker: int) -> int | None:
    """Who shows the speaker that they follow: whom they talk to, if that one has a voice and is silent."""
    for p in addressees(seats, speaker, ""):
        if seats[p].voiced and not seats[p].muted and seats[p].state is State.QUIET:
            return p
    return None


def next_to_speak(seats: tuple[Seat, ...] | list[Seat]) -> int | None:
    """Who breaks a long silence: whom somebody addressed last, else the first who has a voice."""
    able = [p for p, seat in enumerate(seats) if seat.voiced and not seat.muted]
    wanted = [seat.spoke_to for seat in seats if not seat.voiced and seat.spoke_to in able]
    return next(iter(wanted + able), None)


def same_words(one: str, other: str) -> bool:
    """Whether two transcripts differ in case and punctuation alone."""
    return one == other or _bare(one) == _bare(other)


def _bare(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
