"""Plans a dataset: the quotas of each category, how a count is divided over them, what each should draw on first."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module

from vibecoder.dataset.generating import apportion
from vibecoder.errors import DataError
from vibecoder_datasets.material.context import Quota
from vibecoder_datasets.projects.catalogue import PROJECTS, PYTHON, REPO

__all__ = [
    "ANY_FUNCTION",
    "LIMIT",
    "MODULES",
    "counts",
    "demand",
    "is_reserved",
    "per_project",
    "quotas",
    "reserved_for",
]

LIMIT = 3
"""Rows of a whole dataset that one function, or one failing test, may be used for."""
ANY_FUNCTION = {"tool-use", "powertools"}
"""Categories whose rows need no function with a test; they begin with those that have none."""
MODULES = {
    "tool-use": "vibecoder_datasets.experts.tool_use.quotas",
    "powertools": "vibecoder_datasets.experts.powertools.quotas",
    "problem-solving": "vibecoder_datasets.experts.problem_solving.quotas",
    "superpowers": "vibecoder_datasets.experts.superpowers.quotas",
    "agentic": "vibecoder_datasets.experts.agentic.quotas",
    "craftsmanship": "vibecoder_datasets.experts.craftsmanship.quotas",
    "collaboration": "vibecoder_datasets.experts.collaboration.quotas",
}
"""The module with the quotas of each category, in the order in which all are made."""


def quotas(category: str) -> tuple[Quota, ...]:
    """Return the quotas of a category, as its module has them."""
    module = import_module(MODULES[category])
    found: tuple[Quota, ...] = getattr(module, "QUOTAS", ())
    return found


def counts(category: str, total: int | None) -> list[int]:
    """Return the rows of each quota: as planned, or `total` divided in proportion, first over sub-categories.

    Raises:
        DataError: the total is negative.
    """
    planned = quotas(category)
    if total is None:
        return [quota.count for quota in planned]
    if total < 0:
        raise DataError(f"cannot make {total} rows; give --count a number from 0 on")
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for at, quota in enumerate(planned):
        groups[quota.subcategory].append(at)
    sums = [sum(planned[at].count for at in group) for group in groups.values()]
    found = [0] * len(planned)
    for group, part in zip(groups.values(), apportion(total, sums), strict=True):
        for at, count in zip(group, apportion(part, [planned[at].count for at in group]), strict=True):
            found[at] = count
    return found


def per_project(quota: Quota, count: int) -> dict[str, int]:
    """Divide the rows of a quota over its projects, by the projects' weights."""
    names: Sequence[str] = quota.projects or PYTHON
    return dict(zip(names, apportion(count, [PROJECTS[name].weight for name in names]), strict=True))


@lru_cache(maxsize=64)
def demand(project: str) -> tuple[tuple[tuple[str, int], int], ...]:
    """Return how many rows each quota that needs tested functions is planned to have on a project."""
    found = []
    for category in MODULES.keys() - ANY_FUNCTION:
        for at, quota in enumerate(quotas(category)):
            rows = quota.count if project == REPO else per_project(quota, quota.count).get(project, 0)
            found.append(((category, at), rows))
    return tuple(sorted(found))


def is_reserved(project: str, module: str, category: str, quota: int) -> bool:
    """Tell whether a quota should try this module's functions first, to spread demand.

    Each of the `LIMIT` uses of a module with its tests is reserved for a quota, drawn by hash in proportion to demand.
    Nothing enforces it, but as each begins elsewhere, quotas seldom make rows that admission refuses.
    """
    return (category, quota) in reserved_for(project, module)


@lru_cache(maxsize=4096)
def reserved_for(project: str, module: str) -> frozenset[tuple[str, int] | None]:
    """Return the quotas that a module's uses are reserved for; None where no quota wants any."""
    wanted = demand(project)
    return frozenset(_drawn_owner(f"{use}/{project}:{module}", wanted) for use in range(LIMIT))


def _drawn_owner(name: str, wanted: Sequence[tuple[tuple[str, int], int]]) -> tuple[str, int] | None:
    """Draw one of those who want something by the hash of a name, in proportion to how much they want."""
    drawn = int(hashlib.sha256(name.encode()).hexdigest()[:12], 16) % max(1, sum(weight for _, weight in wanted))
    for who, weight in wanted:
        if drawn < weight:
            return who
        drawn -= weight
    return None
