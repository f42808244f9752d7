"""Six tools that know Python: index, definition, references, functions, classes, stats; built on `ast` and jedi."""

from __future__ import annotations

import ast

from vibecoder.system.units import counted
from vibecoder.workspace.files import ToolError, Workspace, nearest
from vibecoder.workspace.tools.definitions import Definition, definitions
from vibecoder.workspace.tools.usages import find_uses, python_files

__all__ = ["classes", "definition", "functions", "index", "references", "stats"]

MAX_SHOWN = 8
MAX_WIDTH = 80


def index(workspace: Workspace, path: str) -> str:
    """Return how many files, functions and classes there are at or below `path`."""
    files = workspace.under(path)
    nodes = [node for file in files for node in definitions(workspace, file)]
    kinds = sum(isinstance(node, ast.ClassDef) for node in nodes)
    held = f"{counted(len(nodes) - kinds, 'function')}, {counted(kinds, 'class', 'classes')}"
    return f"indexed {counted(len(files), 'file')}: {held}"


def definition(workspace: Workspace, name: str) -> str:
    """Return where a function, method or class is defined, as `path:first-last signature`."""
    known: set[str] = set()
    found = []
    for file in python_files(workspace):
        for node in definitions(workspace, file):
            known.add(node.name)
            if node.name == name:
                found.append(f"{file}:{node.lineno}-{node.end_lineno} {signature(node)}")
    if not found:
        near = nearest(name, known)
        raise ToolError(f"error: no definition of {name}" + (f"; similar: {near}" if near else ""))
    return _limited(found)


def references(workspace: Workspace, name: str) -> str:
    """Return where a name is used in code (calls, attributes, imports), and how many attributes may be uses too.

    Comments, strings, its definition and look-alikes are no uses.
    """
    found, unclear = find_uses(workspace, name)
    more = f", {counted(unclear, 'unclear attribute')}" if unclear else ""
    if not found:
        return f"no references to {name}{more}"
    shown = [f"{file}:{line}:{_clip(workspace.text(file).splitlines()[line - 1].strip())}" for file, line in found]
    files = counted(len({file for file, _ in found}), "file")
    return "\n".join([_limited(shown), f"[{counted(len(found), 'reference')} in {files}{more}]"])


def functions(workspace: Workspace, path: str) -> str:
    """Return the functions and methods of a file with their lines."""
    nodes = [node for node in definitions(workspace, path) if not isinstance(node, ast.ClassDef)]
    if not nodes:
        return f"no functions in {path}"
    return "\n".join(
        [_limited([f"{node.lineno}: {signature(node)}" for node in nodes]), f"[{counted(len(nodes), 'function')}]"]
    )


def classes(workspace: Workspace, path: str) -> str:
    """Return the classes of a file with their lines."""
    nodes = [node for node in definitions(workspace, path) if isinstance(node, ast.ClassDef)]
    if not nodes:
        return f"no classes in {path}"
    shown = [f"{node.lineno}: {signature(node)}" for node in nodes]
    return "\n".join([_limited(shown), f"[{counted(len(nodes), 'class', 'classes')}]"])


def stats(workspace: Workspace, path: str) -> str:
    """Sizes of a file or folder: files, lines, functions, classes."""
    files = workspace.under(path)
    nodes = [node for file in files for node in definitions(workspace, file)]
    kinds = sum(isinstance(node, ast.ClassDef) for node in nodes)
    lines = sum(len(workspace.text(file).splitlines()) for file in files)
    return f"files {len(files)}, lines {lines}, functions {len(nodes) - kinds}, classes {kinds}"


def signature(node: Definition) -> str:
    """Return `def name(arguments)` or `class Name(Base)`."""
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(map(ast.unparse, node.bases))
        return _clip(f"class {node.name}({bases})" if bases else f"class {node.name}")
    return _clip(f"def {node.name}({ast.unparse(node.args)})")


def _limited(lines: list[str]) -> str:
    return "\n".join(lines if len(lines) <= MAX_SHOWN else [*lines[:MAX_SHOWN], "..."])


def _clip(text: str) -> str:
    return text if len(text) <= MAX_WIDTH else text[: MAX_WIDTH - 3] + "..."
