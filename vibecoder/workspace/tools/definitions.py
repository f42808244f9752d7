"""The functions and classes that a file defines."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vibecoder.workspace.files import Workspace

__all__ = ["Definition", "definitions"]


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def definitions(workspace: Workspace, path: str) -> Iterator[Definition]:
    """Yield the functions and classes of a file in order, methods included, local functions left out."""
    for node in workspace.tree(path).body:
        if isinstance(node, _DEFINITIONS):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (child for child in node.body if isinstance(child, _DEFINITIONS))
