"""Calls of Claude Code's tools under our names, and their results as our tools would give them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from vibecoder.workspace.schemas import schema
from vibecoder_datasets.importers.claude.blocks import Result
from vibecoder_datasets.importers.claude.paths import Paths
from vibecoder_datasets.importers.claude.turns import Call

__all__ = ["OFFERED", "is_blank", "is_bookkeeping", "offered", "translated"]

OFFERED = ("read_file", "grep", "glob", "list_files", "edit_file", "write_file", "bash")
"""Our tools that every conversation offers, so that all share their first tokens."""
_BOOKKEEPING = frozenset(
    ("TodoWrite", "TodoRead", "TaskCreate", "TaskUpdate", "TaskList", "TaskGet", "EnterPlanMode", "ToolSearch")
)
_CONTENTS = frozenset(
    (
        "content",
        "old_string",
        "new_string",
        "new_source",
        "file_text",
        "old_str",
        "new_str",
        "insert_text",
        "insertText",
    )
)
"""Arguments that hold the text of a file."""
_NUMBERED = re.compile(r"^ *(\d+)(?:→|\t)(.*)$")
_KINDS = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}


def is_bookkeeping(name: str) -> bool:
    """Tell whether a tool only keeps the agent's own lists: such calls are left out."""
    return name in _BOOKKEEPING


def translated(call: Call, result: Result, paths: Paths) -> tuple[str, dict[str, Any], str]:
    """Return our tool's name, its arguments, and the result as text."""
    given = _cleaned(call.input, paths)
    name, arguments = _call(call.name, given)
    if name == "read_file" and not result.is_error:
        return name, arguments, _unnumbered(paths.content(result.text))
    text = paths.text(result.text)
    if result.is_error:
        return name, arguments, text
    if name == "edit_file":
        return name, arguments, f"edited {arguments['path']}"
    if name == "write_file":
        verb = "created" if "created" in text else "replaced"
        return name, arguments, f"{verb} {arguments['path']} ({len(arguments['content'].splitlines())} lines)"
    return name, arguments, text


def offered(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[dict[str, Any], ...]:
    """Return the schemas of our tools, then of the others that were called, as their arguments show them."""
    others: dict[str, dict[str, Any]] = {}
    for name, arguments in calls:
        if name not in OFFERED:
            known = others.setdefault(name, {})
            known.update({key: {"type": _KINDS.get(type(value), "string")} for key, value in arguments.items()})
    made = [
        {"type": "function", "function": {"name": name, "description": f"{name.replace('_', ' ').capitalize()}.",
                                          "parameters": {"type": "object", "properties": dict(sorted(known.items()))}}}
        for name, known in sorted(others.items())
    ]  # fmt: skip
    return (*map(schema, OFFERED), *made)


def _call(name: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    path = given.get("file_path") or given.get("path")
    if name == "Read" and isinstance(path, str):
        lines: dict[str, Any] = {}
        start, count = given.get("offset"), given.get("limit")
        if isinstance(start, int) or isinstance(count, int):
            lines["start"] = start if isinstance(start, int) else 1
        if isinstance(count, int):
            lines["end"] = lines["start"] + count - 1
        return "read_file", {"path": path, **lines}
    is_one = name == "Edit" and not given.get("replace_all") and _has_texts(given, "old_string", "new_string")
    if is_one and isinstance(path, str):
        return "edit_file", {"path": path, "old": given["old_string"], "new": given["new_string"]}
    if name == "Write" and isinstance(path, str) and _has_texts(given, "content"):
        return "write_file", {"path": path, "content": given["content"]}
    if name == "Bash" and _has_texts(given, "command"):
        return "bash", {"command": given["command"]}
    if name == "Grep" and _has_texts(given, "pattern"):
        return "grep", {"pattern": given["pattern"], **({"path": path} if isinstance(path, str) else {})}
    if name == "Glob" and _has_texts(given, "pattern"):
        pattern = str(PurePosixPath(path) / given["pattern"]) if isinstance(path, str) else given["pattern"]
        return "glob", {"pattern": pattern}
    if name == "LS" and isinstance(path, str):
        return "list_files", {"path": path}
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower(), given


def _has_texts(given: Mapping[str, Any], *names: str) -> bool:
    return all(isinstance(given.get(name), str) for name in names)


def is_blank(call: Call, arguments: Mapping[str, Any]) -> bool:
    """Tell whether an edit changes nothing once names are taken out of its paths."""
    changes = call.input.get("old_string") != call.input.get("new_string")
    return call.name == "Edit" and changes and "old" in arguments and arguments["old"] == arguments["new"]


def _cleaned(value: Any, paths: Paths, key: str = "") -> Any:
    if isinstance(value, str):
        return paths.content(value) if key in _CONTENTS else paths.relative(value)
    if isinstance(value, Mapping):
        return {str(key): _cleaned(item, paths, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item, paths) for item in value]
    return value


def _unnumbered(text: str) -> str:
    """Return a file without the line numbers put before its lines, if all of them have one."""
    lines = [_NUMBERED.match(line) for line in text.split("\n")]
    return "\n".join(match[2] for match in lines if match) if lines and all(lines) else text
