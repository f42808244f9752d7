"""Split records into training and held-out ones: whole groups at a time, the same share of every category."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from vibecoder.dataset.components import components
from vibecoder.types import Record

__all__ = ["split"]

_R = TypeVar("_R", bound=Record)


def split(records: Iterable[_R], share: float, seed: int) -> tuple[list[_R], list[_R]]:
    """Split records into training and held-out ones, each in the order given; without a group a record is its own.

    Groups that rows show together are one (`components`). Of each category's groups, `share` (rounded, at least one of
    two or more, never all) are held out: those whose hash with `seed` is smallest, so neither the order of the records
    nor rows added to other groups reshuffle the rest. A group goes whole: where its records span categories it counts
    in each. It stays in training when it is the last one that a category has there. `share` 0 holds nothing out.

    A record that shows what is held out and what is not is in neither list; groups whose holding out would cost more
    such records than it gives are not held out.
    """
    rows = list(records)
    found = components(rows)
    categories: dict[str, set[str]] = {}
    gain: Counter[str] = Counter()
    showing: dict[str, set[int]] = {}
    for at, (row, own, shown) in enumerate(zip(rows, found.own, found.shown, strict=True)):
        categories.setdefault(row.category, set()).add(own)
        for group in shown:
            gain[group] += 1 if len(shown) == 1 else -1
            showing.setdefault(group, set()).add(at)
    held: set[str] = set()
    left, gone = Counter(row.category for row in rows), set[int]()
    for _, members in sorted(categories.items(), key=lambda item: (len(item[1]), item[0])):
        wanted = min(len(members) - 1, max(1, round(share * len(members)))) if share > 0 else 0
        for group in sorted((name for name in members if gain[name] > 0), key=lambda name: _rank(seed, name)):
            if len(members & held) >= wanted:
                break
            lost = showing[group] - gone
            fewer = left - Counter(rows[at].category for at in lost)
            if all(fewer[category] for category in left):
                held.add(group)
                left, gone = fewer, gone | lost
    train = [row for row, shown in zip(rows, found.shown, strict=True) if not shown & held]
    return train, [row for row, shown in zip(rows, found.shown, strict=True) if shown <= held]


def _rank(seed: int, group: str) -> bytes:
    return hashlib.sha256(f"{seed}\n{group}".encode("utf-8", "surrogatepass")).digest()
