"""Real servers for minds, on loopback: one that fails in every way, in two protocols, and llama.cpp."""

from __future__ import annotations

import json
import threading
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAULTS = ("stall", "cut", "429", "500", "401", "404", "garbage", "html", "empty", "mid_stall")


class Faulty(BaseHTTPRequestHandler):
    """Answers in the protocol of OpenAI or Ollama, as `server.plan` says: one fault a request, then well."""

    protocol_version = "HTTP/1.0"  # the end of the connection is the end of the answer

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers), None))
        names = ["tiny-chat", "big-chat"]
        if self.path.endswith("/tags"):
            self._json({"models": [{"model": n, "name": n} for n in names]})
        else:
            self._json({"object": "list", "data": [{"id": n, "object": "model"} for n in names]})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, dict(self.headers), asked))
        fault = self.server.plan.pop(0) if self.server.plan else ""
        if self.path.endswith("/pull"):
            return self._lines([{"status": "pulling", "total": 10, "completed": n} for n in (5, 10)])
        if asked["model"] not in ("tiny-chat", "big-chat"):
            fault = "404"
        if fault == "stall":
            return self._wait()
        if fault.isdigit():
            said = f"bad luck with {self.headers.get('Authorization', 'nobody')}"
            body = {"error": said} if self._ollama else {"error": {"message": said}}
            return self._json(body, int(fault))
        if fault == "says":
            return self._lines([{"error": "llama runner process has terminated: out of memory"}])
        if fault in ("garbage", "html", "empty"):
            body = {"garbage": b"\x00\xff data: {{{\n\n", "html": b"<html><h1>Hello</h1></html>", "empty": b""}[fault]
            return self._body(body, "text/html")
        parts = [json.dumps(p) for p in map(self._chunk, ("[hap", "py] He", "llo", " there."))] + [self._last]
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson" if self._ollama else "text/event-stream")
        self.end_headers()
        for i, part in enumerate(parts):
            raw = (f"{part}\n" if self._ollama else f"data: {part}\n\n").encode()
            if i == 2 and fault == "cut":
                raw = raw[: len(raw) // 2]
            if fault == "drip":
                for at in range(len(raw)):
                    self.wfile.write(raw[at : at + 1])
                    self.wfile.flush()
            else:
                try:
                    self.wfile.write(raw)
                    self.wfile.flush()
                except OSError:  # whoever stops after the first word is gone before the third
                    self.server.gone.set()
                    return None
            if i == 2 and fault in ("cut", "mid_stall"):
                return self._wait() if fault == "mid_stall" else None

    @property
    def _ollama(self):
        return "/api/" in self.path

    def _chunk(self, text):
        if self._ollama:
            return {"model": "tiny-chat", "message": {"role": "assistant", "content": text}, "done": False}
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
        return {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "tiny-chat", "choices": [choice]}

    @property
    def _last(self):
        if self._ollama:
            return json.dumps(self._chunk("") | {"done": True})
        last = self._chunk("")
        last["choices"][0]["finish_reason"] = "stop"
        return json.dumps(last) + "\n\ndata: [DONE]"

    def _wait(self):
        """Until the client has gone."""
        try:
            self.connection.settimeout(10)
            self.server.left.append(self.connection.recv(1) == b"")
        except OSError:
            self.server.left.append(True)
        self.server.gone.set()

    def _json(self, what, status=200):
        self._body(json.dumps(what).encode(), "application/json", status)

    def _lines(self, whats):
        self._body("".join(json.dumps(w) + "\n" for w in whats).encode(), "application/x-ndjson")

    def _body(self, body, kind, status=200):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(server):
    """A server at work in a thread of its own, gone when the block ends."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def faulty():
    """A server; its `url`, what it will do (`plan`), what it was asked (`seen`), who has gone (`gone`, an event)."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Faulty)
    server.daemon_threads = True
    server.plan, server.seen, server.left, server.gone = [], [], [], threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield server


@contextmanager
def llama(model, key):
    """llama.cpp's own HTTP server on a free port of loopback; its address."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path, params.model_alias = str(model), {"smollm2"}
    params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [key]
    params.cache_ram_mib, params.n_ctx, params.n_parallel, params.verbosity = 0, 1024, 1, -1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.warmup = False
    server = xllamacpp.Server(params)
    address = server.listening_address
    asked = urllib.request.Request(f"{address}/v1/models", headers={"Authorization": f"Bearer {key}"})
    urllib.request.urlopen(asked, timeout=10).close()
    yield address
    del server
