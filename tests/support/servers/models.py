"""The real server of `vibecoder serve` on loopback, in a thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from vibecoder_serve.app import Served, application

__all__ = ["listening"]


@contextmanager
def listening(served: Served) -> Iterator[str]:
    """Run the server of some models and yield the address of its API."""
    place = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    place.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application(served), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [place]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{place.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        thread.join()
        place.close()
