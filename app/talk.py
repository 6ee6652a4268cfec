"""`duologue talk`: a person and one avatar or two, with a window, without one, or in writing alone.

One rule: what is missing is said before anything is loaded, with what to do about it and what works without.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from agents import asr, end_of_turn, installed, llm, tts, vad
from agents.persona import Persona
from app import audio, consent, echo, languages, screen, session_work, terminal
from app.audio_files import Files
from app.cast import AVATARS, avatars
from app.config import Settled, for_engine, for_language, for_voices, own_key
from app.config_model import Config, Tts
from app.engines import Engines, Mind
from app.eventlog import EventLog
from app.live import Command
from app.live_recording import LiveRecording
from app.personas import personas
from app.recordings import read
from app.session import Session, run
from app.talk_view import View
from app.watched import Watched
from dialogue.errors import DeviceError, DuologueError, EngineError, did_you_mean
from dialogue.floor import Dials
from dialogue.types import samples
from motion import models
from render.camera import glances, placements

WRITTEN_S = 60.0  # that a mind may take where nobody listens
ASPECT = 16 / 9  # of a picture: how far away its camera stands hardly depends on it
NOBODY = np.zeros(0, np.float32)  # what is heard of whoever only types
NEWS = samples(8.0)  # a film is told of for so long


@dataclass(frozen=True)
class Ask:
    """What a person chose.

    Args:
        settings: who talks, and with which engines.
        mic, speaker: a recording in place of a microphone, a wav in place of a loudspeaker.
        text: type and read, without any sound. real_time: let time pass as it does even when nobody thinks.
    """

    settings: Settled = Settled()
    mic: Path | None = None
    speaker: Path | None = None
    headless: bool = False
    text: bool = False
    events: Path | None = None
    real_time: bool = False
    yes: bool = False  # to every download

    @property
    def me(self) -> str | None:
        """The avatar that shows the person, if any."""
        return self.settings.config.talk.me


def dressed(ask: Ask) -> tuple[Persona, ...]:
    """The cast, each with the voice and the language that the settings give them.

    Raises:
        PersonaError, DuologueError: as `personas`.
        EngineError: a persona's file, which may be a stranger's, chooses who hears what it says.
    """
    names, out = ask.settings.config.talk.cast, []
    try:
        known = personas(names)
    except DuologueError as error:
        raise type(error)(f"{error} (talk.cast, by {ask.settings.origin('talk.cast')})") from error
    for name, who in zip(names, known):
        its = ask.settings.of(name).tts
        _trusted(ask, name, who, its)
        out.append(replace(who, voice=its.voice or who.voice, language=its.language or who.language))
    return tuple(out)


def _trusted(ask: Ask, name: str, who: Persona, its: Tts) -> None:
    """Raise unless a voice outside this program is one that the settings choose, or of the engine that they choose."""
    engine = tts.split(who.voice)[0]
    chosen = its.voice and ask.settings.own.get(name, ask.settings).origin("tts.voice").layer != "persona"
    if engine in tts.BEYOND and engine != its.engine and not chosen:
        raise EngineError(
            f"{who.name} asks for the voice '{who.voice}', which speaks outside this program; if you want that: "
            f"duologue config set tts.engine {engine}; else: duologue config set personas.{own_key(name)}.voice heart"
        )


def spoken(ask: Ask, cast: Sequence[Persona]) -> languages.Chosen:
    """What the person speaks, and who has to understand it."""
    config, talking = ask.settings.config, ask.settings.config.talk
    minds = tuple(ask.settings.of(name).llm.engine for name in talking.cast)
    language, ears = config.asr.language or cast[0].language, None if ask.text else config.asr
    return languages.Chosen(language, minds, ears, aloud=not ask.text, tongues=tongues(ask))


def tongues(ask: Ask) -> tts.Settings:
    """What the settings tell the engines of voices."""
    return for_voices(ask.settings.config.tts)


def needed(ask: Ask, cast: Sequence[Persona]) -> list[str | None]:
    """The models that this conversation needs; None is one that a person brings along."""
    config = ask.settings.config
    minds = [(its.engine, its.model) for its in (ask.settings.of(name).llm for name in config.talk.cast)]
    ears = None if ask.text else (config.asr.engine, config.asr.model)
    return consent.for_talk(minds, ears, [p.voice for p in cast])


def lacking(ask: Ask, cast: Sequence[Persona]) -> list[str]:
    """The packages without which this conversation cannot be. Without a loudspeaker a window still takes what one types,
    and a voice that names no engine may be anybody's."""
    config = ask.settings.config
    plugged = [("llm", ask.settings.of(name).llm.engine) for name in config.talk.cast]
    modules: list[str] = []
    if not ask.text:
        plugged += [("asr", config.asr.engine), *(("tts", tts.split(p.voice)[0]) for p in cast)]
        modules += [] if ask.headless else screen.MODULES
        modules += ["sounddevice"] if ask.headless and not ask.mic else []
    return installed.missing([*installed.of_engines(plugged), *modules])


