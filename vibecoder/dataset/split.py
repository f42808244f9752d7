"""Split records into training and held-out ones: whole groups at a time, the same share of every category."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TypeVar

from vibecoder.dataset.records import content_id
from vibecoder.types import Record

__all__ = ["split"]

_R = TypeVar("_R", bound=Record)


def split(records: Iterable[_R], share: float, seed: int) -> tuple[list[_R], list[_R]]:
    """Split records into training and held-out ones, each in the order given; without a group a record is its own.

    Of each category's groups, `share` (rounded, at least one of two or more, never all) are held out: those whose
    hash with `seed` is smallest, so neither the order of the records nor rows added to other groups reshuffle the
    rest. A group goes whole: where its records span categories it counts in each. It stays in training when it is
    the last one that a category has there. `share` 0 holds nothing out.
    """
    rows = list(records)
    groups = [row.group or row.id or content_id(row) for row in rows]
    categories: dict[str, set[str]] = {}
    for row, group in zip(rows, groups, strict=True):
        categories.setdefault(row.category, set()).add(group)
    held: set[str] = set()
    for _, members in sorted(categories.items(), key=lambda item: (len(item[1]), item[0])):
        wanted = min(len(members) - 1, max(1, round(share * len(members)))) if share > 0 else 0
        for group in sorted(members, key=lambda name: _rank(seed, name)):
            if len(members & held) >= wanted:
                break
            if all(others - held - {group} for others in categories.values() if group in others):
                held.add(group)
    train = [row for row, group in zip(rows, groups, strict=True) if group not in held]
    return train, [row for row, group in zip(rows, groups, strict=True) if group in held]


def _rank(seed: int, group: str) -> bytes:
    return hashlib.sha256(f"{seed}\n{group}".encode("utf-8", "surrogatepass")).digest()
