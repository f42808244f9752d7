"""Proves a row: its calls fit their schemas, running them again gives the same results, its claims stand in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vibecoder.types import Example
from vibecoder_datasets.sandbox.workspace import Workspace
from vibecoder_datasets.tools.run import run_tool
from vibecoder_datasets.tools.toolsets import unmask

__all__ = ["differences", "invalid_calls", "unsupported"]

_TYPES: dict[str, type] = {"string": str, "integer": int}


def differences(row: Example, workspace: Workspace) -> list[str]:
    """Run every call of a row again, in a workspace of its project; what comes out otherwise than it is stored."""
    workspace.reset()
    for path, text in row.provenance.get("setup", {}).items():
        workspace.write(path, text)
    found = []
    pending: list[str] = []
    for message in row.messages:
        for call in message.get("tool_calls", ()):
            function = call["function"]
            name, arguments = unmask(row.provenance, function["name"], function["arguments"])
            pending.append(run_tool(workspace, name, arguments))
        if message["role"] == "tool":
            result = pending.pop(0) if pending else None
            if result != message["content"]:
                found.append(f"{message.get('name', 'a tool')} gave {result!r}, stored is {message['content']!r}")
    workspace.reset()
    return found


def invalid_calls(row: Example) -> list[str]:
    """Calls of tools that are not offered, and arguments that do not fit the tool's schema."""
    offered = {tool["function"]["name"]: tool["function"]["parameters"] for tool in row.tools}
    found = []
    for message in row.messages:
        for call in message.get("tool_calls", ()):
            name, arguments = call["function"]["name"], call["function"]["arguments"]
            if name not in offered:
                found.append(f"{name} is not offered")
            else:
                found += [f"{name}: {reason}" for reason in _misfits(arguments, offered[name])]
    return found


def unsupported(row: Example) -> list[str]:
    """Numbers and `quoted` pieces that the assistant states although nothing before them says so.

    Code in fences is a proposal and no statement; so is what is quoted in a turn that acts on it.
    """
    found = []
    seen = ""
    for message in row.messages:
        text = message["content"]
        given = [call["function"]["arguments"] for call in message.get("tool_calls", ())]
        if message["role"] == "assistant":
            said = re.sub(r"^\d\. |```.*?```", "", text, flags=re.MULTILINE | re.DOTALL)
            numbers = re.findall(r"(?<![\w.`])\d+(?![\w`])", re.sub(r"`[^`]*`", "", said))
            numbers = [number for number in numbers if f"Step {number}" not in said]
            quoted = [piece for piece in re.findall(r"`([^`\n]+)`", said) if not message.get("tool_calls")]
            found += [number for number in numbers if not re.search(rf"(?<!\d){number}(?!\d)", seen)]
            found += [piece for piece in quoted if piece not in seen and not _is_place(piece, seen)]
            seen += "".join(f"\n{name}: {value}" for arguments in given for name, value in arguments.items())
        seen += "\n" + text
    return found


def _is_place(piece: str, seen: str) -> bool:
    """`path:line` put together from a result."""
    path, _, line = piece.partition(":")
    return path in seen and line in seen


def _misfits(arguments: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[str]:
    properties = parameters["properties"]
    found = [f"{name} is missing" for name in parameters["required"] if name not in arguments]
    for name, value in arguments.items():
        if name not in properties:
            found.append(f"{name} is unknown")
        elif not isinstance(value, _TYPES[properties[name]["type"]]) or isinstance(value, bool):
            found.append(f"{name} should be a {properties[name]['type']}")
    return found
