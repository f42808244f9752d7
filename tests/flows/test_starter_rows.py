"""The shipped rows: as many as promised, valid, without repetition, split-safe, and every tool result real."""

from __future__ import annotations

import json
import random
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise

import pytest

from vibecoder import plugins
from vibecoder.dataset.generating import generated_records
from vibecoder.dataset.records import content_id
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import Example
from vibecoder.workspace.files import Workspace
from vibecoder.workspace.schemas import SETS, schema
from vibecoder.workspace.tools.definitions import definitions
from vibecoder_datasets import STARTER
from vibecoder_datasets.checking import claims, replay
from vibecoder_datasets.experts.tool_use import quotas as tool_use
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.session import SYSTEM
from vibecoder_datasets.projects.catalogue import PROJECTS, opened
from vibecoder_datasets.shipped import build

ROWS = [row for row in generated_records(STARTER) if isinstance(row, Example)]
NAMES = sorted({row.provenance["project"] for row in ROWS})
TOOL_USE = build.COUNTS["tool-use"]
CATEGORIES = {name: sum(part.values()) if isinstance(part, dict) else part for name, part in build.COUNTS.items()}


@pytest.fixture(scope="module")
def workspaces() -> Iterator[dict[str, Workspace]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(opened(name)) for name in NAMES}


def calls_of(row: Example) -> list[dict[str, object]]:
    return [call["function"] for message in row.messages for call in message.get("tool_calls", ())]


def current(row: Example) -> bool:
    """Whether the row was made from the version of the code that is installed here."""
    return row.provenance["source"] == PROJECTS[row.provenance["project"]].source


def test_the_plugin_offers_them() -> None:
    assert plugins.load().generators["starter"] is STARTER
    assert len(ROWS) == STARTER.default_count == sum(CATEGORIES.values())


def test_counts() -> None:
    assert Counter(row.category for row in ROWS) == CATEGORIES
    assert Counter(row.subcategory for row in ROWS if row.category == "tool-use") == TOOL_USE


def test_a_count_and_a_seed_choose_rows() -> None:
    chosen = list(generated_records(STARTER, 20, 1))
    assert [row.id for row in chosen] == [row.id for row in generated_records(STARTER, 20, 1)]
    assert [row.id for row in chosen] != [row.id for row in generated_records(STARTER, 20, 2)]
    assert len({row.id for row in chosen}) == 20
    assert {row.id for row in chosen} <= {row.id for row in ROWS}


def test_no_row_is_there_twice() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)
    assert all(row.id == content_id(row) for row in ROWS)
    conversations = Counter(json.dumps(row.messages) for row in ROWS)
    assert max(conversations.values()) == 1


def test_rows_share_their_beginning() -> None:
    known = [[schema(name) for name in names] for names in SETS.values()]
    for row in ROWS:
        assert row.messages[0]["role"] == "system"
        assert row.messages[0]["content"].startswith(SYSTEM)
        assert list(row.tools) in known
    assert len({row.messages[0]["content"] for row in ROWS}) <= 3


def test_what_a_row_says_of_itself() -> None:
    for row in ROWS:
        assert row.provenance["generator"] == "starter"
        assert row.provenance["project"] in PROJECTS
        assert row.verification == ("none" if row.subcategory == "irrelevance" else "executed")
        assert bool(calls_of(row)) == (row.verification == "executed")
        assert row.messages[-1]["role"] == "assistant"
        assert "tool_calls" not in row.messages[-1]
    executed = sum(row.verification == "executed" for row in ROWS)
    assert executed / len(ROWS) >= 0.9


def test_every_call_fits_its_schema() -> None:
    assert [(row.id, wrong) for row in ROWS if (wrong := claims.misfits(row))] == []


def test_every_claim_stands_in_what_came_before() -> None:
    executed = [row for row in ROWS if row.verification == "executed"]
    assert [(row.id, wrong) for row in executed if (wrong := claims.unsupported(row))] == []


def test_first_calls_can_be_known_from_the_request() -> None:
    """Values stand in the user's words; a file may be put together from them, line by line, a program is written."""
    for row in ROWS:
        asked = ""
        for message in row.messages:
            if "tool_calls" in message:
                break
            asked += message["content"]
        for call in message.get("tool_calls", ()):
            for name, value in call["function"]["arguments"].items():
                if name == "code" or str(value).startswith(("skills/", "tasks/", "docs/")):
                    continue  # written, or known from the system text
                if name == "content" and str(value) not in asked:
                    tests = [line.strip() for line in str(value).splitlines() if line.strip().startswith("assert")]
                    assert tests, row.id
                    assert all(line in asked for line in tests), row.id
                else:
                    words = re.findall(r"[\w./]+", str(value))
                    assert all(word in asked for word in words), (row.id, name, value)


