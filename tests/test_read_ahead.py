"""What a mind reads while it speaks is the beginning of what it will be told next."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from app import virtual
from app.bench_soak import ADA, SIZE
from app.engines import Engines
from app.eventlog import EventLog
from app.session import Session
from dialogue.types import samples

SAYS = ("What is your name?", "I would like to go to the mountains.")


class Mind(virtual.Mind):
    """Writes down what it is told to read, and what it is asked."""

    def __init__(self):
        super().__init__([("", '[happy] Yes. Sure, I "do" so.')], first_s=0.05, token_s=0.002)
        self.read, self.asked = [], []

    async def warm(self, messages):
        self.read.append(messages)

    async def stream(self, messages, options):
        self.asked.append(messages)
        async for piece in super().stream(messages, options):
            yield piece


def talked(mind, log, cast=(ADA,)):
    clock = virtual.Clock()
    ear = virtual.Ear(clock, 0.0)

    async def work():
        session = Session("You", cast, engines, EventLog(log), 1)
        await session.warm()
        session.greet()
        card = virtual.Card(session.speaker.play, clock, np.random.default_rng(0), SIZE)
        left, due = list(SAYS), 1.0
        while clock.s < 16.0:
            await asyncio.sleep(card.took_s)
            await session.block(*card.block())
            if left and clock.s > due:
                ear.says, due = left.pop(0), clock.s + 7.0
                card.say(virtual.VOICE[: samples(2.0)])
        await session.close()

    engines = Engines(
        vad=virtual.Detector(),
        asr=ear,
        end_of_turn=virtual.Judge(clock, 0.0, chance=0.3),
        mind=mind,
        tongues=(virtual.Tongue(clock, 0.0),) * len(cast),
        motion=virtual.Face(),
        thread=lambda name: virtual.VirtualThread(clock),
    )
    virtual.run(clock, work())


@pytest.mark.slow
def test_two_avatars_of_one_mind_have_both_read_what_either_said(tmp_path):
    mind = Mind()
    talked(mind, tmp_path / "log.jsonl", (ADA, replace(ADA, name="Ben")))
    assert [messages[0].text[:12] for messages in mind.read[:2]] == ["You are Ada,", "You are Ben,"]
    ada, ben = ([m.text for m in read[1:]] for read in mind.read[-2:])
    assert ada[0] == SAYS[0] and ada[-1] == 'Yes. Sure, I "do" so.'
    assert ben[-1].endswith('Ada: Yes. Sure, I "do" so.')


@pytest.mark.slow
def test_what_a_mind_reads_ahead_is_how_its_next_question_begins(tmp_path):
    mind = Mind()
    talked(mind, tmp_path / "log.jsonl")
    told = [[(m.role, m.text) for m in messages[1:]] for messages in mind.read]
    assert told[-1] == [
        ("user", SAYS[0]),
        ("assistant", 'Yes. Sure, I "do" so.'),
        ("user", SAYS[1]),
        ("assistant", 'Yes. Sure, I "do" so.'),
    ]
    for heard in told:
        assert [role for role, _ in heard] == ["user", "assistant"] * (len(heard) // 2), (
            "no answer without its question"
        )
    asked = [(m.role, m.text) for m in mind.asked[-1][1:]]
    assert asked[:-1] in told


@pytest.mark.slow
def test_what_an_avatar_says_first_is_read_as_its_own(tmp_path):
    mind = Mind()
    talked(mind, tmp_path / "log.jsonl", (replace(ADA, first_line="Nice to see you."),))
    told = [[(m.role, m.text) for m in messages[1:]] for messages in mind.read]
    assert told[:2] == [[], [("assistant", "Nice to see you.")]]
