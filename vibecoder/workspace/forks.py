"""Starts fork servers: confined processes with a workspace's imports ready, each request answered in a fork."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vibecoder.workspace import confined
from vibecoder.workspace.files import Workspace
from vibecoder.workspace.output import KEPT, Output

__all__ = ["UNLIKE", "ForkServer"]

UNLIKE = 177
"""The status of a run that only a server without the package loaded can do."""
_SCRIPT = Path(__file__).with_name("fork_server.py")


class ForkServer:
    """Runs a process, as limited as what it runs, that forks for each request.

    It has the workspace's package if `loaded`.

    When a run has to be stopped, the server goes with it.
    """

    def __init__(
        self,
        workspace: Workspace,
        environment: Mapping[str, str],
        package: str = "",
        loaded: bool = False,
    ) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, str(_SCRIPT), str(theirs.fileno()), package, *["loaded"] * loaded]
        self._process = confined.start(
            command,
            workspace.root,
            environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            seconds=0,
            memory=0,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        self._socket = ours
        self.close: Callable[[], object] = weakref.finalize(self, _end, self._process, ours)

    @property
    def is_alive(self) -> bool:
        """Tell whether it can be asked."""
        return self._process.poll() is None

    def ask(self, request: Mapping[str, Any], seconds: int, kept: int = KEPT) -> confined.Ran:
        """Run what `request` says for up to `seconds` of the processor; `kept` bytes of both ends of its output.

        Raises:
            OSError: the server has died.
        """
        data = json.dumps({**request, "seconds": seconds, "memory": confined.MEMORY}).encode()
        reading, writing = os.pipe()
        stopped = "before its end"
        with open(reading, "rb", buffering=0) as pipe:
            output = Output(pipe, kept=kept)
            try:
                socket.send_fds(self._socket, [len(data).to_bytes(8, "big")], [writing])
                os.close(writing)
                self._socket.sendall(data)
                stopped = confined.watch(self._has_answered, self._process.pid, output, seconds)
            finally:
                if stopped:
                    self.close()
                output.drain()
        answer = b"" if stopped else self._socket.recv(64)
        if not stopped and not answer:
            raise ConnectionResetError("the process that runs tests has died")
        return confined.ran(int(answer or b"-9"), output, stopped, seconds)

    def _has_answered(self) -> bool:
        return bool(select.select([self._socket], [], [], 0)[0])


def _end(process: subprocess.Popen[bytes], connection: socket.socket) -> None:
    connection.close()
    confined.end(process)
