"""What a mind is told: who it is, how to show a feeling, and the conversation as it was heard.

One rule: the head is the same for every turn, and the oldest turns go first, several at once and after the mind's own
words, so that a mind that is asked reads only what is new; and nobody but us writes tags: those in a person's words are
taken out before a mind sees them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.language import ENGLISH, named
from agents.llm import Message
from agents.persona import Persona
from dialogue.emotion import CUE_OF, EMOTION_OF, TAG
from dialogue.types import Emotion

EXCHANGE = 2  # turns: what was said and answered last is always told
STEP = 6  # turns that go at once, so that the beginning stays the same for a while
MOST_TURN = 1000  # characters of one turn
SPECIAL = re.compile(r"<\|[^|>]{0,40}\|?>?|</?(?:s|system|user|assistant|think)>", re.I)
BRACKETED = re.compile(r"[\[({]([^\[\](){}\n]{1,60})[\])}]")


def stripped(text: str) -> str:
    """What a person said, without anything that a mind or a parser could take for a tag."""
    text = SPECIAL.sub(" ", text)
    for _ in range(4):  # "[[happy]]"
        text = BRACKETED.sub(lambda m: " " if _is_tag(m) else m[1], text)
    text = re.sub(r"[\[\]{}\\]", " ", text)
    return " ".join(text.split())[:MOST_TURN]


def _is_tag(found: re.Match) -> bool:
    tag = TAG.fullmatch(found[1])
    name = "-".join(tag[1].casefold().replace("_", " ").split()) if tag else ""
    return found[0][0] in "[{" or name in EMOTION_OF or name in CUE_OF


def head(persona: Persona, mixed: bool = False) -> Message:
    """Who the mind is; the same for every turn.

    Args:
        mixed: whether others speak another language: minds answer in the one that they read.
    """
    tags = " ".join(f"[{e.value}]" for e in Emotion)
    shows = ", ".join(dict.fromkeys(EMOTION_OF[e].value for e in persona.emotions))
    shown = f" You mostly show: {shows}." if shows else ""
    told = mixed or persona.language != ENGLISH
    speaks = f" You speak {named(persona.language)}, and nothing else." if told else ""
    return Message(
        "system",
        f"You are {persona.name}, talking with someone face to face.{speaks} {persona.manner}\n"
        f"Begin each answer with one feeling out of: {tags}.{shown} "
        "Then one or two short sentences, as people speak: no lists, no emoji, no markdown.",
    )


def prompt(persona: Persona, heard: Sequence[tuple[str, str]], most: int, mixed: bool = False) -> tuple[Message, ...]:
    """Everything a mind needs for its next answer.

    Args:
        heard: (name, text) of each turn in order, as far as it was heard; those of persona.name are its own.
        most: characters of the conversation, as `LLMEngine.remembers`.
        mixed: as `head`.
    """
    several = len({name for name, _ in heard} - {persona.name}) > 1
    turns: list[Message] = []
    for name, text in heard:
        own = name == persona.name
        words = text.strip()[:MOST_TURN] if own else stripped(text)
        if not words:
            continue
        if several and not own:
            words = f"{stripped(name)}: {words}"
        role = "assistant" if own else "user"
        if turns and turns[-1].role == role:  # many models want the two to alternate
            words = f"{turns.pop().text} {words}"
        turns.append(Message(role, words))
    # What goes is decided before anybody answers: else a mind would read all anew just when somebody waits for it.
    told = max((i for i, m in enumerate(turns, 1) if m.role == "assistant"), default=0)
    first, last = 0, max(told - EXCHANGE, 0)
    while first < last and sum(len(m.text) for m in turns[first:told]) > most:
        first = min(first + STEP, last)
    *kept, newest = turns[first:] or [None]
    if newest and newest.role == "user":
        newest = Message("user", newest.text[-MOST_TURN:])
    return (head(persona, mixed), *kept, *([newest] if newest else []))
