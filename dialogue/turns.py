"""Whose turn it is: every rule of taking turns, as two tables, and what follows when a state changes.

Two rules. Everything that changes a state is in these tables; and this file does not know who is human: a participant is
heard or voiced (dialogue/floor.py). EVENT_TRIGGERED tells what an event of one participant does to their state,
STATE_TRIGGERED what the states of all then do to each; the second is applied until nothing changes. An event that has no
entry is illegal: it raises, and nothing has changed. No clock is read: `deadline` says when to call `expire`.

Source: h11's two tables (_state.py), aioquic's timer; the figures are argued in dialogue/floor.py's Dials.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dialogue.barge_in import FADE, LATEST, Verdict, judge
from dialogue.events import (
    Backchannel,
    Cancel,
    Confirm,
    Duck,
    EndOfTurn,
    Event,
    Failed,
    Floor,
    IllegalEvent,
    KeepHeard,
    Looked,
    Muted,
    OfReply,
    Output,
    Played,
    ReplyFailed,
    ReplyFinished,
    ReplyStarted,
    Resume,
    SentenceReady,
    Sign,
    StartReply,
    Transcribe,
    Transcript,
    TurnEnded,
    Typed,
    Unmuted,
    VoiceStarted,
    VoiceStopped,
    Why,
)
from dialogue.floor import (
    AUDIBLE,
    CONFIRMED,
    SOUNDING,
    TAKEN,
    WORDS,
    Clock,
    Dials,
    Machine,
    Reply,
    Request,
    Seat,
    State,
    Voice,
    addressees,
    called,
    due,
    listener,
    next_to_speak,
    same_words,
)
from dialogue.patience import patience, paused
from dialogue.types import samples

FADE_OUT = samples(0.01)  # of a cancelled voice: no click, and too short to hear as speech
SAID_MOST = 4000  # characters kept of what a reply said: names are looked for in it

S = State
_TOLD = (Transcript, EndOfTurn, Looked, Unmuted)  # these tell something of whoever is heard, and move nobody
_MADE = (ReplyStarted, SentenceReady)


def _stay(state: State, *events: type) -> dict:
    return {event: state for event in events}


EVENT_TRIGGERED: dict[bool, dict[State, dict[object, State]]] = {  # voiced -> state -> event -> state
    False: {
        S.QUIET: {VoiceStarted: S.ONSET, Typed: S.WAITING, **_stay(S.QUIET, Muted, *_TOLD)},
        S.TALKING: {VoiceStopped: S.PAUSED, Muted: S.PAUSED, Typed: S.ASIDE, **_stay(S.TALKING, *_TOLD)},
        S.PAUSED: {
            VoiceStarted: S.ONSET,
            Clock.PATIENCE: S.WAITING,
            Clock.NOTHING: S.QUIET,
            Typed: S.WAITING,
            **_stay(S.PAUSED, Muted, *_TOLD),
        },
        S.WAITING: {VoiceStarted: S.ONSET, **_stay(S.WAITING, Typed, Muted, *_TOLD)},
        S.OVERLAP: {
            VoiceStopped: S.HUSHED,
            Muted: S.HUSHED,
            Verdict.TAKES: S.TALKING,
            Verdict.LEAVES: S.ASIDE,
            Typed: S.ASIDE,
            **_stay(S.OVERLAP, *_TOLD),
        },
        S.HUSHED: {
            VoiceStarted: S.OVERLAP,
            Verdict.TAKES: S.PAUSED,
            Verdict.LEAVES: S.QUIET,
            Typed: S.WAITING,
            **_stay(S.HUSHED, Muted, *_TOLD),
        },
        S.ASIDE: {
            VoiceStopped: S.QUIET,
            Muted: S.QUIET,
            Verdict.TAKES: S.TALKING,
            **_stay(S.ASIDE, Typed, *_TOLD),
        },
    },
    True: {
        S.QUIET: {(StartReply, True): S.SPECULATING, (StartReply, False): S.PREPARING, **_stay(S.QUIET, *_TOLD[2:], Muted)},
        S.SPECULATING: {
            Confirm: S.PREPARING,
            Cancel: S.QUIET,
            ReplyFailed: S.QUIET,
            Muted: S.QUIET,
            **_stay(S.SPECULATING, *_MADE, *_TOLD[2:]),
        },
        S.PREPARING: {
            Played: S.SPEAKING,
            ReplyFinished: S.QUIET,
            Clock.NOTHING: S.QUIET,
            Clock.STALLED: S.QUIET,
            Cancel: S.QUIET,
            Muted: S.QUIET,
            **_stay(S.PREPARING, *_MADE, ReplyFailed, *_TOLD[2:]),
        },
        S.SPEAKING: {
            Clock.FADE: S.DUCKED,
            ReplyFinished: S.QUIET,
            Clock.STALLED: S.QUIET,
            Cancel: S.QUIET,
            Muted: S.QUIET,
            **_stay(S.SPEAKING, *_MADE, Played, ReplyFailed, *_TOLD[2:]),
        },
        S.DUCKED: {
            ReplyFinished: S.QUIET,
            Cancel: S.QUIET,
            Muted: S.QUIET,
            **_stay(S.DUCKED, *_MADE, Played, ReplyFailed, *_TOLD[2:]),
        },
    },
}
_HOLDS = frozenset({S.TALKING, S.PAUSED})
# state -> (whether anybody else, or nobody else, is in one of these states, then this one); the first that fits counts.
STATE_TRIGGERED: dict[State, tuple[tuple[bool, frozenset[State], State], ...]] = {
    S.ONSET: ((True, AUDIBLE, S.OVERLAP), (False, AUDIBLE, S.TALKING)),
    S.OVERLAP: ((False, AUDIBLE, S.TALKING),),
    S.HUSHED: ((False, AUDIBLE, S.PAUSED),),
    S.WAITING: ((True, AUDIBLE, S.QUIET), (False, CONFIRMED, S.QUIET)),
    S.SPECULATING: ((True, frozenset({S.TALKING}), S.QUIET), (False, frozenset({S.PAUSED}), S.QUIET)),
    S.PREPARING: ((True, _HOLDS, S.QUIET),),
    S.SPEAKING: ((True, _HOLDS, S.QUIET),),
    S.DUCKED: ((True, _HOLDS, S.QUIET), (False, frozenset({S.OVERLAP, S.HUSHED}), S.SPEAKING)),
}


def begin(heard: Iterable[str], voiced: Iterable[str], dials: Dials = Dials()) -> Machine:
    """A conversation before its first sample; the heard are numbered first, then the voiced."""
    return Machine(tuple(Seat(name, False) for name in heard) + tuple(Seat(name, True) for name in voiced), dials)


def handle(machine: Machine, event: Event) -> tuple[Machine, tuple[Output, ...]]:
    """What an event makes of a conversation, after all that was due by then.

    Raises:
        IllegalEvent: it cannot happen in this state, comes before what was already told, or names nobody.
    """
    step = _Step(machine, event.at)
    step.expire()
    step.take(event)
    step.expire()
    return step.done()


def deadline(machine: Machine) -> int | None:
    """When `expire` has something to do if nothing happens before; None: never."""
    return min((at for at, _, _ in due(machine)), default=None)


def expire(machine: Machine, now: int) -> tuple[Machine, tuple[Output, ...]]:
    """What time alone makes of a conversation.

    Raises:
        IllegalEvent: now is before what was already told.
    """
    step = _Step(machine, now)
    step.expire()
    return step.done()


def admit(machine: Machine, turn: int) -> bool:
    """The one door: whether anything that this reply produced may still come in. False once it is over or cancelled."""
    return any(seat.reply is not None and seat.reply.turn == turn for seat in machine.seats)


def audible(machine: Machine, turn: int) -> bool:
    """Whether sound of this reply may leave the loudspeaker now: it is admitted, and not held."""
    return any(seat.reply is not None and seat.reply.turn == turn and seat.state in CONFIRMED for seat in machine.seats)


class _Step:
    """One call's draft of the next machine."""

    def __init__(self, machine: Machine, now: int) -> None:
        if now < machine.now:
            raise IllegalEvent(f"something at {now}, but {machine.now} was already told; expected no earlier sample")
        self.was, self.now, self.seats = machine, now, list(machine.seats)
        self.turn, self.queue, self.active = machine.next_turn, machine.queue, machine.active
        self.idles, self.chained, self.out = machine.idles, machine.chained, []

    def done(self) -> tuple[Machine, tuple[Output, ...]]:
        return self._machine(), tuple(self.out)

    def _machine(self) -> Machine:
        return Machine(
            tuple(self.seats), self.was.dials, self.now, self.turn, self.queue, self.active, self.idles, self.chained
        )

    # --- The tables.

    def move(self, p: int, trigger: object) -> None:
        seat = self.seats[p]
        table = EVENT_TRIGGERED[seat.voiced].get(seat.state, {})
        if trigger not in table:
            legal = sorted({getattr(t, "__name__", None) for t in table} - {None})
            raise IllegalEvent(
                f"{getattr(trigger, '__name__', trigger)} of {seat.name} ({p}) who is {seat.state.value}; "
                f"expected one of: {', '.join(legal)}"
            )
        self._become(p, table[trigger])

    def settle(self) -> None:
        """Apply STATE_TRIGGERED until nothing changes, then give a free floor to whoever waits for it."""
        changed = True
        while changed:
            changed = False
            for p in range(len(self.seats)):
                others = {seat.state for i, seat in enumerate(self.seats) if i != p}
                for anybody, states, new in STATE_TRIGGERED.get(self.seats[p].state, ()):
                    if anybody is not others.isdisjoint(states):
                        self._follow(p, new)
                        changed = True
                        break
            if not changed and self.queue and self.free():
                request, *rest = self.queue
                self.queue = tuple(rest)
                if self._able(request.participant):
                    self.start(request.participant, request.to, request.text)
                    changed = True

    def _become(self, p: int, state: State) -> None:
        if self.seats[p].state is not state:
            self.seats[p] = replace(self.seats[p], state=state)
            self.active = self.now

    def _follow(self, p: int, new: State) -> None:
        """One entry of STATE_TRIGGERED, and what it means for the reply or voice."""
        old = self.seats[p].state
        if new is S.QUIET and self.seats[p].voiced:
            self.cancel(p)
            return
        self._become(p, new)
        if old is S.DUCKED:
            self.out.append(Resume(self.now, self.seats[p].reply.turn, self.seats[p].reply.played))
        elif old in (S.OVERLAP, S.HUSHED):
            self._take_floor(p)
        elif new is S.TALKING:
            self._fresh()
        elif new is S.OVERLAP:
            voice = self.seats[p].voice
            self.voice(p, began=voice.since, base=voice.voiced, judged=self.now, asks=0, faded=False, words=None)

    # --- Small steps.

    def voice(self, p: int, **changes) -> Voice:
        voice = replace(self.seats[p].voice, **changes)
        self.seats[p] = replace(self.seats[p], voice=voice)
        return voice

    def reply(self, p: int, **changes) -> Reply:
        reply = replace(self.seats[p].reply, progress=self.now, **changes)
        self.seats[p] = replace(self.seats[p], reply=reply)
        return reply

    def free(self) -> bool:
        return TAKEN.isdisjoint(seat.state for seat in self.seats)

    def start(self, p: int, to: int | None, text: str, why: Why = Why.ANSWER, held: bool = False) -> None:
        self.move(p, (StartReply, held))
        reply = Reply(self.turn, to, text, why, self.now)
        self.seats[p] = replace(self.seats[p], reply=reply, spoke_to=to)
        self.turn += 1
        self.out.append(StartReply(self.now, reply.turn, p, to, text, why, held))

    def cancel(self, p: int, trigger: object = Cancel) -> None:
        seat = self.seats[p]
        released = seat.state in CONFIRMED
        self.move(p, trigger)
        self.seats[p] = replace(self.seats[p], reply=None)
        fade = FADE_OUT if released else 0
        self.out.append(Cancel(self.now, seat.reply.turn, self.now + fade, fade))
        if released:
            self.out.append(KeepHeard(self.now, p, seat.reply.turn, self.now + fade))

    def _able(self, p: int) -> bool:
        return self.seats[p].voiced and not self.seats[p].muted and self.seats[p].state is S.QUIET

    def _fresh(self) -> None:
        """Somebody human takes the floor: what waited for it was about something else."""
        self.queue, self.idles, self.chained = (), 0, 0

    # --- Events.

    def take(self, event: Event) -> None:
        if isinstance(event, OfReply):
            self._take_of_reply(event)
        else:
            p = event.participant
            if not 0 <= p < len(self.seats):
                names = ", ".join(f"{i} {seat.name}" for i, seat in enumerate(self.seats))
                raise IllegalEvent(f"{type(event).__name__} of participant {p}; expected one of: {names}")
            self._take_of_participant(p, event)
        self.settle()

    def _take_of_participant(self, p: int, event: Event) -> None:
        seat, voice = self.seats[p], self.seats[p].voice
        match event:
            case VoiceStarted():
                if seat.muted:
                    raise IllegalEvent(f"VoiceStarted of {seat.name} ({p}) who is muted; expected Unmuted before it")
                self._voice_starts(p, event)
            case VoiceStopped():
                self.move(p, VoiceStopped)
                self._voice_stops(p, self.now if event.since is None else event.since)
            case Muted():
                if seat.voiced and seat.reply is not None:
                    self.cancel(p, Muted)
                else:
                    self.move(p, Muted)
                    if seat.state in SOUNDING:
                        self._voice_stops(p, self.now)
                    if event.ends:
                        self.voice(p, over=True)
                self.seats[p] = replace(self.seats[p], muted=True)
            case Unmuted():
                self.move(p, Unmuted)
                self.seats[p] = replace(self.seats[p], muted=False)
            case Looked():
                if event.toward is not None and not 0 <= event.toward < len(self.seats) or event.toward == p:
                    raise IllegalEvent(f"Looked of {seat.name} ({p}) toward {event.toward}; expected another, or None")
                self.move(p, Looked)
                self.seats[p] = replace(self.seats[p], looks=event.toward)
            case EndOfTurn():
                self.move(p, EndOfTurn)
                if (self.now if event.upto is None else event.upto) >= voice.since and seat.state is S.PAUSED:
                    known = {n: v for n in ("acoustic", "language") if (v := getattr(event, n)) is not None}
                    self._wait(p, self.voice(p, **known))
            case Transcript():
                self.move(p, Transcript)
                self._hear(p, event.text, self.now if event.upto is None else event.upto)
            case Typed():
                self.move(p, Typed)
                self._typed(p, event.text, seat.state)
            case _:
                raise IllegalEvent(f"{type(event).__name__} is not an event; expected one of dialogue/events.py")

    def _voice_starts(self, p: int, event: VoiceStarted) -> None:
        was, voice = self.seats[p].state, self.seats[p].voice
        self.move(p, VoiceStarted)
        since = max(self.now if event.since is None else event.since, voice.since)
        new = dict(since=since, level_db=event.level_db, acoustic=None, language=None, asked=False, over=False)
        if was in (S.PAUSED, S.WAITING):  # the silence was a pause
            self.voice(p, **new, pace=paused(voice.pace, since - voice.since))
        elif was is S.HUSHED or self._early(p, since):  # the same overlap, or the turn that was answered too early
            self.voice(p, **new)
        else:
            self.seats[p] = replace(
                self.seats[p], voice=Voice(start=since, since=since, level_db=event.level_db, pace=voice.pace)
            )

    def _early(self, p: int, since: int) -> bool:
        """Whether a reply to this one had only just begun at `since`: nobody can have reacted to it."""
        sounded = [s.reply.sounded for s in self.seats if s.state in AUDIBLE and s.reply.to == p]
        return any(at is not None and since - at <= self.was.dials.conflict for at in sounded)

    def _voice_stops(self, p: int, since: int) -> None:
        voice = self.seats[p].voice
        since = max(since, voice.since)
        new = dict(since=since, voiced=voice.voiced + since - voice.since, asked=False, acoustic=None, language=None)
        self._wait(p, self.voice(p, **new))

    def _wait(self, p: int, voice: Voice) -> None:
        self.voice(p, wait=max(patience(voice.evidence, voice.pace), 0))

    def _hear(self, p: int, text: str, upto: int) -> None:
        seat = self.seats[p]
        voice = seat.voice
        if seat.state in (S.OVERLAP, S.HUSHED, S.ASIDE):
            if upto >= voice.began:
                self.voice(p, words=text, upto=upto)
                self._judge(p)
        elif seat.state in _HOLDS and upto >= max(voice.start, voice.upto):
            voice = self.voice(p, text=text, upto=upto)
            if seat.state is S.PAUSED:
                self._wait(p, voice)
                if voice.known and text.strip():
                    self._speculate(p, text)

    def _speculate(self, p: int, text: str) -> None:
        for i, seat in enumerate(self.seats):
            if seat.state is S.SPECULATING and seat.reply.to == p and not same_words(seat.reply.text, text):
                self.cancel(i)
        for first in addressees(self.seats, p, text)[:1]:
            others_hold = any(s.state in TAKEN for i, s in enumerate(self.seats) if i != p)
            if self._able(first) and not others_hold:
                self.start(first, p, text, held=True)

    def _typed(self, p: int, text: str, was: State) -> None:
        voice = self.seats[p].voice
        if was is S.PAUSED and voice.text:
            text = f"{voice.text} {text}"
        sounding = self.now - voice.since if was in SOUNDING else 0  # what is said beside the writing counts from here
        voiced = voice.voiced + sounding
        began = dict(began=self.now, base=voiced, since=self.now, voiced=voiced, words=None, judged=self.now, asks=len(WORDS))
        self.voice(p, **(began if self.seats[p].state is S.ASIDE else {}), text=None)
        for i, seat in enumerate(self.seats):
            if seat.reply is not None:
                self.cancel(i)
        self._fresh()
        self._answer(p, text)

    def _take_of_reply(self, event: OfReply) -> None:
        p = next((i for i, s in enumerate(self.seats) if s.reply is not None and s.reply.turn == event.turn), None)
        if p is None:
            fate = "is over" if 0 < event.turn < self.turn else "was never started"
            raise IllegalEvent(f"{type(event).__name__} of turn {event.turn}, which {fate}; expected only what admit lets in")
        seat, reply = self.seats[p], self.seats[p].reply
        if isinstance(event, Played) and event.upto < reply.played:
            raise IllegalEvent(f"Played of turn {reply.turn} up to {event.upto}, {reply.played} before; expected no less")
        self.move(p, type(event))
        match event:
            case ReplyStarted():
                self.reply(p)
            case SentenceReady():
                self.reply(p, said=f"{reply.said} {event.text}".strip()[-SAID_MOST:])
            case Played():
                self.reply(p, played=event.upto, sounded=self.now if reply.sounded is None else reply.sounded)
            case ReplyFinished():
                self.seats[p] = replace(self.seats[p], reply=None)
                self._finished(p, reply)
            case ReplyFailed():
                self._broke(p, seat.state, reply, event.stage)

    def _finished(self, p: int, reply: Reply) -> None:
        self.active = self.now
        self.settle()
        if reply.failed is not None:
            self._recover(p, reply)
        elif self.free() and not self.queue and self.chained < self.was.dials.chain:
            for other in [q for q in called(self.seats, p, reply.said) if self._able(q)][:1]:
                self.chained += 1
                self.start(other, p, reply.said)

    def _broke(self, p: int, was: State, reply: Reply, stage: str) -> None:
        self.out.append(Failed(self.now, reply.turn, stage))
        if was is not S.SPECULATING and (reply.said or was in AUDIBLE):
            self.reply(p, failed=stage)  # what has a voice is played
            return
        if was is not S.SPECULATING:
            self.move(p, Clock.NOTHING)
        self.seats[p] = replace(self.seats[p], reply=None)
        if was is not S.SPECULATING:  # a speculation is simply made again when the turn ends
            self._recover(p, reply)

    def _recover(self, p: int, reply: Reply) -> None:
        if reply.why is not Why.RECOVERY and self._able(p) and self.free():
            self.start(p, reply.to, reply.text, Why.RECOVERY)

    # --- Time.

    def expire(self) -> None:
        while True:
            first = min(due(self._machine()), key=lambda d: d[0], default=None)
            if first is None or first[0] > self.now:
                return
            self._fire(first[1], first[2])
            self.settle()

    def _fire(self, p: int, what: Clock) -> None:
        voice = self.seats[p].voice
        match what:
            case Clock.TRANSCRIBE:
                self.voice(p, asked=True)
                start = voice.start if self.seats[p].state is S.PAUSED else voice.began
                self.out.append(Transcribe(self.now, p, start))
            case Clock.WORDS:
                self.voice(p, asks=voice.asks + 1)
                self.out.append(Transcribe(self.now, p, voice.began))
            case Clock.PATIENCE:
                self._patience_over(p)
            case Clock.NOD | Clock.MM_HM:
                self._sign(p, Sign.NOD if what is Clock.NOD else Sign.MM_HM)
            case Clock.FADE:
                self._fade(p)
            case Clock.JUDGE:
                self._judge(p)
            case Clock.STALLED:
                reply = self.seats[p].reply
                stage = "speaker" if reply.sounded is not None else "tts" if reply.said else "llm"
                self.out.append(Failed(self.now, reply.turn, reply.failed or stage))
                self.cancel(p, Clock.STALLED)
                self._recover(p, reply)
            case Clock.IDLE:
                self.idles += 1
                to = next((i for i, s in enumerate(self.seats) if s.spoke_to == p), None)
                self.start(p, to, "", Why.PROACTIVE)

    def _patience_over(self, p: int) -> None:
        text = self.seats[p].voice.text
        if not text or not text.strip():
            self.move(p, Clock.NOTHING)
            return
        self.move(p, Clock.PATIENCE)
        self._answer(p, text)

    def _answer(self, p: int, text: str) -> None:
        """A turn is over: whoever is addressed answers, the first now, the others after."""
        whom = addressees(self.seats, p, text)
        self.out.append(TurnEnded(self.now, p, text, whom))
        self.seats[p] = replace(self.seats[p], spoke_to=whom[0] if whom else None)
        first, *rest = [q for q in whom if self.seats[q].voiced and not self.seats[q].muted] or [None]
        if first is None:
            return
        holder = next((i for i, seat in enumerate(self.seats) if seat.state in TAKEN), None)
        if holder is not None:
            rest, first = [first, *rest], holder
        elif self.seats[first].state is S.SPECULATING and same_words(self.seats[first].reply.text, text):
            self.move(first, Confirm)
            self.out.append(Confirm(self.now, self.reply(first).turn))
        else:
            for i, seat in enumerate(self.seats):
                if seat.state is S.SPECULATING:
                    self.cancel(i)
            self.start(first, p, text)
        for waits in rest:
            self.queue += (Request(waits, p, text),)
            self.out.append(Floor(self.now, first, waits))

    def _sign(self, p: int, sign: Sign) -> None:
        self.voice(p, signed=self.now, **({"hummed": self.now} if sign is Sign.MM_HM else {}))
        if (who := listener(self.seats, p)) is not None:
            self.out.append(Backchannel(self.now, who, p, sign))

    # --- Two at once.

    def _fade(self, p: int) -> None:
        voice = self.voice(p, faded=True)
        for i, seat in enumerate(self.seats):
            if seat.state is S.SPEAKING:
                if self._early(p, voice.began):
                    self.out.append(Floor(self.now, p, i))
                    self.move(p, Verdict.TAKES)
                    self._take_floor(p)
                    return
                self.move(i, Clock.FADE)
                self.out.append(Duck(self.now, seat.reply.turn))

    def _judge(self, p: int) -> None:
        seat = self.seats[p]
        sounding = seat.state in SOUNDING
        verdict = judge(seat.voice.overlap(self.now, sounding))
        voice = self.voice(p, judged=self.now)
        if seat.state is S.ASIDE:
            verdict = Verdict.OPEN if verdict is Verdict.LEAVES else verdict  # it was left already
        elif verdict is Verdict.OPEN and self.now - voice.began >= LATEST:
            verdict = Verdict.TAKES if sounding else Verdict.LEAVES
        if verdict is not Verdict.OPEN:
            self.move(p, verdict)
            if verdict is Verdict.TAKES:
                self._take_floor(p)

    def _take_floor(self, p: int) -> None:
        """An overlap becomes a turn: its own, or the rest of the one that was answered too early."""
        voice = self.seats[p].voice
        if voice.start == voice.began - voice.base or voice.base == 0:
            voice = self.voice(p, start=voice.began, text=voice.words)
        voice = self.voice(p, asked=False, signed=self.now)
        self._fresh()
        if self.seats[p].state is S.PAUSED:
            self._wait(p, voice)
