"""A live conversation: one loop that hears, lets the turn machine decide, and does what it says.

One rule: nothing is decided here. A block of 10 ms comes in; what was heard (app/ears.py) becomes events, and
dialogue/turns.py answers with what to do: avatars speak (app/mouths.py), faces follow (app/live_faces.py), and slow
work (app/session_work.py) comes back as events, each with the turn it belongs to; what belongs to a turn that is over
is dropped at one door, `turns.admit`. Whatever fails is told with its stage, and the conversation goes on.

Participant 0 is heard through the microphone, all others are avatars.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from agents import hearing
from agents.language import phrases
from agents.persona import Persona
from agents.worker import Worker
from app import session_work
from app.ears import Ears
from app.engines import Engines
from app.eventlog import EventLog
from app.live import Command, Line
from app.live_faces import Faces, Stage
from app.live_recording import LiveRecording
from app.loudspeaker import Loudspeaker
from app.mouths import Mouths
from app.playing import Playing
from app.tasks import Tasks
from dialogue import events as e
from dialogue import turns
from dialogue.errors import DuologueError, EngineError
from dialogue.floor import AUDIBLE, SOUNDING, Dials, State, attention
from dialogue.timeline import REST
from dialogue.types import RATE, Feeling, Role
from dialogue.utterance import Utterance
from motion.frame import HOP

KEPT = 60 * RATE  # of sound, before now
TURNS = 400  # of the conversation that are remembered
STEP = RATE // 2  # of time, for the turn machine
AGAIN = RATE  # the same fault is not told twice within a second


class Session:
    """The conversation of a person and some avatars; runs in one asyncio loop."""

    def __init__(
        self, you: str, cast: Sequence[Persona], engines: Engines, log: EventLog, seed: int = 0, dials: Dials = Dials()
    ) -> None:
        self.names = (you, *(p.name for p in cast))
        self.cast, self.engines, self.log, self.seed = tuple(cast), engines, log, seed
        self.machine = turns.begin([you], [p.name for p in cast], dials)
        self.mouths = Mouths(len(self.names), lambda at: self.faces.changed(at))
        self.ears = Ears(engines.vad, lambda: self.now, lambda: self.audible, self.fault)
        stage = Stage(self._sound, self._roles, self.feelings_at, self.mouths.cues_in, self._looks)
        self.faces = Faces(engines.motion, len(self.names), seed, stage, delayed=(0,))
        self.tasks = Tasks(lambda error: self.fault("session", error))
        # One thread for each engine: a long answer never keeps the ears waiting. Each model uses one core.
        self.ear, self.judge = (Worker(name, engines.thread) for name in ("the transcriber", "the end-of-turn model"))
        self.voices = {id(tongue): Worker("the voice", engines.thread) for tongue in engines.tongues}
        self.spares: dict[tuple[int, str], Utterance] = {}  # what somebody says when nothing else can be said
        self.lines: deque[Line] = deque(maxlen=TURNS)  # the conversation as it was heard
        self.recording: LiveRecording | None = None
        self.stages: dict[str, float] = {}
        self.problem = ""
        self.started: dict[int, int] = {}  # when the reply of each turn was begun
        self.unheard = False  # the person said something that no transcriber could hear
        self._active = -REST  # when somebody was last heard
        self._seen = 0  # up to when the turn machine saw time pass
        self._faults: dict[tuple[str, str], int] = {}  # when each was last told
        self._broken: set[int] = set()  # turns of which it was told what failed
        self._closed = False

    @property
    def now(self) -> int:
        return self.mouths.now

    @property
    def busy(self) -> bool:  # something is being thought about, so that time matters
        return self.tasks.busy

    @property
    def audible(self) -> bool:  # an avatar is heard
        return any(state in AUDIBLE for state in self.machine.states)

    @property
    def speaker(self) -> Loudspeaker:
        return self.mouths.speaker

    @property
    def playing(self) -> dict[int, Playing]:
        return self.mouths.playing

    @property
    def hearing(self) -> hearing.Hearing:
        return self.ears.hearing

    @property
    def muted(self) -> bool:
        return self.ears.muted

    def feelings_at(self, at: int) -> tuple[Feeling, ...]:
        return self.mouths.feelings_at(at)

    async def warm(self) -> None:
        """Load everything, so that the first answer is as fast as all others.

        Raises:
            EngineError, ModelFileError: something is not here.
        """
        await session_work.warm(self)
        self.log.write(self.now, "start", value=list(self.names))

    def greet(self) -> None:
        """The first avatar that has a first line says it."""
        for who, persona in enumerate(self.cast, start=1):
            if persona.first_line:
                self.tell(e.Opening(self.now, who, persona.first_line))
                return

    # What happens

    async def block(self, heard: np.ndarray, played: np.ndarray) -> None:
        """10 ms that have passed: what the microphone heard and the loudspeaker played, float32 [N] each."""
        for event in self.ears.take(self._clean(heard, played)):
            self._voice(event)
        while self.ears.closed:
            piece = self.ears.closed.pop(0)
            self.tasks.begin(("piece", piece.start), session_work.write_down(self, piece))
        if self.machine.states[0] in SOUNDING or self.mouths.sounding:
            self._active = self.now
        self._pass(self.now)
        self._settle()
        try:
            self.faces.advance(self.now)
        except Exception as error:  # noqa: BLE001 - a model that a user plugged in; the conversation goes on
            self.fault("motion", error)
            self.faces.restart(self.now)
        if self.recording:
            self._record(self.recording)
        if self.now % RATE < len(heard):
            self._forget(self.now - KEPT)

    def tell(self, event: e.Event) -> None:
        """Hand an event to the turn machine and do what it says; one of a reply that is over by then is dropped."""
        self._pass(event.at)
        try:
            self.machine, outputs = turns.handle(self.machine, event)
        except e.IllegalEvent as problem:
            self._expire(event.at)  # which may be what ended the reply
            if not isinstance(event, e.OfReply) or turns.admit(self.machine, event.turn):
                self.log.write(self.now, "fault", stage="turns", text=str(problem))
            return
        self._do(outputs)

    def do(self, command: Command) -> None:
        """What a person asked for in the window or at the keyboard."""
        match command.kind:
            case "type" if command.value.strip():
                self.log.write(self.now, "typed", participant=self.names[0], text=command.value)
                self.ears.ended = self.now
                self.tell(e.Typed(self.now, 0, command.value))
            case "mute" | "hold":
                wanted = (command.value == "on") == (command.kind == "mute")
                if wanted != self.muted:
                    self.ears.mute(wanted)
                    self.tell(e.Muted(self.now, 0, command.kind == "hold") if wanted else e.Unmuted(self.now, 0))
            case "look":
                who = self.names.index(command.value) if command.value in self.names[1:] else None
                self.log.write(self.now, "look", participant=self.names[0], value=command.value or None)
                self.tell(e.Looked(self.now, 0, who))
            case "interrupt":
                for who in range(1, len(self.names)):
                    self.tell(e.Muted(self.now, who))
                    self.tell(e.Unmuted(self.now, who))

    def fault(self, stage: str, error: BaseException, turn: int | None = None) -> None:
        """Tell that a stage failed, and why; in a reply, or not."""
        text = str(error) if isinstance(error, DuologueError) else f"{type(error).__name__}: {error}"
        if turn is not None:
            self._broken.add(turn)
        elif self.now - self._faults.get((stage, text), -AGAIN) < AGAIN:
            return
        self._faults = {key: at for key, at in self._faults.items() if self.now - at < AGAIN}
        self._faults[stage, text] = self.now
        self.problem = text
        self.log.write(self.now, "fault", stage=stage, text=text, **({} if turn is None else {"turn": turn}))

    async def close(self) -> None:
        """Stop all work and free what was loaded; idempotent."""
        if self._closed:
            return
        self._closed = True
        if left := await self.tasks.close():
            self.fault("session", EngineError(f"{left} tasks do not end: an engine swallows being cancelled"))
        for worker in (self.ear, self.judge, *self.voices.values()):
            worker.close()
        await session_work.free(self)
        self.log.write(self.now, "end")
        self.log.close()

    def _pass(self, until: int) -> None:
        """Let the turn machine see time pass: what was heard by then, and what is due. In short steps, so that after a
        moment in which this computer did something else, nobody takes a voice that went on for one that hangs."""
        while self._seen < until:
            self._seen = at = min(self._seen + STEP, until)
            self._progress(at)
            self._expire(at)

    def _expire(self, at: int) -> None:
        if (due := turns.deadline(self.machine)) is not None and due <= at:
            self.machine, outputs = turns.expire(self.machine, at)
            self._do(outputs)

    def _clean(self, heard: np.ndarray, played: np.ndarray) -> np.ndarray:
        """What the microphone heard, without what is no sound, and without what was played."""
        if not np.isfinite(heard).all():
            self.fault("microphone", EngineError("the microphone gave no numbers (nan); choose another"))
            heard = np.where(np.isfinite(heard), heard, np.float32(0.0))
        if self.engines.cleaner is None:
            return heard
        try:
            return self.engines.cleaner.clean(heard, played)
        except Exception as error:  # noqa: BLE001 - an echo is better than no ear
            self.fault("echo", error)
            return heard

    def _voice(self, event: e.VoiceStarted | e.VoiceStopped) -> None:
        if isinstance(event, e.VoiceStarted):
            self.unheard = False
            self.log.write(self.now, "voice", participant=self.names[0], value=event.level_db)
        else:
            self.log.write(self.now, "quiet", participant=self.names[0])
        self.tell(event)

    def _settle(self) -> None:
        """Nobody says anything: what was heard belongs to no turn any more. Who was not understood is asked again."""
        if self.machine.states[0] is not State.QUIET:
            return
        self.ears.settle()
        if self.unheard and all(state is State.QUIET for state in self.machine.states):
            self.unheard = False
            able = (who for who, seat in enumerate(self.machine.seats) if seat.voiced and not seat.muted)
            if (who := next(able, None)) is not None:
                self.tell(e.Opening(self.now, who, phrases(self.cast[who - 1].language).again[0]))

    def _record(self, recording: LiveRecording) -> None:
        shown = list(map(self.names.index, recording.names))
        while recording.next + HOP <= self.now and not recording.full:
            sound = np.stack([self._sound(p, recording.next) for p in range(len(self.names))])
            frames = self.faces.at(recording.next)
            others = np.delete(sound, shown, 0).sum(0)
            recording.keep([frames[p] for p in shown], sound[shown], others)

    def _forget(self, before: int) -> None:
        """A day of talking needs no day of memory."""
        self.mouths.forget(before)
        self.ears.forget(before)
        self.started = {turn: at for turn, at in self.started.items() if turn in self.playing or at >= before}
        self._broken &= self.started.keys()

    def _progress(self, now: int) -> None:
        """Tell how far replies have been heard by a moment."""
        for turn, reply in list(self.playing.items()):
            if not reply.released:
                continue
            upto, over = reply.played(now), reply.over(now)
            if upto and turns.admit(self.machine, turn) and upto != reply.told:
                if not reply.told and reply.pieces:
                    total = ((reply.at(0) or now) - self.ears.ended) / RATE * 1000 if reply.answers else None
                    if total is not None:
                        self.stages["total"] = total
                    self.log.write(now, "speak", participant=self.names[reply.who], turn=turn, ms=total)
                reply.told = upto
                self.tell(e.Played(now, turn, upto))
            if over and self.playing.pop(turn, None):
                self._remember(reply, reply.length + 1)
                if turns.admit(self.machine, turn):
                    self.tell(e.ReplyFinished(now, turn))

    # What is to be done

    def _do(self, outputs: Sequence[e.Output]) -> None:
        for output in outputs:
            match output:
                case e.Transcribe():
                    self.tasks.begin(("words", output.at), session_work.listen(self, output))
                case e.TurnEnded(_, who, text, _):
                    self.ears.settle()
                    self.lines.append(Line(self.names[who], text))
                    self.stages["end_of_turn"] = ms = (self.now - self.ears.ended) / RATE * 1000
                    self.log.write(self.now, "turn", participant=self.names[who], text=text, ms=ms)
                case e.StartReply(_, _, who, _, _, why, held):
                    self.started[output.turn] = self.now
                    self.log.write(self.now, "think", participant=self.names[who], turn=output.turn)
                    self.mouths.begin(output.turn, who, held, answers=why is e.Why.ANSWER)
                    self.tasks.begin(output.turn, session_work.reply(self, output))
                case e.Confirm():
                    self.mouths.release(output.turn)
                case e.Cancel():
                    self._cancel(output.turn, output.cut)
                case e.Duck(_, turn) if turn in self.playing:
                    self.log.write(self.now, "duck", participant=self.names[self.playing[turn].who], turn=turn)
                    self.mouths.hush(turn)
                case e.Resume(_, turn, start) if turn in self.playing:
                    self.log.write(self.now, "resume", participant=self.names[self.playing[turn].who], turn=turn)
                    self.mouths.resume(turn, start)
                case e.Backchannel():
                    self._follow(output.participant, output.sign)
                case e.Failed():
                    self._failed(output.turn, output.stage)
                case e.KeepHeard() | e.Floor():
                    pass  # `_cancel` remembers what was heard; who waits speaks when the machine says so

    def _cancel(self, turn: int, cut: int) -> None:
        self.tasks.cancel(turn)
        if (known := self.mouths.cut(turn, cut)) is None:
            return
        reply, upto = known
        self.log.write(self.now, "cancel", participant=self.names[reply.who], turn=turn)
        if upto > 0:
            self._remember(reply, upto)

    def _failed(self, turn: int, stage: str) -> None:
        """A reply broke down. Which stage it was is known here better than in the turn machine, which saw only that
        nothing came."""
        if turn in self._broken:
            return  # told when it happened
        reply = self.playing.get(turn)
        if reply is None or reply.played(self.now) >= reply.length:
            stage = "tts" if reply and self.voice(reply.who).busy else "llm"
        stage = "device" if stage == "speaker" else stage  # there was sound, and nobody played it
        self.fault(stage, EngineError("nothing came for too long; the reply was given up"), turn)

    def voice(self, who: int) -> Worker:
        """In which somebody's voice is called."""
        return self.voices[id(self.engines.tongues[who - 1])]

    def _remember(self, reply: Playing, upto: int) -> None:
        heard, rest = reply.heard(upto)
        if heard:
            self.lines.append(Line(self.names[reply.who], heard, rest))
            self.tasks.begin("ahead", session_work.read_ahead(self, reply.who))
        who = self.names[reply.who]
        self.log.write(self.now, "said", participant=who, turn=reply.turn, text=heard, value=rest or None)

    def _follow(self, who: int, sign: e.Sign) -> None:
        """Nod, or say mm-hm."""
        self.log.write(self.now, "backchannel", participant=self.names[who], value=sign.value)
        if sign is e.Sign.MM_HM and (habits := self.cast[who - 1].backchannels):
            self.tasks.begin(("hum", who), session_work.hummed(self, who, habits[self.now // RATE % len(habits)]))
        self.mouths.nod(who, self.now + self.faces.ahead)

    # What faces see

    def _sound(self, who: int, start: int) -> np.ndarray:
        if start < 0:
            return np.zeros(HOP, np.float32)
        return self.ears.track.read(start, HOP) if who == 0 else self.mouths.sound(who, start)

    def _looks(self) -> Sequence[int | None]:
        return attention(self.machine.seats)

    def _roles(self, at: int) -> tuple[Role, ...]:
        speaks = [self.machine.states[0] in SOUNDING]
        speaks += [self._sound(p, at - HOP // 2).any() for p in range(1, len(self.names))]
        rest = Role.LISTENING if any(speaks) or at - self._active < REST else Role.IDLE
        return tuple(Role.SPEAKING if s else rest for s in speaks)


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
