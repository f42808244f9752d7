from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.planted_secrets import SECRETS, leaks
from vibecoder.curation.forms import openai
from vibecoder.dataset.importing import ImportResult, run_import
from vibecoder.dataset.store import Dataset
from vibecoder.types import Comparison, Example, ImportJob, Rated, Record
from vibecoder_datasets.importers import TELEMETRY

PROMPT, RESPONSE = "Implement user authentication", "Here's how to implement it."
GOOD = {
    "event": "task_completion", "task_id": "task_abc123", "prompt": PROMPT, "response": RESPONSE, "iterations": 3,
    "backend": "aider", "status": "completed",
}  # fmt: skip


def import_from(folder: Path, *events: Any, **options: Any) -> tuple[ImportResult, list[Record]]:
    path, into = folder / "events.jsonl", folder / "rows.jsonl"
    path.write_text("".join(f"{event if isinstance(event, str) else json.dumps(event)}\n" for event in events))
    result = run_import(TELEMETRY, ImportJob(path, options=options), into)
    return result, list(Dataset(into).read().records) if into.exists() else []


def test_an_interaction_comes_out_as_a_chat_with_metadata(tmp_path: Path) -> None:
    _, rows = import_from(tmp_path, GOOD)
    assert openai(rows[0])[1] == {
        "messages": [
            {"role": "system", "content": "You are a helpful AI coding assistant."},
            {"role": "user", "content": PROMPT},
            {"role": "assistant", "content": RESPONSE},
        ],
        "metadata": {
            "pattern_id": "task_abc123", "interaction_type": "task_completion", "iterations": 3, "backend": "aider",
            "success_metrics": {"efficiency": 0.33},
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"prompt": "x" * 20}, "a prompt of 20 characters or fewer"),
        ({"response": "x" * 10}, "a response of 10 characters or fewer"),
        ({"response": PROMPT}, "a response that repeats its prompt"),
        ({"iterations": 6}, "more than 5 iterations"),
        ({"status": "failed"}, "a bad outcome"),
        ({"status": None, "exit_code": 1}, "a bad outcome"),
        ({"tests_passed": False}, "a bad outcome"),
        ({"error": "timeout"}, "a bad outcome"),
        ({"prompt": None}, "an event that is no interaction"),
    ],
)
def test_the_filters_have_a_reason_each(tmp_path: Path, changed: dict[str, Any], reason: str) -> None:
    result, rows = import_from(tmp_path, GOOD | changed)
    assert rows == []
    assert result.dropped == {reason: 1}


def test_the_limits_themselves_pass(tmp_path: Path) -> None:
    edge = {"prompt": "x" * 21, "response": "y" * 11, "iterations": 5}
    assert len(import_from(tmp_path, GOOD | edge)[1]) == 1


def test_evidence_can_be_asked_for(tmp_path: Path) -> None:
    unknown = {key: value for key, value in GOOD.items() if key != "status"}
    assert len(import_from(tmp_path, unknown)[1]) == 1
    result, _ = import_from(tmp_path, unknown, evidence=True)
    assert result.dropped == {"an outcome that is not known": 1}


def test_a_pattern_has_no_more_rows_than_its_cap(tmp_path: Path) -> None:
    events = [GOOD | {"prompt": f"Fix the failing test in src/app_{n}.py, line {n}"} for n in range(9)]
    result, rows = import_from(tmp_path, *events, GOOD, per_pattern=4)
    assert len(rows) == 5
    assert result.dropped == {"a pattern that has enough rows": 5}


def test_votes_become_thumbs_and_comparisons(tmp_path: Path) -> None:
    votes = [GOOD | {"vote": "/good"}, GOOD | {"vote": "/bad", "response": "I won't do it at all."}]
    rows = import_from(tmp_path, *votes)[1]
    assert [row.label for row in rows if isinstance(row, Rated)] == [True, False]
    pair = next(row for row in rows if isinstance(row, Comparison))
    assert (pair.chosen[0]["content"], pair.rejected[0]["content"]) == (RESPONSE, "I won't do it at all.")
    assert sum(isinstance(row, Example) for row in rows) == 1
    assert len({row.group for row in rows}) == 1


def test_other_names_of_fields_and_nested_events_are_read(tmp_path: Path) -> None:
    nested = {"event_type": "query", "data": {"query": PROMPT, "result": RESPONSE, "success": True}}
    chat = {
        "messages": [{"role": "user", "content": "Write the parser for me"}, {"role": "assistant", "content": RESPONSE}]
    }
    rows = import_from(tmp_path, nested, chat)[1]
    assert [row.subcategory for row in rows] == ["query", "interaction"]


def test_damaged_lines_cost_themselves_alone(tmp_path: Path) -> None:
    result, rows = import_from(tmp_path, "{oops", "[1]", "7", GOOD)
    assert len(rows) == 1
    assert result.dropped == {"a line that is not JSON": 1, "an event that is no interaction": 2}
    path = tmp_path / "events.jsonl"
    path.write_text(json.dumps(GOOD)[:-9])
    result = run_import(TELEMETRY, ImportJob(path), tmp_path / "rows.jsonl")
    assert result.notes == ["a log whose last line is cut off; what stands before it is kept"]


def test_no_secret_comes_out(tmp_path: Path) -> None:
    events = [GOOD | {"prompt": f"Number {n}: use {line}", "response": f"{secret} is used", "task_id": line, "vote": 1}
              for n, (secret, line) in enumerate(SECRETS.values())]  # fmt: skip
    result, rows = import_from(tmp_path, *events, per_pattern=1000)
    assert len(rows) == 2 * len(SECRETS)
    assert not leaks((tmp_path / "rows.jsonl").read_text() + json.dumps(result.to_json()))
