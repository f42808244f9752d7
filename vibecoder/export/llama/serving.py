"""llama.cpp's own server over a GGUF file, in a process of its own, on loopback and for as long as it is needed."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from vibecoder.errors import BackendError
from vibecoder.export.llama.process import Child

__all__ = ["LlamaServer"]

_PATIENCE = 600.0


class LlamaServer(Child):
    """The server that `vibecoder serve`, llama-server and LM Studio are made of; use it in a `with` block."""

    def __init__(self, path: Path, context: int) -> None:
        """Serve the file with room for `context` tokens.

        Raises:
            BackendError: it does not start.
            ConfigError: xllamacpp is not installed.
        """
        super().__init__(path)
        with self.closing_on_failure():
            self.address: str = self.ask(_serve, str(path), context)

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Send a request and return the answer.

        Raises:
            BackendError: the server refuses it, with its own words.
        """
        request = urllib.request.Request(
            self.address + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            words = " ".join(error.read().decode(errors="replace").split())
            raise BackendError(f"llama.cpp's server refuses {path} for {self.path.name}: {words[:300]}") from error
        except OSError as error:
            raise BackendError(f"llama.cpp's server does not answer for {self.path.name}: {error}") from error


_KEPT: list[Any] = []


def _serve(path: str, context: int) -> str:
    import os

    import xllamacpp

    from vibecoder.system.machine import cores

    given = xllamacpp.CommonParams()
    given.model.path = path
    given.n_ctx, given.n_parallel = context, 1
    given.cpuparams.n_threads = given.cpuparams_batch.n_threads = cores()
    given.fit_params, given.verbosity, given.ui, given.endpoint_slots = False, 0, False, False
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    server = xllamacpp.Server(given)
    _KEPT.append(server)
    return str(server.listening_address)
