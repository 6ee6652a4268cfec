"""A conversation that was spoken beforehand: what a window needs, without microphone, models that think, or threads."""

from dataclasses import replace
from functools import cache

import numpy as np

from agents.delivery import Line as Spoken
from agents.delivery import deliver
from agents.tts.hibari import Engine
from app.live import Line, Status
from dialogue.types import RATE, Feeling, Hop, Role
from motion import models
from motion.frame import HOP, blend
from motion.offline import perform

TEXT = "I walked along the river this morning. The lamps were still on, and nobody else was there."


@cache
def said():
    engine = Engine()
    try:
        return deliver(Spoken(0, (TEXT,), "heart", Feeling(), seed=1), engine)[0]
    finally:
        engine.close()


@cache
def moved(count, model):
    """[T][count] frames: the first speaks, the others listen."""
    voice = said().samples
    length = -(-len(voice) // HOP) + 25
    tracks = np.zeros((max(count, 2), length * HOP), np.float32)
    tracks[0, : len(voice)] = voice
    roles = (Role.SPEAKING,) + (Role.LISTENING,) * (len(tracks) - 1)
    hops = (Hop(k * HOP, tracks[:, k * HOP : (k + 1) * HOP], roles, (Feeling(),) * len(tracks)) for k in range(length))
    return tuple(frames[:count] for frames in perform(models.load(model), hops, len(tracks), 1))


class FakeConversation:
    """Ada says TEXT once; `played` samples pass between two readings of the clock. Commands are kept in `done`."""

    def __init__(self, faces=1, played=HOP, model="procedural", **status):
        self.frames, self.played, self.at, self.done = moved(faces, model), played, 0, []
        self._status = Status(
            names=("You", "Ada") if faces == 1 else ("Ada", "Ben"),
            state=("listening", "speaking"),
            feelings=("", "thoughtful 0.6"),
            level_db=-38.0,
            gate_db=-52.0,
            stages={"end_of_turn": 312, "asr": 64, "llm": 148, "tts": 41, "total": 588},
            microphones=("USB microphone", "Built-in audio"),
            speakers=("Headphones",),
            microphone="USB microphone",
            shown=("Ada",) if faces == 1 else ("Ada", "Ben"),
        )
        self._status = replace(self._status, **status)

    def now(self):
        self.at += self.played
        return self.at

    def status(self):
        heard = [w.text for w in said().words if w.start < self.at]
        rest = [w.text for w in said().words if w.start >= self.at]
        lines = (
            Line("You", "Good morning! Where have you been?"),
            Line("Ada", "I was just about to tell you that", "the bridge is open again."),
            Line("You", "Wait, tell me about the river first."),
            Line("Ada", " ".join(heard), " ".join(rest), over=False),
        )
        return replace(self._status, lines=lines, captions=(("Ada", " ".join(heard[-9:])),) if heard else ())

    def faces(self, at):
        k, part = divmod(at, HOP)
        before = self.frames[min(k, len(self.frames) - 1)]
        after = self.frames[min(k + 1, len(self.frames) - 1)]
        return tuple(replace(blend(a, b, part / HOP), start=at) for a, b in zip(before, after))

    def do(self, command):
        self.done.append(command)
        on = command.value == "on"
        changes = {
            "mute": {"muted": on},
            "push-to-talk": {"push_to_talk": on},
            "record": {"recording": "talk.mp4" if on else ""},
            "microphone": {"microphone": command.value},
            "speaker": {"speaker": command.value},
            "quit": {"over": True},
        }.get(command.kind, {})
        self._status = replace(self._status, **changes)
