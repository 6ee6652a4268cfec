"""Microphone and loudspeaker of the machine, in blocks of 10 ms.

One rule: the device's thread takes what is to be played and hands over what was heard, and does nothing else; a block
that comes late is never waited for.

A microphone that is unplugged stops calling: whoever watches `silent_s` notices within a second, and `start` after `stop`
tries again. Source: PortAudio through sounddevice (MIT).
"""

from __future__ import annotations

import ctypes
import queue
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from agents import installed
from app.echo import BLOCK
from dialogue.errors import DeviceError, did_you_mean
from dialogue.types import RATE

LATE = 3  # blocks that a microphone may be behind the loudspeaker
SLOW_S = 4.0  # that a device may take to begin: sound servers need up to two, headsets without a wire more
WAITING = 50  # blocks heard and not yet asked for, half a second; older ones are dropped
MEND = "plug one in, or type: duologue talk --text; recordings work too: --headless --mic FILE.wav --speaker OUT.wav"


@dataclass(frozen=True)
class Devices:
    """The names of what is plugged in, and of what the system takes if nobody chooses; empty where there is none."""

    microphones: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    microphone: str = ""
    speaker: str = ""


def devices(again: bool = False) -> Devices:
    """What is plugged in now.

    Args:
        again: look anew, which closes all streams; else as when it was last looked.

    Raises:
        DeviceError: the sound library is not here, or the sound system does not answer.
    """
    library = _library()
    try:
        if again:
            library._terminate()  # PortAudio looks only when it begins; sounddevice has no other name for it
            library._initialize()
        every = library.query_devices()
    except library.PortAudioError as error:
        raise DeviceError(f"the sound system does not answer: {error}; {MEND}") from error
    inputs, outputs = (
        tuple(dict.fromkeys(d["name"] for d in every if d[f"max_{way}_channels"])) for way in ("input", "output")
    )
    first, second = (
        every[i]["name"] if isinstance(i, int) and 0 <= i < len(every) else "" for i in library.default.device
    )
    return Devices(inputs, outputs, first, second)


