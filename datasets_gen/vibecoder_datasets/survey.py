"""Facts about the code of a workspace that rows are built around: its functions, classes, files and their groups."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath

from vibecoder_datasets import powertools
from vibecoder_datasets.workspace import Workspace

__all__ = ["File", "Function", "Survey"]

BUNDLE = 3


@dataclass(frozen=True, slots=True)
class Function:
    """A function or class whose name is defined once in the project; lines are 1-based."""

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


class Survey:
    """Every file of a workspace, in split groups: three neighbours of an installed package, a sample and its test."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        folders: dict[str, list[str]] = {}
        for path in workspace.files:
            if not path.endswith("__init__.py") and workspace.text(path).strip():
                folders.setdefault(str(PurePosixPath(path).parent), []).append(path)
        size = BUNDLE if workspace.project.package else 1
        self.group = {path: paths[at - at % size] for paths in folders.values() for at, path in enumerate(paths)}
        for path in self.group:
            tested = [other for other in self.group if path == f"tests/test_{PurePosixPath(other).name}"]
            self.group[path] = tested[0] if tested else self.group[path]
        counts = Counter(node.name for path in workspace.files for node in powertools.definitions(workspace, path))
        self.files = [self._file(path, counts) for path in self.group]
        self.functions = [function for file in self.files for function in file.functions]

    def bundle(self, group: str) -> list[File]:
        """The files of one group."""
        return [file for file in self.files if file.group == group]

    def _file(self, path: str, counts: Counter[str]) -> File:
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
            for node in powertools.definitions(self.workspace, path)
            if counts[node.name] == 1 and not node.name.startswith("_") and len(node.name) > 3
        )
        return File(path, self.group[path], tuple(self.workspace.text(path).splitlines()), found)
