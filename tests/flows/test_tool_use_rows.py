"""Every expert of tool use and of powertools makes rows that are what their sub-category says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import Example
from vibecoder.workspace.schemas import SETS
from vibecoder_datasets.checking import claims, replay
from vibecoder_datasets.code.index import CodeIndex
from vibecoder_datasets.experts.powertools import quotas as navigation
from vibecoder_datasets.experts.tool_use import quotas as tool_use
from vibecoder_datasets.material.context import ExpertContext, Quota
from vibecoder_datasets.material.masks import mask, shown_schemas
from vibecoder_datasets.material.supply import OutOfMaterial
from vibecoder_datasets.projects.catalogue import opened

QUOTAS = [*(("tool-use", quota) for quota in tool_use.QUOTAS), *(("powertools", quota) for quota in navigation.QUOTAS)]
PROJECTS = ("samples", "toolz", "mpmath")


@pytest.fixture(scope="module")
def contexts() -> Iterator[dict[str, ExpertContext]]:
    with ExitStack() as stack:
        places = [stack.enter_context(opened(name)) for name in PROJECTS]
        yield {place.project.name: ExpertContext(place, "tests", code_index=CodeIndex(place)) for place in places}


def made(contexts: dict[str, ExpertContext], quota: Quota, count: int = 2) -> list[Example]:
    """Rows of one expert, from the first project that gives one."""
    for name in quota.projects or PROJECTS:
        try:
            rows = list(contexts[name].rows(quota.expert, count)) if name in contexts else []
        except OutOfMaterial:
            rows = []
        if rows:
            return rows
    return []


@pytest.mark.parametrize(("category", "quota"), QUOTAS, ids=[f"{quota.expert.__name__}" for _, quota in QUOTAS])
def test_an_expert_makes_true_rows(contexts: dict[str, ExpertContext], category: str, quota: Quota) -> None:
    rows = made(contexts, quota)
    assert rows
    tokenizer = ChatTokenizer.load(NANO)
    for row in rows:
        assert (row.category, row.subcategory) == (category, quota.subcategory)
        place = contexts[row.provenance["project"]].workspace
        assert claims.misfits(row) == []
        assert replay.differences(row, place) == []
        assert row.messages[-1]["role"] == "assistant"
        assert len(render(row, tokenizer)) <= 2048
        calls = [message for message in row.messages if message.get("tool_calls")]
        results = [message["content"] for message in row.messages if message["role"] == "tool"]
        if quota.subcategory == "irrelevance":
            assert calls == []
            assert row.verification == "none"
            continue
        assert claims.unsupported(row) == []
        assert row.verification == "executed"
        failed = [bool(re.match("error: ", result) or re.search(r"exit [1-9]\d*\]$", result)) for result in results]
        if quota.subcategory == "error recovery":
            assert failed[0]
            assert not failed[-1]
        if quota.subcategory == "parallel":
            assert len(calls) == 1
            assert len(calls[0]["tool_calls"]) >= 2
        if quota.subcategory == "multi-turn":
            assert len(calls) >= 2


def test_offered_tools_are_one_of_the_sets(contexts: dict[str, ExpertContext]) -> None:
    known = [shown_schemas(names, used) for names in SETS.values() for used in (None, *map(mask, range(8)))]
    for _, quota in QUOTAS[::6]:
        assert all(row.tools in known for row in made(contexts, quota))


def test_an_expert_depends_on_its_seed_alone(contexts: dict[str, ExpertContext]) -> None:
    place, code_index = contexts["samples"].workspace, contexts["samples"].code_index
    for _, quota in QUOTAS[::5]:
        first, second = (
            list(ExpertContext(place, "same", code_index=code_index).rows(quota.expert, 1)) for _ in range(2)
        )
        assert first == second
