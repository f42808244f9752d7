"""The quotas of tool use add up to the plan."""

from __future__ import annotations

from collections import Counter

from vibecoder_datasets.experts.powertools import quotas as navigation
from vibecoder_datasets.experts.tool_use import quotas as tool_use
from vibecoder_datasets.material.context import Quota


def counts(quotas: tuple[Quota, ...]) -> Counter[str]:
    found: Counter[str] = Counter()
    for quota in quotas:
        found[quota.subcategory] += quota.count
    return found


def test_the_counts_are_the_plan() -> None:
    assert counts(tool_use.QUOTAS) == {
        "single": 140, "parallel": 175, "multi-turn": 175, "error recovery": 140, "irrelevance": 70
    }  # fmt: skip
    assert counts(navigation.QUOTAS) == {
        "index": 20, "definition": 45, "references": 45, "functions": 25, "classes": 25, "stats": 15
    }  # fmt: skip
