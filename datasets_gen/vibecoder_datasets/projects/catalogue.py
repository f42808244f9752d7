"""Lists the code that rows are built on: installed packages with tests, small projects of ours, your own repository."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path, PurePosixPath

from vibecoder.errors import DataError
from vibecoder.workspace.files import Workspace

__all__ = ["PROJECTS", "PYTHON", "REPO", "RESERVES", "Project", "opened", "project", "repository"]

REPO = "repo"
"""The name of the project that a repository given by the user becomes."""
_LARGEST = 512 * 1024
_IGNORED = ("__pycache__", ".git", "node_modules", "target")


@dataclass(frozen=True, slots=True)
class Project:
    """Says where files come from: an installed `package`, the user's `repo`, else the folder `name` of this package.

    Of a package, the `folders` are shown; the rest of it is there to be imported. `weight` is its part of the rows that
    are spread over several projects.
    """

    name: str
    package: str = ""
    folders: tuple[str, ...] = ()
    weight: int = 1
    repo: Path | None = None

    @property
    def source(self) -> str:
        """The name and version that go into a row's provenance."""
        if self.repo:
            commit = _git(self.repo, "rev-parse", "--short=12", "HEAD").strip()
            changed = _git(self.repo, "status", "--porcelain", "--", "*.py").strip()
            return f"{self.repo.name} {commit}{' with changes' if changed else ''}"
        return f"{self.package} {metadata.version(self.package)}" if self.package else f"vibecoder {self.name}"

    @property
    def digest(self) -> str:
        """What changes when the files do."""
        if not self.repo and self.package:
            return self.source
        root, found = self.root(), hashlib.sha256()
        for path in self.files():
            found.update(path.encode() + b"\0" + (root / path).read_bytes() + b"\0")
        return found.hexdigest()[:16]

    @property
    def is_python(self) -> bool:
        return self.name != "native"

    def root(self) -> Path:
        """Return the folder that relative paths start from.

        Raises:
            DataError: the package is not installed.
        """
        if self.repo:
            return self.repo
        if not self.package:
            return Path(__file__).parent / self.name
        spec = importlib.util.find_spec(self.package)
        if spec is None or spec.origin is None:
            raise DataError(
                f"{self.package} is not installed, and rows are built from its code; pip install 'vibecoder[datasets]'"
            )
        return Path(spec.origin).parents[1]

    def files(self, unfit: bool = False) -> list[str]:
        """List the files to work on, tests included, by sorted relative paths; no links and nothing of over 512 KiB.

        A package's tests that take long or do not pass as they are (`unfit_tests.txt`, made by scripts/unfit_tests.py)
        are left out, if not `unfit`.
        """
        root, left_out = self.root(), frozenset() if unfit or self.repo else _unfit_tests()
        if self.repo:
            listed = _git(self.repo, "ls-files", "-z", "--", "*.py").split("\0")
        else:
            pattern = "*.py" if self.is_python else "*"
            folders = self.folders or (self.package or ".",)
            listed = [path.relative_to(root).as_posix() for name in folders for path in (root / name).rglob(pattern)]
        return sorted(path for path in set(listed) - left_out if path and _is_usable(root, path))

    def support(self) -> list[str]:
        """List the files a package needs to be imported that are not among `files`; tests are left out."""
        if not self.package:
            return []
        root, shown = self.root(), set(self.files())
        found = (path.relative_to(root).as_posix() for path in (root / self.package).rglob("*.py"))
        return sorted(path for path in found if path not in shown and "/tests/" not in path)


PROJECTS = {
    project.name: project
    for project in (
        Project("samples"),
        Project("networkx", "networkx", tuple(f"networkx/{name}" for name in ("algorithms", "generators", "utils")), 6),
        Project(
            "sympy",
            "sympy",
            tuple(
                f"sympy/{name}"
                for name in ("calculus", "concrete", "discrete", "ntheory", "sets", "utilities", "unify")
            ),
            2,
        ),
        Project("toolz", "toolz"),
        Project("mpmath", "mpmath", weight=2),
        Project("native"),
        Project(
            "networkx-more", "networkx", tuple(f"networkx/{name}" for name in ("classes", "linalg", "readwrite")), 0
        ),
        Project("sympy-more", "sympy", tuple(f"sympy/{name}" for name in ("combinatorics", "logic", "strategies")), 0),
    )
}
PYTHON = tuple(name for name, found in PROJECTS.items() if found.is_python and found.weight)
RESERVES = ("networkx-more", "sympy-more")
"""The projects that rows are built on, in turn, once the material of the others is used up."""


@lru_cache(maxsize=1)
def _unfit_tests() -> frozenset[str]:
    return frozenset(Path(__file__).with_name("unfit_tests.txt").read_text(encoding="utf-8").split())


def repository(path: Path) -> Project:
    """Return the git repository at `path` as a project.

    Raises:
        DataError: there is none, or it tracks no Python file.
    """
    if not path.is_dir():
        raise DataError(f"no folder {path}; give --repo a git repository")
    try:
        top = Path(_git(path, "rev-parse", "--show-toplevel").rstrip("\n"))
        _git(top, "rev-parse", "--verify", "HEAD")
    except DataError as error:
        raise DataError(f"{path} is not a git repository with a commit; make one with `git init`") from error
    found = Project(REPO, weight=1, repo=top)
    if not found.files():
        raise DataError(f"{path} tracks no Python file; rows are built from .py files that git knows")
    return found


def project(name: str, repo: Path | None = None) -> Project:
    """Return the project called `name`; `repo` is the folder behind the one called `repo`."""
    if name == REPO and repo:
        return repository(repo)
    if name not in PROJECTS:
        raise DataError(f"no project {name}; rows of a repository need --repo PATH")
    return PROJECTS[name]


@contextmanager
def opened(name: str, repo: Path | None = None) -> Iterator[Workspace]:
    """Open a workspace with a fresh copy of the project called `name`, which is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="vibecoder-", ignore_cleanup_errors=True) as folder:
        yield Workspace(project(name, repo), Path(folder))


def _is_usable(root: Path, path: str) -> bool:
    if any(part in _IGNORED for part in PurePosixPath(path).parts) or not path.isprintable():
        return False
    found = root / path
    return found.is_file() and not found.is_symlink() and found.stat().st_size <= _LARGEST


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=True)
    except FileNotFoundError as error:
        raise DataError("git is not installed; install it, or leave --repo out") from error
    except subprocess.CalledProcessError as error:
        raise DataError(f"git {arguments[0]} failed in {folder}: {error.stderr.decode('utf-8', 'replace')}") from error
    return done.stdout.decode("utf-8", "surrogateescape")
