from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.planted_secrets import SECRETS, leaks
from vibecoder.dataset.importing import Brought, bring
from vibecoder.dataset.store import Dataset
from vibecoder.errors import DataError
from vibecoder.types import Example, ImportJob
from vibecoder_datasets.importers import CHAT

USER = {"role": "user", "content": [{"type": "text", "text": "List"}, {"type": "text", "text": "files"}]}
CALL = {"id": "c1", "type": "function", "function": {"name": "ls", "arguments": '{"path": "."}'}}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL], "refusal": None}
RESULT, REPLY = {"role": "tool", "tool_call_id": "c1", "content": "a.py"}, {"role": "assistant", "content": "a.py"}
TOOLS = [{"type": "function", "function": {"name": "ls", "parameters": {"type": "object"}}}]


def import_from(path: Path) -> tuple[Brought, list[Example]]:
    result = bring(CHAT, ImportJob(path), path.with_name("rows.jsonl"))
    rows = Dataset(path.with_name("rows.jsonl")).read().records if result.added else ()
    return result, [row for row in rows if isinstance(row, Example)]


def written(folder: Path, *rows: Any, end: str = "\n") -> Path:
    path = folder / "agent.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + end)
    return path


def test_a_conversation_is_normalised(tmp_path: Path) -> None:
    path = written(tmp_path, {"messages": [USER, CALLING, RESULT, REPLY], "tools": TOOLS, "id": 7})
    row = import_from(path)[1][0]
    assert row.messages[0]["content"] == "List\nfiles"
    assert row.messages[1]["content"] == ""
    assert row.messages[1]["tool_calls"][0]["function"]["arguments"] == {"path": "."}
    assert row.tools == tuple(TOOLS)
    assert (row.category, row.subcategory, row.verification) == ("tool-use", "chat", "imported")


def test_requests_that_go_on_are_one_row(tmp_path: Path) -> None:
    logged = [
        {"request": {"messages": [USER], "tools": TOOLS}, "response": {"choices": [{"message": CALLING}]}},
        {
            "request": {"messages": [USER, CALLING, RESULT], "tools": TOOLS},
            "response": {"choices": [{"message": REPLY}]},
        },
        {"messages": [{"role": "user", "content": "other"}, REPLY]},
    ]
    result, rows = import_from(written(tmp_path, *logged))
    assert [len(row.messages) for row in rows] == [4, 2]
    assert result.dropped == {"an earlier state of a conversation": 1}


def test_old_function_calls_are_read(tmp_path: Path) -> None:
    calling = {"role": "assistant", "content": None, "function_call": CALL["function"]}
    path = written(tmp_path, {"messages": [USER, calling, {"role": "function", "name": "ls", "content": "a"}, REPLY]})
    row = import_from(path)[1][0]
    assert [message["role"] for message in row.messages] == ["user", "assistant", "tool", "assistant"]


def test_bad_lines_cost_themselves_alone(tmp_path: Path) -> None:
    good = {"messages": [USER, REPLY]}
    strange = {"messages": [USER, {**CALLING, "tool_calls": [{**CALL, "id": {"a": 1}}]}, RESULT]}
    bad = [{"messages": []}, {"messages": "x"}, [1], {"messages": [{"role": "boss", "content": "x"}]}, strange, "{oops"]
    result, rows = import_from(written(tmp_path, *bad, good, '{"messages": [{"ro', end=""))
    assert len(rows) == 1
    assert sum(result.dropped.values()) == len(bad) + 1
    assert result.notes == ["a log whose last line is cut off; what stands before it is kept"]


def test_an_array_that_is_cut_off_keeps_what_stands_before(tmp_path: Path) -> None:
    text = json.dumps([{"messages": [USER, REPLY]}, {"messages": [REPLY, USER, REPLY]}], indent=1)
    result, rows = import_from(written(tmp_path, text))
    assert (len(rows), result.notes) == (2, [])
    (tmp_path / "rows.jsonl").unlink()
    result, rows = import_from(written(tmp_path, text[:-30]))
    assert len(rows) == 1
    assert len(result.notes) == 1


def test_no_secret_comes_out(tmp_path: Path) -> None:
    lines = [{"messages": [{"role": "user", "content": line}, {"role": "assistant", "content": secret}], "key": line}
             for secret, line in SECRETS.values()]  # fmt: skip
    spoilt = [{"messages": [{"role": line, "content": secret}]} for secret, line in SECRETS.values()]
    result, _ = import_from(written(tmp_path, *lines, *spoilt))
    assert result.kept == len(SECRETS)
    assert not leaks((tmp_path / "rows.jsonl").read_text() + json.dumps(result.to_json()))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no file at .*nowhere"):
        import_from(tmp_path / "nowhere.jsonl")
