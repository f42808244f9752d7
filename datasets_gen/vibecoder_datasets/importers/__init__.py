"""Importers: records out of a person's own work, one descriptor each; what they need is imported when they run."""

from __future__ import annotations

from collections.abc import Iterator

from vibecoder.types import Imported, ImporterSpec, ImportJob, ImportOption

__all__ = ["IMPORTERS"]

_REV = ImportOption("rev", "The branch, tag or commit to read from  [HEAD]", metavar="REV")


def _git(job: ImportJob) -> Iterator[Imported]:
    from vibecoder_datasets.importers.git_rows import rows

    return rows(job)


def _fim(job: ImportJob) -> Iterator[Imported]:
    from vibecoder_datasets.importers.fim_rows import rows

    return rows(job)


def _bugs(job: ImportJob) -> Iterator[Imported]:
    from vibecoder_datasets.importers.bugs_rows import rows

    return rows(job)


def _commits(job: ImportJob) -> int | None:
    from vibecoder_datasets.importers.git_repo import count_commits

    return count_commits(job.source, job.options.get("rev"))


GIT = ImporterSpec(
    name="git",
    summary="small commits of a git repository: an intent, and the diff that carries it out",
    source="repo",
    rows=_git,
    options=(
        ImportOption("max_files", "Leave out commits of more files.", "int", 3, 1, "N"),
        ImportOption("max_lines", "Leave out commits of more changed lines.", "int", 400, 1, "N"),
        _REV,
    ),
    exact=True,
    units=_commits,
    unit="commit",
    epilog="Examples: `vibecoder data from-git .`, `vibecoder data from-git ~/code/app --count 500 --into mine.jsonl`",
)
FIM = ImporterSpec(
    name="fim",
    summary="spans of a repository's files to fill in, between all that stands before and after",
    source="repo",
    rows=_fim,
    options=(
        ImportOption("per_file", "Spans of each file.", "int", 6, 1, "N"),
        ImportOption("max_bytes", "Leave out larger files.", "int", 32768, 1, "N"),
        ImportOption("context", "Other files of the repository shown before each.", "int", 0, 0, "N"),
        _REV,
    ),
    exact=True,
    unit="file",
    seeded=True,
    epilog="Examples: `vibecoder data from-fim .`, `vibecoder data from-fim ~/code/app --context 2 --per-file 4`",
)
BUGS = ImporterSpec(
    name="bugs",
    summary="failing tests of a Python repository, and the smallest patch that makes them pass",
    source="repo",
    rows=_bugs,
    options=(
        ImportOption(
            "source", "Its own fixes, bugs put into tested functions, or both.", ("both", "fixes", "mutants"), "both"
        ),
        ImportOption("per_function", "Bugs put into each function.", "int", 1, 1, "N"),
        ImportOption("max_lines", "Leave out fixes of more changed lines.", "int", 60, 1, "N"),
        _REV,
    ),
    exact=True,
    unit="bug",
    seeded=True,
    epilog="Runs the repository's own tests, without a network and under limits of time and memory. "
    "Examples: `vibecoder data from-bugs . --count 100`, `vibecoder data from-bugs ~/code/app --source fixes`",
)
IMPORTERS: tuple[ImporterSpec, ...] = (GIT, FIM, BUGS)
