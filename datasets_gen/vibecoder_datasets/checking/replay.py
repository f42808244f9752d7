"""Prove a row's results: run its calls again and compare."""

from __future__ import annotations

from vibecoder.types import Example
from vibecoder.workspace.files import Workspace
from vibecoder.workspace.tools.by_name import run_tool
from vibecoder_datasets.material.masks import unmask

__all__ = ["differences"]


def differences(row: Example, workspace: Workspace) -> list[str]:
    """Run every call of a row again in a workspace of its project, and return where a result is not the stored one."""
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
