"""The process behind `pytests.Server`: it has pytest and what a project imports from elsewhere, but not the project.

Run as: python pytests_server.py FD [PACKAGE] (in the project's folder; a JSON request and a pipe at a time come over
the socket FD, an exit status goes back).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import signal
import socket
import sys

import pytest

__all__ = ["main"]


def elsewhere(package: str) -> list[str]:
    """The modules that a package brings in which are not files of this folder, found out in a fork."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        here = os.getcwd() + os.sep
        with contextlib.suppress(BaseException):
            importlib.import_module(package)
        found = [
            name
            for name, module in list(sys.modules.items())
            if name != "__main__" and not str(getattr(module, "__file__", None) or "").startswith(here)
        ]
        with open(writing, "wb") as pipe:
            pipe.write("\n".join(name for name in found if name.split(".")[0] != package).encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        names = pipe.read().decode().split("\n")
    os.waitpid(child, 0)
    return names


def run(request: dict[str, object], output: int) -> None:
    """Become the run: limited, with nothing but `output` open, and gone afterwards."""
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(3, 256)
    seconds, memory = int(str(request["seconds"])), int(str(request["memory"]))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))  # a signal that tells the limit, then SIGKILL
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    status = 70
    try:
        arguments = request["arguments"]
        assert isinstance(arguments, list)
        sys.argv = ["pytest", *arguments]
        importlib.invalidate_caches()
        status = int(pytest.main(arguments))
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def clear(child: int) -> None:
    """End what a run has left: everything else in our process namespace, or its process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.getpid() == 1:
            os.kill(-1, signal.SIGKILL)
        else:
            os.killpg(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, 0 if os.getpid() == 1 else os.WNOHANG)[0]:
            pass


def main() -> None:
    connection = socket.socket(fileno=int(sys.argv[1]))
    sys.path[0] = ""  # as `python -m pytest` has it, instead of this file's folder
    for name in elsewhere(sys.argv[2]) if sys.argv[2] else []:
        with contextlib.suppress(BaseException):
            importlib.import_module(name)
    gc.freeze()
    while True:
        data, files, _, _ = socket.recv_fds(connection, 1 << 16, 1)
        if not data:
            return
        child = os.fork()
        if child == 0:
            run(json.loads(data), files[0])
        os.close(files[0])
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        clear(child)
        connection.send(str(status).encode())


if __name__ == "__main__":
    main()