def talk(ask: Ask) -> int:
    """Hold a conversation until it is over.

    Raises:
        DuologueError: something that it needs is not here.
    """
    cast, talking = dressed(ask), ask.settings.config.talk
    if len({p.name.casefold() for p in cast}) < len(cast):
        names = ", ".join(p.name for p in cast)
        raise DuologueError(f"--cast is {names}; expected one avatar, or two that differ in name")
    for name in [*(p.avatar for p in cast), *([ask.me] if ask.me else [])]:
        if name not in avatars():
            raise DuologueError(f"no avatar named '{name}'{did_you_mean(name, avatars())}")
    if absent := lacking(ask, cast):  # before a model is asked for, which the same step may bring
        raise DuologueError(installed.lacking("this talk", absent))
    consent.ensure(needed(ask, cast), ask.yes)  # first: a voice is known when it is here
    languages.check(cast, spoken(ask, cast))
    plugged = engines(ask, cast, minds([ask.settings.of(name) for name in talking.cast], ask.text))
    session = Session("You", cast, plugged, EventLog(ask.events), talking.seed, patient(plugged, ask.text))
    if ask.text:
        return asyncio.run(_written(session))
    device = _device(ask, session)
    shown = ([0] if ask.me else []) + list(range(1, len(session.names)))
    seats = ({"You": ask.me} if ask.me else {}) | {p.name: p.avatar for p in cast}
    session.faces.toward = toward(shown, len(session.names))
    view = View(session, shown, seats, _found(ask))
    if ask.headless:
        session.log.listeners.append(terminal.told)
        return asyncio.run(_held(session, device, view, ask))
    return _windowed(session, device, view, ask, cast)


def toward(shown: Sequence[int], participants: int) -> np.ndarray:
    """What yaw it takes p to look at q, radians [P, P]; whoever is not shown sits where the camera is."""
    angles, out = glances(placements((None,) * len(shown)), ASPECT), np.zeros((participants, participants))
    for seat, p in enumerate(shown):
        for q in range(participants):
            out[p, q] = angles[seat, shown.index(q) if q in shown else -1]
    return out


def patient(plugged: Engines, text: bool) -> Dials:
    """How long the turn machine waits for what comes next of an answer: longer than the slowest mind may take. Who reads
    does not mind a pause in which nobody says anything."""
    if text:
        return Dials(stall=samples(WRITTEN_S))
    slowest_s = max(max(mind.options.first_s, mind.options.idle_s) for mind in plugged.own)
    usual_s = max(llm.Options.first_s, llm.Options.idle_s)
    return Dials(stall=Dials().stall + samples(max(slowest_s - usual_s, 0.0)))


def minds(own: Sequence[Config], text: bool = False) -> tuple[Mind, ...]:
    """What each avatar thinks with; those whose settings are alike share an engine.

    Raises:
        EngineError: an engine cannot be what its settings say.
    """
    loaded: dict[tuple, llm.LLMEngine] = {}
    out = []
    for its in (config.llm for config in own):
        which = (its.engine, *for_engine(its).items())
        if which not in loaded:
            loaded[which] = llm.load(its.engine, **for_engine(its))
        first_s, idle_s = (max(wait, WRITTEN_S) if text else wait for wait in (its.first_s, its.idle_s))
        options = llm.Options(its.max_tokens, its.temperature, first_s=first_s, idle_s=idle_s)
        out.append(Mind(loaded[which], options))
    return tuple(out)


def engines(ask: Ask, cast: Sequence[Persona], minds: tuple[Mind, ...]) -> Engines:
    """Whoever only writes needs no ears, and a recording in place of a microphone hears no loudspeaker."""
    config = ask.settings.config
    said = [for_language(tongues(ask), p.language) for p in cast]
    names = [tts.find_voice(p.voice, its).engine for p, its in zip(cast, said)]
    its = [said[who].get(name, {}) for who, name in enumerate(names)]
    which = [(name, own.get("language")) for name, own in zip(names, its)]  # of its voices, only that may differ
    loaded = {key: tts.load(key[0], **own) for key, own in dict(zip(which, its)).items()}
    return Engines(
        vad=vad.load(config.vad.engine),
        asr=asr.load(config.asr.engine, **for_engine(config.asr)) if not ask.text else asr.load("fake"),
        end_of_turn=end_of_turn.load(config.end_of_turn.engine if not ask.text else "fake"),
        mind=minds[0].engine,
        own=minds,
        tongues=tuple(loaded[key] for key in which),
        motion=models.load(models.DEFAULT, ()),
        cleaner=echo.Canceller() if ask.mic is None and not ask.text and echo.available() else None,
        language=spoken(ask, cast).language,
    )


def _found(ask: Ask) -> audio.Devices:
    """What is plugged in; nothing if the sound library is not here: then it is said when a device is opened. Of files
    there is no choice."""
    if ask.mic is not None:
        return audio.Devices((), (), ask.mic.name, ask.speaker.name if ask.speaker else "nowhere")
    with suppress(DeviceError):
        return audio.devices()
    return audio.Devices()