def test_files_stay_on_one_side_of_a_split(workspaces: dict[str, Workspace]) -> None:
    groups: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in filter(current, ROWS):
        project = row.provenance["project"]
        assert row.group.startswith(f"{project}:")
        for call in calls_of(row):
            arguments = call["arguments"]
            assert isinstance(arguments, dict)
            path = str(arguments.get("path", "")).split("::")[0]
            if path in workspaces[project].files:
                groups[project, path].add(row.group)
    assert groups
    assert {path: found for path, found in groups.items() if len(found) > 1} == {}


def test_names_stay_on_one_side_of_a_split(workspaces: dict[str, Workspace]) -> None:
    for name, workspace in workspaces.items():
        rows = [row for row in ROWS if row.provenance["project"] == name and current(row)]
        used: defaultdict[str, set[str]] = defaultdict(set)
        for row in rows:
            for call in calls_of(row):
                if call["name"] in ("definition", "references"):
                    assert isinstance(call["arguments"], dict)
                    used[call["arguments"]["name"]].add(row.group)
        known = {node.name for path in workspace.files for node in definitions(workspace, path)}
        assert {each: found for each, found in used.items() if each in known and len(found) > 1} == {}


def test_results_are_real(workspaces: dict[str, Workspace]) -> None:
    """Runs a sample of the stored calls again. Where another version of a package is installed, rows are made from
    that version and replayed instead."""
    rng = random.Random(7)
    by_kind: defaultdict[tuple[str, str], list[Example]] = defaultdict(list)
    for row in ROWS:
        if row.verification == "executed" and current(row):
            by_kind[row.category, row.subcategory].append(row)
    sample = [row for rows in by_kind.values() for row in rng.sample(rows, min(2, len(rows)))]
    changed = {row.provenance["project"] for row in ROWS if not current(row)}
    for name in sorted(changed):
        context = ExpertContext(workspaces[name], "replay")
        for request in ("span", "grep_in", "definition", "references", "edit"):
            sample += context.rows(tool_use.single(request), 3)
    assert len({row.provenance["project"] for row in sample}) == len(NAMES)
    assert [
        (row.id, wrong) for row in sample if (wrong := replay.differences(row, workspaces[row.provenance["project"]]))
    ] == []


def test_bugs_were_red_and_became_green() -> None:
    repaired = [
        row for row in ROWS if (row.category, row.subcategory) in {("agentic", "debugging"), ("agentic", "tdd")}
    ]
    for row in repaired:
        runs = [message["content"] for message in row.messages if message.get("name") == "run_tests"]
        assert re.search(r"exit [12]\]$", runs[0])
        assert runs[-1].endswith("passed, exit 0]")


def test_refactorings_were_green_before_and_after() -> None:
    for row in ROWS:
        if row.category == "craftsmanship":
            runs = [message["content"] for message in row.messages if message.get("name") == "run_tests"]
            assert len(runs) == 2
            assert runs[0] == runs[1]
            assert runs[0].endswith("passed, exit 0]")


def test_users_do_not_repeat_themselves() -> None:
    asked = Counter(row.messages[1]["content"] for row in ROWS)
    assert max(asked.values()) == 1
    turns = random.Random(0).sample(sorted(asked), 400)
    pairs = [pair for turn in turns for pair in pairwise(turn.split())]
    assert len(set(pairs)) / len(pairs) >= 0.6


def test_nothing_of_a_machine_or_a_person_is_in_them() -> None:
    text = "\n".join(str(message["content"]) for row in ROWS for message in row.messages)
    assert not re.search(r"/root/|/home/|/Users/|/tmp/|site-packages/", text)
    assert not re.search(r"[\w.]+@\w+\.\w+", text)
    assert "Traceback" not in text


def test_rows_are_short() -> None:
    tokenizer = ChatTokenizer.load(NANO)
    lengths = [len(render(row, tokenizer)) for row in ROWS]
    assert max(lengths) <= 1700
    assert 400 <= statistics.median(lengths) <= 750


def test_the_shortest_rows_of_each_kind_are_chosen() -> None:
    tokenizer = ChatTokenizer.load(NANO)
    rows = [row for row in ROWS if row.category == "tool-use"]
    chosen = build.choose([*rows, *ROWS[:50]], {"tool-use": 20})
    assert Counter(row.subcategory for row in chosen) == {
        "single": 4,
        "parallel": 5,
        "multi-turn": 5,
        "error recovery": 4,
        "irrelevance": 2,
    }
    assert {row.provenance["generator"] for row in chosen} == {"starter"}
    for name in TOOL_USE:
        lengths = sorted(len(render(row, tokenizer)) for row in rows if row.subcategory == name)
        picked = sorted(len(render(row, tokenizer)) for row in chosen if row.subcategory == name)
        assert picked == lengths[: len(picked)]
