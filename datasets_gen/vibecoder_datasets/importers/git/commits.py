"""Commits with their patches and files before and after: read in blocks, filtered, and every patch checked exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from vibecoder.errors import DataError
from vibecoder_datasets.importers.git.messages import Intent, read_message
from vibecoder_datasets.importers.git.patch import FilePatch, PatchError, blob_id, read_patch
from vibecoder_datasets.importers.git.paths import language, looks_generated, refusal
from vibecoder_datasets.importers.git.python import PythonVersions
from vibecoder_datasets.importers.git.repo import Repository
from vibecoder_datasets.importers.git.stream import Blobs, Change, Commit, Patches, commits
from vibecoder_datasets.importers.git.syntax import parses

__all__ = ["Candidate", "Patched", "Reject", "patched"]

_BLOCK = 64
"""Commits that are asked for at once, while those before are read; what is asked of two blocks fits into a pipe."""
_NO_INTENT = Intent("", "")


class Reject(Exception):
    """Raised with the reason why a commit gives no row."""


@dataclass(frozen=True, slots=True)
class Patched:
    """Describes a file of an accepted commit: its path after, its bytes before and after, its patch.

    `checked` says whether it parses after; None where its language has no parser here.
    """

    path: str
    before: bytes
    after: bytes
    patch: FilePatch
    checked: bool | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Describes a commit at first sight: why it is left out, or its intent and which of its changes to keep."""

    commit: Commit
    reason: str = ""
    intent: Intent = _NO_INTENT
    kept: list[int] = field(default_factory=list)


def patched(repo: Repository, max_files: int, max_lines: int) -> Iterator[tuple[Candidate, list[Patched] | str]]:
    """Yield every commit with its files before and after, or the reason it is left out, newest first.

    Raises:
        DataError: git stopped; all commits before that were given.
    """
    with Patches.of(repo) as patches, Blobs.of(repo) as blobs:
        reader = _Reader(patches, blobs, max_lines)
        asked: list[Candidate] = []
        for block, stopped in _blocks(commits(repo)):
            ready, asked = asked, [_first_look(commit, max_files) for commit in block]
            reader.ask(asked)
            yield from map(reader.read, ready)
            if stopped:
                yield from map(reader.read, asked)
                raise stopped
        yield from map(reader.read, asked)


def _blocks(history: Iterator[Commit]) -> Iterator[tuple[list[Commit], DataError | None]]:
    """Commits in blocks; what stopped git comes with the last ones before it."""
    while True:
        block: list[Commit] = []
        try:
            for commit in islice(history, _BLOCK):
                block.append(commit)
        except DataError as error:
            yield block, error
            return
        if not block:
            return
        yield block, None


class _Reader:
    """Asks for what candidates need and reads the answers in the same order."""

    def __init__(self, patches: Patches, blobs: Blobs, max_lines: int) -> None:
        self._patches, self._blobs, self._max_lines = patches, blobs, max_lines
        self._python = PythonVersions()

    def ask(self, candidates: Sequence[Candidate]) -> None:
        wanted = [candidate for candidate in candidates if not candidate.reason]
        self._patches.ask([candidate.commit.sha for candidate in wanted])
        changes = [candidate.commit.changes[at] for candidate in wanted for at in candidate.kept]
        self._blobs.ask([change.blobs[0] for change in changes if change.status != "A"])

    def read(self, candidate: Candidate) -> tuple[Candidate, list[Patched] | str]:
        """Return all answers about a commit, whatever they are, then a look at them."""
        if candidate.reason:
            return candidate, candidate.reason
        changes = [candidate.commit.changes[at] for at in candidate.kept]
        lines = self._patches.read()
        before = [b"" if change.status == "A" else self._blobs.read() for change in changes]
        try:
            files = read_patch(lines)
            if len(files) != len(candidate.commit.changes):
                raise Reject("a change of type")
            return candidate, self._patched(changes, [files[at] for at in candidate.kept], before)
        except Reject as why:
            return candidate, str(why)
        except PatchError:
            return candidate, "a patch that does not apply"

    def _patched(
        self, changes: Sequence[Change], files: Sequence[FilePatch], before: Sequence[bytes | None]
    ) -> list[Patched]:
        if any(file.is_binary for file in files) or any(content is None for content in before):
            raise Reject("binary, or over 1 MiB")
        changed = sum(file.changed for file in files)
        if changed > self._max_lines:
            raise Reject(f"more than {self._max_lines} lines")
        if not any(file.hunks and change.status in "MR" for file, change in zip(files, changes, strict=True)):
            raise Reject("only modes or names")
        found = []
        for change, file, content in zip(changes, files, before, strict=True):
            assert content is not None
            after = file.apply(content)
            if change.status != "D" and blob_id(after, change.blobs[1]) != change.blobs[1]:
                raise Reject("a patch that does not apply")
            if looks_generated(content) or looks_generated(after):
                raise Reject("generated")
            path = (change.old if change.status == "D" else change.new).decode()
            checked = None if change.status == "D" else self._parses(path, after)
            if checked is False:
                raise Reject("a result that does not parse")
            found.append(Patched(path, content, after, file, checked))
        if all(map(_only_space, files)):
            raise Reject("only white space")
        return found

    def _parses(self, path: str, content: bytes) -> bool | None:
        return self._python.parses(content) if language(path) == "python" else parses(path, content)


def _first_look(commit: Commit, max_files: int) -> Candidate:
    """Return what can be told without the patch."""
    if len(commit.parents) != 1:
        return Candidate(commit, "a merge" if commit.parents else "no parent")
    if not commit.changes:
        return Candidate(commit, "no file changed")
    if len(commit.changes) > max_files:
        return Candidate(commit, f"more than {max_files} files")
    try:
        intent = read_message(commit.message.decode(), commit.author.decode("utf-8", "replace"))
    except UnicodeDecodeError:
        return Candidate(commit, "a message that is not UTF-8")
    if isinstance(intent, str):
        return Candidate(commit, intent)
    kept, reasons = [], []
    for at, change in enumerate(commit.changes):
        reason = _refusal(change)
        if reason:
            reasons.append(reason)
        else:
            kept.append(at)
    if not kept:
        return Candidate(commit, f"only files that are left out: {reasons[0]}")
    if all(commit.changes[at].status in "AD" for at in kept):
        return Candidate(commit, "only files that come or go")
    return Candidate(commit, "", intent, kept)


def _refusal(change: Change) -> str | None:
    if change.is_submodule:
        return "a submodule"
    if change.is_link:
        return "a symbolic link"
    try:
        return refusal(change.new.decode()) or refusal(change.old.decode())
    except UnicodeDecodeError:
        return "a name that is not UTF-8"


def _only_space(file: FilePatch) -> bool:
    """Tell whether a patch changes nothing but white space, file names aside."""
    return all(_joined(hunk.before) == _joined(hunk.after) for hunk in file.hunks)


def _joined(lines: Sequence[bytes]) -> bytes:
    return b"".join(b"".join(lines).split())
