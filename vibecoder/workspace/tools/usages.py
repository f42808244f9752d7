"""Tells true uses of a name from text that looks the same: by scope and imports, and by jedi where those do not say."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from vibecoder.workspace.files import ToolError, Workspace
from vibecoder.workspace.tools.scopes import Use, uses

__all__ = ["find_uses", "python_files"]

MOST_ASKED = 8
"""Doubtful uses of one name that jedi is asked about; it takes up to a second for the first in a file."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class _Target:
    """Holds what a name means in a project: where it is defined, and whether as a method or at the top of a file."""

    name: str
    places: frozenset[tuple[str, int]]
    is_top: bool
    is_method: bool


def find_uses(workspace: Workspace, name: str) -> tuple[list[tuple[str, int]], int]:
    """Return the certain uses of a function, method or class as (path, line), and how many attributes may be uses.

    Calls, attributes and imports count; comments, strings, longer names, the definition itself, local variables of the
    same name and names that other packages define do not. An attribute of that name on something unknown is a use of a
    method; whether it is one of a function cannot be told.
    """
    files = [path for path in python_files(workspace) if name in workspace.text(path)]
    target = _target(workspace, name, files)
    found, doubtful = set(), []
    for path in files:
        for use in uses(workspace.tree(path), name):
            verdict = _verdict(workspace, path, use, target)
            if verdict is None:
                doubtful.append((path, use))
            elif verdict:
                found.add((path, use.line))
    unclear = 0
    for path, use in doubtful:
        told = _told(workspace, path, use, target) if len(doubtful) <= MOST_ASKED else None
        if told or (told is None and target.is_method):
            found.add((path, use.line))
        unclear += told is None and not target.is_method
    return sorted(found), unclear


def python_files(workspace: Workspace) -> list[str]:
    """Return the files that are valid Python."""
    return [path for path in workspace.files if path.endswith(".py") and _is_valid(workspace, path)]


def _is_valid(workspace: Workspace, path: str) -> bool:
    try:
        workspace.tree(path)
    except ToolError:
        return False
    return True


def _target(workspace: Workspace, name: str, files: list[str]) -> _Target:
    places, is_top, is_method = set(), False, False
    for path in files:
        for node in workspace.tree(path).body:
            if isinstance(node, _DEFINITIONS) and node.name == name:
                places.add((path, node.lineno))
                is_top = True
            if isinstance(node, ast.ClassDef):
                inner = [child for child in node.body if isinstance(child, _DEFINITIONS) and child.name == name]
                places.update((path, child.lineno) for child in inner)
                is_method = is_method or bool(inner)
    return _Target(name, frozenset(places), is_top, is_method)


def _verdict(workspace: Workspace, path: str, use: Use, target: _Target) -> bool | None:
    """Tell whether a use is true as far as its file shows; None where it does not."""
    binding = use.binding
    if isinstance(use.node, ast.Attribute):
        if not isinstance(binding, ast.Import | ast.ImportFrom):
            return None
        module = _is_module(workspace, path, binding, use.receiver)
        return None if module is None else module and target.is_top
    match binding:
        case ast.ImportFrom():
            return target.is_top and _is_ours(workspace, binding)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return (path, binding.lineno) in target.places
        case None:
            return None if target.is_top else False
    return False


def _is_ours(workspace: Workspace, node: ast.ImportFrom) -> bool:
    """Tell whether something is imported from the project itself."""
    return bool(node.level) or (node.module or "").split(".")[0] in _roots(tuple(workspace.files))


def _is_module(
    workspace: Workspace, path: str, node: ast.Import | ast.ImportFrom, names: tuple[str, ...]
) -> bool | None:
    """Tell whether dotted names that begin with an imported one are a module of the project.

    None where it cannot be seen.

    What an imported module has under the name of a module of the project is taken to be that module.
    """
    first = names[0]
    if isinstance(node, ast.Import):
        roots = _roots(tuple(workspace.files))
        modules = [alias.name for alias in node.names if (alias.asname or alias.name.split(".")[0]) == first]
        if not any(module.split(".")[0] in roots for module in modules):
            return False
    elif not _is_ours(workspace, node):
        return False
    else:
        original = next((alias.name for alias in node.names if (alias.asname or alias.name) == first), first)
        parents = PurePosixPath(path).parents
        base = parents[min(node.level - 1, len(parents) - 1)] if node.level else PurePosixPath()
        file = (base / (node.module or "").replace(".", "/") / original).as_posix()
        if not {f"{file}.py", f"{file}/__init__.py"} & set(workspace.files):
            return None
    return True if set(names[1:]) <= _stems(tuple(workspace.files)) else None


@lru_cache(maxsize=16)
def _stems(files: tuple[str, ...]) -> frozenset[str]:
    """Return what the project's modules and packages are called."""
    return frozenset(part.removesuffix(".py") for path in files for part in path.split("/"))


@lru_cache(maxsize=16)
def _roots(files: tuple[str, ...]) -> frozenset[str]:
    """Return the first parts of what the project's modules are called."""
    return frozenset(path.split("/")[0].removesuffix(".py") for path in files)


def _told(workspace: Workspace, path: str, use: Use, target: _Target) -> bool | None:
    """Return what jedi says about one use; None where it does not know."""
    text = workspace.text(path).splitlines()[use.line - 1]
    column = len(text.encode()[: use.column].decode(errors="replace"))
    try:
        found = _script(workspace, path).goto(use.line, column, follow_imports=True)
    except Exception:  # jedi meets code it cannot follow, and says so in many ways
        return None
    places = [(Path(name.module_path), name.line) for name in found if name.module_path]
    if not places:
        return None
    return any(
        place.is_relative_to(workspace.root) and (place.relative_to(workspace.root).as_posix(), line) in target.places
        for place, line in places
    )


_SEEN: dict[Path, dict[str, str]] = {}


def _script(workspace: Workspace, path: str) -> Any:
    """Return a jedi script that sees this workspace and the standard library alone.

    What it caches goes with the workspace.
    """
    import jedi
    from parso.cache import parser_cache

    jedi.settings.cache_directory = str(workspace.scratch.parent / "jedi")
    texts = {file: workspace.text(file) for file in workspace.files}
    if _SEEN.setdefault(workspace.root, texts) != texts:
        parser_cache.clear()  # it tells files apart by time, and written ones all have the same
        _SEEN[workspace.root] = texts
    project = jedi.Project(workspace.root, sys_path=[str(workspace.root)], smart_sys_path=False)
    return jedi.Script(workspace.text(path), path=workspace.root / path, project=project)
