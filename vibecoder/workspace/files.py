"""Copies a project into a folder in which tools read, change and run it, and puts it back as it was."""

from __future__ import annotations

import ast
import difflib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from py_compile import PyCompileError, compile

from vibecoder.workspace.sources import Source, is_test

__all__ = ["ToolError", "Workspace", "nearest"]

_WRITTEN = 2_000_000_000
"""Modification times of written files, in seconds, count up from here, so that bytecode of earlier texts is stale."""


class ToolError(Exception):
    """Raised when a tool cannot do what it was asked; the message is the tool's result."""


class Workspace:
    """Copies a project to `folder / "project"`, with its texts and trees cached.

    `reset` undoes every change, a program's as well.

    Files that are not UTF-8 text are on the disk but no tool reads them. `scratch` is for temporary files of programs,
    `stopped` tells of the programs that had to be stopped since it was last cleared.
    """

    def __init__(self, project: Source, folder: Path) -> None:
        self.project = project
        self.root = folder.resolve() / "project"
        self.scratch = folder.resolve() / "scratch"
        self.bytecode = folder.resolve() / "bytecode"
        for made in (self.root, self.scratch, self.bytecode):
            made.mkdir()
        self._changed: set[str] = set()
        self._trees: dict[str, ast.Module] = {}
        self._ran = self._compiled = False
        self._written = _WRITTEN
        self.stopped: list[str] = []
        self._source = project.root()
        self._original: dict[str, str] = {}
        self._stamps: dict[str, tuple[int, ...]] = {}
        for path in project.files():
            self._put(path)
            text = _decoded((self.root / path).read_bytes())
            if text is not None:
                self._original[path] = text
        for path in project.support():
            self._put(path)
        self._texts = dict(self._original)
        self._stamps.update(self._walk())

    @property
    def files(self) -> list[str]:
        return sorted(self._texts)

    @property
    def tests(self) -> list[str]:
        """Return the files with tests."""
        return sorted(path for path in self._texts if is_test(path))

    @property
    def folders(self) -> list[str]:
        return sorted({parent.as_posix() for path in self._texts for parent in Path(path).parents} - {"."})

    @property
    def changed(self) -> frozenset[str]:
        """Return the paths that were written, made or removed since the copy was made.

        Those of folders end with a slash.
        """
        return frozenset(self._changed)

    def original(self, path: str) -> str | None:
        """Return the text of a file as it was copied; None where there was none."""
        return self._original.get(path)

    def now(self, path: str) -> str | None:
        """Return the text of a file as it is; None where there is none."""
        return self._texts.get(path)

    def text(self, path: str) -> str:
        """Return the text of the file at a relative `path`.

        Raises:
            ToolError: there is no such file, it is no text, or the path leaves the workspace.
        """
        if path not in self._texts:
            if path in self._stamps:
                raise ToolError(f"error: {path} is not UTF-8 text")
            raise ToolError(self._missing(path))
        return self._texts[path]

    def tree(self, path: str) -> ast.Module:
        """Return the syntax tree of a file.

        Raises:
            ToolError: there is no such file, or it is not valid Python.
        """
        if path not in self._trees:
            try:
                self._trees[path] = ast.parse(self.text(path))
            except SyntaxError as error:
                raise ToolError(f"error: {path}:{error.lineno}: {error.msg}") from error
            except (ValueError, RecursionError, MemoryError) as error:
                raise ToolError(f"error: {path}: too deeply nested to parse") from error
        return self._trees[path]

    def write(self, path: str, text: str) -> None:
        """Create or replace the file at a relative `path`.

        Raises:
            ToolError: the path leaves the workspace, or is that of a folder.
        """
        target = self.root / path
        if not self.holds(path):
            raise ToolError(f"error: {path} is outside the project")
        try:
            content = text.encode()
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        except OSError as error:
            raise ToolError(f"error: cannot write {path}: {error.strerror}") from error
        except UnicodeEncodeError as error:
            raise ToolError(f"error: cannot write {path}: it is no valid text") from error
        self._stale(target)
        self._texts[path] = text
        self._trees.pop(path, None)
        self._changed.add(path)

    def holds(self, path: str) -> bool:
        """Tell whether a path stays in the workspace, links followed."""
        try:
            return not path.startswith("/") and (self.root / path).resolve().is_relative_to(self.root)
        except (OSError, RuntimeError, ValueError):  # a loop of links, a name too long, a zero byte
            return False

    def under(self, path: str | None) -> list[str]:
        """Return the files at or below `path`, all of them for None or `.`.

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

    def before_run(self) -> None:
        """Called before a program runs: what was not changed is compiled once, so that it need not be each time."""
        self._ran = True
        if self._compiled:
            return
        self._compiled = True
        for path in self._stamps:
            if path.endswith(".py") and path not in self._changed:
                self._compile(path)

    def after_run(self) -> None:
        """Called after a program ran: takes over the text files it changed, made or deleted."""
        now = dict(self._walk())
        self._changed |= {path for path in {*self._stamps, *now} if now.get(path) != self._stamps.get(path)}
        for path in self._changed:
            text = self._read(path) if path in now else None
            if text != self._texts.get(path):
                self._trees.pop(path, None)
                self._texts.pop(path, None)
                if text is not None:
                    self._texts[path] = text
                    self._stale(self.root / path)

    def reset(self) -> None:
        """Put every file back as it was copied."""
        if self._ran:
            self.after_run()
            _remove(self.scratch)
            self.scratch.mkdir(exist_ok=True)
            self._ran = False
        if not self._changed:
            return
        for path in sorted(self._changed, reverse=True):  # what is in a folder before the folder
            self._trees.pop(path, None)
            _remove(self.root / path)
            parent = Path(path).parent
            while f"{parent}/" not in self._stamps and parent != Path("."):
                with suppress(OSError):  # not empty yet
                    (self.root / parent).rmdir()
                parent = parent.parent
        for path in sorted(self._changed & self._stamps.keys()):
            if path.endswith("/"):
                (self.root / path).mkdir(parents=True, exist_ok=True)
            else:
                self._put(path)
        self._changed.clear()
        self._texts = dict(self._original)

    def _stale(self, target: Path) -> None:
        """Give a changed file a time of its own, so that no bytecode of another text of it is taken for its own."""
        self._written += 1
        os.utime(target, (self._written, self._written))

    def _put(self, path: str) -> None:
        """Copy one file, and note its stamp."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(self._source / path, target)
        target.chmod(0o644)
        self._stamps[path] = _stamp(target.stat())

    def _read(self, path: str) -> str | None:
        """Return the text of a file as it is now; None for links, for what is no text and for more than 1 MiB."""
        target = self.root / path
        if target.is_symlink() or not target.is_file() or target.stat().st_size > 1 << 20:
            return None
        return _decoded(target.read_bytes())

    def _walk(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield every file, link and folder (with a slash at its end) and what changes with it."""
        pending = [str(self.root)]
        skip = len(pending[0]) + 1
        while pending:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                        yield entry.path[skip:] + "/", ()
                    else:
                        yield entry.path[skip:], _stamp(entry.stat(follow_symlinks=False))

    def _compile(self, path: str) -> None:
        """Bytecode of one file, the installed one where there is one, under the folder `bytecode`."""
        installed = Path(cache_from_source(str(self._source / path)))
        parent = self.bytecode / (self.root / path).parent.relative_to("/")
        target = parent / installed.name
        parent.mkdir(parents=True, exist_ok=True)
        if self.project.package and installed.is_file():
            shutil.copyfile(installed, target)  # holds the source's time, so a stale one is not used
            return
        try:
            compile(str(self.root / path), str(target), doraise=True)
        except (PyCompileError, ValueError, RecursionError, MemoryError):
            return

    def _missing(self, path: str) -> str:
        near = nearest(path, [*self.files, *self.folders])
        return f"error: no such path: {path}" + (f"; similar: {near}" if near else "")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`: the same last part first, then the most letters in common.

    None if none is.
    """
    names = sorted(known)
    same = [other for other in names if other.rsplit("/", 1)[-1] == name.rsplit("/", 1)[-1]]
    found = difflib.get_close_matches(name, same or names, n=1, cutoff=0.3 if same else 0.7)
    return found[0] if found else None


def _decoded(data: bytes) -> str | None:
    """Return the text in bytes; None where it is not UTF-8 or holds a zero byte."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    """Changes with any change of a file; unlike the modification time, that of the inode cannot be set by a program."""
    return status.st_ino, status.st_ctime_ns, status.st_mtime_ns, status.st_size, status.st_mode


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
