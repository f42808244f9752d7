"""The schemas of the tools, and the few fixed sets of them that rows offer, so that rows share their first tokens."""

from __future__ import annotations

from typing import Any

__all__ = ["SETS", "schema"]

_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}


def _function(
    name: str, description: str, properties: dict[str, Any], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(required or properties)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


_SCHEMAS = {
    tool["function"]["name"]: tool
    for tool in (
        _function("read_file", "Read lines of a file.", {"path": _TEXT, "start": _NUMBER, "end": _NUMBER}, ("path",)),
        _function("grep", "Search text with a regular expression.", {"pattern": _TEXT, "path": _TEXT}, ("pattern",)),
        _function("glob", "Find files by a path pattern.", {"pattern": _TEXT}),
        _function("list_files", "List a folder.", {"path": _TEXT}),
        _function("edit_file", "Replace text that occurs once.", {"path": _TEXT, "old": _TEXT, "new": _TEXT}),
        _function("write_file", "Create or replace a file.", {"path": _TEXT, "content": _TEXT}),
        _function("run_tests", "Run a test file.", {"path": _TEXT}),
        _function("run_python", "Run Python code.", {"code": _TEXT}),
        _function("index", "Count what a folder holds.", {"path": _TEXT}),
        _function("definition", "Find where a name is defined.", {"name": _TEXT}),
        _function("references", "Find where a name is used.", {"name": _TEXT}),
        _function("functions", "List the functions of a file.", {"path": _TEXT}),
        _function("classes", "List the classes of a file.", {"path": _TEXT}),
        _function("stats", "Measure a file or folder.", {"path": _TEXT}),
    )
}

SETS: dict[str, tuple[str, ...]] = {
    "look": ("read_file", "grep", "glob", "list_files"),
    "change": ("read_file", "edit_file", "write_file", "run_tests"),
    "run": ("read_file", "grep", "run_tests", "run_python"),
    "navigate": ("index", "definition", "references", "functions", "classes", "stats"),
    "explore": ("read_file", "grep", "definition", "references", "functions"),
}


def schema(name: str) -> dict[str, Any]:
    """The JSON schema of one tool in OpenAI's form."""
    return _SCHEMAS[name]
