"""The tables of dialogue/transitions.py as pictures and lists: docs/turns.md, which a test keeps equal to them.

One rule: nothing is drawn that is not in a table, and nothing in a table that moves somebody is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from dialogue.floor import State
from dialogue.transitions import EVENT_TRIGGERED, STATE_TRIGGERED

INTRO = """# Who speaks when

The turn machine of a live conversation, drawn from its two tables by `dialogue/turns_diagram.py`; do not edit. Words
on an arrow are events of the participant; `when ...` is what the states of the others bring about.
"""


def page() -> str:
    """docs/turns.md."""
    parts = [INTRO]
    for voiced, title in ((False, "One who is heard"), (True, "One who has a voice")):
        parts.append(f"## {title}\n\n```mermaid\nstateDiagram-v2\n    [*] --> quiet\n")
        parts[-1] += "".join(f"    {line}\n" for line in _arrows(voiced)) + "```\n"
        parts.append("Taken without a change of state:\n\n" + "".join(f"- {line}\n" for line in _stays(voiced)))
    return "\n".join(parts)


def _arrows(voiced: bool) -> Iterator[str]:
    table = EVENT_TRIGGERED[voiced]
    known = {*table, *(new for row in table.values() for new in row.values())}
    for old, row in table.items():
        for new in State:
            if names := [_name(event) for event, to in row.items() if to is new and new is not old]:
                yield f"{old.value} --> {new.value}: {', '.join(names)}"
    for old, rules in STATE_TRIGGERED.items():
        for anybody, states, new in rules if old in known else ():
            who = ", ".join(state.value for state in State if state in states)
            yield f"{old.value} --> {new.value}: when {'another is' if anybody else 'no other is'} {who}"


def _stays(voiced: bool) -> Iterator[str]:
    for state, row in EVENT_TRIGGERED[voiced].items():
        yield f"{state.value}: {', '.join(_name(event) for event, new in row.items() if new is state)}"


def _name(event: object) -> str:
    match event:
        case (kind, held):
            return f"{kind.__name__} {'held' if held else 'at once'}"
        case Enum():
            return event.value
        case _:
            return event.__name__
