"""A real HTTP server on loopback that speaks the part of Ollama's API by which models are made."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Ollama", "ollama"]


class Ollama(ThreadingHTTPServer):
    """`blobs` by digest, `models` by name; `cut` closes the connection at a place of a request, so many times.

    The places: `upload` (half a blob has arrived), `create` (before an answer), `status` (in the middle of the answer).
    `full` answers as a server does whose disk is full.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.blobs: dict[str, bytes] = {}
        self.models: dict[str, dict[str, Any]] = {}
        self.cut: dict[str, int] = {}
        self.full = False
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def cuts(self, place: str) -> bool:
        left = self.cut.get(place, 0)
        self.cut[place] = left - 1
        return left > 0


class _Handler(BaseHTTPRequestHandler):
    server: Ollama

    def do_GET(self) -> None:
        self._answer(200, {"version": "0.40.12"}) if self.path == "/api/version" else self._answer(404, {})

    def do_HEAD(self) -> None:
        self.server.asked.append(f"HEAD {self.path}")
        self._answer(200 if self.path.rsplit("/", 1)[1] in self.server.blobs else 404)

    def do_POST(self) -> None:
        self.server.asked.append(f"POST {self.path}")
        if self.path.startswith("/api/blobs/"):
            self._blob(self.path.rsplit("/", 1)[1])
        elif self.path == "/api/create":
            self._create(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        else:
            self._answer(404, {"error": "no such path"})

    def _blob(self, digest: str) -> None:
        length = int(self.headers["Content-Length"])
        if self.server.full:
            return self._answer(500, {"error": "write /models/blobs: no space left on device"})
        data = self.rfile.read(length // 2)
        if self.server.cuts("upload"):
            return self._hang_up()
        data += self.rfile.read(length - len(data))
        if f"sha256:{hashlib.sha256(data).hexdigest()}" != digest:
            return self._answer(400, {"error": f"digest mismatch, expected {digest}"})
        self.server.blobs[digest] = data
        self._answer(201)

    def _create(self, request: dict[str, Any]) -> None:
        if self.server.cuts("create"):
            return self._hang_up()
        missing = [digest for digest in request.get("files", {}).values() if digest not in self.server.blobs]
        if missing or not request.get("files"):
            return self._answer(400, {"error": "neither 'from' or 'files' was specified"})
        if not next(iter(request["files"].values())).startswith("sha256:"):
            return self._answer(400, {"error": "invalid digest format"})
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        for status in ("parsing GGUF", "writing manifest", "success"):
            if status == "success":
                self.server.models[request["model"]] = request
            elif status == "writing manifest" and self.server.cuts("status"):
                return self._hang_up()
            self.wfile.write(json.dumps({"status": status}).encode() + b"\n")
        return None

    def _hang_up(self) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def _answer(self, status: int, value: Any = None) -> None:
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def ollama() -> Iterator[Ollama]:
    """Run a server, and stop it at the end."""
    with Ollama() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
