"""A small workspace of files with tools, in which a model works over several turns; its final state is judged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from vibecoder.types import Judgement, Prompt
from vibecoder.workspace import programs

__all__ = ["TOOLS", "TURNS", "Workspace", "judge_workspace"]

TURNS = 6
"""Replies of the model before a conversation ends, whether it is done or not."""
_SHOWN = 4000
_FILES = 64


def _tool(name: str, description: str, required: tuple[str, ...], **kinds: str) -> dict[str, Any]:
    properties = {key: {"type": kind} for key, kind in kinds.items()}
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


TOOLS = (
    _tool("list_files", "List the files.", ()),
    _tool("read_file", "Read a file.", ("path",), path="string"),
    _tool(
        "edit_file", "Replace text that occurs once.", ("path", "old", "new"), path="string", old="string", new="string"
    ),
    _tool("write_file", "Create or replace a file.", ("path", "content"), path="string", content="string"),
    _tool("run_tests", "Run a test file.", ("path",), path="string"),
)


class Workspace:
    """Files by path, in memory; only `run_tests` writes them to disk, into a folder of its own."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = dict(files)

    def call(self, name: str, arguments: Mapping[str, Any]) -> str:
        """The result of a tool as text; what goes wrong is a result too."""
        schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in TOOLS}
        if name not in schemas:
            return f"error: no tool {name}"
        for key in schemas[name]["required"]:
            if key not in arguments:
                return f"error: {name} needs {key}"
        if wrong := next((key for key in arguments if key not in schemas[name]["properties"]), None):
            return f"error: {name} has no argument {wrong}"
        if not all(isinstance(value, str) for value in arguments.values()):
            return f"error: the arguments of {name} are strings"
        result: str = getattr(self, f"_{name}")(**arguments)
        return result if len(result) <= _SHOWN else f"{result[:_SHOWN]}\n..."

    def _list_files(self) -> str:
        return "\n".join(sorted(self.files))

    def _read_file(self, path: str) -> str:
        return self.files.get(path, f"error: no file {path}")

    def _edit_file(self, path: str, old: str, new: str) -> str:
        if path not in self.files:
            return f"error: no file {path}"
        count = self.files[path].count(old) if old else 0
        if count != 1:
            return f"error: old occurs {count} times in {path}"
        self.files[path] = self.files[path].replace(old, new)
        return f"edited {path}"

    def _write_file(self, path: str, content: str) -> str:
        parts = path.split("/")
        if (
            path.startswith("/")
            or ".." in parts
            or "" in parts
            or (len(self.files) >= _FILES and path not in self.files)
        ):
            return f"error: cannot write {path}"
        self.files[path] = content
        return f"wrote {path}"

    def _run_tests(self, path: str) -> str:
        if path not in self.files:
            return f"error: no file {path}"
        outcome = programs.run(self.files, self.files[path], name=path)
        return "passed" if outcome.passed else f"failed: {outcome.reason}"


def judge_workspace(prompt: Prompt, reply: str) -> Judgement:
    """The state in which a conversation left the workspace; `reply` is `{"files", "turns", "text"}` as JSON.

    `reference["tests"]` must pass on it, and no file outside of `reference["may_touch"]` may have changed.
    """
    state = json.loads(reply)
    before, after = prompt.reference["files"], state["files"]
    touched = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    measures = {"files_touched": len(touched), "turns": state["turns"], "calls": state["calls"], "format": True}
    allowed = prompt.reference.get("may_touch")
    if allowed is not None and (wrong := [name for name in touched if name not in allowed]):
        return Judgement(0.0, f"changed {', '.join(wrong)[:80]}, which it was not to", measures)
    outcome = programs.run(after, str(prompt.reference["tests"]))
    return Judgement(float(outcome.passed), outcome.reason, measures)
