"""The plan of each category: its counts, divided in proportion, and which quota draws first on what."""

from __future__ import annotations

from collections import Counter

import pytest

from vibecoder.dataset.generating import apportion
from vibecoder_datasets import CATEGORIES
from vibecoder_datasets.pipeline.plan import ANY_FUNCTION, LIMIT, MODULES, counts, is_reserved, per_project, quotas

PLAN = {
    "tool-use": {"single": 140, "parallel": 175, "multi-turn": 175, "error recovery": 140, "irrelevance": 70},
    "powertools": {"index": 20, "definition": 45, "references": 45, "functions": 25, "classes": 25, "stats": 15},
    "problem-solving": {
        "when stuck": 34, "scale game": 34, "root cause": 33,
        "self-verification": 33, "inversion": 33, "pattern recognition": 33,
    },
    "superpowers": {
        "collaboration": 150, "debugging": 100, "testing": 50, "problem-solving": 100, "architecture": 50,
    },
    "agentic": {"tdd": 80, "debugging": 80, "planning": 80, "review": 80, "exploration": 80},
    "craftsmanship": {"dry": 100, "solid": 100, "clean code": 100, "refactoring": 100},
    "collaboration": {
        "clarifying question": 40, "progress": 40, "trade-offs": 40,
        "honest uncertainty": 40, "proactive suggestion": 40,
    },
}  # fmt: skip


def test_the_plan_adds_up() -> None:
    found = {category: Counter[str]() for category in MODULES}
    for category in MODULES:
        for quota in quotas(category):
            found[category][quota.subcategory] += quota.count
    assert found == PLAN
    assert {spec.name: spec.default_count for spec in CATEGORIES} == {
        category: counted.total() for category, counted in found.items()
    }
    assert sum(spec.default_count for spec in CATEGORIES) == 2525


@pytest.mark.parametrize("total", [0, 1, 7, 100, 1001])
def test_a_count_is_divided_in_proportion(total: int) -> None:
    for category in MODULES:
        assert sum(counts(category, total)) == total
        assert all(
            sum(per_project(quota, count).values()) == count
            for quota, count in zip(quotas(category), counts(category, total), strict=True)
        )
    assert apportion(10, [1, 1, 1]) == [4, 3, 3]
    assert apportion(3, [0, 0]) == [2, 1]


def test_a_place_is_first_for_a_few_shares_in_proportion() -> None:
    reserved_for = Counter(
        category
        for at in range(400)
        for category in MODULES
        for quota in range(len(quotas(category)))
        if is_reserved("networkx", str(at), category, quota)
    )
    assert 2 * 400 < reserved_for.total() <= LIMIT * 400
    assert set(reserved_for) == MODULES.keys() - ANY_FUNCTION
    assert reserved_for["agentic"] > reserved_for["problem-solving"]
