"""Admits rows to a dataset: none twice, none asked in nearly the words of another, no function or test too often."""

from __future__ import annotations

from collections import Counter, defaultdict

from vibecoder.types import Example
from vibecoder_datasets.pipeline.plan import LIMIT

__all__ = ["Admission", "uses_of"]

NEAR = 0.7
"""Jaccard similarity of word 5-grams from which two requests are near-duplicates."""


class Admission:
    """Decides row by row, in the order they are made; what it decides depends on that order alone."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._uses: Counter[str] = Counter()
        self._lengths: list[int] = []
        self._with: defaultdict[str, list[int]] = defaultdict(list)

    def refusal(self, row: Example) -> str:
        """Find why a row cannot be admitted, or return "" where it can."""
        if row.id in self._ids:
            return "a row that is there already"
        if any(self._uses[key] >= LIMIT for key in uses_of(row)):
            return "a function or test that other rows use"
        grams = _grams(row)
        shared = Counter(other for gram in grams for other in self._with.get(gram, ()))
        for other, count in shared.items():
            if count >= NEAR * (len(grams) + self._lengths[other] - count):
                return "a request much like another"
        return ""

    def admit(self, row: Example) -> None:
        """Count a row as there."""
        grams = _grams(row)
        self._ids.add(row.id)
        self._uses.update(uses_of(row))
        for gram in grams:
            self._with[gram].append(len(self._lengths))
        self._lengths.append(len(grams))


def uses_of(row: Example) -> list[str]:
    """List the functions that a row is about and the tests that fail in it, by names that no two projects share."""
    project = row.provenance.get("project", "")
    return [f"{project}:{key}" for name in ("functions", "failing") for key in row.provenance.get(name, ())]


def _grams(row: Example) -> set[str]:
    words = " ".join(message["content"] for message in row.messages if message["role"] == "user").lower().split()
    return {" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4))}
