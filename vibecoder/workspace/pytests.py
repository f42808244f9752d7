"""pytest without starting an interpreter each time: servers of a workspace have it loaded and run it in forks.

One server has the unchanged package loaded too, since importing it is most of a run's time. It takes the runs for which
that makes no difference: nothing but bodies of functions was changed, and none of those the import itself runs.
"""

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
from typing import TypeAlias

from vibecoder.workspace import confined
from vibecoder.workspace.bodies import changed_bodies
from vibecoder.workspace.files import Workspace, is_test

__all__ = ["Changes", "Server", "changes", "run"]

Changes: TypeAlias = Mapping[str, Sequence[str]]
_UNLIKE = b"177"
_SCRIPT = Path(__file__).with_name("fork_server.py")


class Server:
    """A process, as limited as what it runs, that forks for each run; it has the workspace's package if `loaded`.

    When a run has to be stopped, the server goes with it, and the next run has a new one.
    """

    def __init__(self, workspace: Workspace, environment: Mapping[str, str], loaded: bool) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, str(_SCRIPT), str(theirs.fileno()), workspace.project.package]
        command += ["loaded"] if loaded else []
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

    def run(self, arguments: Sequence[str], seconds: int, changes: Changes) -> confined.Ran | None:
        """pytest with `arguments`; None where `changes` of what is loaded could make a difference.

        Raises:
            OSError: the server has died.
        """
        reading, writing = os.pipe()
        request = {"arguments": list(arguments), "seconds": seconds, "memory": confined.MEMORY, "changes": changes}
        stopped = "before its end"
        with open(reading, "rb", buffering=0) as pipe:
            output = confined.Output(pipe)
            try:
                socket.send_fds(self._socket, [json.dumps(request).encode() + b"\n"], [writing])
                os.close(writing)
                stopped = confined.watch(self._has_answered, self._process.pid, output, seconds)
            finally:
                if stopped:
                    self.close()
                output.drain()
        answer = b"" if stopped else self._socket.recv(64)
        if not stopped and not answer:
            raise ConnectionResetError("the process that runs tests has died")
        return None if answer == _UNLIKE else confined.ran(int(answer or b"-9"), output, stopped, seconds)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def _has_answered(self) -> bool:
        return bool(select.select([self._socket], [], [], 0)[0])


_SERVERS: weakref.WeakKeyDictionary[Workspace, dict[bool, Server]] = weakref.WeakKeyDictionary()


def run(workspace: Workspace, environment: Mapping[str, str], arguments: Sequence[str], seconds: int) -> confined.Ran:
    """pytest with `arguments` on the workspace as it is now.

    Raises:
        OSError: the process that runs tests has died.
    """
    found = changes(workspace)
    if found is not None and (not found or _has_loaded(workspace)):
        ran = _server_of(workspace, environment, loaded=True).run(arguments, seconds, found)
        if ran is not None:
            return ran
    ran = _server_of(workspace, environment, loaded=False).run(arguments, seconds, {})
    assert ran is not None
    return ran


def changes(workspace: Workspace) -> Changes | None:
    """The functions whose bodies were changed, by file; None where there is no package or more was changed."""
    if not workspace.project.package:
        return None
    found: dict[str, list[str]] = {}
    for path in sorted(workspace.changed):
        if path.endswith(("/", ".md")) or (is_test(path) and path.endswith(".py")):
            continue  # nothing that the package is imported from
        before, after = workspace.original(path), workspace.now(path)
        names = changed_bodies(before, after) if before and after and path.endswith(".py") else None
        if names is None:
            return None
        found[path] = names
    return found


def _has_loaded(workspace: Workspace) -> bool:
    """Whether there is a server with the package as it was copied; one that is started now has it as it is now."""
    server = _SERVERS.get(workspace, {}).get(True)
    return server is not None and server.is_alive


def _server_of(workspace: Workspace, environment: Mapping[str, str], loaded: bool) -> Server:
    """The server of a workspace, started when first asked for; it ends with the workspace."""
    servers = _SERVERS.setdefault(workspace, {})
    if loaded not in servers or not servers[loaded].is_alive:
        servers[loaded] = Server(workspace, environment, loaded)
    return servers[loaded]


def _end(process: subprocess.Popen[bytes], connection: socket.socket) -> None:
    connection.close()
    confined.end(process)
