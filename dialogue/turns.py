"""Whose turn it is: what each event and each deadline means, in the order of dialogue/transitions.py's tables.

One rule: no clock is read and nothing is done here; machine and event give the next machine and what to do.
An illegal event raises, and nothing has changed. `deadline` says when to call `expire`.

Source: h11 (a table of states, illegal events), aioquic (time is an argument); figures are argued in floor.Dials.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dialogue.barge_in import Verdict
from dialogue.draft import Draft
from dialogue.events import (
    Backchannel,
    Duck,
    EndOfTurn,
    Event,
    Failed,
    Floor,
    IllegalEvent,
    Looked,
    Muted,
    OfReply,
    Opening,
    Output,
    Played,
    ReplyFailed,
    ReplyFinished,
    ReplyStarted,
    SentenceReady,
    Sign,
    Transcribe,
    Transcript,
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
    Clock,
    Dials,
    Machine,
    Reply,
    Seat,
    State,
    Voice,
    called,
    due,
    listener,
)
from dialogue.patience import paused

UNKNOWN = {"acoustic": None, "language": None, "stop": None}  # of a silence that begins
SAID_MOST = 4000  # characters kept of what a reply said: names are looked for in it

S = State


def begin(heard: Iterable[str], voiced: Iterable[str], dials: Dials = Dials()) -> Machine:
    """A conversation before its first sample; the heard are numbered first, then the voiced."""
    return Machine(tuple(Seat(name, False) for name in heard) + tuple(Seat(name, True) for name in voiced), dials)


def handle(machine: Machine, event: Event) -> tuple[Machine, tuple[Output, ...]]:
    """What an event makes of a conversation, after all that was due by then.

    Raises:
        IllegalEvent: it cannot happen in this state, comes before what was already told, or names nobody.
    """
    draft = Draft(machine, event.at)
    _expire(draft)
    _take(draft, event)
    _expire(draft)
    return draft.done()


def deadline(machine: Machine) -> int | None:
    """When `expire` has something to do if nothing happens before; None: never."""
    return min((at for at, _, _ in due(machine)), default=None)


def expire(machine: Machine, now: int) -> tuple[Machine, tuple[Output, ...]]:
    """What time alone makes of a conversation.

    Raises:
        IllegalEvent: now is before what was already told.
    """
    draft = Draft(machine, now)
    _expire(draft)
    return draft.done()


def admit(machine: Machine, turn: int) -> bool:
    """The one door: whether anything that this reply produced may still come in. False once it is over or cancelled."""
    return any(seat.reply is not None and seat.reply.turn == turn for seat in machine.seats)


def audible(machine: Machine, turn: int) -> bool:
    """Whether sound of this reply may leave the loudspeaker now: it is admitted, and not held."""
    return any(seat.reply is not None and seat.reply.turn == turn and seat.state in CONFIRMED for seat in machine.seats)


def _take(draft: Draft, event: Event) -> None:
    if isinstance(event, OfReply):
        _take_of_reply(draft, event)
    else:
        p = event.participant
        if not 0 <= p < len(draft.seats):
            names = ", ".join(f"{i} {seat.name}" for i, seat in enumerate(draft.seats))
            raise IllegalEvent(f"{type(event).__name__} of participant {p}; expected one of: {names}")
        _take_of_participant(draft, p, event)
    draft.settle()


def _take_of_participant(draft: Draft, p: int, event: Event) -> None:
    seat, voice = draft.seats[p], draft.seats[p].voice
    match event:
        case VoiceStarted():
            if seat.muted:
                raise IllegalEvent(f"VoiceStarted of {seat.name} ({p}) who is muted; expected Unmuted before it")
            _voice_starts(draft, p, event)
        case VoiceStopped():
            draft.move(p, VoiceStopped)
            _voice_stops(draft, p, draft.now if event.since is None else event.since)
        case Muted():
            if seat.voiced and seat.reply is not None:
                draft.cancel(p, Muted)
            else:
                draft.move(p, Muted)
                if seat.state in SOUNDING:
                    _voice_stops(draft, p, draft.now)
                if event.ends:
                    draft.voice(p, over=True)
            draft.seats[p] = replace(draft.seats[p], muted=True)
        case Unmuted():
            draft.move(p, Unmuted)
            draft.seats[p] = replace(draft.seats[p], muted=False)
        case Looked():
            if event.toward is not None and not 0 <= event.toward < len(draft.seats) or event.toward == p:
                raise IllegalEvent(f"Looked of {seat.name} ({p}) toward {event.toward}; expected another, or None")
            draft.move(p, Looked)
            draft.seats[p] = replace(draft.seats[p], looks=event.toward)
        case EndOfTurn():
            draft.move(p, EndOfTurn)
            if (draft.now if event.upto is None else event.upto) >= voice.since and seat.state is S.PAUSED:
                known = {n: v for n in UNKNOWN if (v := getattr(event, n)) is not None}
                draft.wait(p, draft.voice(p, **known))
        case Transcript():
            draft.move(p, Transcript)
            _hear(draft, p, event.text, draft.now if event.upto is None else event.upto)
        case Opening():
            if not draft.able(p):
                raise IllegalEvent(f"Opening of {seat.name} ({p}), who cannot speak now; expected a quiet avatar")
            if draft.free():
                draft.start(p, None, event.text, Why.OPENING)
        case Typed():
            draft.move(p, Typed)
            _typed(draft, p, event.text, seat.state)
        case _:
            raise IllegalEvent(f"{type(event).__name__} is not an event; expected one of dialogue/events.py")


def _voice_starts(draft: Draft, p: int, event: VoiceStarted) -> None:
    was, voice = draft.seats[p].state, draft.seats[p].voice
    draft.move(p, VoiceStarted)
    since = max(draft.now if event.since is None else event.since, voice.since)
    new = dict(since=since, level_db=event.level_db, **UNKNOWN, asked=False, over=False)
    if was in (S.PAUSED, S.WAITING):  # the silence was a pause
        draft.voice(p, **new, pace=paused(voice.pace, since - voice.since))
    elif was is S.HUSHED or draft.early(p, since):  # the same overlap, or the turn that was answered too early
        draft.voice(p, **new)
    else:
        draft.seats[p] = replace(
            draft.seats[p], voice=Voice(start=since, since=since, level_db=event.level_db, pace=voice.pace)
        )


def _voice_stops(draft: Draft, p: int, since: int) -> None:
    voice = draft.seats[p].voice
    since = max(since, voice.since)
    new = dict(since=since, voiced=voice.voiced + since - voice.since, asked=False, **UNKNOWN)
    draft.wait(p, draft.voice(p, **new))


def _hear(draft: Draft, p: int, text: str, upto: int) -> None:
    seat = draft.seats[p]
    voice = seat.voice
    if seat.state in (S.OVERLAP, S.HUSHED, S.ASIDE):
        if upto >= voice.began:
            draft.voice(p, words=text, upto=upto)
            draft.judge(p)
    elif seat.state in (S.TALKING, S.PAUSED) and upto >= max(voice.start, voice.upto):
        voice = draft.voice(p, text=text, upto=upto)
        if seat.state is S.PAUSED:
            draft.wait(p, voice)
            if voice.known and text.strip():
                draft.speculate(p, text)


def _typed(draft: Draft, p: int, text: str, was: State) -> None:
    voice = draft.seats[p].voice
    if was is S.PAUSED and voice.text:
        text = f"{voice.text} {text}"
    if draft.seats[p].state is S.ASIDE:  # what is said beside the writing counts from here
        beside = dict(start=draft.now, began=draft.now, since=draft.now, voiced=0, base=0, words=None, judged=draft.now)
        draft.voice(p, **beside)
    draft.voice(p, text=None)
    for i, seat in enumerate(draft.seats):
        if seat.reply is not None:
            draft.cancel(i)
    draft.fresh()
    draft.answer(p, text)


def _take_of_reply(draft: Draft, event: OfReply) -> None:
    p = next((i for i, s in enumerate(draft.seats) if s.reply is not None and s.reply.turn == event.turn), None)
    if p is None:
        fate = "is over" if 0 < event.turn < draft.turn else "was never started"
        raise IllegalEvent(
            f"{type(event).__name__} of turn {event.turn}, which {fate}; expected only what admit lets in"
        )
    seat, reply = draft.seats[p], draft.seats[p].reply
    if isinstance(event, Played) and event.upto < reply.played:
        raise IllegalEvent(f"Played of turn {reply.turn} up to {event.upto}, {reply.played} before; expected no less")
    draft.move(p, type(event))
    match event:
        case ReplyStarted():
            draft.reply(p)
        case SentenceReady():
            draft.reply(p, said=f"{reply.said} {event.text}".strip()[-SAID_MOST:])
        case Played():
            draft.reply(p, played=event.upto, sounded=draft.now if reply.sounded is None else reply.sounded)
        case ReplyFinished():
            draft.seats[p] = replace(draft.seats[p], reply=None)
            _finished(draft, p, reply)
        case ReplyFailed():
            _broke(draft, p, seat.state, reply, event.stage)


def _finished(draft: Draft, p: int, reply: Reply) -> None:
    draft.active = draft.now
    draft.settle()
    if reply.failed is not None:
        draft.recover(p, reply)
    elif draft.free() and not draft.queue and draft.chained < draft.was.dials.chain:
        for other in [q for q in called(draft.seats, p, reply.said) if draft.able(q)][:1]:
            draft.chained += 1
            draft.start(other, p, reply.said)


def _broke(draft: Draft, p: int, was: State, reply: Reply, stage: str) -> None:
    draft.out.append(Failed(draft.now, reply.turn, stage))
    if was is not S.SPECULATING and (reply.said or was in AUDIBLE):
        draft.reply(p, failed=stage)  # what has a voice is played
        return
    if was is not S.SPECULATING:
        draft.move(p, Clock.NOTHING)
    draft.seats[p] = replace(draft.seats[p], reply=None)
    if was is not S.SPECULATING:  # a speculation is simply made again when the turn ends
        draft.recover(p, reply)


def _expire(draft: Draft) -> None:
    while True:
        first = min(due(draft.machine()), key=lambda d: d[0], default=None)
        if first is None or first[0] > draft.now:
            return
        _fire(draft, first[1], first[2])
        draft.settle()


def _fire(draft: Draft, p: int, what: Clock) -> None:
    voice = draft.seats[p].voice
    match what:
        case Clock.TRANSCRIBE:
            draft.voice(p, asked=True)
            start = voice.start if draft.seats[p].state is S.PAUSED else voice.began
            draft.out.append(Transcribe(draft.now, p, start))
        case Clock.WORDS:
            draft.voice(p, asks=voice.asks + 1)
            draft.out.append(Transcribe(draft.now, p, voice.began))
        case Clock.PATIENCE:
            _patience_over(draft, p)
        case Clock.NOD | Clock.MM_HM:
            _sign(draft, p, Sign.NOD if what is Clock.NOD else Sign.MM_HM)
        case Clock.FADE:
            _fade(draft, p)
        case Clock.JUDGE:
            draft.judge(p)
        case Clock.STALLED:
            reply = draft.seats[p].reply
            stage = "speaker" if reply.sounded is not None else "tts" if reply.said else "llm"
            draft.out.append(Failed(draft.now, reply.turn, reply.failed or stage))
            draft.cancel(p, Clock.STALLED)
            draft.recover(p, reply)
        case Clock.IDLE:
            draft.idles += 1
            to = next((i for i, s in enumerate(draft.seats) if s.spoke_to == p), None)
            draft.start(p, to, "", Why.PROACTIVE)


def _patience_over(draft: Draft, p: int) -> None:
    text = draft.seats[p].voice.text
    if not text or not text.strip():
        draft.move(p, Clock.NOTHING)
        return
    draft.move(p, Clock.PATIENCE)
    draft.answer(p, text)


def _sign(draft: Draft, p: int, sign: Sign) -> None:
    draft.voice(p, signed=draft.now, **({"hummed": draft.now} if sign is Sign.MM_HM else {}))
    if (who := listener(draft.seats, p)) is not None:
        draft.out.append(Backchannel(draft.now, who, p, sign))


def _fade(draft: Draft, p: int) -> None:
    voice = draft.voice(p, faded=True)
    for i, seat in enumerate(draft.seats):
        if seat.state is S.SPEAKING:
            if draft.early(p, voice.began):
                draft.out.append(Floor(draft.now, p, i))
                draft.move(p, Verdict.TAKES)
                draft.take_floor(p)
                return
            draft.move(i, Clock.FADE)
            draft.out.append(Duck(draft.now, seat.reply.turn))
