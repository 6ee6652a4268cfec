"""Figures of turn-taking on simulated callers and on recordings of people: when a turn is over, and who wants the floor.

One rule: every policy sees the same table of what the real ears knew (app/turn_evidence.py), and all are swept: a false
cut-off rate is told at a mean latency, a latency at a rate, both from the true end of speech, so the detector's own lag
counts. Pauses inside turns weigh as among people (app/callers.py). Phrases and voices are those that no rule was tuned on.

A latency is when a policy would take the turn, not how long an answer then takes. Compute is in it: evidence counts from
READY on, a transcript of an overlap HEARD_S after it was asked for.

Letters: K settings of a policy.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from agents import asr, end_of_turn, vad
from app import bench_turns_machine
from app.bench import Ask, Figure, tell
from app.bench_material import fingerprint
from app.callers import NOISY_DB, SNR_DB, Over, weights
from app.recorded_pauses import conversations, pauses
from app.turn_evidence import OFF, ON, Ears, Overheard, Silence, overlaps, silences
from dialogue.barge_in import FADE, GATE_DB, NEAR_DB, Overlap, Verdict, judge
from dialogue.errors import CorpusError, DuologueError
from dialogue.patience import HESITANT, MOST, READY, Evidence, patience
from dialogue.types import RATE, samples

ASR = "tiny.en"  # as app.talk
TURNS = 300
OVERLAPS = {Over.INTERRUPTION: 100, Over.BACKCHANNEL: 100, Over.ASIDE: 60, Over.BURST: 60, Over.LAUGH: 40}
TIMERS_S = np.arange(0.1, 2.6, 0.02)
FACTORS = np.exp(np.linspace(np.log(0.2), np.log(4.0), 80))
SURE_OF_END = 0.5  # from where on Smart Turn's answer is yes
TIMEOUT_S = 1.5  # of the policy that trusts Smart Turn
UNHEARD_S = 3.6  # latency of a turn whose end no policy saw
REAL_S = np.arange(0.30, 1.61, 0.05)  # mean latencies at which recordings of people are compared
HEARD_S = 0.06  # Whisper tiny on a short overlap
AGAIN = RATE  # after so much silence, a voice is another overlap

Wait = Callable[[Silence, float], int]


class Curve(NamedTuple):
    """How a policy trades: [K] mean latency in seconds, and weighted share of pauses cut off."""

    latency_s: np.ndarray
    cut: np.ndarray

    def cut_at(self, latency_s: float) -> float:
        """The share at a mean latency, between the two settings beside it."""
        order = np.argsort(self.latency_s)
        return float(np.interp(latency_s, self.latency_s[order], self.cut[order]))

    def latency_at(self, cut: float) -> float:
        """The least mean latency with no more cut off; the longest there is if none has so few."""
        enough = self.latency_s[self.cut <= cut]
        return float(enough.min() if len(enough) else self.latency_s.max())


class Outcome(NamedTuple):
    """What became of an overlap: samples from its true beginning; None, it did not come to that."""

    fade: int | None
    decided: int | None
    takes: bool
    first: Verdict  # the first verdict, which a later one may overrule


def ears() -> Ears:
    """The models that the app talks with."""
    whisper, judge_ = asr.load("faster_whisper", ASR), end_of_turn.load("smart_turn")
    made_by = fingerprint("agents.asr.faster_whisper", "agents.llm.local")
    name = f"{ASR}-{made_by}-{zlib.crc32(HESITANT.encode()):08x}"
    return Ears(vad.load("silero"), judge_.complete, lambda s: whisper.transcribe(s, prompt=HESITANT), _mind(), name)


def figures(ask: Ask) -> Iterator[Figure]:
    """Every figure of this page; those of real people only with a folder of conversations."""
    count = TURNS // 5 if ask.quick else TURNS
    tell(f"{count} turns of simulated callers, kept for the next run")
    real = ears()
    rows = silences("judging", count, real, SNR_DB)
    yield from end_of_turn_figures(rows)
    yield from noise_figures([*rows, *silences("judging", count // 3, real, (NOISY_DB,))])
    if ask.real is not None:
        try:
            yield from real_figures(list(_recorded(ask, real)))
        except CorpusError as error:
            tell(f"no conversations of people: their figure is left out; {error}")
    whisper = asr.load("faster_whisper", ASR)  # of short overlaps: no prompt, which would be heard in a cough
    near = Ears(real.vad, real.complete, whisper.transcribe, name=ASR)
    part = 5 if ask.quick else 1
    found = {kind: overlaps("judging", kind, n // part, near, GATE_DB) for kind, n in OVERLAPS.items()}
    yield from barge_in_figures({kind: [outcome(row) for row in rows] for kind, rows in found.items()})
    yield from bench_turns_machine.figures(ask)


def end_of_turn_figures(rows: Sequence[Silence]) -> Iterator[Figure]:
    """Three policies on the same turns."""
    ours, timer, smart = (curve(rows, wait, knobs) for wait, knobs in POLICIES)
    cut, plain = ours.cut_at(0.6), timer.cut_at(0.6)
    held = sum(row.kind is not None for row in rows)
    note = f"{sum(row.end is None for row in rows)} turns, {held} pauses"
    yield Figure("false_cutoff_600ms", cut, "share", high=0.07, note=f"{note}; at a mean latency of 0.6 s")
    yield Figure("false_cutoff_600ms.vad", plain, "share", note="a plain timer, same run; .217 among people")
    yield Figure("false_cutoff_600ms.smart_turn", smart.cut_at(0.6), "share", note=f"else {TIMEOUT_S:g} s")
    yield Figure("false_cutoff_vs_vad", cut / max(plain, 1e-9), "ratio", high=0.4)
    yield Figure("latency_at_5pct_ms", 1000 * ours.latency_at(0.05), "ms", high=720)
    yield Figure("latency_at_5pct_ms.vad", 1000 * timer.latency_at(0.05), "ms", note="a plain timer, same run")
    yield Figure("latency_at_10pct_ms", 1000 * ours.latency_at(0.10), "ms")
    now = curve(rows, _patient, [1.0])
    yield Figure("false_cutoff_as_set", float(now.cut[0]), "share", note="as the app is set")
    yield Figure("latency_as_set_ms", 1000 * float(now.latency_s[0]), "ms", note="as the app is set, mean")


def noise_figures(rows: Sequence[Silence]) -> Iterator[Figure]:
    """What a noisy room does to both."""
    for snr in sorted({row.snr_db for row in rows}, reverse=True):
        own = [row for row in rows if row.snr_db == snr]
        ours, timer = (curve(own, wait, knobs) for wait, knobs in POLICIES[:2])
        note = f"{sum(row.end is None for row in own)} turns; a timer cuts {timer.cut_at(0.6):.3f}"
        yield Figure(f"false_cutoff_600ms.{snr:g}db", ours.cut_at(0.6), "share", note=note)


def real_figures(rows: Sequence[Silence]) -> Iterator[Figure]:
    """People: at each mean latency of REAL_S, no more cut off than a timer of that length cuts."""
    ours, timer = real_curves(rows)
    reached = REAL_S[REAL_S >= ours.latency_s.min()]  # a policy that waits for evidence has no sooner setting
    worse = [s for s in reached if ours.cut_at(s) > timer.cut_at(s) + 1e-9]
    ends = sum(row.end is None for row in rows)
    note = f"{len(rows) - ends} pauses and {ends} ends of turns; mean latencies {reached[0]:.2g}-{REAL_S[-1]:g} s"
    yield Figure("real_not_worse_than_timer", float(not worse), "", low=1.0, note=note)
    for s in (0.6, 1.0):
        told = f"a timer cuts {timer.cut_at(s):.3f}"
        yield Figure(f"real_false_cutoff_{1000 * s:.0f}ms", ours.cut_at(s), "share", note=told)


def real_curves(rows: Sequence[Silence]) -> tuple[Curve, Curve]:
    """Ours and a timer's on pauses that all weigh the same."""
    (ours, factors), (timer, seconds_), _ = POLICIES
    return _curve(rows, None, ours, factors), _curve(rows, None, timer, seconds_)


