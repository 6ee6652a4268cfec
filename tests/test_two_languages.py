"""Two avatars and a person in two languages, with real voices, real ears, and a written mind for each language."""

import asyncio
import json
import wave
from pathlib import Path

import numpy as np
import pytest
from ear import engine_or_skip
from spoken import write

from agents import asr, models
from agents.llm.script import Engine
from agents.persona import Persona
from agents.tts import espeak_ng
from app import talk
from app.config import Settled
from app.config_model import Asr, Config
from app.eventlog import EventLog
from app.live import Command
from app.session import Mind, Session
from app.talk_view import View
from dialogue.floor import Dials
from dialogue.types import RATE, Feeling, samples

LUCIA = Persona("Lucía", "dora", "maya", "Alegre.", language="es", backchannels=("sí",))
BEN = Persona("Ben", "adam", "david", "Calm.")
NEXT = Command("type", "Ben, ¿y tú?")
ASKED = "Hola, Lucía. ¿Qué te gusta hacer por la mañana?"


class Bilingual(Engine):
    """Answers in the language that the prompt asks for, as a mind that knows both would."""

    def __init__(self):
        super().__init__(["[happy] Me gusta nadar."])
        self._english = Engine(["[neutral] I like to read the news."])

    async def _pieces(self, messages):
        knows = self if "You speak Spanish," in messages[0].text else self._english
        assert knows is self or "You speak English," in messages[0].text
        async for piece in Engine._pieces(knows, messages):
            yield piece


@pytest.mark.slow
@pytest.mark.skipif(not espeak_ng.installed(), reason=f"needs {espeak_ng.GET}")
@pytest.mark.skipif(not models.installed("whisper-base"), reason="needs Whisper base")
def test_each_hears_and_answers_in_their_own_language(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    voice = engine_or_skip("kokoro")
    question = np.concatenate([s.samples for s in voice.speak(ASKED, "alex", Feeling(), 0)])
    voice.close()
    noise = np.random.default_rng(0).normal(0, 1e-3, len(question) + 4 * RATE).astype(np.float32)
    noise[RATE : RATE + len(question)] += question
    write("mic.wav", noise, RATE)
    settings = Settled(Config(asr=Asr(model="base")))
    ask = talk.Ask(settings, mic=Path("mic.wav"), speaker=Path("out.wav"), headless=True)
    cast = (LUCIA, BEN)
    assert talk.spoken(ask, cast).language == "es"
    log = EventLog(Path("log.jsonl"))
    patient = Dials(stall=samples(60.0))  # Kokoro speaks slower than its time where other tests run
    session = Session("You", cast, talk.engines(ask, cast, (Mind(Bilingual()),) * 2), log, dials=patient)
    view = View(session, [1, 2], {p.name: p.avatar for p in cast}, talk._found(ask))
    log.listeners.append(
        lambda event: view.do(NEXT) if event["kind"] == "said" and event["participant"] == "Lucía" else None
    )
    assert asyncio.run(talk._held(session, talk._device(ask, session), view, ask)) == 0
    events = [json.loads(line) for line in Path("log.jsonl").read_text("utf-8").splitlines()]
    said = {e["participant"]: e["text"] for e in events if e["kind"] == "said"}
    turn = next(e["text"] for e in events if e["kind"] == "turn")
    assert "gusta" in turn and "mañana" in turn
    assert said == {"Lucía": "Me gusta nadar.", "Ben": "I like to read the news."}
    with wave.open("out.wav") as file:
        played = (np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767).astype(np.float32)
    starts = {e["participant"]: e["at"] for e in events if e["kind"] == "speak"}
    ear = asr.load("faster_whisper", "base")
    for name, language, word in (("Lucía", "es", "nadar"), ("Ben", "en", "news")):
        sound = played[starts[name] : starts[name] + 3 * RATE]
        assert word in ear.transcribe(sound, language).text
    ear.close()
