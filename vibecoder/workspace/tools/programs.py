"""The tools that run code: pytest, a Python program, an allowed command; limited, and without the machine's traces."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Sequence

from vibecoder.workspace import confined, pytests
from vibecoder.workspace.environment import environment
from vibecoder.workspace.files import ToolError, Workspace
from vibecoder.workspace.tools import shell

__all__ = ["MAX_WIDTH", "bash", "clipped", "normalised", "run_python", "run_tests"]

MAX_WIDTH = 80
MAX_LINES = 24
SECONDS = 10
BUILD_SECONDS = 120
BUILD_MEMORY = 64 << 30
"""Address space of compilers and of Node, which reserve far more than they use."""
_SHORT = ("-q", "--tb=short", "--no-header", "-rN", "-p", "no:cacheprovider")
# What pytest prints beside the failing lines: progress, headings, hints, carets, details of a difference.
_NOISE = r"[.FEsxX]+ +\[ *\d+%\]$|FAILURES$|ERRORS$|E *$|E     |Hint:|Traceback:$|ImportError while|!!!| *\^+$"
# Frames of files outside the workspace.
_OUTSIDE = re.compile(r"^(?:/|site-packages/|python3/)\S*:\d+: in .*\n(?:    .*\n)*", re.MULTILINE)
_ADDRESS = re.compile(r"\b0[xX][0-9a-fA-F]{6,}\b|(?<=\.\.\.)x?[0-9a-f]{4,}(?=>)")  # pytest cuts long ones in the middle
_TIME = re.compile(r"(?:;? finished in| in|\t) ?\d+\.\d+ ?m?s\b(?: \(\d+:\d\d:\d\d\))?|\t\(cached\)")


def run_tests(workspace: Workspace, path: str) -> str:
    """Run pytest on a file or one test of it, as short as it can be read, with its exit status."""
    workspace.under(path.split("::")[0])
    workspace.before_run()
    variables = environment(workspace)
    del variables["PYTHONDONTWRITEBYTECODE"]  # pytest's own bytecode of a test file halves the time of a run
    ran = pytests.run(workspace, variables, [*_options(workspace), path], SECONDS)
    code, output = _finished(workspace, ran)
    lines = [_unruled(line) for line in re.sub(_OUTSIDE, "", output).splitlines()]
    kept = [line for line in lines if line and not re.match(_NOISE, line)]
    summary = kept.pop() if kept else "nothing ran"
    if len(kept) > 14:
        kept = [*kept[:13], "..."]
    return "\n".join([*map(clipped, kept), f"[{summary}, exit {code}]"])


def run_python(workspace: Workspace, code: str) -> str:
    """Return what a Python program prints, and its exit status where it is not 0."""
    if "\0" in code:
        raise ToolError("error: a program cannot hold a zero byte")
    status, output = _python(workspace, ["-u", "-c", code])
    lines = output.rstrip().splitlines()
    if status:
        lines = [lines[-1] if lines else "", f"[exit {status}]"]
    return "\n".join(map(clipped, lines[:MAX_LINES])) or "[no output]"


def bash(workspace: Workspace, command: str) -> str:
    """Return what an allowed command prints, without a shell: one program, or several joined by `|` and `&&`."""
    status, output = 0, ""
    for pipeline in shell.parsed(command, workspace):
        given = ""
        for stage in pipeline:
            shown, run = shell.program(stage)
            if run is None:
                status, given = 0, shown
                continue
            status, given = _run(workspace, run, given, shell.is_build(stage))
            given = shell.ordered(stage, given)
        output += given
        if status:
            break
    lines = output.rstrip().splitlines()
    if len(lines) > MAX_LINES:
        lines = [*lines[: MAX_LINES // 2], "...", *lines[-MAX_LINES // 2 :]]
    return "\n".join([*map(clipped, lines), *([f"[exit {status}]"] if status or not lines else [])])


def normalised(text: str, workspace: Workspace) -> str:
    """Output without what differs from machine to machine and run to run: paths, addresses, times."""
    paths = sysconfig.get_paths()
    for path, name in (
        (f"{workspace.root}/", ""),
        (str(workspace.root), "."),
        (str(workspace.scratch), "/tmp"),
        (paths["purelib"], "site-packages"),
        (paths["stdlib"], "python3"),
        (sys.prefix, "python"),
        (sys.base_prefix, "python"),
    ):
        text = text.replace(path, name)
    return _TIME.sub("", _ADDRESS.sub("0x...", text))


def clipped(line: str) -> str:
    """Cut a line with dots where it is too long."""
    return line if len(line) <= MAX_WIDTH else line[: MAX_WIDTH - 3] + "..."


def _options(workspace: Workspace) -> list[str]:
    """Short, and alike on every machine; packages' conftest files import whatever is installed beside them."""
    alone = ["--noconftest"] if workspace.project.package else []
    return [*_SHORT, *alone, "-c", os.devnull, "--rootdir", "."]


def _unruled(line: str) -> str:
    """Return a pytest line without its rules of `=`, `_` and `-`."""
    return re.sub(r"^[=_-]{3,} ?| ?[=_-]{3,}$", "", line).rstrip()


def _python(workspace: Workspace, arguments: Sequence[str]) -> tuple[int, str]:
    return _run(workspace, [sys.executable, *arguments])


def _run(workspace: Workspace, command: Sequence[str], given: str = "", is_build: bool = False) -> tuple[int, str]:
    """Return the exit status and the normalised output of a program."""
    workspace.before_run()
    ran = confined.run(
        command,
        workspace.root,
        environment(workspace),
        seconds=BUILD_SECONDS if is_build else SECONDS,
        memory=BUILD_MEMORY if is_build else None,
        given=given.encode(),
    )
    return _finished(workspace, ran)


def _finished(workspace: Workspace, ran: confined.Ran) -> tuple[int, str]:
    """Return the exit status and the normalised output of a program that ran.

    Raises:
        ToolError: it had to be stopped.
    """
    workspace.after_run()
    if ran.stopped:
        workspace.stopped.append(ran.stopped)
        raise ToolError(f"error: stopped {ran.stopped}")
    return ran.status, normalised(ran.output, workspace)
