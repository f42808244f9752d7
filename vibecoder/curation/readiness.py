"""Tell whether training again is worth it: count good rows that the last finished run did not see."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.curation.duplicates import dedupe
from vibecoder.dataset.store import Dataset
from vibecoder.errors import DataError
from vibecoder.runs.find import list_runs
from vibecoder.runs.record import FINISHED

__all__ = ["Readiness", "readiness"]


@dataclass(frozen=True, slots=True)
class Readiness:
    """`good` rows are new since the run `since` ("" if there was none), of `fresh` new ones; `wanted` are enough.

    The others repeat an earlier row or each other in nearly the same words. `by` counts the good ones by category.
    """

    since: str
    fresh: int
    good: int
    wanted: int
    by: dict[str, int]

    @property
    def is_ready(self) -> bool:
        return self.good >= self.wanted

    def to_json(self) -> dict[str, Any]:
        """Convert everything to JSON values."""
        return {
            "ready": self.is_ready, "since": self.since or None, "new": self.fresh, "good": self.good,
            "wanted": self.wanted, "categories": self.by,
        }  # fmt: skip


def readiness(path: Path, runs: Path, wanted: int) -> Readiness:
    """Compare the dataset with what the newest finished run below `runs` read of it.

    Raises:
        DataError: there is no dataset, or it holds no row.
    """
    records = Dataset(path).read().records
    since, size = "", 0
    for run in list_runs(runs):
        data = run.record.data
        is_same = bool(data.path) and os.path.realpath(data.path) == os.path.realpath(path)
        if run.record.status == FINISHED and is_same:
            since, size = run.name, data.size or 0
    known: tuple[Any, ...] = ()
    if size:
        try:
            known = Dataset(path).read(limit=size).records
        except DataError:  # nothing of it is left at the beginning of the file
            known = ()
    ids = {record.id for record in known}
    fresh = [record for record in records if record.id not in ids]
    new = {record.id for record in fresh}
    good = [record for record in dedupe([*known, *fresh]).kept if record.id in new]
    return Readiness(
        since, len(fresh), len(good), wanted, dict(Counter(record.category for record in good).most_common())
    )
