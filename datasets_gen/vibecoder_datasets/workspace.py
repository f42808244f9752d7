"""A temporary copy of a real project that tools may read, change and run, and that can be put back as it was."""

from __future__ import annotations

import ast
import difflib
import importlib.util
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from vibecoder.errors import DataError

__all__ = ["PROJECTS", "Project", "ToolError", "Workspace", "opened"]


class ToolError(Exception):
    """A tool could not do what it was asked; the message is the tool's result."""


@dataclass(frozen=True, slots=True)
class Project:
    """Where the files come from: an installed `package`, or the samples of this package where it is empty."""

    name: str
    package: str = ""
    folders: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The name and version that go into a row's provenance."""
        return f"{self.package} {metadata.version(self.package)}" if self.package else "vibecoder samples"

    def root(self) -> Path:
        """The folder that relative paths start from.

        Raises:
            DataError: the package is not installed.
        """
        if not self.package:
            return Path(__file__).parent / "samples"
        spec = importlib.util.find_spec(self.package)
        if spec is None or spec.origin is None:
            raise DataError(
                f"{self.package} is not installed, and rows are built from its code; pip install {self.package}"
            )
        return Path(spec.origin).parents[1]

    def files(self) -> list[str]:
        """Relative paths of the project's Python files, sorted, without the tests of installed packages."""
        root = self.root()
        folders = self.folders or (".",)
        paths = {path.relative_to(root).as_posix() for folder in folders for path in (root / folder).rglob("*.py")}
        return sorted(path for path in paths if not (self.package and "/tests/" in path))


PROJECTS = {
    project.name: project
    for project in (
        Project("samples"),
        Project("networkx", "networkx", ("networkx/algorithms", "networkx/generators", "networkx/utils")),
        Project(
            "sympy",
            "sympy",
            tuple(
                f"sympy/{name}"
                for name in ("calculus", "concrete", "discrete", "ntheory", "sets", "utilities", "unify")
            ),
        ),
    )
}


class Workspace:
    """The copy, with its texts and syntax trees cached; `reset` undoes every change made through it."""

    def __init__(self, project: Project, root: Path) -> None:
        self.project = project
        self.root = root.resolve()
        self._original: dict[str, str] = {}
        self._changed: set[str] = set()
        self._trees: dict[str, ast.Module] = {}
        source = project.root()
        for path in project.files():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / path, target)
            self._original[path] = target.read_text(encoding="utf-8")
        self._texts = dict(self._original)

    @property
    def files(self) -> list[str]:
        return sorted(self._texts)

    @property
    def folders(self) -> list[str]:
        return sorted({parent.as_posix() for path in self._texts for parent in Path(path).parents} - {"."})

    def text(self, path: str) -> str:
        """The text of the file at a relative `path`.

        Raises:
            ToolError: there is no such file, or the path leaves the workspace.
        """
        if path not in self._texts:
            raise ToolError(self._missing(path))
        return self._texts[path]

    def tree(self, path: str) -> ast.Module:
        """The syntax tree of a file.

        Raises:
            ToolError: there is no such file, or it is not valid Python.
        """
        if path not in self._trees:
            try:
                self._trees[path] = ast.parse(self.text(path))
            except SyntaxError as error:
                raise ToolError(f"error: {path}:{error.lineno}: {error.msg}") from error
        return self._trees[path]

    def write(self, path: str, text: str) -> None:
        """Create or replace the file at a relative `path`.

        Raises:
            ToolError: the path leaves the workspace.
        """
        target = self.root / path
        if path.startswith("/") or not target.resolve().is_relative_to(self.root):
            raise ToolError(f"error: {path} is outside the project")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        self._texts[path] = text
        self._trees.pop(path, None)
        self._changed.add(path)

    def under(self, path: str | None) -> list[str]:
        """The files at or below `path`, all of them for None or `.`.

        Raises:
            ToolError: there is no such file or folder.
        """
        if path in (None, "", "."):
            return self.files
        name = str(path).rstrip("/")
        found = [file for file in self.files if file == name or file.startswith(name + "/")]
        if not found:
            raise ToolError(self._missing(name))
        return found

    def reset(self) -> None:
        """Put every file back as it was copied."""
        for path in sorted(self._changed):
            self._trees.pop(path, None)
            if path in self._original:
                (self.root / path).write_text(self._original[path], encoding="utf-8")
            else:
                (self.root / path).unlink()
        self._changed.clear()
        self._texts = dict(self._original)

    def _missing(self, path: str) -> str:
        near = nearest(path, [*self.files, *self.folders])
        return f"error: no such path: {path}" + (f"; similar: {near}" if near else "")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`: the same last part first, then the most letters in common; None if none is."""
    names = sorted(known)
    same = [other for other in names if other.rsplit("/", 1)[-1] == name.rsplit("/", 1)[-1]]
    found = difflib.get_close_matches(name, same or names, n=1, cutoff=0.3 if same else 0.7)
    return found[0] if found else None


@contextmanager
def opened(name: str) -> Iterator[Workspace]:
    """A workspace with a fresh copy of the project called `name`, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="vibecoder-") as folder:
        yield Workspace(PROJECTS[name], Path(folder))