class SoundCard:
    """A loudspeaker at RATE, and a microphone if `microphone` is not None.

    Args:
        play: gives the next n samples, float32 [N]; called by the device's thread.
        microphone, speaker: names or parts of names; empty takes the system's own.
    """

    def __init__(self, play: Callable[[int], np.ndarray], microphone: str | None = "", speaker: str = "") -> None:
        self._play, self._names = play, (microphone, speaker)
        self._played: queue.Queue[np.ndarray] = queue.Queue(WAITING)
        self._heard: queue.Queue[np.ndarray] = queue.Queue(WAITING)
        self._streams: list[Any] = []
        self._last, self._begun = time.monotonic(), False  # when the microphone last said anything, and whether ever
        self.deaf = ""
        self.dropped = 0  # blocks that nobody asked for in time

    def start(self) -> None:
        """Open both; without a microphone `deaf` says why.

        Raises:
            DeviceError: there is no loudspeaker of that name, or it cannot be opened.
        """
        library, (microphone, speaker) = _library(), self._names
        for blocks in (self._played, self._heard):
            while not blocks.empty():
                blocks.get_nowait()
        found = devices(again=True)
        options = {"samplerate": RATE, "blocksize": BLOCK, "channels": 1, "dtype": "float32", "latency": "low"}
        try:
            place = chosen("loudspeaker", speaker, found.speakers)
            self._streams.append(library.OutputStream(device=_index(place, "output"), callback=self._speak, **options))
            self._streams[0].start()
            self.deaf = ""
            if microphone is not None:
                try:
                    place = chosen("microphone", microphone, found.microphones)
                    stream = library.InputStream(device=_index(place, "input"), callback=self._hear, **options)
                    self._streams.append(stream)
                    stream.start()
                except (DeviceError, library.PortAudioError, ValueError) as error:
                    self.deaf = str(error)  # who cannot be heard can still listen, and type
        except (DeviceError, library.PortAudioError, ValueError) as error:
            self.stop()
            if isinstance(error, DeviceError):
                raise
            raise DeviceError(f"the sound device cannot be opened: {error}; {MEND}") from error
        self._last, self._begun = time.monotonic(), False

    def choose(self, kind: str, name: str) -> None:
        """Another "microphone" or "speaker" from now on; empty takes the system's own.

        Raises:
            DeviceError: there is none of that name; the device is closed then.
        """
        microphone, speaker = self._names
        self._names = (name, speaker) if kind == "microphone" else (microphone, name)
        self.stop()
        self.start()

    def stop(self) -> None:
        """Close both; idempotent."""
        for stream in self._streams:
            stream.close(ignore_errors=True)
        self._streams = []

    @property
    def silent_s(self) -> float:
        """Seconds since the microphone last said anything, be it silence; 0 while it may still be about to begin."""
        passed = time.monotonic() - self._last
        return passed if self._begun or passed > SLOW_S else 0.0

    def block(self, timeout_s: float = 0.1) -> tuple[np.ndarray, np.ndarray] | None:
        """What was heard and what was played meanwhile, float32 [BLOCK] each; None if nothing was played in time."""
        try:
            played = self._played.get(timeout=timeout_s)
        except queue.Empty:
            return None
        while self._heard.qsize() > self._played.qsize() + LATE:  # a microphone's clock runs ahead: no delay builds up
            self._heard.get_nowait()
        try:
            return self._heard.get_nowait(), played
        except queue.Empty:
            return np.zeros(BLOCK, np.float32), played

    def _hear(self, block: np.ndarray, frames: int, times: Any, flags: Any) -> None:
        self._last, self._begun = time.monotonic(), True
        self._keep(self._heard, block[:, 0].copy())

    def _speak(self, block: np.ndarray, frames: int, times: Any, flags: Any) -> None:
        played = self._play(frames)
        block[:, 0] = played
        self._keep(self._played, played)

    def _keep(self, blocks: queue.Queue[np.ndarray], block: np.ndarray) -> None:
        """The newest WAITING of them."""
        while True:
            try:
                return blocks.put_nowait(block)
            except queue.Full:
                with suppress(queue.Empty):
                    blocks.get_nowait()
                self.dropped += 1


def chosen(kind: str, wanted: str, known: tuple[str, ...]) -> str:
    """The device a person means; empty for the system's own.

    Raises:
        DeviceError: there is none, or none of that name.
    """
    if not known:
        raise DeviceError(f"there is no {kind} here; {MEND}")
    if not wanted:
        return ""
    near = [name for name in known if wanted.lower() in name.lower()]
    if not near:
        raise DeviceError(f"no {kind} named '{wanted}'{did_you_mean(wanted, known)}")
    return near[0]


def _index(name: str, way: str) -> int | None:
    """Where a device stands in the list: one name may be there several times, under several systems."""
    if not name:
        return None
    every = _library().query_devices()
    return next((i for i, d in enumerate(every) if d["name"] == name and d[f"max_{way}_channels"]), None)


def _library() -> Any:
    try:
        import sounddevice
    except ImportError as error:
        raise DeviceError(installed.lacking("sound", ["sounddevice"])) from error
    except OSError as error:  # of PortAudio, which the package looks for in the system
        raise DeviceError(
            f"the sound library is not here ({error}); install PortAudio, on Debian: apt-get install libportaudio2"
        ) from error
    _hush()
    return sounddevice


@cache
def _hush() -> Any:
    """Keep ALSA from writing into a person's terminal whatever it tries in vain: what matters comes back as an error.
    What is returned must live as long as ALSA does."""
    if sys.platform != "linux":
        return None
    silent = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)(
        lambda *told: None
    )
    with suppress(OSError, AttributeError):  # where PortAudio came without it
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(silent)
    return silent
