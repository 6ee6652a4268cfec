"""Offline means: no connection at all. Every connection a program of its own tries ends it here, and is told."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agents import asr, llm, model_hub, models
from agents.llm import Message
from app import consent
from dialogue.errors import EngineError, ModelFileError
from shelf import put_hub, shelf

ROOT = Path(__file__).resolve().parents[1]
GUARD = """
import os, socket, sys

def guard(event, arguments):
    asked = str(arguments[1] if event == "socket.connect" else arguments[:1])
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto") and "127.0.0.1" not in asked:
        if event != "socket.connect" or isinstance(arguments[1], tuple):  # llama.cpp has a socket that is a file
            print("CONNECTION", event, asked, file=sys.stderr, flush=True)
            os._exit(99)

sys.addaudithook(guard)
"""
HEARD = """
import numpy as np
from agents import asr, end_of_turn, tts, vad
from dialogue.types import RATE, Feeling

voice = tts.load("hibari")
sound = np.concatenate([part.samples for part in voice.speak("Hello, how are you today?", "heart", Feeling(), 0)])
print(asr.load("faster_whisper", "tiny.en").transcribe(sound[: 5 * RATE]).text)
vad.load("silero"), end_of_turn.load("smart_turn").warm()
"""
TALK = "from app import cli; sys.exit(cli.main(['talk', '--text', '--offline']))"


def guarded(code, watch=(), **more):
    return subprocess.run(
        [*watch, sys.executable, "-c", GUARD + code], env=os.environ | {models.OFFLINE: "1"} | more.pop("env", {}),
        cwd=ROOT, capture_output=True, text=True, timeout=120, **more,
    )  # fmt: skip


def watched(folder):
    """How to see the connections of libraries too, which Python does not; nothing where that is not possible."""
    watch = ["strace", "-f", "-qq", "-e", "trace=connect", "-o", str(folder / "connections")]
    works = shutil.which("strace") and subprocess.run([*watch, "true"], capture_output=True).returncode == 0
    return watch if works else []


def test_the_guard_sees_a_connection():
    ran = guarded("socket.create_connection(('192.0.2.1', 80), 0.1)")
    assert ran.returncode == 99 and "CONNECTION" in ran.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("code", "typed", "said"), [(HEARD, "", "Hello"), (TALK, "Hello!\n\n", "Ada: ")])
def test_whoever_talks_offline_connects_to_nothing(tmp_path, code, typed, said):
    watch = watched(tmp_path)
    ran = guarded(code, watch, input=typed)
    assert "CONNECTION" not in ran.stderr and ran.returncode == 0, ran.stderr
    assert said in ran.stdout
    if watch:
        tried = [line for line in (tmp_path / "connections").read_text().splitlines() if "AF_INET" in line]
        assert [line for line in tried if "127.0.0.1" not in line] == []


def test_the_reports_of_onnxruntime_are_off_before_it_is_loaded():
    code = "import sys, os, agents; print('onnxruntime' in sys.modules, os.environ['ORT_DISABLE_TELEMETRY'])"
    bare = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    told = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True, env=bare)
    assert told == "False 1\n"


def test_a_model_that_is_not_here_is_told_offline_and_nothing_is_asked(tmp_path):
    empty = {models.FOLDER: str(tmp_path)}
    wanted = ["talk", "--asr", "some/whisper"], ["talk", "--text", "--llm-model", "qwen2.5-0.5b", "--yes"]
    ran = guarded(f"from app import cli; print([cli.main(each) for each in {wanted}])", env=empty)
    assert ran.stdout == "[1, 1]\n" and ran.stderr.count("\n") == 2, ran.stderr
    assert ran.stderr.count("no connection may be made (--offline, DUOLOGUE_OFFLINE)") == 2
    wanted = ["models", "list"], ["models", "verify", "hibari"], ["models", "path", "hibari"]
    ran = guarded(f"from app import cli; print([cli.main(each) for each in {wanted}])", env=empty)
    assert ran.stdout.endswith("[0, 0, 0]\n") and "CONNECTION" not in ran.stderr, ran.stderr


@pytest.mark.parametrize("name", ["openai", "ollama"])
def test_a_mind_behind_a_network_is_refused_offline_but_not_one_on_this_machine(monkeypatch, name):
    import asyncio

    async def answer(url):
        mind = llm.load(name, base_url=url, model="x")
        try:
            return [piece async for piece in mind.stream([Message("user", "Hello!")])]
        finally:
            await mind.close()

    monkeypatch.setenv(models.OFFLINE, "1")
    with pytest.raises(EngineError, match="no connection may be made .*; use --llm local, or a server on this machine"):
        asyncio.run(answer("https://example.org/v1"))
    with shelf() as server, pytest.raises(EngineError, match=r"the server failed \(501\)"):
        asyncio.run(answer(f"{server.url}/v1"))


@pytest.mark.slow
def test_a_whisper_of_the_hub_is_heard_with_after_it_was_pulled_and_then_without_the_hub(monkeypatch, tmp_path, capsys):
    files = {}
    for end in ("", "-config", "-tokenizer", "-vocabulary"):
        (path,) = models.find("whisper-tiny.en" + end)
        files[path.name] = path.read_bytes()
    monkeypatch.setenv(models.FOLDER, str(tmp_path))
    with shelf() as server:
        put_hub(server, "some/whisper", files)
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        wanted = consent.for_talk([("script", None)], ("faster_whisper", "some/whisper"), ["heart"])
        with pytest.raises(
            ModelFileError, match="model 'some/whisper' not here; run: duologue models pull some/whisper"
        ):
            consent.ensure(wanted)  # nobody is here to ask
        consent.ensure(wanted, yes=True)
    assert "some/whisper: asr, 78 MB, licence mit, from http" in capsys.readouterr().err
    asr.load("faster_whisper", "some/whisper").warm()
    with open(model_hub.folder("some/whisper") / "config.json", "ab") as file:
        file.write(b" ")
    with pytest.raises(ModelFileError, match="config.json is not the file that came at first"):
        asr.load("faster_whisper", "some/whisper").warm()


def test_what_a_conversation_needs_is_named_by_its_engines():
    assert consent.for_talk([("local", None)], ("faster_whisper", None), ["heart", "kokoro/bella", "piper/joe"]) == [
        None, "kokoro", "piper-joe", "smollm2-135m", "whisper-tiny.en"
    ]  # fmt: skip
    assert consent.for_talk([("ollama", "llama3")], None, ["heart"]) == [None]
    assert consent.for_talk([("local", "./my.gguf")], ("faster_whisper", "/my/whisper"), []) == [None, None]
