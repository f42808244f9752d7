"""A real HTTP server on loopback that speaks OpenAI's chat API; what it answers is up to the test."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["ChatServer", "serving"]


class ChatServer(ThreadingHTTPServer):
    """`answer` maps the turns it is asked to reword to a reply; `failures` are statuses that are answered first."""

    daemon_threads = True

    def __init__(self, answer: Callable[[dict[str, str]], str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.failures: list[tuple[int, dict[str, str]]] = []
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: ChatServer

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.requests.append({"path": self.path, **request})
            self.server.keys.append(self.headers.get("Authorization"))
            failure = self.server.failures.pop(0) if self.server.failures else None
        if failure:
            status, headers = failure
            self._send(status, headers, json.dumps({"error": {"message": f"status {status}"}}))
        else:
            content = self.server.answer(json.loads(request["messages"][-1]["content"]))
            self._send(200, {}, json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}))

    def _send(self, status: int, headers: dict[str, str], text: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def serving(answer: Callable[[dict[str, str]], str]) -> Iterator[ChatServer]:
    """A running server, stopped at the end."""
    with ChatServer(answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
