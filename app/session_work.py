"""The slow work of a live conversation: hearing words, thinking, speaking.

One rule: each piece of work ends in events for the turn machine, and asks at the one door, `turns.admit`, before it does
anything that can be heard: what belongs to a turn that is over is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from agents import agent, llm, tts
from agents.llm import Message
from agents.prompt import prompt
from dialogue import events as e
from dialogue import turns
from dialogue.errors import DuologueError
from dialogue.floor import State
from dialogue.patience import HESITANT
from dialogue.types import RATE, Feeling

if TYPE_CHECKING:
    from app.session import Session

PREROLL = round(0.3 * RATE)  # a first consonant is softer than what tells a voice
RECOVERIES = ("Sorry, could you say that again?", "Sorry, I lost my train of thought.", "Hm, give me a moment.")


async def listen(session: Session, wanted: e.Transcribe) -> None:
    """The words of the turn so far, how finished it sounds, and how likely its text ends here."""
    loop, asked, who = asyncio.get_running_loop(), session.now, wanted.participant
    start = max(wanted.start - PREROLL, 0)
    longest = min(session.engines.asr.longest, asked - start)
    sound = session.mic.read(asked - longest, longest)
    # Of a voice beside another's a prompt would be heard in every cough.
    hint = HESITANT if session.machine.states[who] is State.PAUSED else ""
    try:
        judged = loop.run_in_executor(
            session.judges, session.engines.end_of_turn.complete, sound[-session.engines.end_of_turn.window :]
        )
        words = loop.run_in_executor(session.ears, session.engines.asr.transcribe, sound, "en", hint)
        acoustic = await judged
        session.tell(e.EndOfTurn(session.now, who, acoustic=acoustic, upto=asked))
        transcript = await words
        text = transcript.text
        session.stages["asr"] = (session.now - asked) / RATE * 1000
        session.log.write(session.now, "heard", participant=session.names[who], text=text, ms=session.stages["asr"])
        session.tell(e.EndOfTurn(session.now, who, stop=transcript.stop, upto=asked))
        session.tell(e.Transcript(session.now, who, text, upto=asked))
        if text and session.machine.states[who] is State.PAUSED:
            messages = prompted(session, 1, ((session.names[0], ""),))
            language = await session.engines.mind.chance_of_end(messages, text)
            if language is not None:
                session.tell(e.EndOfTurn(session.now, who, language=language, upto=asked))
            session.log.write(session.now, "pause", participant=session.names[who], value=[acoustic, language])
    except DuologueError as error:
        fault(session, "asr", error)


async def reply(session: Session, wanted: e.StartReply) -> None:
    """Think and speak; each piece is admitted or dropped at the one door."""
    turn, who = wanted.turn, wanted.participant
    persona, tongue = session.cast[who - 1], session.engines.tongues[who - 1]
    voice = agent.Voice(who, tts.find_voice(persona.voice).name, Feeling(), session.seed + turn)
    if wanted.why is e.Why.OPENING:
        mind: llm.LLMEngine = llm.load("script", lines=(wanted.text,))
    elif wanted.why is e.Why.RECOVERY:
        mind = llm.load("script", lines=(RECOVERIES[turn % len(RECOVERIES)],))
    else:
        mind = session.engines.mind
    last = ((session.names[wanted.to or 0], wanted.text or "..."),)
    newest = session.lines[-1] if session.lines else None
    heard = () if newest and (newest.name, newest.heard) == last[0] else last
    said = False
    async for event in agent.reply(
        prompted(session, who, heard), mind, tongue, voice, lambda: session.now, session.engines.options
    ):
        if not turns.admit(session.machine, turn) or turn not in session.playing:
            return
        ms = (session.now - session.started[turn]) / RATE * 1000
        match event:
            case agent.Mark("llm"):
                session.stages["llm"] = ms
                session.log.write(session.now, "token", turn=turn, ms=ms)
                session.tell(e.ReplyStarted(session.now, turn))
            case agent.Mark("tts"):
                session.stages["tts"] = ms - session.stages.get("llm", 0.0)
                session.log.write(session.now, "sound", turn=turn, ms=ms)
            case agent.Said(utterance, _, pause):
                said, session.problem = True, ""
                reply = session.playing[turn]
                session.sounds(reply, reply.add(utterance, pause, session.now))
                session.tell(e.SentenceReady(session.now, turn, event.text))
            case agent.Trouble(stage, error):
                fault(session, stage, error)
    if turn in session.playing and turns.admit(session.machine, turn):
        session.playing[turn].finished = True
        if not said:
            session.tell(e.ReplyFailed(session.now, turn, "llm"))


async def hummed(session: Session, who: int, word: str) -> None:
    loop = asyncio.get_running_loop()
    sound = await loop.run_in_executor(session.judges, hum, session, who, session.engines.tongues[who - 1], word)
    if session.machine.states[who] is State.QUIET and len(sound):
        begin = session.speaker.put(who, sound * np.float32(0.6), session.now)
        session.faces.changed(begin)


def hum(session: Session, who: int, tongue: tts.TTSEngine, word: str = "mm-hm") -> np.ndarray:
    voice = tts.find_voice(session.cast[who - 1].voice).name
    parts = [speech.samples for speech in tongue.speak(word, voice, Feeling(), session.seed)]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def prompted(session: Session, who: int, more: Sequence[tuple[str, str]]) -> tuple[Message, ...]:
    return prompt(
        session.cast[who - 1],
        (*((line.name, line.heard) for line in session.lines), *(turn for turn in more if turn[1])),
    )


def fault(session: Session, stage: str, error: Exception) -> None:
    session.problem = str(error)
    session.log.write(session.now, "fault", stage=stage, text=str(error))
