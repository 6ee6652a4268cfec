"""Figures of the turn machine alone: how fast it steps, how soon it answers, whether a cancelled reply is ever heard.

One rule: a session of stubs on a virtual clock runs the real machine and the real policies; what they decide is
compared with what the caller truly meant, which only the script knows. Positions are samples at RATE.

Source of the stubs' times: Smart Turn 40 ms, Whisper tiny 60 ms, P(end) 45 ms after it, LLM and TTS 300 ms.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from app.bench import Ask, Figure
from dialogue import events as e
from dialogue import turns
from dialogue.floor import Machine
from dialogue.types import RATE, samples, seconds

SEED = 41
TURNS, INTERLEAVINGS, STEPS = 500, 10_000, 20_000
BLOCK = RATE // 100  # of the loudspeaker, 10 ms
NOTICE = samples(0.064)  # two frames of Silero until a voice or its end is noticed
SMART_TURN, ASR, P_END, REPLY = samples(0.04), samples(0.06), samples(0.045), samples(0.3)
CHUNK = samples(0.2)
PHRASES = (  # what is said before a pause inside a turn, and what ends it
    ("I was wondering if", "you could tell me about the sea."),
    ("So yesterday we went to the", "old harbour with my sister."),
    ("Well, um,", "I think I would like some tea."),
    ("My brother and", "I have never been there."),
    ("Could you please", "tell me what time it is?"),
    ("The thing is that", "nobody knows the answer."),
)
HOLD_S, HOLD_SPREAD, HOLD_RANGE_S = 0.45, 0.5, (0.15, 2.0)  # pauses inside turns: median, spread of the log, limits


@dataclass
class Stubs:
    """A session whose ear, mind and voice take a given time; everything happens on one heap.

    Args:
        late: how much longer a stage takes, drawn for each piece of work.
        truth: what is being said, and whether it is the end; only the stubs for evidence look at it.
    """

    rng: np.random.Generator
    late: float = 0.0
    machine: Machine = field(default_factory=lambda: turns.begin(("user",), ("ada",)))
    heap: list = field(default_factory=list)
    order: int = 0
    truth: tuple[str, bool] = ("", False)
    made: dict[int, list[int]] = field(default_factory=dict)  # turn -> chunks of its voice that have come in
    cuts: dict[int, int] = field(default_factory=dict)
    played: dict[int, tuple[int, int]] = field(default_factory=dict)  # turn -> its first sample and the end of its last
    done: dict[int, int] = field(default_factory=dict)  # turn -> samples of it that were played
    chunks: int = 6
    steps: int = 0  # events and deadlines that the machine took
    illegal: int = 0

    def admits(self, turn: int) -> bool:
        return turns.admit(self.machine, turn)

    def sounds(self, turn: int) -> bool:
        return turns.audible(self.machine, turn)

    def later(self, at: int, do: Callable[[int], None]) -> None:
        self.order += 1
        heapq.heappush(self.heap, (at, self.order, do))

    def work(self, at: int, takes: int, do: Callable[[int], None]) -> None:
        self.later(at + takes + round(self.late * takes * self.rng.exponential()), do)

    def run(self, until: int) -> None:
        """All that happens up to `until`, deadlines of the machine in their place."""
        while True:
            due = turns.deadline(self.machine)
            head = self.heap[0][0] if self.heap else None
            if due is not None and due <= until and (head is None or due <= head):
                self.machine, out = turns.expire(self.machine, due)
                self.steps += 1
                self._do(out)
            elif head is not None and head <= until:
                at, _, do = heapq.heappop(self.heap)
                do(at)
            else:
                return

    def tell(self, event: e.Event) -> None:
        try:
            self.machine, out = turns.handle(self.machine, event)
        except e.IllegalEvent:
            self.illegal += 1
            return
        self.steps += 1
        self._do(out)

    def _do(self, out: tuple[e.Output, ...]) -> None:
        for o in out:
            match o:
                case e.Transcribe():
                    self._listen(o)
                case e.StartReply():
                    self.made[o.turn] = []
                    for i in range(self.chunks):
                        self.work(o.at, REPLY + i * CHUNK // 2, lambda at, t=o.turn: self._chunk(at, t))
                    self.later(o.at + BLOCK, lambda at, t=o.turn: self._block(at, t))
                case e.Cancel():
                    self.cuts[o.turn] = o.cut

    def _listen(self, o: e.Transcribe) -> None:
        text, ends = self.truth
        heard = dict(participant=o.participant, upto=o.at)
        acoustic = float(self.rng.beta(9, 1) if ends else self.rng.beta(1.5, 4))
        language = float(self.rng.beta(6, 2) if ends else self.rng.beta(1.5, 5))
        self.work(o.at, SMART_TURN, lambda at: self.tell(e.EndOfTurn(at, acoustic=acoustic, **heard)))
        stop = float(self.rng.beta(2.2, 0.45) if ends else self.rng.beta(1.1, 1.1))  # as of tuning callers
        self.work(o.at, ASR, lambda at: self.tell(e.EndOfTurn(at, stop=stop, **heard)))
        self.work(o.at, ASR, lambda at: self.tell(e.Transcript(at, text=text, **heard)))
        self.work(o.at, ASR + P_END, lambda at: self.tell(e.EndOfTurn(at, language=language, **heard)))

    def _chunk(self, at: int, turn: int) -> None:
        if self.admits(turn):
            self.made[turn].append(CHUNK)
            self.tell(e.SentenceReady(at, turn, "so"))

    def _block(self, at: int, turn: int) -> None:
        """The loudspeaker asks for its next 10 ms of this reply. Only the door keeps a cancelled one out."""
        played = self.done.get(turn, 0)
        size = min(BLOCK, sum(self.made[turn]) - played)
        if not self.admits(turn):
            return
        if size > 0 and self.sounds(turn):
            self.done[turn] = played + size
            self.played[turn] = (self.played.get(turn, (at, 0))[0], at + size)
            self.tell(e.Played(at, turn, played + size))
        if self.done.get(turn, 0) >= self.chunks * CHUNK:
            self.tell(e.ReplyFinished(at, turn))
        else:
            self.later(at + BLOCK, lambda then: self._block(then, turn))


@dataclass(frozen=True)
class Heard:
    """What 500 turns came to: gaps in seconds; turns the avatar broke into, pauses and those it took for ends."""

    gaps: tuple[float, ...]
    interrupted: int
    pauses: int
    taken: int


def figures(ask: Ask) -> Iterator[Figure]:
    """Every figure of the machine; a fifth of it when quick."""
    part = 5 if ask.quick else 1
    yield Figure("steps_per_s", steps_per_s(STEPS // part), "1/s", low=3500)
    late = sum(late_samples(seed) for seed in range(INTERLEAVINGS // part))
    yield Figure("cancelled_samples_late", late, "samples", high=0, note=f"{INTERLEAVINGS // part} interleavings")
    heard = conversation(TURNS // part, SEED)
    count = len(heard.gaps)
    p50, p95 = np.percentile(heard.gaps, (50, 95)) * 1000
    note = f"{count} virtual turns answered, stub of 300 ms"
    yield Figure("gap_p50_ms", float(p50), "ms", high=650, note=note)
    yield Figure("gap_p95_ms", float(p95), "ms", high=1000, note=note)
    yield Figure("agent_interrupts_per_turn", heard.interrupted / (TURNS // part), "", high=0.05)
    yield Figure("pause_takeover", heard.taken / max(heard.pauses, 1), "", high=0.10, note=f"{heard.pauses} pauses")


def steps_per_s(steps: int) -> float:
    """Events and deadlines that the machine takes in a second of a busy conversation, the stubs' own time included."""
    stubs = Stubs(np.random.default_rng([SEED, 1]))
    begun, at = time.perf_counter(), RATE
    while stubs.steps < steps:
        at = say(stubs, at, float(stubs.rng.uniform(0.5, 3.0)), "Tell me more.", True)
        stubs.run(at + 3 * RATE)
        at += 3 * RATE
    return stubs.steps / (time.perf_counter() - begun)


