"""Answers requests in forks of a process that has pytest and a project's imports ready; `forks.ForkServer` starts it.

Run as: python fork_server.py FD [PACKAGE [loaded]] (in the project's folder). The imports of PACKAGE are made ready,
with `loaded` it is imported itself. A request over the socket FD is JSON after 8 bytes of length,
with a file for its output; an exit status goes back. It asks for a run of pytest (`arguments`), with changed bodies of
functions put into what is loaded, or `UNLIKE` where that could differ from importing the changed package. Or it is a
question: the outcome of tests, or what a program prints, where one file reads another text; the answer is JSON.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
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
from typing import Any

import pytest
from _pytest.config import default_plugins

__all__ = ["UNLIKE", "main"]

UNLIKE = 177
MODULES = [*(f"_pytest.{name}" for name in default_plugins), "difflib", "pdb", "unittest"]
"""What a run of pytest imports of its own, and of the standard library, once it has begun."""
SHARE = 0.6
"""Seconds of the processor for each of several texts that one question asks about."""
LONGEST = 60_000
"""Bytes of the longest answer."""
OPTIONS = ["-q", "--tb=no", "--no-header", "-p", "no:cacheprovider", "--noconftest", "-c", os.devnull]


def elsewhere(package: str) -> list[str]:
    """Return the modules that a package brings in which are not files of this folder, found out in a fork."""
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
    """Imports a package, and gives its functions other bodies.

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
        for found in functions():
            if found.__code__.co_filename.startswith(self._here):
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
        return all(replace(function, fresh[function.__code__]) for function in self._functions[file])


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """Yield the code objects nested in another one."""
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


def functions() -> Iterator[types.FunctionType]:
    """Find every function that this process has loaded."""
    return (found for found in gc.get_objects() if type(found) is types.FunctionType)


def replace(function: types.FunctionType, code: types.CodeType) -> bool:
    """Give a function other code, which needs the same variables around it; it keeps its identity and decorators."""
    if code.co_freevars != function.__code__.co_freevars:
        return False
    function.__code__ = code
    return True


def patch_lines(path: str, text: str) -> int:
    """Give the loaded functions of a file the code of `text`, which has the same lines; return how many changed."""
    new = {(code.co_name, code.co_firstlineno): code for code in codes(compile(text, path, "exec"))}
    changed = 0
    for found in functions():
        before = found.__code__
        code = new.get((before.co_name, before.co_firstlineno)) if before.co_filename.endswith(path) else None
        if code is not None and replace(found, code):
            changed += (code.co_code, code.co_consts) != (before.co_code, before.co_consts)
    return changed


class Outcomes:
    """Remembers which tests passed and which failed, as a plugin of pytest."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        node = report.nodeid.split("[")[0]
        if report.failed:
            self.failed.append(node)
        elif report.when == "call" and report.passed:
            self.passed.append(node)


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Find the outcome of tests after a patch, or what a program prints."""
    if "texts" in question:
        return {"each": [printed(question["code"], question["path"], text) for text in question["texts"]]}
    if question["path"] and not patch_lines(question["path"], question["text"]):
        return {"error": "no loaded function changed"}
    if "code" in question:
        output = io.StringIO()
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
                exec(compile(question["code"], "<question>", "exec"), {"__name__": "__main__"})
        except BaseException as error:
            return {"error": f"{type(error).__name__}: {error}"}
        return {"printed": output.getvalue()}
    outcomes = Outcomes()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        pytest.main([*OPTIONS, "--rootdir", ".", *question["nodes"]], plugins=[outcomes])
    return {"passed": outcomes.passed, "failed": outcomes.failed}


def printed(code: str, path: str, text: str) -> str | None:
    """Run a program where the file at `path` reads `text`; what it prints, None where it fails or takes too long."""
    output = io.StringIO()
    signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SHARE)
    try:
        patch_lines(path, text)
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(code, "<question>", "exec"), {"__name__": "__main__"})
    except BaseException:
        return None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return output.getvalue()


def _stop(number: int, frame: types.FrameType | None) -> None:
    raise TimeoutError


def tested(arguments: list[str]) -> int:
    """Run pytest as its own program would, and return its exit status."""
    sys.argv = ["pytest", *arguments]
    importlib.invalidate_caches()
    linecache.clearcache()
    return int(pytest.main(arguments))


def answered(question: dict[str, Any], output: int) -> int:
    """Write the answer to a question as JSON; the exit status."""
    found = json.dumps(answer(question)).encode()
    with open(output, "wb") as file:
        file.write(found if len(found) <= LONGEST else b'{"error": "the answer is too long"}')
    return 0


def serve(request: dict[str, Any], output: int, loaded: Loaded | None) -> None:
    """Become the run that is asked for: limited, with nothing but `output` open, and gone afterwards."""
    os.setsid()
    if loaded and not all(loaded.patch(path, names) for path, names in request["changes"].items()):
        os._exit(UNLIKE)
    os.dup2(output, 3)
    os.set_inheritable(3, False)
    os.closerange(4, 256)
    if "arguments" in request:
        os.dup2(3, 1)
        os.dup2(3, 2)
        os.close(3)
    seconds, memory = request["seconds"], request["memory"]
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))  # a signal that tells the limit, then SIGKILL
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    status = 70
    try:
        status = tested(request["arguments"]) if "arguments" in request else answered(request, 3)
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


def preload(names: list[str]) -> None:
    """Import modules here, so that forks find them loaded; one that fails is left to the forks."""
    for name in names:
        with contextlib.suppress(BaseException), contextlib.redirect_stdout(io.StringIO()):
            importlib.import_module(name)


def received(connection: socket.socket) -> tuple[dict[str, Any], int] | None:
    """Wait for a request and the file for its output; None where nobody asks any more."""
    length, files, _, _ = socket.recv_fds(connection, 8, 1)
    data = bytearray()
    while len(data) < int.from_bytes(length, "big"):
        piece = connection.recv(1 << 16)
        if not piece:
            return None
        data += piece
    return (json.loads(data), files[0]) if files else None


def main() -> None:
    connection = socket.socket(fileno=int(sys.argv[1]))
    package = sys.argv[2] if sys.argv[2:] else ""
    sys.path[0] = ""  # as `python -m pytest` has it, instead of this file's folder
    preload(MODULES)
    preload(elsewhere(package) if package else [])
    loaded = Loaded(package) if sys.argv[3:] else None
    gc.freeze()
    while (found := received(connection)) is not None:
        request, output = found
        preload(request.get("modules", []))
        child = os.fork()
        if child == 0:
            serve(request, output, loaded)
        os.close(output)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        clear(child)
        connection.send(str(status).encode())


if __name__ == "__main__":
    main()
