"""pytest without starting an interpreter each time: a server per workspace has it loaded and runs it in forks."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vibecoder_datasets.sandbox import limits
from vibecoder_datasets.sandbox.workspace import Workspace

__all__ = ["Server", "server_of"]

_SCRIPT = Path(__file__).with_name("pytests_server.py")


class Server:
    """A process, as limited as what it runs, that forks for each run. What is imported of the workspace is in no fork.

    When a run has to be stopped, the server goes with it, and the next run has a new one.
    """

    def __init__(self, workspace: Workspace, environment: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, str(_SCRIPT), str(theirs.fileno()), workspace.project.package]
        self._process = limits.start(
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

    def run(self, arguments: Sequence[str], seconds: int) -> limits.Ran:
        """pytest with `arguments`.

        Raises:
            OSError: the server has died.
        """
        reading, writing = os.pipe()
        request = {"arguments": list(arguments), "seconds": seconds, "memory": limits.MEMORY}
        stopped = "before its end"
        with open(reading, "rb", buffering=0) as pipe:
            output = limits.Output(pipe)
            try:
                socket.send_fds(self._socket, [json.dumps(request).encode() + b"\n"], [writing])
                os.close(writing)
                stopped = limits.watch(self._has_answered, self._process.pid, output, seconds)
            finally:
                if stopped:
                    self.close()
                output.drain()
        answer = b"" if stopped else self._socket.recv(64)
        if not stopped and not answer:
            raise ConnectionResetError("the process that runs tests has died")
        return limits.ran(int(answer or b"-9"), output, stopped, seconds)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def _has_answered(self) -> bool:
        return bool(select.select([self._socket], [], [], 0)[0])


_SERVERS: weakref.WeakKeyDictionary[Workspace, Server] = weakref.WeakKeyDictionary()


def server_of(workspace: Workspace, environment: Mapping[str, str]) -> Server:
    """The one server of a workspace, started when first asked for; it ends with the workspace."""
    found = _SERVERS.get(workspace)
    if found is None or not found.is_alive:
        found = _SERVERS[workspace] = Server(workspace, environment)
    return found


def _end(process: subprocess.Popen[bytes], connection: socket.socket) -> None:
    connection.close()
    limits.end(process)
