"""A live conversation: one loop that hears, lets the turn machine decide, and does what it says.

One rule: nothing is decided here. A block of 10 ms comes in; what was heard becomes events, dialogue/turns.py answers
with what to do, and each of its answers is one method below. Slow work runs in threads and comes back as events, each
with the turn it belongs to; what belongs to a turn that is over is dropped at one door, `turns.admit`.

Participant 0 is heard through the microphone, all others are avatars.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from agents import asr, end_of_turn, hearing, llm, tts, vad
from agents.language import ENGLISH
from agents.persona import Persona
from app import session_work
from app.echo import Canceller
from app.eventlog import EventLog
from app.live import Command, Line
from app.live_faces import Faces, Stage
from app.live_recording import LiveRecording
from app.loudspeaker import Loudspeaker
from app.playing import Playing
from dialogue import events as e
from dialogue import turns
from dialogue.floor import AUDIBLE, SOUNDING, Dials
from dialogue.timeline import REST, Track
from dialogue.types import RATE, Cue, Feeling, Role
from motion.frame import HOP
from motion.models import MotionModel

KEPT = 60 * RATE  # of sound, before now
TURNS = 400  # of the conversation that are remembered


@dataclass(frozen=True)
class Mind:
    """What an avatar thinks with, and how."""

    engine: llm.LLMEngine
    options: llm.Options = llm.Options()


@dataclass(frozen=True)
class Engines:
    """What a conversation works with. `cleaner` takes the echo out; None leaves it. `own`: the mind of each avatar, if
    they do not all think with `mind`. `language`: what the person speaks."""

    vad: vad.VADEngine
    asr: asr.ASREngine
    end_of_turn: end_of_turn.EndOfTurnEngine
    mind: llm.LLMEngine
    tongues: tuple[tts.TTSEngine, ...]  # of each avatar
    motion: MotionModel
    cleaner: Canceller | None = None
    options: llm.Options = llm.Options()
    own: tuple[Mind, ...] = ()
    language: str = ENGLISH

    def mind_of(self, who: int) -> Mind:
        """The mind of an avatar, by its number among the participants."""
        return self.own[who - 1] if self.own else Mind(self.mind, self.options)


class Session:
    """The conversation of a person and some avatars; runs in one asyncio loop."""

    def __init__(
        self, you: str, cast: Sequence[Persona], engines: Engines, log: EventLog, seed: int = 0, dials: Dials = Dials()
    ) -> None:
        self.names = (you, *(p.name for p in cast))
        self.cast, self.engines, self.log, self.seed = tuple(cast), engines, log, seed
        self.machine = turns.begin([you], [p.name for p in cast], dials)
        self.speaker = Loudspeaker(len(self.names))
        self.hearing = hearing.start(engines.vad)
        self.mic = Track()
        self.lines: deque[Line] = deque(maxlen=TURNS)  # the conversation as it was heard
        self.recording: LiveRecording | None = None
        self.stages: dict[str, float] = {}
        self.muted = False
        self.problem = ""
        self.playing: dict[int, Playing] = {}  # by turn
        self.feelings = [[(0, Feeling())] for _ in self.names]
        self.cues: list[list[Cue]] = [[] for _ in self.names]
        self.active = -REST  # when somebody was last heard
        self._told = False  # the turn machine knows of a voice
        self._next: int | None = None  # where the microphone's next block belongs
        self._closed = False
        self._tasks: dict[Any, asyncio.Task] = {}
        self.started: dict[int, int] = {}  # turn -> when its reply was begun
        self._ended = 0  # where the voice that is being answered ended
        # One thread each: a long answer never keeps the ears waiting. Both models use one core.
        self.ears, self.judges = (ThreadPoolExecutor(1, name) for name in ("asr", "end-of-turn"))
        stage = Stage(self._sound, self._roles, self.feelings_at, self._cues)
        self.faces = Faces(engines.motion, len(self.names), seed, stage, delayed=(0,))

    # What happens

    @property
    def now(self) -> int:
        return self.speaker.played

    @property
    def busy(self) -> bool:
        """Whether something is being thought about, so that time matters."""
        return any(not task.done() for task in list(self._tasks.values()))

    @property
    def _audible(self) -> bool:
        """Whether an avatar is heard."""
        return any(state in AUDIBLE for state in self.machine.states)

    async def warm(self) -> None:
        """Load everything, so that the first answer is as fast as all others.

        Raises:
            EngineError, ModelFileError: something is not here.
        """
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self.ears, self.engines.asr.warm, self.engines.language)
        await loop.run_in_executor(self.judges, self.engines.end_of_turn.warm)
        await session_work.warm_minds(self)
        for who, tongue in enumerate(self.engines.tongues, start=1):
            await loop.run_in_executor(self.judges, session_work.hum, self, who, tongue)
        self.log.write(self.now, "start", value=list(self.names))

    def greet(self) -> None:
        """The first avatar that has a first line says it."""
        for who, persona in enumerate(self.cast, start=1):
            if persona.first_line:
                self.tell(e.Opening(self.now, who, persona.first_line))
                return

    async def block(self, heard: np.ndarray, played: np.ndarray) -> None:
        """10 ms that have passed."""
        clean = self.engines.cleaner.clean(heard, played) if self.engines.cleaner else heard
        if self.muted:
            clean = np.zeros_like(clean)
        at = self._place(len(clean))
        self.mic.put(clean, at)
        if not self.muted:
            before = self.hearing
            told, self.hearing = hearing.hear(self.engines.vad, clean, self.hearing)
            if self._audible:  # an echo teaches nothing about how loud this person speaks
                usual = max(self.hearing.voice_db, before.voice_db)
                self.hearing = replace(self.hearing, voice_db=usual)
            for event in told:
                self._voice(event)
            turn = self.hearing.turn
            if turn and turn.speaking and not self._told and (not self._audible or turn.loud >= hearing.Dials().least):
                self._voice(hearing.Started(self.now, turn.number, max(turn.peak_db, 0.0)))  # it began softly
        if self.machine.states[0] in SOUNDING or any(self.speaker.end(p) > self.now for p in range(1, len(self.names))):
            self.active = self.now
        self._progress()
        if (due := turns.deadline(self.machine)) is not None and due <= self.now:
            self.machine, outputs = turns.expire(self.machine, self.now)
            self._do(outputs)
        self.faces.advance(self.now)
        if self.recording:
            self._record(self.recording)
        if at % RATE < len(clean):
            self._forget(self.now - KEPT)

    def _place(self, n: int) -> int:
        """Where a block of the microphone belongs: behind the one before; after a long stall, at what is heard now."""
        if self._next is None or self.now - self._next > RATE:
            self._next = self.now - n
            self.hearing, self._told = hearing.start(self.engines.vad, self._next), False
        at, self._next = max(self._next, self.mic.end), self._next + n
        return at

    def tell(self, event: e.Event) -> None:
        """Hand an event to the turn machine and do what it says; one that comes too late is dropped."""
        try:
            self.machine, outputs = turns.handle(self.machine, event)
        except e.IllegalEvent as problem:
            self.log.write(self.now, "fault", stage="turns", text=str(problem))
            return
        self._do(outputs)

    def do(self, command: Command) -> None:
        """What a person asked for in the window or at the keyboard."""
        match command.kind:
            case "type" if command.value.strip():
                self.log.write(self.now, "typed", participant=self.names[0], text=command.value)
                self._ended = self.now
                self.tell(e.Typed(self.now, 0, command.value))
            case "mute" | "hold":
                wanted = (command.value == "on") == (command.kind == "mute")
                if wanted != self.muted:
                    self.muted = wanted
                    fresh = hearing.start(self.engines.vad, self.now)
                    known = {name: getattr(self.hearing, name) for name in ("noise_db", "voice_db")}
                    self.hearing, self._told = replace(fresh, **known), False
                    self._next = None if not wanted else self._next
                    self._ended = self.now if wanted else self._ended
                    kind = e.Muted(self.now, 0, ends=command.kind == "hold") if wanted else e.Unmuted(self.now, 0)
                    self.tell(kind)
            case "interrupt":
                for who in range(1, len(self.names)):
                    self.tell(e.Muted(self.now, who))
                    self.tell(e.Unmuted(self.now, who))

    async def close(self) -> None:
        """Stop all work and free what was loaded; idempotent."""
        if self._closed:
            return
        self._closed = True
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()
        for pool in (self.ears, self.judges):
            pool.shutdown(cancel_futures=True)
        for mind in {self.engines.mind, *(own.engine for own in self.engines.own)}:
            await mind.close()
        for engine in (self.engines.vad, self.engines.asr, self.engines.end_of_turn, *set(self.engines.tongues)):
            engine.close()
        self.log.write(self.now, "end")
        self.log.close()

    def _voice(self, event: hearing.Event) -> None:
        """A voice began or ended. While an avatar speaks, only one over the gate counts: the other is an echo, or talk
        to somebody else; in silence every voice may be meant for us."""
        match event:
            case hearing.Started(at, _, over_db):
                if self._told or (over_db < 0.0 and self._audible):
                    return
                self._told = True
                self.log.write(self.now, "voice", participant=self.names[0], value=float(over_db))
                self.tell(e.VoiceStarted(self.now, 0, min(at, self.now), float(over_db)))
            case hearing.Stopped() if self._told:
                self._told = False
                self._ended = min(event.at, self.now)
                self.log.write(self.now, "quiet", participant=self.names[0])
                self.tell(e.VoiceStopped(self.now, 0, self._ended))

    def _record(self, recording: LiveRecording) -> None:
        shown = [self.names.index(name) for name in recording.names]
        while recording.next + HOP <= self.now and not recording.full:
            sound = np.stack([self._sound(p, recording.next) for p in range(len(self.names))])
            frames = self.faces.at(recording.next)
            others = np.delete(sound, shown, 0).sum(0)
            recording.keep([frames[p] for p in shown], sound[shown], others)

    def _forget(self, before: int) -> None:
        """A day of talking needs no day of memory."""
        self.speaker.forget(before)
        self.mic.forget(before)
        for own in self.feelings:
            del own[: max(sum(at < before for at, _ in own) - 1, 0)]
        self.cues = [[cue for cue in own if cue.at >= before] for own in self.cues]
        self.started = {turn: at for turn, at in self.started.items() if turn in self.playing or at >= before}

    def _progress(self) -> None:
        """Tell how far replies have been heard."""
        for turn, reply in list(self.playing.items()):
            if not reply.released:
                continue
            upto = reply.played(self.now)
            if upto and turns.admit(self.machine, turn) and upto != reply.told:
                if not reply.told and reply.pieces:
                    total = ((reply.at(0) or self.now) - self._ended) / RATE * 1000 if reply.answers else None
                    if total is not None:
                        self.stages["total"] = total
                    self.log.write(self.now, "speak", participant=self.names[reply.who], turn=turn, ms=total)
                reply.told = upto
                self.tell(e.Played(self.now, turn, upto))
            if reply.over(self.now):
                del self.playing[turn]
                self._remember(reply, reply.length + 1)
                if turns.admit(self.machine, turn):
                    self.tell(e.ReplyFinished(self.now, turn))

    # What is to be done

    def _do(self, outputs: Sequence[e.Output]) -> None:
        for output in outputs:
            match output:
                case e.Transcribe():
                    self._begin(("words", output.at), session_work.listen(self, output))
                case e.TurnEnded(_, who, text, _):
                    self.hearing = hearing.settled(self.hearing) if not self._told else self.hearing
                    self.lines.append(Line(self.names[who], text))
                    ms = (self.now - self._ended) / RATE * 1000
                    self.stages["end_of_turn"] = ms
                    self.log.write(self.now, "turn", participant=self.names[who], text=text, ms=ms)
                case e.StartReply():
                    self.started[output.turn] = self.now
                    self.log.write(self.now, "think", participant=self.names[output.participant], turn=output.turn)
                    self.playing[output.turn] = Playing(
                        output.participant,
                        output.turn,
                        self.speaker,
                        released=not output.held,
                        answers=output.why is e.Why.ANSWER,
                    )
                    self._begin(output.turn, session_work.reply(self, output))
                case e.Confirm(_, turn):
                    if turn in self.playing:
                        self.sounds(self.playing[turn], self.playing[turn].release(self.now))
                case e.Cancel(_, turn, cut, _):
                    self._cancel(turn, cut)
                case e.Duck(_, turn):
                    if turn in self.playing:
                        self.log.write(self.now, "duck", participant=self.names[self.playing[turn].who], turn=turn)
                        self.faces.changed(self.playing[turn].silence())
                case e.Resume(_, turn, start):
                    if turn in self.playing:
                        self.log.write(self.now, "resume", participant=self.names[self.playing[turn].who], turn=turn)
                        self.sounds(self.playing[turn], self.playing[turn].resume(start, self.now))
                case e.Backchannel(_, who, _, sign):
                    self._follow(who, sign)
                case e.Failed(_, turn, stage):
                    self.log.write(self.now, "fault", turn=turn, stage=stage)
                case e.KeepHeard() | e.Floor():
                    pass  # `_cancel` remembers what was heard; who waits speaks when the machine says so

    def _begin(self, key: Any, work: Any) -> None:
        for done in [k for k, task in self._tasks.items() if task.done()]:
            del self._tasks[done]
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._ended_badly)
        self._tasks[key] = task

    def _ended_badly(self, task: asyncio.Task) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            session_work.fault(self, "session", error)

    def _cancel(self, turn: int, cut: int) -> None:
        if task := self._tasks.pop(turn, None):
            task.cancel()
            self._tasks["cancelled", turn] = task  # until it has ended
        reply = self.playing.pop(turn, None)
        if reply is None:
            return
        self.log.write(self.now, "cancel", participant=self.names[reply.who], turn=turn)
        if reply.spans:
            end = self.speaker.cut(reply.who, cut)
            self.faces.changed(end)
            if (upto := reply.played(end)) > 0:
                self._remember(reply, upto)
        self.feelings[reply.who] = [f for f in self.feelings[reply.who] if f[0] < cut] or [(0, Feeling())]
        self.cues[reply.who] = [c for c in self.cues[reply.who] if c.at < cut]

    def _remember(self, reply: Playing, upto: int) -> None:
        heard, rest = reply.heard(upto)
        if heard:
            self.lines.append(Line(self.names[reply.who], heard, rest))
            mind = self.engines.mind_of(reply.who).engine
            if mind.eager:  # its own words are read again, as they were heard, while nobody waits
                self._begin("ahead", mind.warm(session_work.prompted(self, reply.who, ())))
        self.log.write(
            self.now, "said", participant=self.names[reply.who], turn=reply.turn, text=heard, value=rest or None
        )

    def sounds(self, reply: Playing, begin: int | None) -> None:
        """A reply is to be heard from here on: faces, feelings and cues follow."""
        if begin is None:
            return
        keep = [f for f in self.feelings[reply.who] if f[0] < begin]
        self.feelings[reply.who] = keep + [f for f in reply.feelings() if f[0] >= begin] or [(0, Feeling())]
        self.cues[reply.who] = [c for c in self.cues[reply.who] if c.at < begin]
        self.cues[reply.who] += [c for c in reply.cues() if c.at >= begin]
        self.faces.changed(begin)

    def _follow(self, who: int, sign: e.Sign) -> None:
        """Nod, or say mm-hm."""
        self.log.write(self.now, "backchannel", participant=self.names[who], value=sign.value)
        at = self.now + self.faces.ahead
        self.cues[who].append(Cue("nod", at))
        if sign is e.Sign.MM_HM and (habits := self.cast[who - 1].backchannels):
            self._begin(("hum", who), session_work.hummed(self, who, habits[self.now // RATE % len(habits)]))
        self.faces.changed(at)

    # What faces see

    def _sound(self, who: int, start: int) -> np.ndarray:
        if start < 0:
            return np.zeros(HOP, np.float32)
        return self.mic.read(start, HOP) if who == 0 else self.speaker.read(who, start, HOP)

    def _roles(self, at: int) -> tuple[Role, ...]:
        speaks = [self.machine.states[0] in SOUNDING]
        speaks += [self._sound(p, at - HOP // 2).any() for p in range(1, len(self.names))]
        rest = Role.LISTENING if any(speaks) or at - self.active < REST else Role.IDLE
        return tuple(Role.SPEAKING if s else rest for s in speaks)

    def feelings_at(self, at: int) -> tuple[Feeling, ...]:
        return tuple(next((f for start, f in reversed(own) if start <= at), Feeling()) for own in self.feelings)

    def _cues(self, start: int) -> tuple[tuple[Cue, ...], ...]:
        return tuple(tuple(c for c in own if start <= c.at < start + HOP) for own in self.cues)


async def run(session: Session, device: Any, commands: Callable[[], Sequence[Command]] = tuple) -> None:
    """Let a conversation pass, block by block, until the device says that it is over or a `quit` comes.

    Args:
        device: as app.audio.SoundCard or app.audio_files.Files, started. commands: those since the last call.
    """
    loop, thread = asyncio.get_running_loop(), ThreadPoolExecutor(1, "device")
    try:
        while True:
            both = await loop.run_in_executor(thread, device.block)
            if both is None:
                return
            for command in commands():
                if command.kind == "quit":
                    return
                session.do(command)
            await session.block(*both)
            await asyncio.sleep(0)
    finally:
        thread.shutdown(wait=False)
        await session.close()
