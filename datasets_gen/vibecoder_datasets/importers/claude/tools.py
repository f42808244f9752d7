"""Calls of Claude Code's tools under our names, and their results as our tools would give them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from vibecoder_datasets.importers.claude.log import Call, Result
from vibecoder_datasets.tools.toolsets import schema

__all__ = ["OFFERED", "Paths", "is_bookkeeping", "offered", "translated"]

OFFERED = ("read_file", "grep", "glob", "list_files", "edit_file", "write_file", "bash")
"""Our tools that every conversation offers, so that all share their first tokens."""
_BOOKKEEPING = frozenset(
    ("TodoWrite", "TodoRead", "TaskCreate", "TaskUpdate", "TaskList", "TaskGet", "ExitPlanMode", "EnterPlanMode",
     "AskUserQuestion", "Skill", "SlashCommand", "ToolSearch", "exit_plan_mode")
)  # fmt: skip
_NUMBERED = re.compile(r"^ *(\d+)(?:→|\t)(.*)$")
_KINDS = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}


class Paths:
    """Makes paths relative to the session's working folder and takes the home folder's name out of texts."""

    def __init__(self, cwd: str) -> None:
        self._cwd = cwd.rstrip("/\\")
        self._home = re.compile(r"(?:/home|/Users|[A-Za-z]:\\+Users)[/\\]+[^/\\\s'\":]+")

    def relative(self, path: str) -> str:
        """The path from the working folder, or from `~`."""
        if self._cwd and path == self._cwd:
            return "."
        return self.text(path)

    def text(self, text: str) -> str:
        """The text with paths below the working folder relative to it."""
        if self._cwd:
            text = text.replace(f"{self._cwd}/", "").replace(f"{self._cwd}\\", "")
            text = re.sub(rf"{re.escape(self._cwd)}(?![\w.-])", ".", text)
        return self._home.sub("~", text)


def is_bookkeeping(name: str) -> bool:
    """Whether a tool only keeps the agent's own lists: such calls are left out."""
    return name in _BOOKKEEPING


def translated(call: Call, result: Result, paths: Paths) -> tuple[str, dict[str, Any], str]:
    """Our tool's name, its arguments, and the result as text."""
    given = _cleaned(call.input, paths)
    text = paths.text(result.text)
    name, arguments = _call(call.name, given)
    if result.is_error:
        return name, arguments, text
    if name == "read_file":
        return name, arguments, _unnumbered(text)
    if name == "edit_file":
        return name, arguments, f"edited {arguments['path']}"
    if name == "write_file":
        verb = "created" if "created" in text else "replaced"
        return name, arguments, f"{verb} {arguments['path']} ({len(arguments['content'].splitlines())} lines)"
    return name, arguments, text


def offered(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[dict[str, Any], ...]:
    """The schemas of our tools, then of the others that were called, as their arguments show them."""
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


def _cleaned(value: Any, paths: Paths) -> Any:
    if isinstance(value, str):
        return paths.relative(value)
    if isinstance(value, Mapping):
        return {str(key): _cleaned(item, paths) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item, paths) for item in value]
    return value


def _unnumbered(text: str) -> str:
    """A file without the line numbers put before its lines, if all of them have one."""
    lines = [_NUMBERED.match(line) for line in text.split("\n")]
    return "\n".join(match[2] for match in lines if match) if lines and all(lines) else text
