"""Streams a repository's history out of three git processes, however long it is, in constant memory.

`git log` names the commits and the files they touch; of those wanted, `git diff-tree --stdin` makes the patch and
`git cat-file --batch` gives the files as they were before. The formats are those of git-log(1), git-diff-tree(1) and
git-cat-file(1). The two are asked for a few commits ahead, so that all three work at once.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import IO

from vibecoder.errors import DataError
from vibecoder_datasets.importers.git.repo import LARGEST, Repository, environment, said

__all__ = ["Blobs", "Change", "Commit", "Patches", "commits", "note_renames", "running"]

_CHUNK = 1 << 16
_END = b"end\n"
_FORMAT = "--format=%H%x00%P%x00%an%x00%B%x00"
_SIMILAR = ("-M", "-l10")
"""Renames are followed; commits with more than ten of them are too large for us anyway."""


@dataclass(frozen=True, slots=True)
class Change:
    """Describes a file that a commit touches: git's `status` letter, modes and blob ids, the path before and after."""

    status: str
    modes: tuple[str, str]
    blobs: tuple[str, str]
    old: bytes
    new: bytes

    @property
    def is_submodule(self) -> bool:
        return "160000" in self.modes

    @property
    def is_link(self) -> bool:
        return "120000" in self.modes


@dataclass(frozen=True, slots=True)
class Commit:
    """Describes a commit without its patch: its hash and its parents', author and message as bytes, what it changes.

    A merge has no changes here.
    """

    sha: str
    parents: tuple[str, ...]
    author: bytes
    message: bytes
    changes: tuple[Change, ...]


def note_renames(changes: Sequence[Change], newest: dict[str, str]) -> None:
    """Learn the present paths of files that a commit renames, where commits come newest first."""
    for change in changes:
        if change.status == "R":
            old, new = (name.decode("utf-8", "replace") for name in (change.old, change.new))
            newest[old] = newest.get(new, new)


class _EndedEarlyError(Exception):
    """Raised when a process ended before it had answered; its `running` says why."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__()
        self.process = process


@contextmanager
def running(repo: Repository, *arguments: str, writes: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a git process to read from, and to write to if `writes`; ended when the block is.

    Raises:
        DataError: it ended with an error, whatever the block had read.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            repo.command(*arguments), stdout=subprocess.PIPE, stderr=errors, env=environment(), bufsize=1 << 17,
            stdin=subprocess.PIPE if writes else subprocess.DEVNULL,
        )  # fmt: skip
        try:
            try:
                yield process
            except _EndedEarlyError as error:
                if error.process is not process:
                    raise
                process.wait()
                raise _stopped(repo, arguments[0], errors) from error
            if process.stdin:
                process.stdin.close()
            assert process.stdout
            if not process.stdout.read(1) and process.wait():
                raise _stopped(repo, arguments[0], errors)
        finally:
            if process.poll() is None:
                process.kill()
            with ExitStack() as stack:
                for pipe in (process.stdin, process.stdout):
                    if pipe:
                        stack.callback(_quietly_close, pipe)
            process.wait()


def commits(repo: Repository) -> Iterator[Commit]:
    """Yield all commits from the repository's head backwards, merges too.

    Raises:
        DataError: git stopped before the end, because the repository is damaged for instance.
    """
    arguments = ("log", "-z", "--raw", "--no-abbrev", "--no-color", "--no-show-signature", "--no-mailmap",
                 "--diff-merges=off", "--encoding=UTF-8", "--ignore-submodules=none", "--no-textconv",
                 "--no-ext-diff", *_SIMILAR, _FORMAT, repo.head, "--")  # fmt: skip
    with running(repo, *arguments) as process:
        assert process.stdout
        fields = _fields(process.stdout)
        sha = next(fields, b"")
        while sha:
            parents, author, message = (next(fields, b"") for _ in range(3))
            changes: list[Change] = []
            after = next(fields, b"") or next(fields, b"")  # the format ends with an empty field
            while after.lstrip(b"\n").startswith(b":"):
                old_mode, new_mode, old, new, status = after.lstrip(b"\n:").decode("ascii").split(" ")
                path = next(fields, b"")
                target = next(fields, b"") if status[0] in "RC" else path
                changes.append(Change(status[0], (old_mode, new_mode), (old, new), path, target))
                after = next(fields, b"")
            yield Commit(sha.decode(), tuple(parents.decode().split()), author, message, tuple(changes))
            sha = after


def _fields(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what stands between NULs; one of over 1 MiB is cut."""
    rest = b""
    while chunk := stream.read1(_CHUNK):  # type: ignore[attr-defined]
        *fields, rest = (rest + chunk).split(b"\0")
        yield from fields
        if len(rest) > LARGEST:
            rest = rest[:LARGEST]
    if rest:
        yield rest


