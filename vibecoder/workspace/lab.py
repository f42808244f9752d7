"""Asks what tests say of a changed function, or what a program prints, without a new interpreter each time."""

from __future__ import annotations

import json
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vibecoder.workspace.environment import GUARD, environment
from vibecoder.workspace.files import Workspace
from vibecoder.workspace.forks import ForkServer

__all__ = ["Lab", "Outcome", "lab_of", "module_of"]

SECONDS = 4
"""Of the processor, for one question."""
LONGEST = 60_000
"""Bytes of the longest answer."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Holds the pytest ids that passed and those that failed."""

    passed: tuple[str, ...]
    failed: tuple[str, ...]


def module_of(path: str) -> str:
    """Return `shop.cart` for `shop/cart.py`."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class Lab:
    """Asks a fork server that has the workspace's code loaded as it was copied, one question after another."""

    def __init__(self, workspace: Workspace) -> None:
        workspace.reset()
        workspace.before_run()
        self._server = ForkServer(workspace, {**environment(workspace), "PYTHONPATH": str(GUARD)})

    def tests(self, nodes: Sequence[str], path: str = "", text: str = "") -> Outcome | None:
        """Return the outcome of tests where the file at `path` reads `text`.

        None where they cannot be run or do not end.
        """
        modules = [module_of(node.split("::")[0]) for node in nodes[:1]] + [module_of(path)] * bool(path)
        found = self._ask({"nodes": list(nodes), "path": path, "text": text, "modules": modules})
        if "error" in found:
            return None
        return Outcome(tuple(dict.fromkeys(found["passed"])), tuple(dict.fromkeys(found["failed"])))

    def prints(self, code: str, modules: Sequence[str] = (), path: str = "", text: str = "") -> str | None:
        """Return what a program prints where the file at `path` reads `text`, None where it fails or does not end.

        `modules` are loaded for good.
        """
        question = {"code": code, "modules": list(modules), "path": path, "text": text}
        printed: str | None = self._ask(question).get("printed")
        return printed

    def prints_each(self, code: str, path: str, texts: Sequence[str], modules: Sequence[str]) -> list[str | None]:
        """Return what a program prints where the file at `path` reads each of `texts`, in one fork."""
        question = {"code": code, "modules": list(modules), "path": path, "texts": list(texts)}
        found: list[str | None] = self._ask(question).get("each", [None] * len(texts))
        return found

    @property
    def is_alive(self) -> bool:
        """Tell whether it can be asked."""
        return self._server.is_alive

    def close(self) -> None:
        """End the process."""
        self._server.close()

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            ran = self._server.ask({"changes": {}, **question}, SECONDS, kept=LONGEST)
        except OSError:
            self.close()
            return {"error": "the process ended"}
        if ran.stopped or not ran.output.endswith("}"):
            return {"error": ran.stopped or "the answer has no end"}
        found: dict[str, Any] = json.loads(ran.output)
        return found


_LABS: weakref.WeakKeyDictionary[Workspace, Lab] = weakref.WeakKeyDictionary()


def lab_of(workspace: Workspace) -> Lab:
    """Return the one lab of a workspace, started when first asked for; it ends with the workspace."""
    if workspace not in _LABS or not _LABS[workspace].is_alive:
        _LABS[workspace] = Lab(workspace)
    workspace.before_run()  # the next reset looks for files that a program leaves
    return _LABS[workspace]
