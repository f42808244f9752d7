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
from vibecoder_datasets.code.survey import Survey
from vibecoder_datasets.experts.powertools import shares as navigation
from vibecoder_datasets.experts.tool_use import shares as tool_use
from vibecoder_datasets.material.hand import OutOfMaterial
from vibecoder_datasets.material.kit import Kit, Share
from vibecoder_datasets.material.masks import mask, shown_schemas
from vibecoder_datasets.projects.catalogue import opened

SHARES = [*(("tool-use", share) for share in tool_use.SHARES), *(("powertools", share) for share in navigation.SHARES)]
PROJECTS = ("samples", "toolz", "mpmath")


@pytest.fixture(scope="module")
def kits() -> Iterator[dict[str, Kit]]:
    with ExitStack() as stack:
        places = [stack.enter_context(opened(name)) for name in PROJECTS]
        yield {place.project.name: Kit(place, "tests", survey=Survey(place)) for place in places}


def made(kits: dict[str, Kit], share: Share, count: int = 2) -> list[Example]:
    """Rows of one expert, from the first project that gives one."""
    for name in share.projects or PROJECTS:
        try:
            rows = list(kits[name].rows(share.expert, count)) if name in kits else []
        except OutOfMaterial:
            rows = []
        if rows:
            return rows
    return []


@pytest.mark.parametrize(("category", "share"), SHARES, ids=[f"{share.expert.__name__}" for _, share in SHARES])
def test_an_expert_makes_true_rows(kits: dict[str, Kit], category: str, share: Share) -> None:
    rows = made(kits, share)
    assert rows
    tokenizer = ChatTokenizer.load(NANO)
    for row in rows:
        assert (row.category, row.subcategory) == (category, share.subcategory)
        place = kits[row.provenance["project"]].workspace
        assert claims.misfits(row) == []
        assert replay.differences(row, place) == []
        assert row.messages[-1]["role"] == "assistant"
        assert len(render(row, tokenizer)) <= 2048
        calls = [message for message in row.messages if message.get("tool_calls")]
        results = [message["content"] for message in row.messages if message["role"] == "tool"]
        if share.subcategory == "irrelevance":
            assert calls == []
            assert row.verification == "none"
            continue
        assert claims.unsupported(row) == []
        assert row.verification == "executed"
        failed = [bool(re.match("error: ", result) or re.search(r"exit [1-9]\d*\]$", result)) for result in results]
        if share.subcategory == "error recovery":
            assert failed[0]
            assert not failed[-1]
        if share.subcategory == "parallel":
            assert len(calls) == 1
            assert len(calls[0]["tool_calls"]) >= 2
        if share.subcategory == "multi-turn":
            assert len(calls) >= 2


def test_offered_tools_are_one_of_the_sets(kits: dict[str, Kit]) -> None:
    known = [shown_schemas(names, used) for names in SETS.values() for used in (None, *map(mask, range(8)))]
    for _, share in SHARES[::6]:
        assert all(row.tools in known for row in made(kits, share))


def test_an_expert_depends_on_its_seed_alone(kits: dict[str, Kit]) -> None:
    place, survey = kits["samples"].workspace, kits["samples"].survey
    for _, share in SHARES[::5]:
        first, second = (list(Kit(place, "same", survey=survey).rows(share.expert, 1)) for _ in range(2))
        assert first == second
