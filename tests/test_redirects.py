"""A server that sends us on to another host gets us nowhere: keys and words go only to the host that a person named."""

import asyncio
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from minds import serving

from agents import asr, llm, tts
from agents.llm import Message
from dialogue.errors import EngineError
from dialogue.types import RATE, Feeling

KEY = "Canary.key/42+x="


class SendsOn(BaseHTTPRequestHandler):
    """Tells everybody to go to `server.to`, with their key and all that they brought; notes who comes."""

    def log_message(self, *args):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append(self.headers.get("Authorization"))
        self.send_response(self.server.status)
        self.send_header("Location", self.server.to + self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST


@contextmanager
def sending_on(status, to):
    server = ThreadingHTTPServer(("127.0.0.1", 0), SendsOn)
    server.seen, server.status, server.to = [], status, to
    with serving(server):
        yield server


def think(engine):
    async def whole():
        try:
            return [piece async for piece in engine.stream((Message("user", "A secret."),))]
        finally:
            await engine.close()

    return asyncio.run(whole())


def speak(engine):
    with closing(engine):
        return list(engine.speak("A secret.", "alloy", Feeling(), 0))


def hear(engine):
    with closing(engine):
        return engine.transcribe(np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32))


ENGINES = {
    "openai": (llm, "openai", think, "/v1"),
    "ollama": (llm, "ollama", think, ""),
    "a voice": (tts, "openai", speak, "/v1"),
    "ears": (asr, "openai", hear, "/v1"),
}


@pytest.mark.parametrize("status", [301, 307, 308])
@pytest.mark.parametrize("which", ENGINES)
def test_nobody_is_followed_to_a_host_that_was_not_named(which, status, monkeypatch):
    stage, name, use, path = ENGINES[which]
    pytest.importorskip(name)
    monkeypatch.setenv("MY_KEY", KEY)
    with sending_on(500, "") as other, sending_on(status, f"http://localhost:{other.server_port}") as named:
        engine = stage.load(name, base_url=f"http://127.0.0.1:{named.server_port}{path}", key_name="MY_KEY")
        with pytest.raises(EngineError, match=f"sends us on to another address .{status}.*set base_url"):
            use(engine)
    assert set(named.seen) == {f"Bearer {KEY}"} and other.seen == []
