"""Indexes the code of a workspace: its functions, classes, files and their split groups."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath

from vibecoder.workspace.files import ToolError, Workspace
from vibecoder.workspace.sources import is_test
from vibecoder.workspace.tools.definitions import Definition, definitions

__all__ = ["CodeIndex", "File", "Function"]

BUNDLE = 3


@dataclass(frozen=True, slots=True)
class Function:
    """Describes a function or class whose name is defined once in the project; lines are 1-based."""

    path: str
    name: str
    line: int
    end: int
    summary: str
    group: str
    is_class: bool


@dataclass(frozen=True, slots=True)
class File:
    path: str
    group: str
    lines: tuple[str, ...]
    functions: tuple[Function, ...]

    @property
    def folder(self) -> str:
        return PurePosixPath(self.path).parent.as_posix()


class CodeIndex:
    """Indexes every file of a workspace in split groups: three neighbours of a project, a sample and its test."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        workspace.reset()
        folders: dict[str, list[str]] = {}
        for path in workspace.files:
            if not path.endswith("__init__.py") and workspace.text(path).strip():
                folders.setdefault(str(PurePosixPath(path).parent), []).append(path)
        size = 1 if workspace.project.name == "samples" else BUNDLE
        self.group = {path: paths[at - at % size] for paths in folders.values() for at, path in enumerate(paths)}
        homes: dict[str, list[str]] = {}
        for path in self.group:
            homes.setdefault(PurePosixPath(path).name, []).append(path)
        for path in [path for path in self.group if is_test(path)]:
            tested = homes.get(PurePosixPath(path).name.removeprefix("test_"), ())
            around = PurePosixPath(path).parent.parent.as_posix()
            near = [other for other in tested if other != path and (around == "." or other.startswith(around))]
            self.group[path] = self.group[near[0]] if near else self.group[path]
        nodes = {path: self._nodes(path) for path in workspace.files}
        counts = Counter(node.name for found in nodes.values() for node in found)
        self.files = [self._file(path, nodes[path], counts) for path in self.group]
        self.code = [file for file in self.files if not is_test(file.path)]
        self.functions = [function for file in self.files for function in file.functions]
        self.by_name = {function.name: function for function in self.functions}

    def bundle(self, group: str) -> list[File]:
        """Return the files of one group."""
        return [file for file in self.files if file.group == group]

    def _nodes(self, path: str) -> list[Definition]:
        """Return the definitions of a file; none where it is not valid Python, as some that test a parser are not."""
        if not path.endswith(".py"):
            return []
        try:
            return list(definitions(self.workspace, path))
        except ToolError:
            return []

    def _file(self, path: str, nodes: list[Definition], counts: Counter[str]) -> File:
        found = tuple(
            Function(
                path,
                node.name,
                node.lineno,
                node.end_lineno or node.lineno,
                (ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " ").strip(),
                self.group[path],
                isinstance(node, ast.ClassDef),
            )
            for node in nodes
            if counts[node.name] == 1 and not node.name.startswith("_") and len(node.name) > 3
        )
        return File(path, self.group[path], tuple(self.workspace.text(path).splitlines()), found)
