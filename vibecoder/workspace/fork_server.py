"""The process behind `pytests.Server`: it has pytest and what a project imports from elsewhere, and forks for each run.

Run as: python pytests_server.py FD [PACKAGE [loaded]] (in the project's folder; a JSON request and a pipe at a time
come over the socket FD, an exit status goes back). With `loaded` it has the unchanged package as well; its forks put
changed bodies of functions into it, or end with `UNLIKE` where that could differ from importing the changed package.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import linecache
import os
import resource
import signal
import socket
import sys
import types
import warnings
from collections import defaultdict
from collections.abc import Iterator

import pytest
from _pytest.config import default_plugins

__all__ = ["UNLIKE", "main"]

UNLIKE = 177
MODULES = (*(f"_pytest.{name}" for name in default_plugins), "difflib", "pdb", "unittest")
"""What a run of pytest imports of its own, and of the standard library, once it has begun."""


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


class Loaded:
    """An imported package whose functions can be given other bodies.

    It remembers which functions the import itself ran: were one of those changed, the import might end differently.
    """

    def __init__(self, package: str) -> None:
        self._here = os.getcwd() + os.sep
        self._ran: set[tuple[str, str]] = set()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            sys.setprofile(self._note)
            try:
                importlib.import_module(package)
                self.is_faithful = not caught  # else a run that imports the package would tell of warnings
            except BaseException:
                self.is_faithful = False
            finally:
                sys.setprofile(None)
        self._files = {str(getattr(module, "__file__", None)) for module in list(sys.modules.values())}
        self._functions: defaultdict[str, list[types.FunctionType]] = defaultdict(list)
        for found in gc.get_objects():
            if type(found) is types.FunctionType and found.__code__.co_filename.startswith(self._here):
                self._functions[found.__code__.co_filename].append(found)

    def _note(self, frame: types.FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(self._here):
            self._ran.add((frame.f_code.co_filename, frame.f_code.co_qualname.partition(".<locals>")[0]))

    def patch(self, path: str, changed: list[str]) -> bool:
        """Give the functions of a file the code it has now; False where that is not what importing it would do.

        `changed` are the outermost functions whose bodies differ from what was imported; all else must be as it was.
        """
        file = self._here + path
        if file not in self._files:
            return True  # a fork imports it as it is now
        if not self.is_faithful or any((file, name) in self._ran for name in changed):
            return False
        with open(file, "rb") as source:
            new = by_name(codes(compile(source.read(), file, "exec")))
        old = by_name(function.__code__ for function in self._functions[file])
        if any(len(found) != len(new[name]) for name, found in old.items()):
            return False
        fresh = {code: after for name, found in old.items() for code, after in zip(found, new[name], strict=True)}
        for function in self._functions[file]:
            after = fresh[function.__code__]
            if after.co_freevars != function.__code__.co_freevars:
                return False
            function.__code__ = after
        return True


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code objects nested in another one."""
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from codes(constant)


def by_name(found: Iterator[types.CodeType]) -> defaultdict[str, list[types.CodeType]]:
    """Different code objects by their qualified name, in the order of their lines."""
    names: defaultdict[str, list[types.CodeType]] = defaultdict(list)
    for code in sorted(found, key=lambda code: code.co_firstlineno):
        if not any(code is other for other in names[code.co_qualname]):
            names[code.co_qualname].append(code)
    return names


def run(request: dict[str, object], output: int, loaded: Loaded | None) -> None:
    """Become the run: limited, with nothing but `output` open, and gone afterwards."""
    os.setsid()
    changes = request["changes"]
    assert isinstance(changes, dict)
    if loaded and not all(loaded.patch(path, names) for path, names in changes.items()):
        os._exit(UNLIKE)
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
        linecache.clearcache()
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
    for name in MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for name in elsewhere(sys.argv[2]) if sys.argv[2] else []:
        with contextlib.suppress(BaseException):
            importlib.import_module(name)
    loaded = Loaded(sys.argv[2]) if sys.argv[3:] else None
    gc.freeze()
    while True:
        data, files, _, _ = socket.recv_fds(connection, 1 << 16, 1)
        if not data:
            return
        child = os.fork()
        if child == 0:
            run(json.loads(data), files[0], loaded)
        os.close(files[0])
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        clear(child)
        connection.send(str(status).encode())


if __name__ == "__main__":
    main()
