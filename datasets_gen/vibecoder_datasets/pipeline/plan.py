"""All categories and their shares; how a count is divided over them; where each begins."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module

from vibecoder.dataset.generating import apportion
from vibecoder.errors import DataError
from vibecoder_datasets.material.kit import Share
from vibecoder_datasets.projects.catalogue import PROJECTS, PYTHON, REPO

__all__ = ["ANY_FUNCTION", "LIMIT", "MODULES", "counts", "demand", "is_first", "owners", "places", "shares"]

LIMIT = 3
"""Rows of a whole dataset that one function, or one failing test, may be used for."""
ANY_FUNCTION = {"tool-use", "powertools"}
"""Categories whose rows need no function with a test; they begin with those that have none."""
MODULES = {
    "tool-use": "vibecoder_datasets.experts.tool_use.shares",
    "powertools": "vibecoder_datasets.experts.powertools.shares",
    "problem-solving": "vibecoder_datasets.experts.problem_solving.shares",
    "superpowers": "vibecoder_datasets.experts.superpowers.shares",
    "agentic": "vibecoder_datasets.experts.agentic.shares",
    "craftsmanship": "vibecoder_datasets.experts.craftsmanship.shares",
    "collaboration": "vibecoder_datasets.experts.collaboration.shares",
}
"""Where the shares of each category are, in the order in which all are made."""


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


@lru_cache(maxsize=64)
def demand(project: str) -> tuple[tuple[tuple[str, int], int], ...]:
    """The rows that each share of each category which needs tested functions is planned to have on a project."""
    found = []
    for category in MODULES.keys() - ANY_FUNCTION:
        for at, share in enumerate(shares(category)):
            rows = share.count if project == REPO else places(share, share.count).get(project, 0)
            found.append(((category, at), rows))
    return tuple(sorted(found))


def is_first(project: str, place: str, category: str, share: int) -> bool:
    """Whether a share draws on a place of a project, a module with its tests, before it draws on others.

    Each of the `LIMIT` uses of what is there has an owner, drawn by hash in proportion to demand. Nothing holds a share
    to its own, but as each begins elsewhere, they seldom make rows that the gate refuses.
    """
    return (category, share) in owners(project, place)


@lru_cache(maxsize=4096)
def owners(project: str, place: str) -> frozenset[tuple[str, int] | None]:
    """The shares that own the uses of a place; None where no share wants any."""
    wanted = demand(project)
    return frozenset(_owner(f"{use}/{project}:{place}", wanted) for use in range(LIMIT))


def _owner(name: str, wanted: Sequence[tuple[tuple[str, int], int]]) -> tuple[str, int] | None:
    """One of those who want something, drawn by the hash of a name in proportion to how much they want."""
    drawn = int(hashlib.sha256(name.encode()).hexdigest()[:12], 16) % max(1, sum(weight for _, weight in wanted))
    for who, weight in wanted:
        if drawn < weight:
            return who
        drawn -= weight
    return None
