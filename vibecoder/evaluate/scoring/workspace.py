"""Conversations in a workspace of files with the tools that rows teach; the state that one ends in is judged."""

from __future__ import annotations

import json
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vibecoder.errors import DataError
from vibecoder.types import Judgement, Prompt
from vibecoder.workspace import programs
from vibecoder.workspace.files import ToolError, Workspace
from vibecoder.workspace.schemas import schemas
from vibecoder.workspace.sources import Folder
from vibecoder.workspace.tools.by_name import TOOLS as ALL
from vibecoder.workspace.tools.by_name import run_tool

__all__ = ["TOOLS", "TURNS", "PromptWorkspace", "judge_workspace"]

TURNS = 6
"""Replies of the model before a conversation ends, whether it is done or not."""
_SHOWN = 4000
_FILES = 64


class PromptWorkspace:
    """A workspace with the files of one prompt, on the disk for as long as this lives.

    Raises:
        DataError: the prompt has files that cannot be written.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        folder = tempfile.mkdtemp(prefix="vibecoder-eval-")
        self._close = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        given = Path(folder) / "given"
        given.mkdir()
        if reason := programs.put(given, files):
            raise DataError(f"a prompt's workspace cannot be made: {reason}")
        self._workspace = Workspace(Folder(given), Path(folder))

    @property
    def files(self) -> dict[str, str]:
        """The texts of all files by their paths, as they are now."""
        return {path: self._workspace.text(path) for path in self._workspace.files}

    def call(self, name: str, arguments: Mapping[str, Any]) -> str:
        """Run a tool and return its result as text; what goes wrong is a result too."""
        result = run_tool(self._workspace, name, arguments, _TOOLS)
        return result if len(result) <= _SHOWN else f"{result[:_SHOWN]}\n..."


def judge_workspace(prompt: Prompt, reply: str) -> Judgement:
    """Judge the state in which a conversation left the workspace; `reply` is `{"files", "turns", "calls"}` as JSON.

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


def _run_script(workspace: Workspace, path: str) -> str:
    """Run a test file as a program, in a folder of its own: a prompt's tests need nothing to be installed."""
    text = workspace.text(path)
    outcome = programs.run({each: workspace.text(each) for each in workspace.files}, text, name=path)
    return "passed" if outcome.passed else f"failed: {outcome.reason}"


def _write_few(workspace: Workspace, path: str, content: str) -> str:
    """Write a file while there are not too many."""
    if len(workspace.files) >= _FILES and path not in workspace.files:
        raise ToolError(f"error: cannot write {path}: there are {_FILES} files already")
    return ALL["write_file"](workspace, path, content)


_TOOLS: Mapping[str, Callable[..., str]] = {
    "list_files": ALL["list_files"],
    "read_file": ALL["read_file"],
    "edit_file": ALL["edit_file"],
    "write_file": _write_few,
    "run_tests": _run_script,
}
TOOLS = schemas(tuple(_TOOLS))
