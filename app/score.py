"""How well a conversation went, from its event log alone: `duologue score LOG.jsonl`.

One rule: nothing but the lines of the log is looked at, so that anybody can score any conversation again, and count
otherwise. docs/events.md explains the lines.

What a person meant is not in a log. A simulated caller writes it down beside what it does ("caller" lines, app/calls.py);
then waits are counted from where its voice truly ended, and each sound over an avatar's voice by what it was meant as:

- answered: an avatar began to speak after the turn and before the caller's next.
- cut in: an avatar began to speak before the turn had ended; no wait is counted then.
- yielded: an interruption after which the avatar's reply was dropped, at most SOON after it ended. One that the reply
  did not outlast by LEAST is left out: there was nothing to yield.
- ignored: any other sound (a backchannel, talk to somebody else, a cough, a laugh) after which it was not. Else it is a
  false stop.

Without those lines the waits are those the program itself tells, every voice that made an avatar stop is one it yielded
to, after how many others it went on is told without judging, a stop of which no turn came is a false one, and a reply that gave
way as soon as it began, to a voice that it cannot have heard before, had cut in.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dialogue.errors import LogError
from dialogue.types import RATE, samples

Event = Mapping[str, Any]
SOON = samples(1.5)  # after an interruption has ended, then it was not yielded to
LEAST = samples(1.0)  # of a reply that must be left for an interruption to count
TURN_WITHIN = samples(6.0)  # of a stop, or it was false
EARLY = samples(0.5)  # before a reply began: a voice takes that long until it is told
WANTS = "interruption"  # of what a caller says over an avatar, the one that wants the floor
WENT_ON = "other"  # a voice of which nobody wrote down what was meant, and after which the avatar went on
STAGES = {"turn": "end_of_turn", "heard": "asr", "token": "llm", "sound": "tts"}  # kind of line -> whose delay it tells


@dataclass(frozen=True)
class Score:
    """Counts and delays of one conversation, or of several added up.

    Args:
        waits_ms: from the end of a turn to the first sound of its answer, each.
        over, right: of each kind of sound over an avatar's voice how many there were, and how many were treated so.
        stages_ms: delays by stage. faults: how many, by stage.
    """

    turns: int = 0
    answered: int = 0
    cut_in: int = 0
    false_stops: int = 0
    waits_ms: tuple[float, ...] = ()
    over: Mapping[str, int] = field(default_factory=Counter)
    right: Mapping[str, int] = field(default_factory=Counter)
    stages_ms: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    faults: Mapping[str, int] = field(default_factory=Counter)

    def __add__(self, other: Score) -> Score:
        stages = {name: self.stages_ms.get(name, ()) + other.stages_ms.get(name, ()) for name in STAGES.values()}
        return Score(
            self.turns + other.turns,
            self.answered + other.answered,
            self.cut_in + other.cut_in,
            self.false_stops + other.false_stops,
            self.waits_ms + other.waits_ms,
            Counter(self.over) + Counter(other.over),
            Counter(self.right) + Counter(other.right),
            stages,
            Counter(self.faults) + Counter(other.faults),
        )

    def share(self, *kinds: str) -> float | None:
        """How much of what was heard of these kinds was treated right, 0..1; None if there was none."""
        count = sum(self.over.get(kind, 0) for kind in kinds)
        return sum(self.right.get(kind, 0) for kind in kinds) / count if count else None

    def told(self) -> dict[str, Any]:
        """As one plain object: counts, and the 50th and 95th hundredth of delays in milliseconds."""
        ignored = [kind for kind in self.over if kind not in (WANTS, WENT_ON)]
        return {
            "turns": self.turns,
            "answered": self.answered,
            "cut_in": self.cut_in,
            "voice_to_voice_ms": _delays(self.waits_ms),
            "interruptions": self.over.get(WANTS, 0),
            "yielded": self.right.get(WANTS, 0),
            "ignored": {kind: [self.right.get(kind, 0), self.over[kind]] for kind in sorted(ignored)},
            "went_on": self.over.get(WENT_ON, 0),
            "false_stops": self.false_stops,
            "stages_ms": {name: _delays(values) for name, values in self.stages_ms.items()},
            "faults": dict(sorted(self.faults.items())),
        }


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a log. A last line that was cut off, as by a program that was killed, is left out.

    Raises:
        LogError: there is no such file, or a line is not one of an event log.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise LogError(
            f"cannot read '{path}': {why}; expected what `duologue talk --events LOG.jsonl` writes"
        ) from error
    lines = text.removesuffix("\n").split("\n") if text else []  # what is said may hold other ends of lines
    out = []
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line)
            if not (
                isinstance(event, dict) and isinstance(event.get("at"), int) and isinstance(event.get("kind"), str)
            ):
                raise ValueError("no object with 'at' and 'kind'")
        except ValueError as error:
            if number == len(lines) > 1:
                break
            why = "no JSON" if isinstance(error, json.JSONDecodeError) else error
            raise LogError(f"{path}:{number}: {why}; expected one event a line, see docs/events.md") from error
        out.append(event)
    if not out:
        raise LogError(f"'{path}' holds no events; expected what `duologue talk --events LOG.jsonl` writes")
    return out


def score(events: Iterable[Event]) -> Score:
    """The score of one conversation."""
    lines = sorted(events, key=lambda event: event["at"])
    meant = [event for event in lines if event["kind"] == "caller"]
    found = _meant(lines, meant) if meant else _guessed(lines)
    stages = {
        name: tuple(float(e["ms"]) for e in _of(lines, kind) if e.get("ms") is not None)
        for kind, name in STAGES.items()
    }
    return found + Score(stages_ms=stages, faults=Counter(str(e.get("stage")) for e in _of(lines, "fault")))


def _meant(lines: Sequence[Event], meant: Sequence[Event]) -> Score:
    """Against what a caller wrote down."""
    speaks, out = _of(lines, "speak"), Score()
    turns = [event for event in meant if event.get("value") == "turn"]
    for turn, after in zip(turns, [*(t["at"] for t in turns[1:]), float("inf")]):
        end = _end(turn)
        early = any(turn["at"] < e["at"] < end for e in speaks)
        first = next((e["at"] for e in speaks if end <= e["at"] < after), None)
        waits = (float(first - end) / RATE * 1000,) if first is not None and not early else ()
        out += Score(turns=1, answered=int(first is not None), cut_in=int(early), waits_ms=waits)
    for event in meant:
        kind, at, end = str(event.get("value")), event["at"], _end(event)
        reply = next((e for e in reversed(speaks) if e["at"] <= at), None)
        if kind == "turn" or reply is None:
            continue
        dropped = any(at <= e["at"] <= end + SOON for e in _of(lines, "cancel", reply.get("turn")))
        over = next((e["at"] for e in _of(lines, "said", reply.get("turn"))), None)
        if over is not None and over < at + (LEAST if kind == WANTS and not dropped else 0):
            continue  # there was nothing left that could have been dropped
        right = dropped == (kind == WANTS)
        stop = int(dropped and kind != WANTS)
        out += Score(over=Counter({kind: 1}), right=Counter({kind: int(right)}), false_stops=stop)
    return out


def _guessed(lines: Sequence[Event]) -> Score:
    """Where nobody wrote down what was meant."""
    speaks, turns, out = _of(lines, "speak"), _of(lines, "turn"), Score()
    for turn, after in zip(turns, [*(t["at"] for t in turns[1:]), float("inf")]):
        out += Score(turns=1, answered=int(any(turn["at"] <= e["at"] < after for e in speaks)))
    out += Score(waits_ms=tuple(float(e["ms"]) for e in speaks if e.get("ms") is not None))
    for reply in speaks:
        drop = next((e["at"] for e in _of(lines, "cancel", reply.get("turn"))), None)
        ducked = any(e["at"] >= reply["at"] for e in _of(lines, "duck", reply.get("turn")))
        if drop is not None and not ducked:  # nor did it, if it was told to be silent: then there is no voice
            out += Score(cut_in=int(any(reply["at"] - EARLY <= e["at"] <= drop for e in _of(lines, "voice"))))
    for duck in _of(lines, "duck"):
        ends = [e for e in lines if e["at"] >= duck["at"] and e.get("turn") == duck.get("turn") and e is not duck]
        dropped = next((e["kind"] for e in ends if e["kind"] in ("cancel", "resume", "said")), "") == "cancel"
        kind = WANTS if dropped else WENT_ON
        stop = dropped and not any(duck["at"] <= t["at"] <= duck["at"] + TURN_WITHIN for t in turns)
        out += Score(over=Counter({kind: 1}), right=Counter({kind: int(dropped and not stop)}), false_stops=int(stop))
    return out


def _of(lines: Sequence[Event], kind: str, turn: Any = None) -> list[Event]:
    return [event for event in lines if event["kind"] == kind and turn in (None, event.get("turn"))]


def _end(event: Event) -> int:
    return event["at"] + samples(float(event.get("ms", 0)) / 1000)


def _delays(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    p50, p95 = np.percentile(values, [50, 95])
    return {"p50": round(float(p50)), "p95": round(float(p95))}
