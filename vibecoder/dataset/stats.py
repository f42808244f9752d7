"""Measure a dataset: kinds of rows, lengths in a model's tokens, near-duplicates, diversity, verification."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vibecoder.dataset.similarity import distinct, share
from vibecoder.errors import RowError
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import Example, Infill, Record

__all__ = ["NEAR", "SAMPLE", "DatasetStats", "Words", "measure", "prose", "uses"]

NEAR = (0.85, 0.7)
"""Jaccard similarities of word 5-grams that count as near-duplicates: the usual one and a strict one."""
SAMPLE = 400
"""Number of texts that distinct-2 is computed on, since it falls with their number."""


@dataclass(frozen=True, slots=True)
class Words:
    """Count, near-duplicate share per threshold, and distinct-2 of one role's texts."""

    texts: int
    near: Mapping[float, float]
    distinct: float


@dataclass(frozen=True, slots=True)
class DatasetStats:
    """Figures of a dataset.

    `kinds` counts rows by category, sub-category and verification. `lengths` and `supervised` [rows] int64 are tokens
    of each row that can be rendered, `of` their categories; `refused` says why the others cannot. `uses` are the most
    rows that one function and one failing test are in, by what rows say of themselves.
    """

    kinds: Mapping[tuple[str, str, str], int]
    groups: int
    max_length: int
    lengths: NDArray[np.int64]
    supervised: NDArray[np.int64]
    of: Sequence[str]
    refused: Mapping[str, int]
    words: Mapping[str, Words]
    uses: Mapping[str, int]

    @property
    def rows(self) -> int:
        return sum(self.kinds.values())

    @property
    def too_long(self) -> int:
        return int((self.lengths > self.max_length).sum())

    @property
    def supervised_share(self) -> float:
        """Return the share of all tokens that have a loss."""
        return float(self.supervised.sum() / max(1, self.lengths.sum()))

    @property
    def verification(self) -> dict[str, int]:
        found: Counter[str] = Counter()
        for (_, _, level), count in self.kinds.items():
            found[level] += count
        return dict(found.most_common())

    def percentile(self, percent: float) -> int:
        """Return the length in tokens that `percent` of the rows do not exceed."""
        return int(np.percentile(self.lengths, percent, method="higher")) if len(self.lengths) else 0

    def as_dict(self) -> dict[str, Any]:
        kinds = [dict(zip(("category", "subcategory", "verification"), kind, strict=True)) for kind in self.kinds]
        return {
            "rows": self.rows,
            "kinds": [{**kind, "rows": n} for kind, n in zip(kinds, self.kinds.values(), strict=True)],
            "groups": self.groups,
            "verification": self.verification,
            "tokens": {
                "rendered": len(self.lengths),
                "total": int(self.lengths.sum()),
                "supervised": int(self.supervised.sum()),
                "supervised_share": round(self.supervised_share, 4),
                "max_length": self.max_length,
                "too_long": self.too_long,
                **{name: self.percentile(at) for name, at in (("median", 50), ("p95", 95), ("longest", 100))},
                "refused": dict(self.refused),
            },
            "words": {
                role: {
                    "texts": words.texts,
                    "near_duplicates": {str(threshold): round(part, 4) for threshold, part in words.near.items()},
                    "distinct_2": round(words.distinct, 4),
                }
                for role, words in self.words.items()
            },
            "most_rows_of_one": dict(self.uses),
        }


def measure(records: Sequence[Record], tokenizer: ChatTokenizer, max_length: int) -> DatasetStats:
    """Measure `records` in a model's tokens; kinds of rows that are not rendered are counted without a length."""
    kinds = Counter((record.category, record.subcategory, record.verification) for record in records)
    refused: Counter[str] = Counter()
    lengths, supervised, of = [], [], []
    for record in records:
        if isinstance(record, (Example, Infill)):
            try:
                rendered = render(record, tokenizer)
            except RowError as error:
                refused[error.reason] += 1
                continue
            lengths.append(len(rendered))
            supervised.append(rendered.supervised)
            of.append(record.category)
    return DatasetStats(
        kinds=dict(sorted(kinds.items())),
        groups=len({record.group or record.id for record in records}),
        max_length=max_length,
        lengths=np.array(lengths, np.int64),
        supervised=np.array(supervised, np.int64),
        of=of,
        refused=refused,
        words={role: _words(prose(records, role)) for role in ("user", "assistant")},
        uses={name: max(uses(records, name).values(), default=0) for name in ("functions", "failing")},
    )


def prose(records: Iterable[Record], role: str) -> list[str]:
    """List the texts of one role, turn by turn; turns that only call tools are left out."""
    found = [message for record in records if isinstance(record, Example) for message in record.messages]
    return [message["content"] for message in found if message["role"] == role and message["content"].strip()]


def uses(records: Iterable[Record], name: str) -> Counter[str]:
    """Count the rows in which each key of the provenance's list `name` occurs, by project."""
    found: Counter[str] = Counter()
    for record in records:
        listed = record.provenance.get(name, ())
        if isinstance(listed, (list, tuple)):
            found.update({f"{record.provenance.get('project', '')}:{key}" for key in listed})
    return found


def _words(texts: Sequence[str]) -> Words:
    sample = random.Random(0).sample(list(texts), min(SAMPLE, len(texts)))
    return Words(len(texts), {threshold: share(texts, threshold) for threshold in NEAR}, distinct(sample))