def barge_in_figures(found: dict[Over, list[Outcome]]) -> Iterator[Figure]:
    """Of outcomes of each kind of overlap."""
    taken = {kind: float(np.mean([o.takes for o in own])) for kind, own in found.items()}
    wanted = found[Over.INTERRUPTION]
    fades = [1000 * o.fade / RATE for o in wanted if o.fade is not None]
    decided = [1000 * o.decided / RATE if o.decided is not None else np.inf for o in wanted]
    resumed = [1000 * o.decided / RATE for o in found[Over.BACKCHANNEL] if o.decided is not None and not o.takes]
    yield Figure("fade_start_p50_ms", _percentile(fades, 50), "ms", high=200, note="from the first sound of it")
    yield Figure(
        "decision_p50_ms", _percentile(decided, 50), "ms", high=500, note="until an interruption has the floor"
    )
    yield Figure("decision_p95_ms", _percentile(decided, 95), "ms", high=1000)
    yield Figure("resume_p50_ms", _percentile(resumed, 50), "ms", note="until a short answer has left it")
    yield Figure("yield_rate", taken[Over.INTERRUPTION], "share", low=0.98, note=f"{len(wanted)} interruptions")
    kept = {kind: 1.0 - taken[kind] for kind in (Over.BACKCHANNEL, Over.ASIDE)}
    yield Figure("selectivity_mean", float(np.mean(list(kept.values()))), "share", low=0.80)
    yield Figure("selectivity_backchannel", kept[Over.BACKCHANNEL], "share", low=0.70)
    yield Figure("selectivity_side_talk", kept[Over.ASIDE], "share", low=0.70)
    yield Figure("selectivity_noises", 1.0 - taken[Over.BURST], "share", note="coughs, knocks, keys: synthetic")
    yield Figure("selectivity_laughs", 1.0 - taken[Over.LAUGH], "share")
    yield Figure("ever_yield_backchannel", taken[Over.BACKCHANNEL], "share", high=0.20)


