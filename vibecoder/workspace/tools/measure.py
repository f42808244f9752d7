"""The tool `measure`: how easy a function or class is to read, in Python, Rust, TypeScript and Go."""

from __future__ import annotations

from pathlib import PurePosixPath

from vibecoder.workspace.files import ToolError, Workspace
from vibecoder.workspace.metrics import native, python

__all__ = ["measure"]


def measure(workspace: Workspace, path: str, name: str) -> str:
    """Return lines, paths, levels and other numbers of a function or class.

    Raises:
        ToolError: there is no such file or name, or the file does not parse.
    """
    suffix = PurePosixPath(path).suffix
    if suffix == ".py":
        return python.of_python(workspace, path, name)
    if suffix in (".rs", ".ts", ".go"):
        return native.of_native(workspace, path, name)
    raise ToolError(f"error: cannot measure {path}; give a .py, .rs, .ts or .go file")
