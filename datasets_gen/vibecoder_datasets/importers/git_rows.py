"""`from-git`: commit-diff rows. A small commit's intent and its files before, answered by the patch and a reason."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from vibecoder.errors import DataError
from vibecoder.types import Example, Imported, ImportJob
from vibecoder_datasets.importers.git_excerpts import excerpt
from vibecoder_datasets.importers.git_messages import Intent, read_message
from vibecoder_datasets.importers.git_patch import FilePatch, PatchError, blob_id, read_patch
from vibecoder_datasets.importers.git_paths import looks_generated, refusal
from vibecoder_datasets.importers.git_repo import Repository, open_repository
from vibecoder_datasets.importers.git_stream import Blobs, Change, Commit, Patches, commits
from vibecoder_datasets.importers.git_syntax import parses

__all__ = ["SYSTEM", "Patched", "answer", "patched", "rows"]

SYSTEM = "You are a terse, patch-first coding assistant."
_AHEAD = 32
"""Commits asked for ahead of the one being read; 128 hashes and ends still fit into a pipe."""
_LONGEST = 60_000
"""Characters of an excerpt and of a patch beyond which no model of ours reads a row."""


_NO_INTENT = Intent("", "")


@dataclass(frozen=True, slots=True)
class Patched:
    """A file of an accepted commit: its path after, its bytes before and after, and its patch."""

    path: str
    before: bytes
    after: bytes
    patch: FilePatch
    checked: bool | None


@dataclass(slots=True)
class _Wanted:
    """A commit on its way through the pipes: why it is left out, or its intent and which of its changes are kept."""

    commit: Commit
    reason: str = ""
    intent: Intent = _NO_INTENT
    kept: list[int] = field(default_factory=list)


class _Reject(Exception):
    """Why a commit gives no row."""


def rows(job: ImportJob) -> Iterator[Imported]:
    """One `Imported` a commit, newest first.

    Raises:
        DataError: there is no repository or no commit, or git stopped.
    """
    repo = open_repository(job.source, job.options.get("rev"))
    notes = _notes(repo)
    newest: dict[str, str] = {}
    for wanted, result in patched(repo, int(job.options["max_files"]), int(job.options["max_lines"])):
        for change in wanted.commit.changes:
            if change.status == "R":
                old, new = (name.decode("utf-8", "replace") for name in (change.old, change.new))
                newest[old] = newest.get(new, new)
        try:
            if isinstance(result, str):
                raise _Reject(result)
            yield Imported([_row(repo, wanted, result, newest)], notes=notes)
        except UnicodeDecodeError:
            yield Imported(skipped={"a file that is not UTF-8": 1}, notes=notes)
        except _Reject as why:
            yield Imported(skipped={str(why): 1}, notes=notes)
        notes = []


def patched(repo: Repository, max_files: int, max_lines: int) -> Iterator[tuple[_Wanted, list[Patched] | str]]:
    """Every commit with its files before and after, or the reason it is left out, newest first."""
    with Patches.of(repo) as patches, Blobs.of(repo) as blobs:
        ahead: deque[_Wanted] = deque()
        stopped: DataError | None = None
        try:
            for commit in commits(repo):
                wanted = _first_look(commit, max_files)
                ahead.append(wanted)
                if not wanted.reason:
                    patches.ask(commit.sha)
                    blobs.ask([commit.changes[at].blobs[0] for at in wanted.kept if commit.changes[at].status != "A"])
                if len(ahead) > _AHEAD:
                    yield _finish(ahead.popleft(), patches, blobs, max_lines)
        except DataError as error:  # what came before the damage is good
            stopped = error
        while ahead:
            yield _finish(ahead.popleft(), patches, blobs, max_lines)
        if stopped:
            raise stopped


def answer(diff: str, reason: str) -> str:
    """The assistant's reply: the patch in a fence that it does not hold itself, and one line."""
    fence = "```"
    while any(line[1:].startswith(fence) for line in diff.splitlines()):
        fence += "`"
    return f"{fence}diff\n{diff}{fence}\nReason: {reason}"


def _first_look(commit: Commit, max_files: int) -> _Wanted:
    """What can be told without the patch."""
    if len(commit.parents) != 1:
        return _Wanted(commit, "a merge" if commit.parents else "no parent")
    if not commit.changes:
        return _Wanted(commit, "no file changed")
    if len(commit.changes) > max_files:
        return _Wanted(commit, f"more than {max_files} files")
    try:
        intent = read_message(commit.message.decode(), commit.author.decode("utf-8", "replace"))
    except UnicodeDecodeError:
        return _Wanted(commit, "a message that is not UTF-8")
    if isinstance(intent, str):
        return _Wanted(commit, intent)
    kept, reasons = [], []
    for at, change in enumerate(commit.changes):
        reason = _refusal(change)
        if reason:
            reasons.append(reason)
        else:
            kept.append(at)
    if not kept:
        return _Wanted(commit, f"only files that are left out: {reasons[0]}")
    if all(commit.changes[at].status in "AD" for at in kept):
        return _Wanted(commit, "only files that come or go")
    return _Wanted(commit, "", intent, kept)


