"""Describes where a workspace's files come from, and tells which of them hold tests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Protocol

__all__ = ["Folder", "Source", "is_test"]


class Source(Protocol):
    """Says where a workspace's files are copied from, and what they are called."""

    @property
    def name(self) -> str: ...

    @property
    def package(self) -> str:
        """Return the importable package that the files belong to, or nothing."""
        ...

    @property
    def source(self) -> str:
        """Return the name and version of the code."""
        ...

    def root(self) -> Path:
        """Return the folder that relative paths start from."""
        ...

    def files(self) -> list[str]:
        """List the relative paths of the files that tools see."""
        ...

    def support(self) -> list[str]:
        """List the relative paths of files that programs need and tools do not see."""
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """All files of a folder as a workspace's source."""

    path: Path
    name: str = "files"
    package: str = ""
    source: str = "files"

    def root(self) -> Path:
        return self.path

    def files(self) -> list[str]:
        return sorted(path.relative_to(self.path).as_posix() for path in self.path.rglob("*") if path.is_file())

    def support(self) -> list[str]:
        return []


@lru_cache(maxsize=1 << 16)  # asked of every file for every function that is drawn
def is_test(path: str) -> bool:
    """Tell whether a file holds tests, by where it is or what it is called."""
    name = PurePosixPath(path)
    return (
        "tests" in name.parts[:-1]
        or "test" in name.parts[:-1]
        or name.name.startswith("test_")
        or name.name == "conftest.py"
        or name.stem.endswith(("_test", ".test", ".spec"))
    )