def curve(rows: Sequence[Silence], wait: Wait, knobs: Sequence[float]) -> Curve:
    """A policy on simulated callers: pauses as planned, weighed as among people."""
    holds = [row for row in rows if row.kind is not None]
    lengths = [((row.runs[-1][1] if row.runs else row.end) - row.at) / RATE for row in holds]
    return _curve([*holds, *(row for row in rows if row.end is None)], weights(lengths), wait, knobs)


def outcome(row: Overheard) -> Outcome:
    """The two steps of barge-in, frame by frame, with what was known by then."""
    begin: int | None = None
    fade: int | None = None
    first: tuple[int, Verdict] | None = None
    voiced = last = 0
    speaking, power = False, []
    for i, (chance, level_db) in enumerate(zip(row.chance, row.level_db, strict=True)):
        now = (i + 1) * row.frame
        speaking = chance >= (OFF if speaking else ON)
        if speaking and (begin is not None or level_db >= GATE_DB):
            power.append(10 ** (level_db / 10))
        if speaking and level_db >= GATE_DB:
            if begin is None:
                begin, voiced, power = now - row.frame, 0, power[-1:]
            voiced, last = voiced + row.frame, now
        if begin is None:
            continue
        if fade is None and voiced >= FADE:
            fade = now - row.start
        known = [text for at, text in row.texts if at >= begin and at + samples(HEARD_S) <= now]
        loud = 10 * np.log10(np.mean(power)) - NEAR_DB
        verdict = judge(Overlap(voiced, now - last, known[-1] if known else None, float(loud)))
        if verdict is Verdict.TAKES:
            return Outcome(fade, now - row.start, True, first[1] if first else verdict)
        if verdict is Verdict.LEAVES:
            first, begin = first or (now - row.start, verdict), None
    return Outcome(fade, first[0] if first else None, False, first[1] if first else Verdict.LEAVES)


def _curve(rows: Sequence[Silence], shares: np.ndarray | None, wait: Wait, knobs: Sequence[float]) -> Curve:
    """`shares`: of each pause, None: all the same."""
    holds, ends = [r for r in rows if r.end is not None], [r for r in rows if r.end is None]
    shares = np.full(len(holds), 1.0 / max(len(holds), 1)) if shares is None else shares
    latency, cut = [], []
    for knob in knobs:
        cut.append(float(shares @ np.array([r.fires(wait(r, knob)) is not None for r in holds], float)))
        fires = [(r.fires(wait(r, knob)), r.at) for r in ends]
        latency.append(np.mean([UNHEARD_S if at is None else max((at - end) / RATE, 0.0) for at, end in fires]))
    return Curve(np.array(latency), np.array(cut))


def _patient(row: Silence, factor: float) -> int:
    wait = patience(Evidence(row.said, row.acoustic, row.text, row.language, row.stop))
    return min(max(round(factor * wait), READY), MOST)


def _timer(row: Silence, seconds: float) -> int:
    return samples(seconds)


def _smart(row: Silence, seconds: float) -> int:
    sure = row.acoustic is not None and row.acoustic >= SURE_OF_END
    return max(samples(seconds if sure else max(TIMEOUT_S, seconds)), READY)


POLICIES = ((_patient, FACTORS), (_timer, TIMERS_S), (_smart, TIMERS_S))


def _recorded(ask: Ask, real: Ears) -> Iterator[Silence]:
    assert ask.real is not None
    for number, (first, second) in enumerate(conversations(ask.real)):
        yield from pauses(2 * number, first, second, real)
        yield from pauses(2 * number + 1, second, first, real)


def _percentile(values: Sequence[float], share: float) -> float:
    return float(np.percentile(values, share, method="higher")) if len(values) else np.inf


def _mind() -> Callable[[str], float | None]:
    """P(end) of the embedded mind, if it is installed."""
    from agents import llm, models

    if not models.installed("smollm2-135m"):
        tell("no embedded mind here: turns are judged without its P(end)")
        return lambda text: None
    import asyncio

    loop, mind = asyncio.new_event_loop(), llm.load("local")
    before = [llm.Message("system", "You chat with the user in short spoken sentences.")]

    def ends(text: str) -> float | None:
        try:
            return loop.run_until_complete(mind.chance_of_end(before, text))
        except DuologueError as error:
            tell(f"the embedded mind cannot tell where a turn ends: {error}")
            return None

    return ends
