"""What `duologue doctor` looks at: each check is one function that uses a part for real, and tells what it found.

One rule: a check answers with what happened, never with what should be there. It draws a picture and looks at it, says
a sentence and hears it again, asks the mind a question; each runs in a process of its own, because a broken driver may
take its process with it.
"""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents import installed
from app.config import for_engine, for_voices
from app.config_model import Config
from app.doctor_packages import packages
from dialogue.errors import DeviceError, DuologueError
from dialogue.types import RATE, Feeling

SENTENCE = "The weather is lovely today, and the garden is full of birds."
HEARD = 0.6  # of its words that must come back through the ears
SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "software", "basic render")
SIZE, FPS = (640, 360), 25
SILENT_DB, LOUD_DB = -80.0, -1.0  # a microphone below is off; above it is overdriven
LISTEN_S = 1.0


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Args:
        name: of what was looked at. ok: whether it works; None: it is for information.
        found: one line. mend: what to do about it, if anything.
        ms: how long one real use took.
    """

    name: str
    ok: bool | None
    found: str
    mend: str = ""
    ms: float | None = None


def _absent(names: tuple[str, ...], modules: Iterable[str]) -> list[Finding]:
    """That packages are missing, under each of these names; nothing if they are here."""
    lacks = installed.missing(modules)
    what, _, mend = installed.lacking("it", lacks).partition("; ")
    return [Finding(name, False, what, mend) for name in names] if lacks else []


def system(_: Config) -> list[Finding]:
    """The machine and the interpreter."""
    import psutil

    memory = psutil.virtual_memory().total / 2**30
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    told = (
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {cores} cores, {memory:.0f} GB"
    )
    return [Finding("system", None, told)]


def picture(_: Config) -> list[Finding]:
    """OpenGL draws a face, and the codecs write it and read it back."""
    from app.cast import AVATARS
    from motion.frame import MotionFrame
    from render import capture
    from render.camera import Shot
    from render.context import headless
    from render.errors import RenderError
    from render.scene import QUALITIES, Scene, Seat

    try:
        gl = headless()
    except RenderError as error:
        return [Finding("opengl", False, str(error).split(";")[0], packages("opengl"))]
    renderer = gl.info["GL_RENDERER"]
    kind = "in software" if any(word in renderer.lower() for word in SOFTWARE) else "by the graphics card"
    rest = MotionFrame(0, np.zeros(52, np.float32), np.zeros(3, np.float32), np.zeros(2, np.float32))
    with Scene(gl, SIZE, QUALITIES["draft"], "studio", "warm", [Seat(AVATARS / "maya.glb")]) as scene:
        times = []
        for frame in range(10):
            began = time.perf_counter()
            scene.draw((rest,), Shot("two-shot"), (), frame * RATE // FPS)
            planes = capture.yuv420p(scene)
            times.append(time.perf_counter() - began)
        seen = capture.rgb(scene).astype(float)
    gl.release()
    drawn_ms = 1000 * float(np.median(times))
    # A face in a room has light and dark; a driver that draws nothing gives one colour.
    drawn = seen.std() > 10.0
    told = f"{renderer}, OpenGL {gl.version_code / 100:.1f}, {kind}; a picture of {SIZE[0]}x{SIZE[1]}"
    mend = "" if drawn else f"the picture is empty: another driver is needed; {packages('opengl')}"
    out = [Finding("opengl", drawn, told, mend, drawn_ms)]
    return [*out, *_codecs(np.asarray(planes), drawn_ms)]


def _codecs(planes: np.ndarray, drawn_ms: float) -> list[Finding]:
    import av

    from app.encode import Encoder, VideoFormat

    began, pictures = time.perf_counter(), FPS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.mp4"
        try:
            encoder = Encoder(path, VideoFormat(*SIZE, FPS))
            for _ in range(pictures):
                encoder.picture(planes)
            encoder.sound(np.zeros((2, RATE), np.float32))
            encoder.close()
            with av.open(str(path)) as film:
                read = sum(1 for _ in film.decode(video=0))
        except (DuologueError, OSError, ValueError, LookupError) as error:
            return [
                Finding("codecs", False, f"no film can be written: {error}", "run: pip install --force-reinstall av")
            ]
    encoded_ms = 1000 * (time.perf_counter() - began) / pictures
    told = f"H.264 and AAC by FFmpeg {av.ffmpeg_version_info}; {read} of {pictures} pictures read back"
    fps = 1000 / (drawn_ms + encoded_ms)
    mend = "" if fps >= FPS else "a graphics card helps, and a smaller picture: --size 640x360 --quality draft"
    return [
        Finding("codecs", read == pictures, told, ms=encoded_ms),
        Finding("pace", fps >= FPS, f"{fps:.0f} pictures a second, drawn and encoded", mend),
    ]


def window(_: Config) -> list[Finding]:
    """A window opens and closes."""
    from app.screen import MODULES, open_screen
    from render.errors import NoDisplayError

    if absent := _absent(("window",), MODULES):
        return absent
    try:
        screen = open_screen((320, 240), "duologue doctor")
    except NoDisplayError as error:
        return [Finding("window", False, str(error).split(";")[0], f"log in to a desktop; {packages('window')}")]
    driver = screen.pygame.display.get_driver()
    screen.close()
    return [Finding("window", True, f"opens, by {driver}")]


def sound(_: Config) -> list[Finding]:
    """Loudspeaker and microphone: a second of silence is played while the microphone is listened to."""
    from app import audio, echo

    if absent := _absent(("microphone", "loudspeaker"), ["sounddevice"]):
        return absent
    try:
        found = audio.devices()
    except DeviceError as error:
        return [
            Finding(name, False, str(error).split(";")[0], packages("sound")) for name in ("microphone", "loudspeaker")
        ]
    quiet = np.zeros(echo.BLOCK, np.float32)
    card = audio.SoundCard(lambda n: quiet if n == len(quiet) else np.zeros(n, np.float32))
    try:
        card.start()
    except DeviceError as error:
        deaf = "not looked at: nothing can be played" if found.microphones else "there is no microphone here"
        what, _, mend = str(error).partition(";")
        return [Finding("loudspeaker", False, what, mend.strip()), Finding("microphone", False, deaf)]
    try:
        until, heard = time.monotonic() + LISTEN_S, []
        while time.monotonic() < until:
            if (both := card.block(0.2)) is not None:
                heard.append(both)
    finally:
        card.stop()
    speaker = Finding(
        "loudspeaker", bool(heard), found.speaker or "the system default", "" if heard else "it takes no sound"
    )
    stays = f"echo stays, without livekit: wear headphones, or {installed.STEP}"
    cleaned = "echo is taken out" if echo.available() else stays
    return [speaker, _level(card.deaf, found.microphone, [mic for mic, _ in heard], cleaned)]


def _level(deaf: str, name: str, heard: list[np.ndarray], cleaned: str) -> Finding:
    if deaf:
        return Finding("microphone", False, deaf.split(";")[0], "plug one in, or type: duologue talk --text")
    samples = np.concatenate(heard) if heard else np.zeros(1, np.float32)
    level = 20 * np.log10(max(float(np.sqrt(np.mean(samples**2))), 1e-6))
    peak = 20 * np.log10(max(float(np.abs(samples).max()), 1e-6))
    told = f"{name or 'the system default'}: {level:.0f} dB in a second, peak {peak:.0f} dB; {cleaned}"
    if level < SILENT_DB:
        return Finding("microphone", False, told, "it is off or muted: look at its switch and at the system's settings")
    return Finding("microphone", True, told, "turn it down: it is overdriven" if peak > LOUD_DB else "")


def languages(config: Config) -> list[Finding]:
    """What reads other languages than English aloud, for Kokoro's voices."""
    from agents.tts import espeak_ng

    if espeak_ng.installed():
        return [Finding("espeak-ng", None, "here: Kokoro's voices can speak their own languages")]
    return [Finding("espeak-ng", None, "not here: Kokoro's voices speak English alone", packages("espeak"))]


