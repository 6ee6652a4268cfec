"""A real server of files on loopback that fails in every way: as a hub, as an index of npm, or as any web server."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from agents.model_web import Patience

QUICK = Patience(stall_s=0.4, wait_s=0.01, tries=3, lock_s=20.0)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Sends `server.files[path]`, or the rest of it, as `server.plan` says: one fault a request, then well."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        path = self.path.split("?")[0]
        self.server.seen.append((path, dict(self.headers)))
        fault = self.server.plan.pop(0) if self.server.plan else ""
        if fault.isdigit() or path not in self.server.files:
            return self._send(int(fault or 404), b"no", {"Retry-After": "0"})
        data, status, begin = self.server.files[path], 200, 0
        etag = f'"{sha256(data)[:16]}"' if self.server.etags else 'W/"weak"'
        headers = {"ETag": etag}
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked and self.headers.get("If-Range", etag) == etag and fault != "whole":
            begin, status = int(asked[1]), 206
            if begin >= len(data):
                return self._send(416, b"", headers)
            headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
        self._send(status, data[begin:], headers, fault)

    def _send(self, status, body, headers, fault=""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        half = body[: len(body) // 2] if fault in ("cut", "stall", "gate") else body
        self.wfile.write(half)
        self.wfile.flush()
        if fault in ("stall", "gate"):
            self.server.held.set()
            self.server.gate.wait(20)
        if fault == "gate":
            self.wfile.write(body[len(half) :])
        if fault in ("cut", "stall"):
            self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Whoever asked has gone, or was killed: that is what the tests are about."""


@contextmanager
def shelf(files=None):
    """The server; its address is `.url`."""
    server = Server(("127.0.0.1", 0), Handler)
    server.files, server.plan, server.seen, server.etags = dict(files or {}), [], [], True
    server.held, server.gate = threading.Event(), threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()


def put_hub(server, repo, files, commit="1" * 40, licence="mit", lfs=("model.bin",)):
    """Make the server tell of a repository, as the hub does, and hold its files."""
    siblings = [
        {"rfilename": name, "size": len(data)} | ({"lfs": {"sha256": sha256(data)}} if name in lfs else {})
        for name, data in files.items()
    ]
    told = {"sha": commit, "siblings": siblings, "cardData": {"license": licence}}
    server.files[f"/api/models/{repo}"] = json.dumps(told).encode()
    for name, data in files.items():
        server.files[f"/{repo}/resolve/{commit}/{name}"] = data
