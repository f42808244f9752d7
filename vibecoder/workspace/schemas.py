"""The JSON schemas of the tools, and the few fixed sets of them that rows, evaluation and servers offer.

A model is tuned on these words; what offers it tools takes them from here. Rows of one set share their first tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["SCHEMAS", "SETS", "function", "schema", "schemas"]

_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}


def function(name: str, description: str, properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Build the schema of one function in OpenAI's form; all parameters are required where `required` is empty."""
    parameters = {"type": "object", "properties": properties, "required": list(required or properties)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


SCHEMAS = {
    tool["function"]["name"]: tool
    for tool in (
        function("read_file", "Read lines of a file.", {"path": _TEXT, "start": _NUMBER, "end": _NUMBER}, ("path",)),
        function("grep", "Search text with a regular expression.", {"pattern": _TEXT, "path": _TEXT}, ("pattern",)),
        function("glob", "Find files by a path pattern.", {"pattern": _TEXT}),
        function("list_files", "List a folder.", {"path": _TEXT}),
        function("edit_file", "Replace text that occurs once.", {"path": _TEXT, "old": _TEXT, "new": _TEXT}),
        function("write_file", "Create or replace a file.", {"path": _TEXT, "content": _TEXT}),
        function("run_tests", "Run a test file.", {"path": _TEXT}),
        function("run_python", "Run Python code.", {"code": _TEXT}),
        function("index", "Count what a folder holds.", {"path": _TEXT}),
        function("definition", "Find where a name is defined.", {"name": _TEXT}),
        function("references", "Find where a name is used.", {"name": _TEXT}),
        function("functions", "List the functions of a file.", {"path": _TEXT}),
        function("classes", "List the classes of a file.", {"path": _TEXT}),
        function("stats", "Measure a file or folder.", {"path": _TEXT}),
        function("measure", "Measure a function.", {"path": _TEXT, "name": _TEXT}),
        function("bash", "Run a command that reads, builds or tests.", {"command": _TEXT}),
    )
}
"""Every tool by its name. The masks of rows are drawn in this order, so a new tool changes them."""

SETS: dict[str, tuple[str, ...]] = {
    "look": ("read_file", "grep", "glob", "list_files"),
    "change": ("read_file", "edit_file", "write_file", "run_tests"),
    "run": ("read_file", "grep", "run_tests", "run_python"),
    "navigate": ("index", "definition", "references", "functions", "classes", "stats"),
    "explore": ("read_file", "grep", "definition", "references", "functions"),
    "repair": ("read_file", "definition", "edit_file", "write_file", "run_tests"),
    "rework": ("read_file", "definition", "references", "edit_file", "run_tests"),
    "trial": ("read_file", "definition", "references", "run_tests", "run_python"),
    "shell": ("read_file", "edit_file", "write_file", "bash"),
    "craft": ("read_file", "measure", "edit_file", "run_tests"),
    "forge": ("read_file", "measure", "edit_file", "bash"),
    "atlas": ("read_file", "grep", "index", "definition", "references", "functions", "classes", "stats"),
}


def schema(name: str) -> dict[str, Any]:
    """Return the schema of one tool."""
    return SCHEMAS[name]


def schemas(names: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """Return the schemas of several tools in their order."""
    return tuple(map(schema, names))