def _refusal(change: Change) -> str | None:
    if change.is_submodule:
        return "a submodule"
    if change.is_link:
        return "a symbolic link"
    try:
        return refusal(change.new.decode()) or refusal(change.old.decode())
    except UnicodeDecodeError:
        return "a name that is not UTF-8"


def _finish(wanted: _Wanted, patches: Patches, blobs: Blobs, max_lines: int) -> tuple[_Wanted, list[Patched] | str]:
    """Read the answers that were asked for, all of them whatever they are, and look at them."""
    if wanted.reason:
        return wanted, wanted.reason
    changes = [wanted.commit.changes[at] for at in wanted.kept]
    lines = patches.read()
    before = [b"" if change.status == "A" else blobs.read() for change in changes]
    try:
        files = read_patch(lines)
        if len(files) != len(wanted.commit.changes):
            raise _Reject("a change of type")
        return wanted, _patched(changes, [files[at] for at in wanted.kept], before, max_lines)
    except _Reject as why:
        return wanted, str(why)
    except PatchError:
        return wanted, "a patch that does not apply"


def _patched(
    changes: Sequence[Change], files: Sequence[FilePatch], before: Sequence[bytes | None], max_lines: int
) -> list[Patched]:
    if any(file.is_binary for file in files) or any(content is None for content in before):
        raise _Reject("binary, or over 1 MiB")
    changed = sum(file.changed for file in files)
    if changed > max_lines:
        raise _Reject(f"more than {max_lines} lines")
    if not any(file.hunks and change.status in "MR" for file, change in zip(files, changes, strict=True)):
        raise _Reject("only modes or names")
    found = []
    for change, file, content in zip(changes, files, before, strict=True):
        assert content is not None
        after = file.apply(content)
        if change.status != "D" and blob_id(after, change.blobs[1]) != change.blobs[1]:
            raise _Reject("a patch that does not apply")
        if looks_generated(content) or looks_generated(after):
            raise _Reject("generated")
        path = (change.old if change.status == "D" else change.new).decode()
        checked = None if change.status == "D" else parses(path, after)
        if checked is False:
            raise _Reject("a result that does not parse")
        found.append(Patched(path, content, after, file, checked))
    if all(b"".join(each.before.split()) == b"".join(each.after.split()) for each in found):
        raise _Reject("only white space")
    return found


def _row(repo: Repository, wanted: _Wanted, files: Sequence[Patched], newest: dict[str, str]) -> Example:
    diff = b"".join(file.patch.text() for file in files).decode()
    shown = "\n\n".join(excerpt(file.path, file.before, file.patch.hunks) for file in files)
    if len(diff) > _LONGEST or len(shown) > _LONGEST:
        raise _Reject("too long to be read")
    main = max(files, key=lambda file: (bool(file.before), file.patch.changed)).path
    return Example(
        messages=[
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": f"Commit intent: {wanted.intent.text}\n\n{shown}"},
            {"role": "assistant", "content": answer(diff, wanted.intent.reason or _what(wanted.intent, files))},
        ],
        category="commit-diff",
        subcategory=_kind(files),
        group=f"{repo.name}:{newest.get(main, main)}",
        verification="parsed" if all(file.checked is not None for file in files) else "imported",
        provenance={
            "importer": "git",
            "repository": repo.name,
            "commit": wanted.commit.sha,
            "parent": wanted.commit.parents[0],
        },
    )


def _what(intent: Intent, files: Sequence[Patched]) -> str:
    """A reason where the message gives none: the intent again, with what the patch does by count."""
    signs = Counter(line[:1] for file in files for hunk in file.patch.hunks for line in hunk.lines)
    names = " and ".join(PurePosixPath(file.path).name for file in files)
    return f"{intent.aim} (+{signs[b'+']} -{signs[b'-']} in {names})"


def _kind(files: Sequence[Patched]) -> str:
    """The language of the file with the most changes, by its ending."""
    return PurePosixPath(max(files, key=lambda file: file.patch.changed).path).suffix.removeprefix(".").lower()


def _notes(repo: Repository) -> list[str]:
    if not repo.shallow:
        return []
    return [f"{repo.name} is a shallow clone, part of its history is missing; `git fetch --unshallow` brings the rest"]
