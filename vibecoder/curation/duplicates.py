"""Remove rows that repeat an earlier row, exactly or in nearly the same words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vibecoder.curation.texts import text
from vibecoder.dataset.records import content_id
from vibecoder.dataset.similarity import pairs
from vibecoder.types import Record

__all__ = ["THRESHOLD", "Deduped", "dedupe"]

THRESHOLD = 0.85
"""Jaccard similarity of word 5-grams at which two rows count as one."""


@dataclass(frozen=True, slots=True)
class Deduped:
    """The rows `kept`, in order, the number of `exact` copies, and the `near` ones as `(id, kept id, similarity)`."""

    kept: tuple[Record, ...]
    exact: int
    near: tuple[tuple[str, str, float], ...]


def dedupe(records: Iterable[Record], threshold: float | None = THRESHOLD) -> Deduped:
    """Keep the first row of every set of copies; `threshold` None looks for exact copies only.

    A row is left out if it nearly repeats one that is kept; rows of different kinds are never compared.
    """
    distinct: dict[str, Record] = {}
    seen = 0
    for record in records:
        seen += 1
        distinct.setdefault(content_id(record), record)
    ids, rows = list(distinct), list(distinct.values())
    near: dict[int, tuple[str, str, float]] = {}
    for kind in {type(row) for row in rows} if threshold is not None else ():
        places = [at for at, row in enumerate(rows) if type(row) is kind]
        for one, other, similarity in pairs([text(rows[at]) for at in places], threshold or 0.0):
            first, second = places[one], places[other]
            if first not in near and second not in near:
                near[second] = (ids[second], ids[first], round(similarity, 4))
    kept = tuple(row for at, row in enumerate(rows) if at not in near)
    return Deduped(kept, seen - len(rows), tuple(near[at] for at in sorted(near)))
