"""Every expert of superpowers, agentic and problem-solving makes a row that is replayed, valid and true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType

import pytest

from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import Example
from vibecoder.workspace.files import Workspace
from vibecoder_datasets.checking import claims, replay
from vibecoder_datasets.experts.agentic import quotas as agentic
from vibecoder_datasets.experts.problem_solving import quotas as problem_solving
from vibecoder_datasets.experts.problem_solving.scale import growth
from vibecoder_datasets.experts.superpowers import quotas as superpowers
from vibecoder_datasets.material.context import ExpertContext, Quota
from vibecoder_datasets.material.supply import OutOfMaterial
from vibecoder_datasets.projects.catalogue import opened
from vibecoder_datasets.speech.skills import SKILLED, SKILLS, skill_file

MODULES = {"superpowers": superpowers, "agentic": agentic, "problem-solving": problem_solving}
QUOTAS = [(category, quota) for category, module in MODULES.items() for quota in module.QUOTAS]
# These need what samples have not: several files of a folder with the same pattern, two functions of like names.
LARGER = {"pattern": "toolz", "tension": "toolz"}


@pytest.fixture(scope="module")
def places() -> Iterator[dict[str, Workspace]]:
    with opened("samples") as samples, opened("toolz") as toolz:
        yield {"samples": samples, "toolz": toolz}


@pytest.fixture(scope="module")
def made(places: dict[str, Workspace]) -> dict[tuple[str, str], Example]:
    return {(category, quota.expert.__name__): first(kit_of(places, quota), quota) for category, quota in QUOTAS}


def kit_of(places: dict[str, Workspace], quota: Quota, seed: str = "skills") -> ExpertContext:
    return ExpertContext(places[LARGER.get(quota.expert.__name__, "samples")], seed)


def first(context: ExpertContext, quota: Quota) -> Example:
    for _ in range(200):
        row = quota.expert(context)
        if row is not None:
            return row
    raise OutOfMaterial(quota.expert.__name__)


def runs(row: Example) -> list[str]:
    return [message["content"] for message in row.messages if message.get("name") == "run_tests"]


@pytest.mark.parametrize("category", sorted(MODULES))
def test_every_row_is_what_its_share_says(category: str, made: dict[tuple[str, str], Example]) -> None:
    module: ModuleType = MODULES[category]
    for quota in module.QUOTAS:
        row = made[category, quota.expert.__name__]
        assert (row.category, row.subcategory, row.verification) == (category, quota.subcategory, "executed")


def test_every_row_is_replayed_and_valid(made: dict[tuple[str, str], Example], places: dict[str, Workspace]) -> None:
    tokenizer = ChatTokenizer.load(NANO)
    for expert, row in made.items():
        assert replay.differences(row, places[row.provenance["project"]]) == [], expert
        assert claims.misfits(row) == [], expert
        assert claims.unsupported(row) == [], expert
        assert len(render(row, tokenizer)) <= 2048, expert
        assert row.messages[-1]["role"] == "assistant"
        assert "tool_calls" not in row.messages[-1]


def test_a_skill_is_named_before_it_is_used(made: dict[tuple[str, str], Example]) -> None:
    for (category, expert), row in made.items():
        if category == "superpowers":
            assert row.messages[0]["content"] == SKILLED
            said = next(message["content"] for message in row.messages if message["role"] == "assistant")
            assert any(skill in said for skill in SKILLS), expert


@pytest.mark.parametrize("skill", sorted(SKILLS))
def test_a_skill_fits_one_reading(skill: str) -> None:
    text = skill_file(skill)
    assert text.startswith(f"# {skill}\n")
    assert 5 <= len(text.splitlines()) <= 14
    assert skill in SKILLED


def test_red_is_red_and_green_is_green(made: dict[tuple[str, str], Example]) -> None:
    for expert in (
        ("agentic", "tdd"),
        ("agentic", "debugging"),
        ("superpowers", "test_driven"),
        ("agentic", "guarding"),
    ):
        results = runs(made[expert])
        assert re.search(r"\d+ failed.*exit 1\]$", results[0]), expert
        assert re.search(r"^\[\d+ passed.*exit 0\]$", results[-1]), expert


def test_a_repair_is_one_line(made: dict[tuple[str, str], Example]) -> None:
    edits = [
        call["function"]["arguments"]
        for message in made["agentic", "debugging"].messages
        for call in message.get("tool_calls", ())
        if call["function"]["name"] == "edit_file"
    ]
    assert len(edits) == 1
    assert "\n" not in edits[0]["old"] + edits[0]["new"]


def test_a_missing_test_catches_what_the_others_let_pass(made: dict[tuple[str, str], Example]) -> None:
    survived, caught, repaired = runs(made["problem-solving", "self_verification"])
    assert survived.endswith("passed, exit 0]")
    assert caught.endswith("1 failed, exit 1]")
    assert repaired == "[1 passed, exit 0]"


def test_growth_is_said_in_words() -> None:
    assert growth([10, 10, 11]).startswith("hardly")
    assert growth([10, 100, 1000]) == "grows in step with its input"
    assert growth([10, 1000, 100_000]).startswith("grows with the square")


def test_the_same_seed_makes_the_same_row(places: dict[str, Workspace]) -> None:
    for quota in (agentic.QUOTAS[1], superpowers.QUOTAS[0], problem_solving.QUOTAS[1]):
        one, two = (first(kit_of(places, quota, "twice"), quota) for _ in range(2))
        assert one == two
