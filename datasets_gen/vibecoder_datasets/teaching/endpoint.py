"""Asks an OpenAI-compatible server for a chat completion, with patience where it is busy."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from vibecoder.errors import DataError

__all__ = ["KEY", "Endpoint"]

KEY = "VIBECODER_TEACHER_KEY"
"""The environment variable with the server's key, where it wants one."""
TRIES = 5
SECONDS = 180
_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_MOST = 4 * 2**20


class _Busy(Exception):
    """Raised when the server may answer later; `pause` is how long it asks to wait, in seconds."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


class Endpoint:
    """Asks the server at `url`, such as `http://localhost:11434/v1`; several threads may at once.

    Redirects are not followed, so that a key goes nowhere else.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError as error:
            raise DataError(f"--teacher {url}: {error}") from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise DataError(f"--teacher {url} is no address of a server; give one such as http://localhost:11434/v1")
        self.url, self._https, self._host, self._port = url, parts.scheme == "https", parts.hostname, port
        self._path = parts.path.rstrip("/").removesuffix("/chat/completions") + "/chat/completions"

    def ask(self, request: Mapping[str, Any]) -> str:
        """Send a request and return the text of the reply.

        Raises:
            DataError: the server cannot be reached, refuses the request, or stays busy.
        """
        for attempt in range(1, TRIES + 1):
            try:
                return self._ask(request)
            except _Busy as busy:
                if attempt == TRIES:
                    raise DataError(f"the teacher at {self.url} failed {TRIES} times: {busy}; start it again") from busy
                pause = _PAUSE * 2**attempt if busy.pause is None else busy.pause
                time.sleep(min(pause, _LONGEST_PAUSE))
        raise AssertionError("unreachable")

    def _ask(self, request: Mapping[str, Any]) -> str:
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(KEY):
            headers["Authorization"] = f"Bearer {key}"
        connection = self._connection()
        try:
            connection.request("POST", self._path, json.dumps(request).encode(), headers)
            response = connection.getresponse()
            body = response.read(_MOST)
        except ConnectionRefusedError as error:
            raise DataError(f"no teacher answers at {self.url}; start it, or leave out --teacher") from error
        except OSError as error:
            if isinstance(error, ssl.SSLCertVerificationError) or not isinstance(
                error, (TimeoutError, ConnectionError)
            ):
                raise DataError(f"cannot reach the teacher at {self.url}: {error.strerror or error}") from error
            raise _Busy(str(error) or type(error).__name__) from error
        except http.client.HTTPException as error:
            raise _Busy(f"{type(error).__name__}: {error}") from error
        finally:
            connection.close()
        told = " ".join(body.decode("utf-8", "replace").split())[:200]
        if response.status in (408, 409, 429) or response.status >= 500:
            raise _Busy(f"{response.status} {told}", _seconds(response.getheader("Retry-After")))
        if response.status != 200:
            raise DataError(f"the teacher at {self.url} refuses: {response.status} {told or response.reason}")
        return self._content(body)

    def _content(self, body: bytes) -> str:
        try:
            content = json.loads(body)["choices"][0]["message"]["content"]
        except (ValueError, LookupError, TypeError) as error:
            raise DataError(f"{self.url} does not speak OpenAI's chat API: no choices[0].message.content") from error
        return content if isinstance(content, str) else ""

    def _connection(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._https else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=SECONDS)


def _seconds(header: str | None) -> float | None:
    """Parse the pause that a Retry-After header asks for; its form with a date, which is rare, gives None."""
    return float(header) if header and header.isdecimal() else None
