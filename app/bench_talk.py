"""Figures of talking live: how long a person waits for the first sound of an answer, what of it is our own doing, and how
calls go in which a caller pauses, hums along, coughs and interrupts.

One rule: measured from outside, by callers who hear what a person would. Waits are measured on the real clock, from the
last sample of a voice to the first sample that the loudspeaker is given; how calls go is scored from their event logs
alone (app/score.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from agents.tts.hibari import Engine
from app.bench import Ask, Figure, tell
from app.callers import Callers, Over
from app.calls import TURN, Act, Call, Plan, plan
from app.config_model import Config
from app.corpus_text import QUESTIONS, STATEMENTS, sentence
from app.corpus_voices import speakers
from app.eventlog import EventLog
from app.score import WANTS, Score, read, score
from app.session import Session, run
from app.talk import Ask as Wanted
from app.talk import dressed, engines, minds
from dialogue.types import RATE, Feeling

TURNS, SEED = 24, 31
NOISE = 1e-3  # RMS of the room in which waits are measured, -60 dB
SNR_DB = (20.0, 10.0, 5.0)  # of the calls
CALLS, EACH = 2, 7  # at each of them, and turns of a call: as many as there are kinds of sounds over an answer


def figures(ask: Ask) -> Iterator[Figure]:
    """All figures of talking."""
    count = TURNS // 4 if ask.quick else TURNS
    tell(f"holding a conversation of {count} turns with the embedded mind, in real time")
    quiet = np.random.default_rng(SEED).normal(0.0, NOISE, 20 * RATE).astype(np.float32)
    with TemporaryDirectory() as folder:
        path = (ask.events or Path(folder)) / "waits.jsonl"
        call = asyncio.run(
            hold(Plan(tuple(Act(TURN, *turn) for turn in turns(count)), quiet), real_time=True, log=path)
        )
        told = score(read(path))
    heard = [w for w in call.waits if w is not None]
    note = f"{len(call.waits)} turns of {min(count, 6)} voices, embedded mind, window closed"
    yield Figure("interrupted_per_turn", call.cut_in / count, "", high=0.05, note=note)
    yield Figure("answered", len(heard) / max(len(call.waits), 1), "", low=1.0, note=note)
    failed = "an apology is a sound too: where a stage failed, the waits are not those of answers"
    yield Figure("stages_failed", sum(told.faults.values()), "", high=0.0, note=failed)
    if heard:
        yield Figure("voice_to_voice_p50_ms", float(np.percentile(heard, 50)), "ms", high=700.0, note=note)
        yield Figure("voice_to_voice_p95_ms", float(np.percentile(heard, 95)), "ms", high=1100.0, note=note)
    own = float(np.percentile(call.own, 99))
    yield Figure("overhead_p99_ms", own, "ms", high=15.0, note="from one block of 10 ms given to the next asked for")
    for snr in SNR_DB:
        yield from _of_calls(snr, calls(snr, 1 if ask.quick else CALLS, ask.real_time, ask.events))


def calls(snr_db: float, count: int, real_time: bool = False, logs: Path | None = None) -> Score:
    """So many calls in so much noise, and how they went. `logs`: a folder that keeps their event logs."""
    tell(f"simulated calls in noise at {snr_db:g} dB: {count}")
    with ExitStack() as stack:
        folder = logs or Path(stack.enter_context(TemporaryDirectory()))
        callers, told = Callers("judging"), Score()
        stack.callback(callers.close)
        for number in range(count):
            path = folder / f"call-{snr_db:g}dB-{number}.jsonl"
            asyncio.run(hold(plan(callers, number, EACH, snr_db), real_time, path))
            told += score(read(path))
        return told


def _of_calls(snr_db: float, told: Score) -> Iterator[Figure]:
    """For information: callers pause for up to 2.6 s inside their turns, and are as hard to follow as they are made."""
    at = f"{snr_db:g}db"
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(told.over.items()))
    note = f"simulated callers of unheard voices and phrases: {told.turns} turns; over answers: {kinds}"
    yield Figure(f"answered_{at}", told.answered / max(told.turns, 1), "", note=note)
    yield Figure(f"cut_in_{at}", told.cut_in / max(told.turns, 1), "", note=note)
    if (yielded := told.share(WANTS)) is not None:
        yield Figure(f"yielded_{at}", yielded, "", note=note)
    for name, kinds in (("backchannels", (Over.BACKCHANNEL,)), ("sounds", (Over.ASIDE, Over.BURST, Over.LAUGH))):
        if (ignored := told.share(*(kind.value for kind in kinds))) is not None:
            yield Figure(f"{name}_ignored_{at}", ignored, "", note=note)


async def hold(plan: Plan, real_time: bool = False, log: Path | None = None) -> Call:
    """One call with the embedded mind, from its first block to its last."""
    wanted, usual = Wanted(), Config()
    cast = dressed(wanted)
    plugged = replace(engines(wanted, cast, minds([usual])), cleaner=None)  # there is no echo here
    session = Session("You", cast, plugged, EventLog(log), SEED)
    await session.warm()
    call = Call(session, plan, real_time)
    await run(session, call, call.note)
    return call


def turns(count: int) -> list[tuple[str, np.ndarray]]:
    """What the caller says whose waits are measured, in voices that no training heard: text and sound."""
    own = speakers(SEED)["unseen"]
    engine, rng = Engine(own), np.random.default_rng(SEED)
    out = []
    for i in range(count):
        text = sentence(rng, (QUESTIONS if i % 2 else STATEMENTS,))
        voice = list(own)[i % len(own)]
        out.append((text, np.concatenate([s.samples for s in engine.speak(text, voice, Feeling(), i)])))
    engine.close()
    return out