def models(_: Config) -> list[Finding]:
    """Each file of the manifest that is here is the one it should be."""
    from agents import models as files

    out, absent = [], [name for name in files.MODELS if not files.state(name).here]
    here = [name for name in files.MANIFEST if files.installed(name)]
    for name in here:
        try:
            files.read(name)
        except DuologueError as error:
            out.append(Finding("models", False, str(error).split(";")[0], str(error).rpartition(";")[2].strip()))
    whole = len(here) - len(out)
    told = f"{whole} files are whole" + (f"; models that are not here: {', '.join(absent)}" if absent else "")
    return [*out, Finding("models", None if out else True, told)]


def motion(_: Config) -> list[Finding]:
    """The motion model moves two faces for a second."""
    from dialogue.types import Hop, Role
    from motion import models as kinds
    from motion.frame import HOP

    model = kinds.load(kinds.DEFAULT, ())
    state, took = model.init_state(2, 0), []
    for k in range(25):
        hop = Hop(k * HOP, np.zeros((2, HOP), np.float32), (Role.IDLE, Role.IDLE), (Feeling(), Feeling()), ((), ()))
        began = time.perf_counter()
        _, state = model.step(hop, state)
        took.append(time.perf_counter() - began)
    return [
        Finding(
            "motion", True, f"{kinds.DEFAULT} moves two faces, one picture at a time", ms=1000 * float(np.median(took))
        )
    ]


