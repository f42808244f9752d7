"""Runs generated Python in a folder of its own under limits, and says whether it ran to its end and if not, why."""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vibecoder.workspace import confined

__all__ = ["MEMORY", "SECONDS", "Outcome", "put", "run", "run_in"]

SECONDS = 3
"""Of the processor; a program that only waits is stopped after ten times that."""
MEMORY = 1 << 30
_REFUSED = 77
"""The status by which the harness ends what it refuses."""
_HARNESS = Path(__file__).with_name("harness.py")
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the program ran to its end; else the `reason` in a line. `output` is what it printed, shortened."""

    passed: bool
    reason: str = ""
    output: str = ""


def run(files: Mapping[str, str], program: str, *, name: str = "test.py", seconds: int = SECONDS) -> Outcome:
    """Run `program` beside `files` in a new folder that is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="vibecoder-eval-", ignore_cleanup_errors=True) as folder:
        reason = put(Path(folder), files)
        return Outcome(False, reason) if reason else run_in(Path(folder), program, name=name, seconds=seconds)


def put(folder: Path, files: Mapping[str, str]) -> str:
    """Write files by their relative paths; why that is impossible, or nothing."""
    root = folder.resolve()
    for name, text in files.items():
        path = (root / name).resolve()
        if not path.is_relative_to(root) or path == root:
            return f"the path {name} is outside of the folder"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except (OSError, ValueError) as error:
            return f"cannot write {name}: {error}"
    return ""


def run_in(folder: Path, program: str, *, name: str = "test.py", seconds: int = SECONDS) -> Outcome:
    """Run `program` in `folder`. It passes if it comes to its end without an error, before any limit."""
    try:
        compile(program, name, "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Outcome(False, f"does not compile: {_shortly(str(error))}")
    token = secrets.token_hex(16)
    given = json.dumps({"token": token, "program": program, "name": name}).encode()
    command = [sys.executable, "-I", "-S", str(_HARNESS)]
    folder.chmod(0o777)  # under limits the program may belong to another user
    with suppress(OSError):
        for path in folder.rglob("*"):
            path.chmod(0o777 if path.is_dir() else 0o666)
    ran = confined.run(command, folder, _ENVIRONMENT, seconds=seconds, memory=MEMORY, given=given)
    if ran.stopped:
        return Outcome(False, f"stopped {ran.stopped}", ran.output)
    if ran.status == 0 and ran.output.endswith(f"\n{token}\n"):
        return Outcome(True, "", ran.output[: -len(token) - 2])
    lines = [line for line in ran.output.splitlines() if line.strip()]
    last = _shortly(lines[-1]) if lines else ""
    if ran.status == _REFUSED and last.startswith("refused: "):
        return Outcome(False, last, ran.output)
    if ran.status == 0:
        return Outcome(False, "ended before its tests did", ran.output)
    return Outcome(False, last or f"ended with status {ran.status}", ran.output)


def _shortly(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 160 else f"{text[:157]}..."