@dataclass(frozen=True, slots=True)
class Patches:
    """Reads the patches of commits, asked for ahead, in the same order."""

    process: subprocess.Popen[bytes]

    @classmethod
    @contextmanager
    def of(cls, repo: Repository) -> Iterator[Patches]:
        """Start a process that makes them: minimal diffs with three lines of context, renames followed."""
        arguments = ("diff-tree", "--stdin", "-r", "-p", "-U3", "--minimal", "--full-index", "--src-prefix=a/",
                     "--dst-prefix=b/", "--no-textconv", "--no-ext-diff", "--no-color", *_SIMILAR)  # fmt: skip
        with running(repo, *arguments, writes=True) as process:
            yield cls(process)

    def ask(self, shas: Sequence[str]) -> None:
        """Ask for commits' patches; git echoes a line that is no hash, which ends each answer."""
        _send(self.process, b"".join(sha.encode() + b"\n" + _END for sha in shas))

    def read(self) -> list[bytes]:
        """Read the lines of the next patch, without the line that names the commit."""
        lines: list[bytes] = []
        answer = _answer(self.process)
        while (line := answer.readline()) != _END:
            if not line:
                raise _EndedEarlyError(self.process)
            lines.append(line)
        return lines[1:]


@dataclass(frozen=True, slots=True)
class Blobs:
    """Reads the contents of blobs, asked for ahead, in the same order."""

    process: subprocess.Popen[bytes]

    @classmethod
    @contextmanager
    def of(cls, repo: Repository) -> Iterator[Blobs]:
        """Start a process that gives them."""
        with running(repo, "cat-file", "--batch", writes=True) as process:
            yield cls(process)

    def ask(self, blobs: Sequence[str]) -> None:
        """Ask for blobs by their ids."""
        _send(self.process, "".join(f"{blob}\n" for blob in blobs).encode())

    def read(self) -> bytes | None:
        """Read the next blob; None if the repository lacks it or it is over 1 MiB."""
        answer = _answer(self.process)
        header = answer.readline().split()
        if not header:
            raise _EndedEarlyError(self.process)
        if header[-1] == b"missing":
            return None
        size = int(header[-1])
        if size <= LARGEST:
            return answer.read(size + 1)[:-1]
        left = size + 1
        while left:
            left -= len(answer.read(min(left, _CHUNK)))
        return None


def _stopped(repo: Repository, command: str, errors: IO[bytes]) -> DataError:
    errors.seek(0)
    reason = said(errors.read())
    if "promisor" in reason:
        return DataError(f"{repo.folder} is a partial clone that lacks old files; clone it again without --filter")
    return DataError(f"git {command} stopped in {repo.folder}: {reason}; try `git fsck`")


def _answer(process: subprocess.Popen[bytes]) -> IO[bytes]:
    """Return the pipe that a process answers on."""
    assert process.stdout
    return process.stdout


def _send(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin
    try:
        process.stdin.write(data)
        process.stdin.flush()
    except BrokenPipeError as error:
        raise _EndedEarlyError(process) from error


def _quietly_close(pipe: IO[bytes]) -> None:
    with suppress(OSError):  # what was not written yet has nowhere to go
        pipe.close()
