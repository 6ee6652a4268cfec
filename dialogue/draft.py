"""How one step of a conversation is made: the tables applied, and what a change of state means for replies and voices.

One rule: whatever starts, releases or cancels a reply passes through `start`, `answer` or `cancel`, so that no state
changes without its output.
"""

from __future__ import annotations

from dataclasses import replace

from dialogue.barge_in import LATEST, Verdict, judge
from dialogue.events import (
    Cancel,
    Confirm,
    Floor,
    IllegalEvent,
    KeepHeard,
    Output,
    Resume,
    StartReply,
    TurnEnded,
    Why,
)
from dialogue.floor import (
    AUDIBLE,
    CONFIRMED,
    SOUNDING,
    TAKEN,
    Machine,
    Reply,
    Request,
    State,
    Voice,
    addressees,
    same_words,
)
from dialogue.patience import patience
from dialogue.transitions import EVENT_TRIGGERED, STATE_TRIGGERED
from dialogue.types import samples

FADE_OUT = samples(0.01)  # of a cancelled voice: no click, and too short to hear as speech

S = State


class Draft:
    """One call's draft of the next machine: the only mutable thing, and nobody keeps it."""

    def __init__(self, machine: Machine, now: int) -> None:
        if now < machine.now:
            raise IllegalEvent(f"something at {now}, but {machine.now} was already told; expected no earlier sample")
        self.was, self.now, self.seats = machine, now, list(machine.seats)
        self.turn, self.queue, self.active = machine.next_turn, machine.queue, machine.active
        self.idles, self.chained, self.out = machine.idles, machine.chained, []

    def done(self) -> tuple[Machine, tuple[Output, ...]]:
        return self.machine(), tuple(self.out)

    def machine(self) -> Machine:
        return Machine(
            tuple(self.seats), self.was.dials, self.now, self.turn, self.queue, self.active, self.idles, self.chained
        )

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
                if self.able(request.participant):
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
            self.take_floor(p)
        elif new is S.TALKING:
            self.fresh()
        elif new is S.OVERLAP:
            voice = self.seats[p].voice
            self.voice(p, began=voice.since, base=voice.voiced, judged=self.now, asks=0, faded=False, words=None)

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

    def able(self, p: int) -> bool:
        return self.seats[p].voiced and not self.seats[p].muted and self.seats[p].state is S.QUIET

    def fresh(self) -> None:
        """Somebody human takes the floor: what waited for it was about something else."""
        self.queue, self.idles, self.chained = (), 0, 0

    def wait(self, p: int, voice: Voice) -> None:
        self.voice(p, wait=max(patience(voice.evidence, voice.pace), 0))

    def early(self, p: int, since: int) -> bool:
        """Whether a reply to this one had only just begun at `since`: nobody can have reacted to it."""
        sounded = [s.reply.sounded for s in self.seats if s.state in AUDIBLE and s.reply.to == p]
        return any(at is not None and since - at <= self.was.dials.conflict for at in sounded)

    def speculate(self, p: int, text: str) -> None:
        for i, seat in enumerate(self.seats):
            if seat.state is S.SPECULATING and seat.reply.to == p and not same_words(seat.reply.text, text):
                self.cancel(i)
        for first in addressees(self.seats, p, text)[:1]:
            others_hold = any(s.state in TAKEN for i, s in enumerate(self.seats) if i != p)
            if self.able(first) and not others_hold:
                self.start(first, p, text, held=True)

    def answer(self, p: int, text: str) -> None:
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

    def recover(self, p: int, reply: Reply) -> None:
        if reply.why is not Why.RECOVERY and self.able(p) and self.free():
            self.start(p, reply.to, reply.text, Why.RECOVERY)

    def judge(self, p: int) -> None:
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
                self.take_floor(p)

    def take_floor(self, p: int) -> None:
        """An overlap becomes a turn: its own, or the rest of the one that was answered too early."""
        voice = self.seats[p].voice
        if voice.base == 0:  # nothing was said before it that waits for an answer
            voice = self.voice(p, start=voice.began, text=voice.words)
        voice = self.voice(p, asked=False, signed=self.now)
        self.fresh()
        if self.seats[p].state is S.PAUSED:
            self.wait(p, voice)
