"""Opens a commit's files as a workspace where its tests can be run, without touching the repository's own checkout."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vibecoder.workspace.files import Workspace
from vibecoder_datasets.importers.fim.files import entries
from vibecoder_datasets.importers.git.paths import refusal
from vibecoder_datasets.importers.git.repo import Repository
from vibecoder_datasets.importers.git.stream import Blobs
from vibecoder_datasets.projects.catalogue import Project

__all__ = ["checked_out"]

_LARGEST = 512 << 10
_TOTAL = 256 << 20
_LEFT_OUT = ("binary", "vendored", "an odd name", "a symbolic link", "a submodule", "a name that is not UTF-8")


@dataclass(frozen=True, slots=True)
class _Checkout(Project):
    """Files in a folder of ours; none of them is a package that is installed."""

    folder: Path = Path()

    def root(self) -> Path:
        return self.folder

    def files(self, slow: bool = False) -> list[str]:
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(path.relative_to(self.folder).as_posix() for path in found)

    def support(self) -> list[str]:
        return []


@contextmanager
def checked_out(repo: Repository, blobs: Blobs, bytecode: Path | None = None) -> Iterator[Workspace]:
    """Yield a workspace with the files of the repository's head: no links, no binaries, nothing over 512 KiB.

    Several that share a folder for `bytecode` need not compile pytest each.
    """
    with tempfile.TemporaryDirectory(prefix="vibecoder-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch) / "commit"
        folder.mkdir()
        total = 0
        for entry in entries(repo, _LARGEST):
            total += entry.size
            if entry.reason in _LEFT_OUT or entry.size > _LARGEST or total > _TOTAL or ".." in entry.path.split("/"):
                continue
            blobs.ask([entry.blob])
            content = blobs.read()
            if content is not None and refusal(entry.path) != "binary":
                target = folder / PurePosixPath(entry.path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        (Path(scratch) / "work").mkdir()
        workspace = Workspace(_Checkout(repo.name, folder=folder), Path(scratch) / "work")
        workspace.bytecode = bytecode or workspace.bytecode
        yield workspace
