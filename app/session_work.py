"""The slow work of a live conversation: hearing words, thinking, speaking.

One rule: each piece of work ends in events for the turn machine, and asks at the one door, `turns.admit`, before it
does anything that can be heard: what belongs to a turn that is over is dropped. No wait is endless, and what fails says
which stage it was; the rest of the work goes on without it.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING

import numpy as np

from agents import agent, llm, tts
from agents.delivery import Line, deliver
from agents.language import ENGLISH, phrases
from agents.llm import Message
from agents.prompt import prompt
from app.ears import PREROLL, Piece
from dialogue import events as e
from dialogue import turns
from dialogue.errors import EngineError
from dialogue.floor import State
from dialogue.patience import HESITANT
from dialogue.types import RATE, Feeling

if TYPE_CHECKING:
    from app.session import Session

LOAD_S = 120.0  # for a model from a slow disk
WORDS_S = 2.0  # for a piece of a turn; after that the turn machine does not wait either (floor.Dials.deaf)
JUDGE_S = 1.0  # for what only shortens a wait
GUESS_S = 3.0  # for the same, where the mind reads meanwhile what it will answer
HUM_S = 2.0  # a later mm-hm means nothing
AHEAD_S = 20.0  # of reading while nobody waits
ELSEWHERE = ("openai", "ollama")  # engines
HERE = {
    "asr": "what hears here works without: --set asr.engine=faster_whisper --asr {ears}",
    "llm": "the mind that is here works without: --llm local",
}
MOST_TEXT = 4000  # characters of a turn


async def warm(session: Session) -> None:
    """Load all engines, and say once what may have to be said when a voice fails.

    Raises:
        EngineError, ModelFileError: something is not here.
    """
    engines = session.engines
    with _or_here("asr", engines.language):
        await session.ear.run(LOAD_S, engines.asr.warm, engines.language)
    await session.judge.run(LOAD_S, engines.end_of_turn.warm)
    await warm_minds(session)
    for who, tongue in enumerate(engines.tongues, start=1):
        voice = tts.split(session.cast[who - 1].voice)[1]
        for text in phrases(session.cast[who - 1].language).again:
            line = Line(who, (text,), voice, seed=session.seed)
            session.spares[who, text] = (await session.voice(who).run(LOAD_S, deliver, line, tongue))[0]


async def warm_minds(session: Session) -> None:
    """Load every mind, and let it read the prompts of all avatars that think with it, or of the first if that costs.

    Raises:
        EngineError, ModelFileError: something of it is not here.
    """
    warmed = set()
    for who in range(1, len(session.names)):
        mind = session.engines.mind_of(who).engine
        if mind.eager or mind not in warmed:
            warmed.add(mind)
            with _or_here("llm", session.engines.language):
                await mind.warm(prompted(session, who, ()))


@contextmanager
def _or_here(stage: str, language: str) -> Iterator[None]:
    """Where an engine elsewhere cannot be had, its error names one that needs nobody, for what a person speaks."""
    try:
        yield
    except EngineError as error:
        if str(error).startswith(ELSEWHERE):  # it names itself
            here = HERE[stage].format(ears="tiny.en" if language == ENGLISH else "base")
            raise EngineError(f"{error}; {here}") from error
        raise


async def free(session: Session) -> None:
    """Close all engines; one that fails to keeps none of the others from it."""
    engines = session.engines
    for mind in engines.minds:
        try:
            async with asyncio.timeout(AHEAD_S):
                await mind.close()
        except Exception as error:  # noqa: BLE001 - nothing is left to be saved
            session.fault("llm", error)
    ears = (("vad", engines.vad), ("asr", engines.asr), ("end-of-turn", engines.end_of_turn))
    for stage, engine in (*ears, *(("tts", tongue) for tongue in set(engines.tongues))):
        try:
            engine.close()
        except Exception as error:  # noqa: BLE001 - as above
            session.fault(stage, error)


async def listen(session: Session, wanted: e.Transcribe) -> None:
    """The words of the turn so far, how finished it sounds, and how likely its text ends here."""
    asked, who = session.now, wanted.participant
    paused = session.machine.states[who] is State.PAUSED
    async with asyncio.TaskGroup() as both:
        sounds = both.create_task(_judged(session, wanted))
        text, stop = await _text(session, wanted, paused)
    session.stages["asr"] = (session.now - asked) / RATE * 1000
    if text is None:  # what was known stands; nobody waits for more
        session.unheard = session.unheard or paused
        session.tell(e.Transcript(session.now, who, session.machine.seats[who].voice.text or "", upto=asked))
        return
    session.log.write(session.now, "heard", participant=session.names[who], text=text, ms=session.stages["asr"])
    session.tell(e.EndOfTurn(session.now, who, stop=stop, upto=asked))
    session.tell(e.Transcript(session.now, who, text, upto=asked))
    if text and session.machine.states[who] is State.PAUSED:
        language = await _language(session, text)
        if language is not None:
            session.tell(e.EndOfTurn(session.now, who, language=language, upto=asked))
        value = [sounds.result(), language]
        session.log.write(session.now, "pause", participant=session.names[who], value=value)


async def write_down(session: Session, piece: Piece, alone: bool = True) -> bool:
    """The words of a piece, if it can be heard now.

    Args:
        alone: nobody else speaks. Of a voice beside another's a prompt would be heard in every cough.
    """
    if piece.text is None and piece.sound is not None:
        engine, language = session.engines.asr, session.engines.language
        hint = HESITANT if alone and language == ENGLISH else ""
        try:
            found = await session.ear.run(WORDS_S, engine.transcribe, piece.sound[-engine.longest :], language, hint)
            piece.stop = None if found.stop is None else _chance(found.stop)
            piece.text, piece.sound = found.text[:MOST_TEXT].strip(), None
        except Exception as error:  # noqa: BLE001 - an engine that a user plugged in; the conversation goes on
            session.fault("asr", error)
    return piece.text is not None


async def _text(session: Session, wanted: e.Transcribe, alone: bool) -> tuple[str | None, float | None]:
    """All words since `wanted.start`, None if nothing could be heard; and how nearly a full stop stands behind them."""
    pieces = session.ears.pieces(wanted.start)
    heard = [piece for piece in pieces if await write_down(session, piece, alone)]
    if pieces and not heard:
        return None, None
    text = " ".join(piece.text for piece in heard if piece.text)[-MOST_TEXT:]
    return text, heard[-1].stop if heard else None


async def _judged(session: Session, wanted: e.Transcribe) -> float | None:
    """How finished the turn sounds, 0..1, told as soon as it is known."""
    engine, asked = session.engines.end_of_turn, session.now
    longest = min(engine.window, asked - max(wanted.start - PREROLL, 0))
    sound = session.ears.track.read(asked - longest, longest)
    try:
        chance = _chance(await session.judge.run(JUDGE_S, engine.complete, sound))
    except Exception as error:  # noqa: BLE001 - as in write_down; the silence and the words decide alone
        session.fault("end-of-turn", error)
        return None
    session.tell(e.EndOfTurn(session.now, wanted.participant, acoustic=chance, upto=asked))
    return chance


async def _language(session: Session, text: str) -> float | None:
    """How likely the text ends here, 0..1; None: nobody knows."""
    messages = prompted(session, 1, ((session.names[0], ""),))
    try:
        async with asyncio.timeout(GUESS_S):
            chance = await session.engines.mind_of(1).engine.chance_of_end(messages, text)
        return None if chance is None else _chance(chance)
    except TimeoutError:
        session.fault("llm", EngineError(f"no guess within {GUESS_S:g} s whether a turn is over"))
    except Exception as error:  # noqa: BLE001 - as in write_down
        session.fault("llm", error)
    return None


def _chance(value: float) -> float:
    if not (math.isfinite(value) and 0.0 <= value <= 1.0):
        raise EngineError(f"a chance is {value}; expected 0..1")
    return float(value)


async def reply(session: Session, wanted: e.StartReply) -> None:
    """Think and speak; each piece is admitted or dropped at the one door."""
    turn, who, text = wanted.turn, wanted.participant, wanted.text
    if wanted.why is e.Why.RECOVERY:
        again = phrases(session.cast[who - 1].language).again
        text = again[turn % len(again)]
    if wanted.why in (e.Why.RECOVERY, e.Why.OPENING):
        if spare := session.spares.get((who, text)):  # said once before: no engine is needed to say it again
            session.mouths.add(turn, spare, 0)
            session.playing[turn].finished = True
            session.tell(e.SentenceReady(session.now, turn, text))
            return
        mind: llm.LLMEngine = llm.load("script", lines=(text,))
    else:
        mind = session.engines.mind_of(who).engine
    persona = session.cast[who - 1]
    name, seed = tts.split(persona.voice)[1], session.seed + turn
    voice = agent.Voice(who, name, Feeling(), seed, persona.language, session.voice(who))
    last = ((session.names[wanted.to or 0], wanted.text or "..."),)
    messages, tongue = prompted(session, who, _missing(session, last)), session.engines.tongues[who - 1]
    said, broken, trouble = [], "llm", False
    answer = agent.reply(messages, mind, tongue, voice, lambda: session.now, session.engines.mind_of(who).options)
    async with aclosing(answer) as events:
        async for event in events:
            if isinstance(event, agent.Trouble):
                broken, trouble = event.stage, True
                session.fault(broken, event.error, turn)
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
                    said.append(event.text)
                    session.problem = session.problem if trouble else ""  # an apology mends nothing
                    session.mouths.add(turn, utterance, pause)
                    session.tell(e.SentenceReady(session.now, turn, event.text))
    if turn in session.playing and turns.admit(session.machine, turn):
        session.playing[turn].finished = True
        if not said:
            session.tell(e.ReplyFailed(session.now, turn, broken))
        elif session.playing[turn].released and not trouble and mind in session.engines.minds:
            words = _own(session, who, " ".join(said))
            await read_ahead(session, who, (*_missing(session, last), (session.names[who], words)))


def _missing(session: Session, last: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """What somebody said last, if it is not yet among what was said: the turn may not be over for sure."""
    newest = session.lines[-1] if session.lines else None
    return () if newest and (newest.name, newest.heard) == last[0] else last


def _own(session: Session, who: int, text: str) -> str:
    """The words of an avatar as a mind is told them: that it had to think is no habit that it should learn."""
    return text.removeprefix(phrases(session.cast[who - 1].language).thinks).strip()


async def read_ahead(session: Session, who: int, more: Sequence[tuple[str, str]] = ()) -> None:
    """Let the minds of all avatars, first of whoever spoke, read the conversation so far as it was heard, while nobody
    waits; those which that costs nothing.

    Args:
        more: what is being said, (name, text).
    """
    try:
        async with asyncio.timeout(AHEAD_S):
            for other in (who, *(w for w in range(1, len(session.names)) if w != who)):
                if (mind := session.engines.mind_of(other).engine).eager:
                    await mind.warm(prompted(session, other, more))
    except TimeoutError:
        session.fault("llm", EngineError(f"did not read ahead within {AHEAD_S:g} s; its next answer will be late"))
    except Exception as error:  # noqa: BLE001 - as in write_down; it reads it when it answers
        session.fault("llm", error)


async def hummed(session: Session, who: int, word: str) -> None:
    """A mm-hm beside somebody's speech."""
    voice, tongue = tts.split(session.cast[who - 1].voice)[1], session.engines.tongues[who - 1]
    try:
        sound = await session.voice(who).run(HUM_S, _spoken, tongue, word, voice, session.seed)
        agent.checked(sound, word)
    except Exception as error:  # noqa: BLE001 - as in write_down; a listener who nods is polite enough
        session.fault("tts", error)
        return
    if session.machine.states[who] is State.QUIET:
        session.mouths.hum(who, sound)


def _spoken(tongue: tts.TTSEngine, word: str, voice: str, seed: int) -> np.ndarray:
    parts = [speech.samples for speech in tongue.speak(word, voice, Feeling(), seed)]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def prompted(session: Session, who: int, more: Sequence[tuple[str, str]]) -> tuple[Message, ...]:
    """What the mind of somebody is told: the conversation as it was heard, and `more` of it, (name, text)."""
    spoken = {session.engines.language, *(persona.language for persona in session.cast)}
    heard = ((line.name, _own(session, who, line.heard)) for line in session.lines)
    heard, most = (*heard, *(turn for turn in more if turn[1])), session.engines.mind_of(who).engine.remembers
    return prompt(session.cast[who - 1], heard, most, mixed=len(spoken) > 1)
