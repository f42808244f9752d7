"""Runs tools by their names: what a model's call gives, whether it was right or wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vibecoder.workspace.files import ToolError, Workspace
from vibecoder.workspace.schemas import SCHEMAS
from vibecoder.workspace.tools import measure as measuring
from vibecoder.workspace.tools import programs, python, text

__all__ = ["TOOLS", "run_tool"]

TOOLS: Mapping[str, Callable[..., str]] = {
    "read_file": text.read_file,
    "grep": text.grep,
    "glob": text.glob,
    "list_files": text.list_files,
    "edit_file": text.edit_file,
    "write_file": text.write_file,
    "run_tests": programs.run_tests,
    "run_python": programs.run_python,
    "bash": programs.bash,
    "index": python.index,
    "definition": python.definition,
    "references": python.references,
    "functions": python.functions,
    "classes": python.classes,
    "stats": python.stats,
    "measure": measuring.measure,
}
_TYPES = {"string": (str, "text"), "integer": (int, "a whole number")}


def run_tool(
    workspace: Workspace, name: str, arguments: Mapping[str, Any], tools: Mapping[str, Callable[..., str]] = TOOLS
) -> str:
    """Run one call of `tools` and return what the model reads; a failure is a result too and starts with `error:`."""
    if name not in tools:
        return f"error: no tool {name}"
    if reason := _misfit(name, arguments):
        return f"error: {reason}"
    try:
        return tools[name](workspace, **arguments)
    except ToolError as error:
        return str(error)


def _misfit(name: str, arguments: Mapping[str, Any]) -> str:
    """Find the first argument that is not as the tool's schema says, or return "" where none is."""
    parameters = SCHEMAS[name]["function"]["parameters"]
    for key in parameters["required"]:
        if key not in arguments:
            return f"{name} needs {key}"
    for key, value in arguments.items():
        if key not in parameters["properties"]:
            return f"{name} has no argument {key}"
        kind, words = _TYPES[parameters["properties"][key]["type"]]
        if not isinstance(value, kind) or isinstance(value, bool):
            return f"{key} of {name} is {words}"
    return ""
