"""Writes a conversation turn by turn; each call is run as it is made, so what follows is written from its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vibecoder.dataset.records import identified
from vibecoder.types import Example, Verification
from vibecoder.workspace.files import Workspace
from vibecoder.workspace.schemas import SETS
from vibecoder.workspace.tools.by_name import run_tool
from vibecoder_datasets.material.masks import Mask, shown_schemas

__all__ = ["SYSTEM", "Session"]

SYSTEM = "You are a coding companion that works in the user's repository with tools."
Call = tuple[str, dict[str, Any]]


class Session:
    """Collects one row: the offered tools, the turns so far, and the workspace they happened in.

    `setup` are writes made before the conversation begins; they go into the provenance so that it can be replayed.
    Calls are made by the tools' real names; under a `mask` the row shows other ones, and its provenance tells which.
    """

    def __init__(
        self,
        workspace: Workspace,
        tools: str,
        user: str,
        setup: dict[str, str] | None = None,
        mask: Mask | None = None,
    ) -> None:
        self.workspace = workspace
        self.tools = SETS[tools]
        self.mask = mask
        self.setup = dict(setup or {})
        self.messages: list[dict[str, Any]] = []
        workspace.reset()
        for path, text in self.setup.items():
            workspace.write(path, text)
        self._add("system", SYSTEM)
        self._add("user", user)

    def user(self, text: str) -> None:
        self._add("user", text)

    def say(self, text: str) -> None:
        """Add an assistant turn without a call."""
        self._add("assistant", text)

    def call(self, name: str, /, _say: str = "", **arguments: Any) -> str:
        """Add an assistant turn with one call, run it and return its result."""
        return self.calls([(name, arguments)], _say)[0]

    def calls(self, wanted: Sequence[Call], say: str = "") -> list[str]:
        """Add an assistant turn with several calls, run them in order and return their results."""
        for name, _ in wanted:
            if name not in self.tools:
                raise ValueError(f"{name} is not among the offered tools {self.tools}")
        shown = [self._shown(name, given) for name, given in wanted]
        calls = [{"type": "function", "function": call} for call in shown]
        self.messages.append({"role": "assistant", "content": say, "tool_calls": calls})
        results = [run_tool(self.workspace, name, given) for name, given in wanted]
        for call, result in zip(shown, results, strict=True):
            self.messages.append({"role": "tool", "name": call["name"], "content": result})
        return results

    def record(
        self, category: str, subcategory: str, group: str, path: str = "", verification: Verification = "executed"
    ) -> Example:
        """Return the row as it is now; the generator of a category is called like it."""
        provenance: dict[str, Any] = {
            "source": self.workspace.project.source,
            "project": self.workspace.project.name,
            "path": path,
            "generator": category,
        }
        if self.setup:
            provenance["setup"] = self.setup
        if self.mask:
            provenance["masked"] = self.mask.provenance(self.tools)
        return identified(
            Example(
                category=category,
                subcategory=subcategory,
                group=f"{self.workspace.project.name}:{group}",
                verification=verification,
                provenance=provenance,
                tools=shown_schemas(self.tools, self.mask),
                messages=tuple(self.messages),
            )
        )

    def _shown(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return a call under the names that the row shows."""
        if self.mask is None:
            return {"name": name, "arguments": dict(arguments)}
        given = {self.mask.parameters[key]: value for key, value in arguments.items()}
        return {"name": self.mask.tools[name], "arguments": given}

    def _add(self, role: str, text: str) -> None:
        self.messages.append({"role": role, "content": text})
