"""The process behind `lab.Lab`: it imports a project once and answers each question in a limited fork of itself.

Run as: python lab_server.py (in the project's folder; JSON questions on stdin, JSON answers on stdout).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import resource
import select
import signal
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

__all__ = ["main"]

SECONDS = 4
SHARE = 0.6
MEMORY = 2 << 30
OPTIONS = ["-q", "--tb=no", "--no-header", "-p", "no:cacheprovider", "--noconftest", "-c", os.devnull]


class Outcomes:
    """A pytest plugin that remembers which tests passed and which failed."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        node = report.nodeid.split("[")[0]
        if report.failed:
            self.failed.append(node)
        elif report.when == "call" and report.passed:
            self.passed.append(node)


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """A code object and all that are nested in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def patch(path: str, text: str) -> int:
    """Give the loaded functions of the file at `path` the code of `text`, which has the same lines; how many changed.

    Functions keep their identity, so decorators and `from ... import` elsewhere see the change.
    """
    new = {(code.co_name, code.co_firstlineno): code for code in codes(compile(text, path, "exec"))}
    changed = 0
    for found in gc.get_objects():
        if type(found) is types.FunctionType and found.__code__.co_filename.endswith(path):
            code = new.get((found.__code__.co_name, found.__code__.co_firstlineno))
            if code is not None and code.co_freevars == found.__code__.co_freevars:
                changed += (code.co_code, code.co_consts) != (found.__code__.co_code, found.__code__.co_consts)
                found.__code__ = code
    return changed


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """What a fork finds: the outcome of tests after a patch, or what a program prints."""
    if "texts" in question:
        return {"each": [printed(question["code"], question["path"], text) for text in question["texts"]]}
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
        if question.get("path") and not patch(question["path"], question["text"]):
            return {"error": "no loaded function changed"}
        if "code" in question:
            try:
                exec(compile(question["code"], "<question>", "exec"), {"__name__": "__main__"})
            except BaseException as error:
                return {"error": f"{type(error).__name__}: {error}"}
            return {"printed": output.getvalue()}
        outcomes = Outcomes()
        pytest.main([*OPTIONS, "--rootdir", ".", *question["nodes"]], plugins=[outcomes])
    return {"passed": outcomes.passed, "failed": outcomes.failed}


def printed(code: str, path: str, text: str) -> str | None:
    """What a program prints where the file at `path` reads `text`, None where it fails or takes too long."""
    output = io.StringIO()
    signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SHARE)
    try:
        patch(path, text)
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(code, "<question>", "exec"), {"__name__": "__main__"})
    except BaseException:
        return None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return output.getvalue()


def _stop(number: int, frame: types.FrameType | None) -> None:
    raise TimeoutError


def preload(names: list[str]) -> None:
    """Import modules here, so that forks find them loaded; one that fails is left to the forks."""
    for name in names:
        with contextlib.suppress(BaseException), contextlib.redirect_stdout(io.StringIO()):
            importlib.import_module(name)


def forked(question: dict[str, Any]) -> bytes:
    """The JSON answer of a fork that may use `SECONDS` of the processor; an error where it used more."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        os.close(reading)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        try:
            os.write(writing, json.dumps(answer(question)).encode()[:60_000])
        finally:
            os._exit(0)
    os.close(writing)
    found = b""
    while select.select([reading], [], [], 5 * SECONDS)[0]:
        piece = os.read(reading, 65_536)
        found += piece
        if not piece:
            break
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    os.close(reading)
    os.waitpid(child, 0)
    return found if found.endswith(b"}") else b'{"error": "stopped"}'


def main() -> None:
    sys.path.insert(0, os.getcwd())
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # what the project prints is not an answer
    os.dup2(nowhere, 2)
    for line in sys.stdin:
        question = json.loads(line)
        preload(question.get("modules", []))
        answers.write(forked(question) + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
