"""A turn longer than a transcriber can hear is understood from its first word to its last, by the real ears."""

import asyncio
import re

import numpy as np
import pytest
from spoken import said

from agents import asr, vad
from agents.persona import Persona
from agents.worker import DaemonThread
from app import virtual
from app.engines import Engines
from app.eventlog import EventLog
from app.session import Session
from dialogue.types import RATE

STORY = (
    "Let me tell you about the summer in which I learned to sail.",
    "My uncle had a small wooden boat with a red sail, and he kept it in the old harbour behind the church.",
    "Every morning we carried the bread and the water down the hill, and he told me the names of the winds.",
    "On the first day I fell into the sea twice, and he laughed so loud that the gulls flew away.",
    "After a week we went around the island together, and my mother waited on the beach with a cake.",
    "In the evening we sat by the fire, and my uncle played the accordion until the stars came out.",
    "Now tell me, have you ever been on a boat?",
)


@pytest.mark.slow
def test_a_turn_longer_than_a_transcriber_can_hear_is_whole():
    # No pause is so long that what was heard makes it the end of the turn: which it may be is asked elsewhere.
    pause = np.zeros(round(0.3 * RATE), np.float32)
    lines = (said(line.replace(",", ""), "walter") for line in STORY)
    sound = np.concatenate([part for line in lines for part in (line, pause)])[: -len(pause)]
    assert len(sound) > asr.load("faster_whisper", "tiny.en").longest
    clock = virtual.Clock()
    (turn,) = virtual.run(clock, _told(clock, sound))
    words, heard = (re.findall(r"[a-z']+", text.lower()) for text in (" ".join(STORY), turn["text"]))
    known = [word in heard for word in words]
    assert np.mean(known) > 0.85, turn["text"]
    assert all(np.mean(part) > 0.7 for part in np.array_split(known, 5)), turn["text"]
    assert len(heard) < 1.2 * len(words)  # nothing is heard twice


async def _told(clock, sound):
    """The turns of a person who says this, to somebody who is patient."""
    engines = Engines(
        vad=vad.load("silero"),
        asr=asr.load("faster_whisper", "tiny.en"),
        end_of_turn=virtual.Judge(clock, chance=0.02),
        mind=virtual.Mind((), ends=0.02),
        tongues=(virtual.Tongue(clock),),
        motion=virtual.Face(),
        thread=lambda name: virtual.Counted(clock, DaemonThread(name)),
    )
    session, turns = Session("You", (Persona("Ada", voice="fake/low"),), engines, EventLog(), 0), []
    session.log.listeners.append(lambda event: turns.append(event) if event["kind"] == "turn" else None)
    await session.warm()
    card = virtual.Card(session.speaker.play, clock, np.random.default_rng(0))
    card.say(sound)
    while not turns and clock.s < 2.0 * len(sound) / RATE:
        await asyncio.sleep(card.took_s)
        await session.block(*card.block())
    await session.close()
    return turns
