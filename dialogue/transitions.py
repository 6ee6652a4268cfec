"""Every rule that changes what a participant of a conversation is doing, as two tables.

Two rules. Everything that changes a state is here; and this file does not know who is human: a participant is heard or
voiced. EVENT_TRIGGERED tells what an event of one participant does to their state, STATE_TRIGGERED what the states of
all then do to each; the second is applied until nothing changes. An event without an entry is illegal.

Source: h11's _state.py. docs/turns.md is drawn from these tables by dialogue/turns_diagram.py.
"""

from __future__ import annotations

from dialogue.barge_in import Verdict
from dialogue.events import (
    Cancel,
    Confirm,
    EndOfTurn,
    Looked,
    Muted,
    Played,
    ReplyFailed,
    ReplyFinished,
    ReplyStarted,
    SentenceReady,
    StartReply,
    Transcript,
    Typed,
    Unmuted,
    VoiceStarted,
    VoiceStopped,
)
from dialogue.floor import (
    AUDIBLE,
    CONFIRMED,
    Clock,
    State,
)

S = State
_SEEN = (Looked, Unmuted)  # these move nobody
_TOLD = (Transcript, EndOfTurn, *_SEEN)
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
        S.QUIET: {(StartReply, True): S.SPECULATING, (StartReply, False): S.PREPARING, **_stay(S.QUIET, *_SEEN, Muted)},
        S.SPECULATING: {
            Confirm: S.PREPARING,
            Cancel: S.QUIET,
            ReplyFailed: S.QUIET,
            Muted: S.QUIET,
            **_stay(S.SPECULATING, *_MADE, *_SEEN),
        },
        S.PREPARING: {
            Played: S.SPEAKING,
            ReplyFinished: S.QUIET,
            Clock.NOTHING: S.QUIET,
            Clock.STALLED: S.QUIET,
            Cancel: S.QUIET,
            Muted: S.QUIET,
            **_stay(S.PREPARING, *_MADE, ReplyFailed, *_SEEN),
        },
        S.SPEAKING: {
            Clock.FADE: S.DUCKED,
            ReplyFinished: S.QUIET,
            Clock.STALLED: S.QUIET,
            Cancel: S.QUIET,
            Muted: S.QUIET,
            **_stay(S.SPEAKING, *_MADE, Played, ReplyFailed, *_SEEN),
        },
        S.DUCKED: {
            ReplyFinished: S.QUIET,
            Cancel: S.QUIET,
            Muted: S.QUIET,
            **_stay(S.DUCKED, *_MADE, Played, ReplyFailed, *_SEEN),
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
