"""Moves what a confined program prints and reads, and holds a bounded part of it."""

from __future__ import annotations

import contextlib
import os
import select
import time
from typing import IO

__all__ = ["KEPT", "MAX_OUTPUT", "Output"]

KEPT = 16 << 10
"""Bytes kept of the beginning of the output, and of its end."""
MAX_OUTPUT = 4 << 20


class Output:
    """Holds the beginning and the end of what a program prints, and what it is given to read."""

    def __init__(
        self, output: IO[bytes], given_to: IO[bytes] | None = None, given: bytes = b"", kept: int = KEPT
    ) -> None:
        self._from, self._to, self._given, self._kept = output, given_to, given, kept
        os.set_blocking(self._from.fileno(), False)
        if self._to is not None:
            os.set_blocking(self._to.fileno(), False)
        self._head, self._tail = bytearray(), bytearray()
        self._is_open = True
        self.total = 0

    def pump(self, seconds: float) -> None:
        """Move what can be moved, waiting at most so long for something."""
        writing = [self._to] if self._to is not None else []
        if not self._is_open and not writing:
            time.sleep(seconds)
            return
        reading = [self._from] if self._is_open else []
        readable, writable, _ = select.select(reading, writing, [], seconds)
        if readable:
            self._read()
        if writable:
            self._write()

    def drain(self) -> None:
        """Take what is left in the pipe, and close it."""
        while self._is_open and self.total <= 2 * MAX_OUTPUT and select.select([self._from], [], [], 0)[0]:
            self._read()
        self._from.close()
        if self._to is not None:
            with contextlib.suppress(OSError):
                self._to.close()

    def text(self) -> str:
        """Return the output, with a line of dots where its middle is left out."""
        dropped = self.total - len(self._head) - len(self._tail)
        middle = b"\n...\n" if dropped else b""
        return bytes(self._head + middle + self._tail).decode("utf-8", "replace")

    def _read(self) -> None:
        try:
            piece = os.read(self._from.fileno(), 1 << 16)
        except BlockingIOError:
            return
        self._is_open = bool(piece)
        self.total += len(piece)
        room = self._kept - len(self._head)
        self._head += piece[:room]
        self._tail = (self._tail + piece[max(0, room) :])[-self._kept :]

    def _write(self) -> None:
        assert self._to is not None
        try:
            self._given = self._given[os.write(self._to.fileno(), self._given[: 1 << 12]) :]
        except BrokenPipeError:
            self._given = b""
        except BlockingIOError:
            return
        if not self._given:
            with contextlib.suppress(OSError):
                self._to.close()
            self._to = None
