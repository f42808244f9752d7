"""The shares of tool use add up to the plan."""

from __future__ import annotations

from collections import Counter

from vibecoder_datasets.experts.powertools import shares as navigation
from vibecoder_datasets.experts.tool_use import shares as tool_use
from vibecoder_datasets.material.kit import Share


def counts(shares: tuple[Share, ...]) -> Counter[str]:
    found: Counter[str] = Counter()
    for share in shares:
        found[share.subcategory] += share.count
    return found


def test_the_counts_are_the_plan() -> None:
    assert counts(tool_use.SHARES) == {
        "single": 140, "parallel": 175, "multi-turn": 175, "error recovery": 140, "irrelevance": 70
    }  # fmt: skip
    assert counts(navigation.SHARES) == {
        "index": 20, "definition": 45, "references": 45, "functions": 25, "classes": 25, "stats": 15
    }  # fmt: skip
