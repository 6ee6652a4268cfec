"""Coqui itself: a tiny model, spoken by the adapter and by their own server. `make test-coqui` runs it.

Skipped unless DUOLOGUE_COQUI_PYTHON names a Python that has coqui-tts and flask: together they are 6 GB.
"""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from agents import tts
from dialogue.errors import EngineError
from dialogue.types import RATE, Emotion, Feeling

PYTHON = os.environ.get("DUOLOGUE_COQUI_PYTHON", "")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not PYTHON, reason="set DUOLOGUE_COQUI_PYTHON, or make test-coqui")]
TEXT = "My mother baked a plum pie. But my brother ate most of it!"
EVIL = """import sys, torch
class Evil:
    def __reduce__(self):
        import os
        return os.mkdir, (sys.argv[2],)
torch.save({"model": Evil(), "step": 0}, sys.argv[1])"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    subprocess.run([PYTHON, Path(__file__).with_name("tiny_vits.py"), folder], check=True)
    return folder


def held(speeches):
    """What every voice promises of its speech."""
    assert [w.text for s in speeches for w in s.words] == TEXT.split() and len(speeches) == 2
    for speech in speeches:
        assert 0.5 < len(speech.samples) / RATE < 20 and np.abs(speech.samples).max() > 0.05
        for things in (speech.words, speech.phones):
            assert things and all(0 <= t.start < t.end <= len(speech.samples) for t in things)
            assert all(a.end <= b.start for a, b in zip(things, things[1:]))


def test_a_model_speaks_the_same_twice_slower_when_sad_and_again_after_its_process_died(model):
    with closing(tts.load("coqui", model=str(model), python=PYTHON)) as engine:
        (voice,) = engine.voices()
        first, again = (list(engine.speak(TEXT, voice.name, Feeling(), 7)) for _ in range(2))
        held(first)
        assert all(np.array_equal(a.samples, b.samples) for a, b in zip(first, again))
        sad = list(engine.speak(TEXT, voice.name, Feeling(Emotion.SAD), 7))
        assert len(sad[0].samples) > 1.05 * len(first[0].samples)
        assert engine.laugh(voice.name, Feeling(), 1).phones
        engine._child._process.kill()
        held(list(engine.speak(TEXT, voice.name, Feeling(), 7)))
        child = engine._child._process
    assert child.returncode is not None


def test_a_checkpoint_that_carries_code_is_refused_and_nothing_of_it_runs(model, tmp_path):
    (tmp_path / "config.json").write_bytes((model / "config.json").read_bytes())
    ran = tmp_path / "ran"
    subprocess.run([PYTHON, "-c", EVIL, tmp_path / "model.pth", ran], check=True)
    with closing(tts.load("coqui", model=str(tmp_path), python=PYTHON)) as engine:
        with pytest.raises(EngineError, match="^coqui: Weights only load failed"):
            list(engine.speak(TEXT, "default", Feeling(), 0))
    assert not ran.exists()


def test_a_model_that_is_not_here_is_not_fetched_unasked(model, tmp_path, monkeypatch):
    monkeypatch.setenv("TTS_HOME", str(tmp_path))
    with closing(tts.load("coqui", model="tts_models/en/ljspeech/vits", python=PYTHON)) as engine:
        with pytest.raises(EngineError, match="'tts_models/en/ljspeech/vits' is not here; set download"):
            list(engine.speak(TEXT, "default", Feeling(), 0))


def test_their_own_server_speaks_by_http(model, tmp_path):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Their server as it is, but on loopback alone: its own main() listens on every interface.
    run = "from TTS.server import server as s; s.app.run(host='127.0.0.1', port=s.args.port)"
    paths = ["--model_path", model / "model.pth", "--config_path", model / "config.json"]
    with open(tmp_path / "log", "wb") as log:
        server = subprocess.Popen([PYTHON, "-c", run, *paths, "--port", str(port)], stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        awaited(server, url)
        with closing(tts.load("openai", base_url=f"{url}/v1", voices=["tiny"])) as engine:
            held(list(engine.speak(TEXT, "tiny", Feeling(), 0)))
    finally:
        server.terminate()
        server.wait()


def awaited(server, url):
    """Until it answers; their server has no better sign of being ready."""
    until = time.monotonic() + 120
    while True:
        try:
            return (
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{url}/locales", timeout=5).close()
            )
        except (urllib.error.URLError, OSError):
            assert server.poll() is None and time.monotonic() < until, "the server did not start"
            time.sleep(0.2)
