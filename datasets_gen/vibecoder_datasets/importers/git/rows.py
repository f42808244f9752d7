"""Makes the rows of `from-git`: a small commit's intent and its files before, answered by the patch and a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from vibecoder.dataset.components import SHOWS
from vibecoder.types import Example, Imported, ImportJob
from vibecoder_datasets.importers.git.commits import Candidate, Patched, Reject, patched
from vibecoder_datasets.importers.git.excerpts import excerpt
from vibecoder_datasets.importers.git.messages import Intent
from vibecoder_datasets.importers.git.paths import language
from vibecoder_datasets.importers.git.repo import Repository, open_repository
from vibecoder_datasets.importers.git.stream import note_renames

__all__ = ["SYSTEM", "answer", "rows"]

SYSTEM = "You are a terse, patch-first coding assistant."
_LONGEST = 60_000
"""Characters of an excerpt and of a patch beyond which no model of ours reads a row."""


def rows(job: ImportJob) -> Iterator[Imported]:
    """Yield one `Imported` a commit, newest first.

    Raises:
        DataError: there is no repository or no commit, or git stopped.
    """
    repo = open_repository(job.source, job.options.get("rev"))
    notes = _notes(repo)
    newest: dict[str, str] = {}
    for wanted, result in patched(repo, int(job.options["max_files"]), int(job.options["max_lines"])):
        note_renames(wanted.commit.changes, newest)
        try:
            if isinstance(result, str):
                raise Reject(result)
            yield Imported([_row(repo, wanted, result, newest)], notes=notes)
        except UnicodeDecodeError:
            yield Imported(skipped={"a file that is not UTF-8": 1}, notes=notes)
        except Reject as why:
            yield Imported(skipped={str(why): 1}, notes=notes)
        notes = []


def answer(diff: str, reason: str) -> str:
    """Return the assistant's reply: the patch in a fence that it does not hold itself, and one line."""
    fence = "```"
    while any(line[1:].startswith(fence) for line in diff.splitlines()):
        fence += "`"
    return f"{fence}diff\n{diff}{fence}\nReason: {reason}"


def _row(repo: Repository, wanted: Candidate, files: Sequence[Patched], newest: dict[str, str]) -> Example:
    diff = b"".join(file.patch.text() for file in files).decode()
    shown = "\n\n".join(excerpt(file.path, file.before, file.patch.hunks) for file in files)
    if len(diff) > _LONGEST or len(shown) > _LONGEST:
        raise Reject("too long to be read")
    main = max(files, key=lambda file: (bool(file.before), file.patch.changed)).path
    names = [f"{repo.name}:{newest.get(file.path, file.path)}" for file in files]
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
            **({SHOWS: names} if len(names) > 1 else {}),
        },
    )


def _what(intent: Intent, files: Sequence[Patched]) -> str:
    """Return a reason where the message gives none: the intent again, with what the patch does by count."""
    signs = Counter(line[:1] for file in files for hunk in file.patch.hunks for line in hunk.lines)
    names = " and ".join(PurePosixPath(file.path).name for file in files)
    return f"{intent.aim} (+{signs[b'+']} -{signs[b'-']} in {names})"


def _kind(files: Sequence[Patched]) -> str:
    """Return the language of the file with the most changes."""
    return language(max(files, key=lambda file: file.patch.changed).path)


def _notes(repo: Repository) -> list[str]:
    if not repo.shallow:
        return []
    return [f"{repo.name} is a shallow clone, part of its history is missing; `git fetch --unshallow` brings the rest"]
