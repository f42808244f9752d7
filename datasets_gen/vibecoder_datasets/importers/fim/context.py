"""Chooses the other files that a file to fill in is read with: those it imports, then those beside it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import PurePosixPath
from types import TracebackType

from vibecoder_datasets.importers.fim.files import Entry
from vibecoder_datasets.importers.git.paths import language
from vibecoder_datasets.importers.git.repo import Repository
from vibecoder_datasets.importers.git.stream import Blobs
from vibecoder_datasets.importers.git.syntax import python_tree

__all__ = ["Context"]

_LARGEST = 8192
"""Bytes of a file that is shown as context."""


class Context:
    """Chooses up to `count` files for each file; open only within its `with` block."""

    def __init__(self, repo: Repository, count: int, entries: Sequence[Entry]) -> None:
        self._repo, self._count = repo, count
        self._files = {entry.path: entry.blob for entry in entries if not entry.reason and entry.size <= _LARGEST}
        self._folders: dict[str, list[str]] = {}
        for path in self._files:
            self._folders.setdefault(str(PurePosixPath(path).parent), []).append(path)
        self._stack = ExitStack()
        self._blobs: Blobs | None = None

    def __enter__(self) -> Context:
        if self._count:
            self._blobs = self._stack.enter_context(Blobs.of(self._repo))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._stack.__exit__(kind, error, trace)

    def of(self, entry: Entry, text: str) -> tuple[Mapping[str, str], ...]:
        """Return `{"path", "text"}` of the files for this one."""
        if self._blobs is None:
            return ()
        found: list[Mapping[str, str]] = []
        for path in dict.fromkeys(self._near(entry.path, text)):
            if len(found) == self._count:
                break
            self._blobs.ask([self._files[path]])
            content = self._blobs.read()
            try:
                found.append({"path": path, "text": (content or b"").decode()})
            except UnicodeDecodeError:
                continue
        return tuple(found)

    def _near(self, path: str, text: str) -> Iterator[str]:
        folder = PurePosixPath(path).parent
        if language(path) == "python":
            for name in _imports(text, folder):
                for end in (f"{name}.py", f"{name}/__init__.py"):
                    yield from (other for other in self._ending(end) if other != path)
        yield from (other for other in self._folders.get(str(folder), ()) if other != path)

    def _ending(self, end: str) -> list[str]:
        """Return the file at this path or, where a source folder stands before it, the one that ends with it."""
        if end in self._files:
            return [end]
        return [path for path in self._files if path.endswith(f"/{end}")][:1]


def _imports(text: str, folder: PurePosixPath) -> Iterator[str]:
    """Yield paths without ending of the modules that a Python file imports, in order."""
    try:
        tree = python_tree(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.replace(".", "/") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = (node.module or "").replace(".", "/")
            if node.level:
                parents = [folder, *folder.parents]
                base = str(parents[min(node.level, len(parents)) - 1] / base)
            yield base.removeprefix("./")
            yield from (f"{base}/{alias.name}".removeprefix("./") for alias in node.names)
