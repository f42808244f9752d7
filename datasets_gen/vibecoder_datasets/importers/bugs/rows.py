"""Makes the rows of `from-bugs`: what failing tests said, and the smallest patch that makes them pass, all run."""

from __future__ import annotations

from collections.abc import Iterator

from vibecoder.types import Imported, ImportJob
from vibecoder_datasets.importers.git.repo import open_repository

__all__ = ["rows"]


def rows(job: ImportJob) -> Iterator[Imported]:
    """Yield one `Imported` a function or a fix, the two kinds in turn.

    Raises:
        DataError: there is no repository or no commit, or git stopped.
    """
    from vibecoder_datasets.importers.bugs.fixes import fixes
    from vibecoder_datasets.importers.bugs.mutants import mutated

    repo = open_repository(job.source, job.options.get("rev"))
    wanted = job.options["source"]
    sources = []
    if wanted in ("both", "fixes"):
        sources.append(fixes(repo, job))
    if wanted in ("both", "mutants"):
        sources.append(mutated(repo, job))
    while sources:
        for source in list(sources):
            unit = next(source, None)
            if unit is None:
                sources.remove(source)
            else:
                yield unit
