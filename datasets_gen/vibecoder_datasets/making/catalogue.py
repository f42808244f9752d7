"""All categories and their shares; how a count is divided over them; which category may use a function how often."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import TypeVar

from vibecoder.errors import DataError
from vibecoder.generate import apportion
from vibecoder_datasets.material.kit import Share
from vibecoder_datasets.sandbox.projects import PROJECTS, PYTHON, REPO

__all__ = ["LIMIT", "MODULES", "allowance", "counts", "demand", "is_first", "places", "shares"]

T = TypeVar("T")

LIMIT = 3
"""Rows of a whole dataset that one function, or one failing test, may be used for."""
ANY_FUNCTION = {"tool-use", "powertools"}
"""Categories whose rows need no function with a test."""
MODULES = {
    "tool-use": "vibecoder_datasets.tool_use.shares",
    "powertools": "vibecoder_datasets.powertools.shares",
    "superpowers": "vibecoder_datasets.superpowers.shares",
    "agentic": "vibecoder_datasets.agentic.shares",
    "craftsmanship": "vibecoder_datasets.craftsmanship.shares",
    "collaboration": "vibecoder_datasets.collaboration.shares",
    "problem-solving": "vibecoder_datasets.problem_solving.shares",
}
"""Where the shares of each category are."""


def shares(category: str) -> tuple[Share, ...]:
    """The shares of a category, as its module has them."""
    module = import_module(MODULES[category])
    found: tuple[Share, ...] = getattr(module, "SHARES", ())
    return found


def counts(category: str, total: int | None) -> list[int]:
    """Rows of each share: as planned, or `total` divided in proportion, first over sub-categories.

    Raises:
        DataError: the total is negative.
    """
    planned = shares(category)
    if total is None:
        return [share.count for share in planned]
    if total < 0:
        raise DataError(f"cannot make {total} rows; give --count a number from 0 on")
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for at, share in enumerate(planned):
        groups[share.subcategory].append(at)
    sums = [sum(planned[at].count for at in group) for group in groups.values()]
    found = [0] * len(planned)
    for group, part in zip(groups.values(), apportion(total, sums), strict=True):
        for at, count in zip(group, apportion(part, [planned[at].count for at in group]), strict=True):
            found[at] = count
    return found


def places(share: Share, count: int) -> dict[str, int]:
    """Rows of a share on each of its projects, by the projects' weights."""
    names: Sequence[str] = share.projects or PYTHON
    return dict(zip(names, apportion(count, [PROJECTS[name].weight for name in names]), strict=True))


@lru_cache(maxsize=1)
def demand() -> Mapping[str, Mapping[str, int]]:
    """What each category needs of a project: its planned rows, half of them where any function will do."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for category in MODULES:
        weight = 1 if category in ANY_FUNCTION else 2
        for share in shares(category):
            for name, count in places(share, share.count).items():
                found[name][category] += weight * count
            found[REPO][category] += weight * share.count
    return found


def allowance(place: str, category: str, wanted: Mapping[str, int]) -> int:
    """How many of the `LIMIT` uses of each function and test at a place, a module with its tests, belong to a category.

    The owner of each use is drawn by hash, weighted by `wanted`. So categories never compete for a function: each makes
    the same rows whether the others were made before or not.
    """
    return sum(_owner(f"{use}/{place}", sorted(wanted.items())) == category for use in range(LIMIT))


def is_first(place: str, share: int, wanted: Sequence[int]) -> bool:
    """Whether a share of a category is the one, of shares that want so many rows, which draws on a place before others.

    A share may use any place of its category; each beginning elsewhere, they seldom make rows on the same functions.
    """
    return _owner(place, list(enumerate(wanted))) == share


def _owner(name: str, wanted: Sequence[tuple[T, int]]) -> T | None:
    """One of those who want something, drawn by the hash of a name in proportion to how much they want."""
    drawn = int(hashlib.sha256(name.encode()).hexdigest()[:12], 16) % max(1, sum(weight for _, weight in wanted))
    for who, weight in wanted:
        if drawn < weight:
            return who
        drawn -= weight
    return None
