"""Talk to an Ollama server: ask for blobs, upload them once, create a model, each with progress.

Standard library only: the `ollama` package (0.6.3) uploads without asking what is there, and shows no progress.
"""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vibecoder.errors import HubError

__all__ = ["OllamaServer"]

_PART = 1 << 20
_START = "start Ollama (`ollama serve`), or name its address with --host or OLLAMA_HOST"


@dataclass(frozen=True, slots=True)
class OllamaServer:
    """An Ollama server at `host`:`port`."""

    host: str = "127.0.0.1"
    port: int = 11434
    secure: bool = False
    timeout: float = 600.0

    @classmethod
    def at(cls, address: str | None = None) -> OllamaServer:
        """Read an address as Ollama does: a URL, HOST, HOST:PORT or :PORT; else `$OLLAMA_HOST`, else the default.

        Raises:
            HubError: it is none of these.
        """
        given = (address or os.environ.get("OLLAMA_HOST") or "").strip()
        try:
            parts = urlsplit(given if "://" in given else f"http://{given}")
            port, host = parts.port, parts.hostname or "127.0.0.1"
        except ValueError as error:
            raise HubError(f"{given} is no address: {error}; give one such as http://127.0.0.1:11434") from error
        if parts.scheme not in ("http", "https"):
            raise HubError(f"{given} is no address of a server; give one such as http://127.0.0.1:11434")
        host = "127.0.0.1" if host == "0.0.0.0" else host  # where a server listens is not where it is reached
        default = 11434 if "://" not in given else 443 if parts.scheme == "https" else 80
        return cls(host, port or default, parts.scheme == "https")

    @property
    def url(self) -> str:
        return f"http{'s' if self.secure else ''}://{self.host}:{self.port}"

    def version(self) -> str:
        """Return the server's version.

        Raises:
            HubError: nothing answers there, or something that is no Ollama.
        """
        with self._asked("GET", "/api/version") as answer:
            try:
                version = json.loads(answer.read())["version"]
            except (ValueError, KeyError, TypeError) as error:
                raise HubError(f"the server at {self.url} is no Ollama (status {answer.status}); {_START}") from error
        return str(version)

    def has_blob(self, digest: str) -> bool:
        """Tell whether the server has a whole file of this digest (`sha256:...`)."""
        with self._asked("HEAD", f"/api/blobs/{digest}") as answer:
            return answer.status == 200

    def send_blob(self, path: Path, digest: str, advance: Callable[[int], None]) -> None:
        """Upload a file; `advance` is told of each part's bytes.

        Raises:
            HubError: the connection broke, or the server refused, with its words.
        """

        def parts() -> Iterator[bytes]:
            with path.open("rb") as file:
                while part := file.read(_PART):
                    yield part
                    advance(len(part))

        headers = {"Content-Length": str(path.stat().st_size), "Content-Type": "application/octet-stream"}
        with self._asked("POST", f"/api/blobs/{digest}", parts(), headers) as answer:
            self._check(answer, f"the upload of {path.name}")

    def create(self, request: Mapping[str, Any]) -> Iterator[str]:
        """Create a model and yield what the server says it is doing, `success` last.

        Raises:
            HubError: the server refused, or stopped before it was done.
        """
        body = json.dumps({**request, "stream": True}).encode()
        last = ""
        with self._asked("POST", "/api/create", body, {"Content-Type": "application/json"}) as answer:
            self._check(answer, f"creating {request['model']}")
            for line in answer:
                try:
                    told = json.loads(line)
                except ValueError:
                    continue
                if "error" in told:
                    raise self._refusal(f"creating {request['model']}", str(told["error"]))
                last = str(told.get("status", ""))
                yield last
        if last != "success":
            raise HubError(f"Ollama at {self.url} stopped before {request['model']} was made; run again")

    @contextmanager
    def _asked(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        kind = http.client.HTTPSConnection if self.secure else http.client.HTTPConnection
        connection = kind(self.host, self.port, timeout=self.timeout)
        try:
            connection.connect()
        except OSError as error:
            raise HubError(f"no Ollama at {self.url} ({error.strerror or error}); {_START}") from error
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # a server that refuses early has said why
                connection.request(method, path, body, dict(headers or {}))
            yield connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            reason = str(error) or type(error).__name__
            raise HubError(
                f"the connection to Ollama at {self.url} broke ({reason}); run again: what it has is not sent twice"
            ) from error
        finally:
            connection.close()

    def _check(self, answer: http.client.HTTPResponse, doing: str) -> None:
        if answer.status < 300:
            return
        text = answer.read(4096).decode(errors="replace").strip()
        try:
            text = json.loads(text)["error"]
        except (ValueError, KeyError, TypeError):
            text = text or f"status {answer.status}"
        raise self._refusal(doing, text)

    def _refusal(self, doing: str, reason: str) -> HubError:
        if "no space left" in reason.lower():
            return HubError(
                f"{doing}: the disk of Ollama's server is full; free space there (`ollama rm`) and run again"
            )
        return HubError(f"{doing}: Ollama at {self.url} refused: {reason}")