def _device(ask: Ask, session: Session) -> Any:
    if ask.mic is not None:
        heard = read([ask.mic])
        sound = sum(track.read(0, heard.duration) for track in heard.tracks)
        return Files(
            session.speaker.play,
            sound,
            ask.speaker,
            busy=lambda: session.busy or not ask.headless,
            real_time=ask.real_time,
        )
    if ask.speaker is not None:
        raise DuologueError("--speaker FILE goes with --mic FILE: a loudspeaker's clock is not a file's")
    devices = ask.settings.config.audio
    return audio.SoundCard(session.speaker.play, devices.microphone or "", devices.speaker or "")


async def _loaded(session: Session, view: View) -> bool:
    """Load everything; False if the window was closed meanwhile. What else is asked for is asked again then."""
    loading, early = asyncio.ensure_future(session.warm()), []
    while not loading.done():
        await asyncio.wait([loading], timeout=0.1)
        early += view.taken()
        if any(command.kind == "quit" for command in early):
            loading.cancel()
            await asyncio.wait([loading])
            return False
    loading.result()
    for command in early:
        view.commands.put(command)
    return True


async def _held(session: Session, device: Any, view: View, ask: Ask) -> int:
    try:
        if not await _loaded(session, view):
            return 0
        try:
            device.start()
        except DeviceError as error:
            if not isinstance(device, audio.SoundCard) or ask.headless:
                raise
            # The window is there, and so is its line to type in: nothing is heard, everything is shown.
            device = Files(session.speaker.play, NOBODY, linger=2**40, real_time=True)
            device.start()
            view.notice = f"{str(error).partition(';')[0]}; plug one in and start again, or type below"
            print(f"duologue: {error}", file=sys.stderr, flush=True)
        if ask.mic is None:  # a recording says what it says when it does: a greeting would talk over it
            session.greet()
        watched = Watched(device, view, session.speaker.play, occupied=lambda: session.mouths.sounding or session.busy)
        await run(session, watched, lambda: chosen(view, device, session))
    finally:
        await session.close()
        record(session, view, False, {})
        view.over = True
        device.stop()
    return 0


def chosen(view: View, device: Any, session: Session) -> list[Command]:
    """The commands that are the conversation's; devices are chosen and recordings begun here."""
    if view.device != view.noted:
        view.noted = view.device
        if view.device:  # for the log, and for whoever has no window
            session.log.write(session.now, "fault", stage="device", text=view.device)
    out = []
    for command in view.taken():
        if command.kind == "record":
            record(session, view, command.value == "on", view.seats)
        elif command.kind not in ("microphone", "speaker"):
            out.append(command)
        elif isinstance(device, audio.SoundCard):
            try:
                device.choose(command.kind, command.value)
                view.chosen = replace(view.chosen, **{command.kind: command.value})
            except DuologueError as error:
                view.problem = str(error)
    return out


def record(session: Session, view: View, on: bool, seats: Mapping[str, str]) -> None:
    """Begin a recording, or end it and film it beside the conversation."""
    if on and session.recording is None:
        view.announce("")
        view.recording = str(Path("out") / f"talk-{time.strftime('%Y%m%d-%H%M%S')}.mp4")
        session.recording = LiveRecording(tuple(seats), tuple(seats.values()), session.now)
    elif not on and session.recording is not None:
        kept, path, session.recording = session.recording, Path(view.recording), None
        view.recording = ""

        def film() -> None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                kept.film(path)
                view.announce(f"filmed: {path}", NEWS)
                print(path, flush=True)
            except (DuologueError, OSError) as error:
                view.announce("")
                view.problem = f"the recording could not be filmed: {error}"

        view.announce(f"filming {path}")
        view.problem = ""
        threading.Thread(target=film, name="filming").start()


def _windowed(session: Session, device: Any, view: View, ask: Ask, cast: Sequence[Persona]) -> int:
    """The conversation in a thread of its own, the window in this one."""
    from app.picture import Room
    from app.window import run as show
    from render.scene import Seat

    names = ([ask.me] if ask.me else []) + [p.avatar for p in cast]
    room = Room(tuple(Seat(AVATARS / f"{name}.glb") for name in names), personas={p.name: p.manner for p in cast})
    failed: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(_held(session, device, view, ask))
        except BaseException as error:  # noqa: BLE001 - told by the main thread
            failed.append(error)
            view.problem = str(error)
            view.over = True

    thread = threading.Thread(target=work, name="conversation")
    try:
        show(
            view, room, opened=thread.start, chosen=_of_window(ask.settings.config)
        )  # a display that is missing is said before anything is loaded
    finally:
        view.do(Command("quit"))
        if thread.ident:
            thread.join()
        else:
            asyncio.run(session.close())
    if failed:
        raise failed[0]
    return 0


def _of_window(config: Config) -> dict[str, Any]:
    """What a person chose of what the window otherwise remembers."""
    chosen = {**config.window.model_dump(), **config.audio.model_dump()}
    return {name: value for name, value in chosen.items() if value is not None}


async def _written(session: Session) -> int:
    try:
        await session_work.warm_minds(session)
        await terminal.written(session)
    finally:
        await session.close()
    return 0
