"""The experts of tool use and of powertools: exact counts, and rows that are what their sub-category says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import Example
from vibecoder_datasets.checking import replay
from vibecoder_datasets.code.survey import Survey
from vibecoder_datasets.experts.powertools import shares as navigation
from vibecoder_datasets.experts.tool_use import shares as tool_use
from vibecoder_datasets.experts.tool_use.parallel import commute
from vibecoder_datasets.experts.tool_use.unanswerable import ASIDES, LIMITS, MISSING
from vibecoder_datasets.material.hand import OutOfMaterial
from vibecoder_datasets.material.kit import Kit, Share
from vibecoder_datasets.material.openings import begin
from vibecoder_datasets.material.session import Call
from vibecoder_datasets.sandbox.workspace import opened
from vibecoder_datasets.speech.wording import around, goal
from vibecoder_datasets.tools.run import run_tool
from vibecoder_datasets.tools.toolsets import SETS, mask, schemas

SHARES = [*(("tool-use", share) for share in tool_use.SHARES), *(("powertools", share) for share in navigation.SHARES)]
PROJECTS = ("samples", "toolz", "mpmath")


@pytest.fixture(scope="module")
def kits() -> Iterator[dict[str, Kit]]:
    with ExitStack() as stack:
        places = [stack.enter_context(opened(name)) for name in PROJECTS]
        yield {place.project.name: Kit(place, "tests", survey=Survey(place)) for place in places}


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
        assert replay.invalid_calls(row) == []
        assert replay.differences(row, place) == []
        assert row.messages[-1]["role"] == "assistant"
        assert len(render(row, tokenizer)) <= 2048
        calls = [message for message in row.messages if message.get("tool_calls")]
        results = [message["content"] for message in row.messages if message["role"] == "tool"]
        if share.subcategory == "irrelevance":
            assert calls == []
            assert row.verification == "none"
            continue
        assert replay.unsupported(row) == []
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
    known = [schemas(names, used) for names in SETS.values() for used in (None, *map(mask, range(8)))]
    for _, share in SHARES[::6]:
        assert all(row.tools in known for row in made(kits, share))


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([("edit_file", {"path": "shop/cart.py", "old": "-= 1", "new": "-= 2"}),
          ("write_file", {"path": "a.txt", "content": "x"})], True),
        ([("read_file", {"path": "shop/cart.py"}), ("definition", {"name": "clamp"})], True),
        ([("edit_file", {"path": "shop/cart.py", "old": "-= 1", "new": "-= 2"}),
          ("read_file", {"path": "shop/cart.py"})], False),
        ([("write_file", {"path": "a.txt", "content": "x"}), ("write_file", {"path": "a.txt", "content": "y"})], False),
        ([("write_file", {"path": "a.txt", "content": "x"}), ("read_file", {"path": "shop/cart.py"}),
          ("list_files", {"path": "."})], False),
    ],
)  # fmt: skip
def test_only_what_commutes_is_said_to(kits: dict[str, Kit], calls: list[Call], expected: bool) -> None:
    place = kits["samples"].workspace
    place.reset()
    results = [run_tool(place, *call) for call in calls]
    assert commute(place, calls, results) is expected


def test_an_expert_depends_on_its_seed_alone(kits: dict[str, Kit]) -> None:
    place, survey = kits["samples"].workspace, kits["samples"].survey
    for _, share in SHARES[::5]:
        first, second = (list(Kit(place, "same", survey=survey).rows(share.expert, 1)) for _ in range(2))
        assert first == second


def test_phrases_are_filled(kits: dict[str, Kit]) -> None:
    kit = kits["toolz"]
    said = {around(kit, "Do it.", kit.files.draw()) for _ in range(300)} | {
        goal(kit, kit.files.draw()) for _ in range(200)
    }
    assert len(said) > 300
    assert not [text for text in said if "{" in text or "}" in text or "  " in text]


def test_what_cannot_be_done_is_said_of_known_sets() -> None:
    assert len({topic for topic, *_ in ASIDES}) == len(ASIDES)
    assert all(tools in SETS for _, tools, _, _ in ASIDES)
    assert all(name in SETS for offered, _, _ in MISSING for name in offered)
    assert "edit" in LIMITS


def test_a_session_shows_masked_names_only(kits: dict[str, Kit]) -> None:
    kit = kits["samples"]
    session = begin(kit, "look", "List shop.")
    while session.mask is None:
        session = begin(kit, "look", "List shop.")
    session.call("list_files", path="shop")
    assert "list_files" not in str(session.messages)