def voice_and_ears(config: Config) -> list[Finding]:
    """Each voice engine says a sentence; the ears hear it again. In this order: whether any voice speaks, each engine of
    voices, the ears, the end of a turn."""
    from agents import end_of_turn, tts, vad

    told = for_voices(config.tts)
    by_engine = {voice.engine: voice for voice in tts.voices(told) if voice.engine != tts.FOR_TESTS}
    if not by_engine:
        return [Finding("voice", False, "there is no voice here", "install Duologue again: pip install .")]
    tried = [
        _used(f"voice {name}", lambda n=name, v=voice: _speak(tts.load(n, **told.get(n, {})), v.name))
        for name, voice in by_engine.items()
    ]
    for name in told.keys() - by_engine.keys():  # chosen, and tells of no voice: asked for one, it says why
        tried.append(_used(f"voice {name}", lambda n=name: tts.find_voice(f"{n}/any", told)))
    voices, sounds = zip(*tried)
    said = next((sound for sound in sounds if sound is not None), None)
    if said is None:
        return [Finding("voice", False, "none speaks"), *voices]
    judges = config.vad.engine, config.end_of_turn.engine
    turn = _used("end of turn", lambda: _turn(vad.load(judges[0]), end_of_turn.load(judges[1]), said))[0]
    return [Finding("voice", True, "at least one speaks"), *voices, *_ears(config, said), turn]


def _ears(config: Config, said: np.ndarray) -> list[Finding]:
    """The ears hear what was said, float32 [N]."""
    from agents import asr

    lacks = _absent(("ears",), installed.of_engines([("asr", config.asr.engine)]))
    return lacks or [_used("ears", lambda: _hear(asr.load(config.asr.engine, **for_engine(config.asr)), said))[0]]


def mind(config: Config) -> list[Finding]:
    """The mind answers a question."""
    import asyncio

    from agents import llm

    name, settings = config.llm.engine, for_engine(config.llm)
    if absent := _absent(
        ("mind",), installed.of_engines([("llm", name)])
    ):  # else its model, which comes with them, is missed first
        return absent

    async def ask() -> tuple[str, float]:
        engine, messages = llm.load(name, **settings), (llm.Message("user", "Hello! How are you today?"),)
        try:
            await engine.warm(messages)
            began, first, text = time.perf_counter(), None, ""
            async for piece in engine.stream(messages, llm.Options(max_tokens=30)):
                first = first or time.perf_counter() - began
                text += piece
            return text, 1000 * (first or 0.0)
        finally:
            await engine.close()

    def once() -> tuple[str, float, None]:
        text, ms = asyncio.run(ask())
        return f"{name} answers: {' '.join(text.split())[:60]!r}", ms, None

    return [_used("mind", once)[0]]


def _used(name: str, use: Callable[[], tuple[str, float, object]]) -> tuple[Finding, object]:
    """Use something once; what it raises is what was found."""
    try:
        told, ms, made = use()
    except DuologueError as error:
        what, _, mend = str(error).partition(";")
        return Finding(name, False, what, mend.strip()), None
    except ModuleNotFoundError as error:
        mend = installed.STEP if error.name in installed.TALK else "install Duologue again: pip install ."
        return Finding(name, False, f"the package {error.name} is not installed", mend), None
    return Finding(name, True, told, ms=ms), made


def _speak(engine: object, voice: str) -> tuple[str, float, np.ndarray]:
    for speech in engine.speak("Ready.", voice, Feeling(), 0):  # loads what it needs
        del speech
    began, first, parts = time.perf_counter(), 0.0, []
    for speech in engine.speak(SENTENCE, voice, Feeling(), 0):
        first = first or time.perf_counter() - began
        parts.append(speech.samples)
    engine.close()
    sound = np.concatenate(parts)
    return f"{voice} says a sentence of {len(sound) / RATE:.1f} s", 1000 * first, sound


def _hear(engine: object, sound: np.ndarray) -> tuple[str, float, None]:
    engine.warm()
    began = time.perf_counter()
    text = engine.transcribe(sound).text
    ms = 1000 * (time.perf_counter() - began)
    engine.close()
    wanted = {word.strip(".,").lower() for word in SENTENCE.split()}
    share = len(wanted & {word.strip(".,").lower() for word in text.split()}) / len(wanted)
    if share < HEARD:
        raise DuologueError(f"heard {text!r} of a voice that said {SENTENCE!r}; choose larger ears: --asr base")
    return f"heard {share:.0%} of a sentence's words", ms, None


def _turn(detector: object, judge: object, sound: np.ndarray) -> tuple[str, float, None]:
    state, loud = detector.start(1), []
    for start in range(0, len(sound) - detector.frame, detector.frame):
        chance, state = detector.hear(sound[None, start : start + detector.frame], state)
        loud.append(float(chance[0]))
    judge.warm()
    began = time.perf_counter()
    done = judge.complete(np.concatenate([sound, np.zeros(RATE // 5, np.float32)])[-judge.window :])
    ms = 1000 * (time.perf_counter() - began)
    if max(loud) < 0.5:
        raise DuologueError("no voice was found in a sentence; install Duologue again: pip install .")
    return (
        f"voice found in {np.mean(np.array(loud) > 0.5):.0%} of a sentence; over with a chance of {done:.2f}",
        ms,
        None,
    )


CHECKS = (
    system,
    picture,
    window,
    sound,
    models,
    motion,
    voice_and_ears,
    languages,
    mind,
)  # in the order in which they are told
