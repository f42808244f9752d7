"""Asks what tests say of a changed function, or what a program prints, without a new interpreter each time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.workspace import GUARD, confined
from vibecoder.workspace.files import Workspace

__all__ = ["Lab", "Outcome", "lab_of", "module_of"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The pytest ids that passed and those that failed."""

    passed: tuple[str, ...]
    failed: tuple[str, ...]


def module_of(path: str) -> str:
    """`shop.cart` for `shop/cart.py`."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class Lab:
    """A process that has the workspace's code loaded as it was copied; each question is answered in a fork of it."""

    def __init__(self, workspace: Workspace) -> None:
        workspace.reset()
        workspace.before_run()
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(workspace.scratch),
            "TMPDIR": str(workspace.scratch),
            "PYTHONPATH": str(GUARD),
            "VIBECODER_BYTECODE": str(workspace.bytecode),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "OMP_NUM_THREADS": "1",
        }
        self._process = confined.start(
            [sys.executable, str(Path(__file__).with_name("lab_server.py"))],
            workspace.root,
            environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            seconds=0,
            memory=0,
        )
        self._close = weakref.finalize(self, _end, self._process)

    def tests(self, nodes: Sequence[str], path: str = "", text: str = "") -> Outcome | None:
        """The outcome of tests where the file at `path` reads `text`; None where they cannot be run or do not end."""
        modules = [module_of(node.split("::")[0]) for node in nodes[:1]] + [module_of(path)] * bool(path)
        found = self._ask({"nodes": list(nodes), "path": path, "text": text, "modules": modules})
        if "error" in found:
            return None
        return Outcome(tuple(dict.fromkeys(found["passed"])), tuple(dict.fromkeys(found["failed"])))

    def prints(self, code: str, modules: Sequence[str] = (), path: str = "", text: str = "") -> str | None:
        """What a program prints where the file at `path` reads `text`, None where it fails or does not end.

        `modules` are loaded for good.
        """
        question = {"code": code, "modules": list(modules), "path": path, "text": text}
        printed: str | None = self._ask(question).get("printed")
        return printed

    def prints_each(self, code: str, path: str, texts: Sequence[str], modules: Sequence[str]) -> list[str | None]:
        """What a program prints where the file at `path` reads each of `texts`, one after the other in one fork."""
        question = {"code": code, "modules": list(modules), "path": path, "texts": list(texts)}
        found: list[str | None] = self._ask(question).get("each", [None] * len(texts))
        return found

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._close.alive and self._process.poll() is None

    def close(self) -> None:
        """End the process."""
        self._close()

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BaseException:  # an answer that nobody reads would be taken for that of the next question
            self.close()
            raise
        if not answer:
            self.close()
            return {"error": "the process ended"}
        found: dict[str, Any] = json.loads(answer)
        return found


_LABS: weakref.WeakKeyDictionary[Workspace, Lab] = weakref.WeakKeyDictionary()


def lab_of(workspace: Workspace) -> Lab:
    """The one lab of a workspace, started when first asked for; it ends with the workspace."""
    if workspace not in _LABS or not _LABS[workspace].is_alive:
        _LABS[workspace] = Lab(workspace)
    workspace.before_run()  # the next reset looks for files that a program leaves
    return _LABS[workspace]


def _end(process: subprocess.Popen[bytes]) -> None:
    confined.end(process)
    process.communicate()
