"""A real server of voices and ears in OpenAI's protocol, on loopback: it speaks with hibari, hears with Whisper, and
fails in every way when it is told to."""

from __future__ import annotations

import io
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import av
import numpy as np
import soxr
from minds import serving

from agents.tts.hibari import Engine as Hibari
from dialogue.types import RATE, Feeling

KEY = "Canary.key/42+x="  # of no known shape: nothing but the key itself tells that it is one
VOICES = ("heart", "adam", "kofi")
FAULTS = ("stall", "cut", "429", "500", "401", "404", "garbage", "html", "empty", "mid_stall")
FORMATS = {"wav": ("wav", "pcm_s16le"), "flac": ("flac", "flac"), "mp3": ("mp3", "libmp3lame")}


class Tongues(BaseHTTPRequestHandler):
    """Answers as `server.plan` says, one fault a request, then well."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.server.seen.append((self.path, {}))
        if self.path.endswith("/audio/voices") and self.server.lists:
            return self._body(json.dumps({"voices": list(VOICES)}).encode(), "application/json")
        if self.path.endswith("/models"):
            listed = {"object": "list", "data": [{"id": n, "object": "model"} for n in self.server.models]}
            return self._body(json.dumps(listed).encode(), "application/json")
        return self._body(b'{"error": {"message": "no such page"}}', "application/json", 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        hears = self.path.endswith("/transcriptions")
        asked = form(self.headers["Content-Type"], body) if hears else json.loads(body)
        self.server.seen.append((self.path, asked))
        fault = self.server.plan.pop(0) if self.server.plan else ""
        if fault == "stall":
            return self._wait()
        if fault.isdigit():
            said = f"bad luck with {self.headers.get('Authorization', 'nobody')}"
            return self._body(json.dumps({"error": {"message": said}}).encode(), "application/json", int(fault))
        if fault in ("garbage", "html", "empty"):
            made = {"garbage": b"\x00\xff data: {{{\n\n", "html": b"<html><h1>Hello</h1></html>", "empty": b""}[fault]
            return self._body(made, "text/html" if fault == "html" else "audio/wav")
        if fault == "endless":
            return self._endless()
        if fault == "numbers":
            odd = {"no_speech_prob": 10**400, "avg_logprob": True}
            told = {"text": "so " * 9000, "segments": [odd], "words": [{"word": "so", "start": 10**400, "end": 1}]}
            return self._body(json.dumps(told).encode(), "application/json")
        answer, kind = self._heard(asked) if hears else self._spoken(asked)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        half = len(answer) // 2
        self.wfile.write(answer[:half])
        self.wfile.flush()
        if fault == "cut":
            self.close_connection = True
            return None
        if fault == "mid_stall":
            return self._wait()
        self.wfile.write(answer[half:])
        return None

    def _endless(self):
        """More than anybody wants, until the client has gone."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.close_connection = True
        try:
            for _ in range(80):
                self.wfile.write(b" " * 2**20)
        except OSError:
            self.server.gone.set()

    def _spoken(self, asked):
        with self.server.turn:
            voice = asked["voice"] if asked["voice"] in VOICES else "kofi"
            pieces = [s.samples for s in self.server.hibari.speak(asked["input"], voice, Feeling(), 0)]
        rate, form = self.server.rate, asked["response_format"]
        sound = np.pad(np.concatenate(pieces), (RATE // 4, RATE // 3))
        samples = soxr.resample(sound, RATE * asked.get("speed", 1.0), rate)
        whole = (samples.clip(-1, 1) * 32767).astype("<i2")
        if form == "pcm":
            return whole.tobytes(), f"audio/pcm; rate={rate}"
        return written(whole, rate, form, self.server.channels), f"audio/{form}"

    def _heard(self, asked):
        samples = np.frombuffer(asked["file"][44:], "<i2").astype(np.float32) / 32768
        got = self.server.ear.transcribe(soxr.resample(samples, 16_000, RATE), asked.get("language", "en"), words=True)
        answer = {"text": got.text}
        if asked.get("response_format") == "verbose_json":
            segment = {"id": 0, "text": got.text, "no_speech_prob": got.no_speech, "avg_logprob": got.avg_logprob}
            answer |= {"language": "english", "duration": len(samples) / 16_000, "segments": [segment]}
            if b"word" in asked.get("timestamp_granularities[]", b""):
                bare = [(re.sub(r"[^\w']", "", w.text), w.start / RATE, w.end / RATE) for w in got.words]
                answer["words"] = [{"word": word, "start": start, "end": end} for word, start, end in bare]
        return json.dumps(answer).encode(), "application/json"

    def _wait(self):
        """Until the client has gone."""
        try:
            self.connection.settimeout(10)
            self.connection.recv(1)
        except OSError:
            pass
        self.close_connection = True
        self.server.gone.set()

    def _body(self, body, kind, status=200):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def form(kind, body):
    """The fields of a multipart form: text, but bytes for `file` and what comes several times."""
    mark = b"--" + re.search(r"boundary=([^;]+)", kind)[1].strip('"').encode()
    found = {}
    for part in body.split(mark)[1:-1]:
        head, _, value = part[2:-2].partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]+)"', head)[1].decode()
        if name == "file" or name.endswith("[]"):
            found[name] = found.get(name, b"") + value
        else:
            found[name] = value.decode()
    return found


def written(samples, rate, form, channels=1):
    """Samples int16 [N] as a file."""
    name, codec = FORMATS[form]
    out = io.BytesIO()
    with av.open(out, "w", format=name) as file:
        layout = "stereo" if channels == 2 else "mono"
        stream = file.add_stream(codec, rate=rate, layout=layout)
        packed = np.repeat(samples, channels)[None]
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
        frame.rate = rate
        fold = av.AudioResampler(stream.format.name, layout, rate, stream.frame_size or None)
        for part in [*fold.resample(frame), *fold.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return out.getvalue()


class Ear:
    """Whisper tiny.en, loaded when somebody is first heard."""

    def __init__(self):
        self._engine = None

    def transcribe(self, *args, **more):
        from agents import asr

        self._engine = self._engine or asr.load("faster_whisper", "tiny.en")
        return self._engine.transcribe(*args, **more)


@contextmanager
def tongues():
    """A server; its `url`, what it will do (`plan`), what it was asked (`seen`), the `rate` it speaks at, whether it
    `lists` its voices, and whether somebody has `gone` while it was silent."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tongues)
    server.daemon_threads = True
    server.plan, server.seen, server.gone, server.models = [], [], threading.Event(), ()
    server.rate, server.channels, server.lists = 22_050, 1, True
    server.hibari, server.ear, server.turn = Hibari(), Ear(), threading.Lock()
    server.url = f"http://127.0.0.1:{server.server_port}/v1"
    with serving(server):
        yield server