def late_samples(seed: int, session: type[Stubs] = Stubs) -> int:
    """Samples of cancelled replies that sounded at or after their cut, in one seeded conversation of some seconds."""
    stubs = session(np.random.default_rng([SEED, 2, seed]), late=2.0)
    at = RATE // 2
    for _ in range(3):  # a voice or a line of text at any moment, mostly into whatever is going on
        if stubs.rng.random() < 0.4:
            stubs.later(at, lambda then: stubs.tell(e.Typed(then, 0, "Stop. What is this?")))
        else:
            at = say(stubs, at, float(stubs.rng.uniform(0.1, 1.6)), "Wait, what about the sea?", True)
        at += samples(float(stubs.rng.uniform(0.3, 1.5)))
        stubs.run(at)
    stubs.run(at + 2 * RATE)
    return sum(max(0, stubs.played[turn][1] - cut) for turn, cut in stubs.cuts.items() if turn in stubs.played)


def conversation(count: int, seed: int) -> Heard:
    """So many turns of one caller, half of them with a pause inside."""
    rng = np.random.default_rng([SEED, 3, seed])
    stubs, at, gaps, interrupted, pauses, taken = Stubs(rng), RATE, [], 0, 0, 0
    for _ in range(count):
        first, rest = PHRASES[rng.integers(len(PHRASES))]
        known, broken = set(stubs.played), False
        if rng.random() < 0.5:
            stopped = say(stubs, at, float(rng.uniform(0.6, 2.0)), first, False)
            hold = float(np.clip(rng.lognormal(np.log(HOLD_S), HOLD_SPREAD), *HOLD_RANGE_S))
            at = stopped + samples(hold)
            stubs.run(at)
            pauses += 1
            broken = bool(set(stubs.played) - known)
            taken += broken
        end = say(stubs, at, float(rng.uniform(0.8, 2.5)), f"{first} {rest}", True)
        stubs.run(end)
        broken |= any(start < end for turn, (start, _) in stubs.played.items() if turn not in known)
        interrupted += broken
        stubs.run(end + 4 * RATE)
        starts = [start for turn, (start, _) in stubs.played.items() if turn not in known and start >= end]
        if starts:
            gaps.append(seconds(min(starts) - end))
        at = end + 4 * RATE
    return Heard(tuple(gaps), interrupted, pauses, taken)


def say(stubs: Stubs, at: int, length_s: float, text: str, ends: bool) -> int:
    """A voice from `at` on; its end. What it says is known to the stubs from its beginning."""
    end = at + samples(length_s)

    def begins(then: int) -> None:
        stubs.truth = (text, ends)
        stubs.tell(e.VoiceStarted(then, 0, since=at, level_db=12.0))

    stubs.later(at + NOTICE, begins)
    stubs.later(end + NOTICE, lambda then: stubs.tell(e.VoiceStopped(then, 0, since=end)))
    return end
