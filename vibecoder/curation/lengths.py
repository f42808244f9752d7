"""Measure rows in a model's tokens, and count how many of each category fit a `max_length`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vibecoder.errors import RowError
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import Comparison, Example, Infill, Rated, Record

__all__ = ["Lengths", "lengths"]

_STEP = 128


@dataclass(slots=True)
class Lengths:
    """Tokens of each row by category; `refused` counts rows that the model's template cannot render, by reason."""

    max_length: int
    of: dict[str, list[int]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def all(self) -> list[int]:
        return [length for rows in self.of.values() for length in rows]

    @property
    def total(self) -> int:
        """Count all rows, those refused too."""
        return len(self.all) + self.refused.total()

    def fitting(self, rows: Sequence[int]) -> int:
        """Count the lengths that do not exceed `max_length`."""
        return sum(length <= self.max_length for length in rows)

    def enough(self, share: float) -> int:
        """Choose the least multiple of 128 that fits the given share of all rows, 0 without rows."""
        return -(-self.percentile(self.all, 100 * share) // _STEP) * _STEP

    @staticmethod
    def percentile(rows: Sequence[int], percent: float) -> int:
        """Return the length that `percent` of the rows do not exceed."""
        return int(np.percentile(rows, percent, method="higher")) if rows else 0

    def to_json(self) -> dict[str, Any]:
        """Convert everything to JSON values."""
        return {
            "max_length": self.max_length,
            "rows": self.total,
            "fit": self.fitting(self.all),
            "enough_for_95_percent": self.enough(0.95),
            "enough_for_all": self.enough(1),
            "categories": {
                name: {"rows": len(rows), "fit": self.fitting(rows), "median": self.percentile(rows, 50),
                       "p95": self.percentile(rows, 95), "longest": max(rows)}
                for name, rows in sorted(self.of.items())
            },
            "refused": dict(self.refused.most_common()),
        }  # fmt: skip


def lengths(records: Iterable[Record], tokenizer: ChatTokenizer, max_length: int) -> Lengths:
    """Measure rows in tokens; a comparison counts with its longer reply, a task with its prompt alone."""
    found = Lengths(max_length)
    for record in records:
        try:
            length = max(len(render(row, tokenizer)) for row in _rendered(record))
        except RowError as error:
            found.refused[error.reason] += 1
            continue
        found.of.setdefault(record.category, []).append(length)
    return found


def _rendered(record: Record) -> Sequence[Example | Infill]:
    if isinstance(record, (Example, Infill)):
        return (record,)
    replies: Sequence[Sequence[Mapping[str, Any]]]
    if isinstance(record, Comparison):
        replies = (record.chosen, record.rejected)
    else:
        replies = (record.completion,) if isinstance(record, Rated) else ([{"role": "assistant", "content": "."}],)
    return [Example(messages=[*record.messages, *map(dict, reply)], tools=record.tools) for reply in replies]
