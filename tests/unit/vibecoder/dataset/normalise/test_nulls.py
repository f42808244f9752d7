"""Rows that went through `datasets` teach the arguments that they had before, and true nulls stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset as Arrow

from vibecoder.curation.foreign import read_rows
from vibecoder.dataset.normalise.nulls import NULLS
from vibecoder.dataset.records import from_json, to_json
from vibecoder.dataset.store import Dataset
from vibecoder.types import Record

ANY = {"type": "object", "properties": {}}


def tool(name: str, properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, **more} if properties is not None else None
    return {"type": "function", "function": {"name": name, **({"parameters": parameters} if parameters else {})}}


def row(name: str, arguments: dict[str, Any], tools: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    call = {"id": "c", "type": "function", "function": {"name": name, "arguments": arguments}}
    messages = [
        {"role": "user", "content": "Do it."},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "ok", "tool_call_id": "c", "name": name},
        {"role": "assistant", "content": "Done."},
    ]
    return {"messages": messages, **({"tools": tools} if tools else {})}


WEATHER = tool("weather", {"city": {"type": "string", "enum": ["Oslo", "Rome"]}}, required=["city"])
SEARCH = tool("search", {"where": {"type": "object", "properties": {"path": {"type": "string"}}},
                         "limit": {"type": ["integer", "null"], "description": "At most so many"}})  # fmt: skip
BARE = tool("now", {})
ALL = [WEATHER, SEARCH, BARE]
ROWS = [
    row("weather", {"city": "Oslo"}, ALL),
    row("search", {"where": {"path": "src"}, "limit": 3}, ALL),
    row("now", {}, ALL),
]


def written(rows: list[dict[str, Any]], folder: Path, how: str) -> Path:
    """The rows after a way through Arrow."""
    names = {name for row in rows for name in row}
    table = Arrow.from_list([{name: row.get(name) for name in names} for row in rows])
    path = folder / "rows.jsonl"
    if how == "parquet":
        table.to_parquet(folder / "rows.parquet")
        rows = Arrow.from_parquet(str(folder / "rows.parquet"), cache_dir=str(folder / "cache")).to_list()
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    else:
        table.to_json(path)
    return path


def contents(records: list[Record] | tuple[Record, ...]) -> list[dict[str, Any]]:
    return [{name: value for name, value in to_json(record).items() if name != "provenance"} for record in records]


@pytest.mark.parametrize("how", ["json", "parquet"])
def test_rows_come_back_from_arrow_as_they_were(how: str, tmp_path: Path) -> None:
    path = written(ROWS, tmp_path, how)
    assert '"where": null' in path.read_text().replace('":null', '": null')
    wanted = contents([from_json(row) for row in ROWS])
    found = Dataset(path).read()
    assert contents(found.records) == wanted
    assert found.changed[NULLS] > 0
    assert contents([record for _, record in read_rows(path).good]) == wanted


def test_our_own_rows_come_back_with_their_ids(tmp_path: Path) -> None:
    other = from_json({"kind": "infill", "prefix": "a", "middle": "b", "suffix": "c"})
    pair = from_json({"kind": "comparison", "messages": [{"role": "user", "content": "q"}],
                      "chosen": [{"role": "assistant", "content": "x"}],
                      "rejected": [{"role": "assistant", "content": "y"}]})  # fmt: skip
    own = [*(from_json(given) for given in ROWS), other, pair]
    rows = [{name: value for name, value in to_json(record).items() if name != "provenance"} for record in own]
    found = Dataset(written(rows, tmp_path, "json")).read()
    assert found.bad == ()
    assert [record.id for record in found.records] == [record.id for record in own]


def test_without_schemas_the_file_shows_whose_the_nulls_are(tmp_path: Path) -> None:
    rows = [row("weather", {"city": "Oslo"}), row("calc", {"expr": "1+1"}), row("put", {"key": "a", "value": None})]
    path = written(rows, tmp_path, "json")
    calls = [record.messages[1]["tool_calls"][0]["function"]["arguments"] for record in Dataset(path).read().records]  # type: ignore[union-attr]
    # nobody gives `value` a value, so that it may be a true null
    assert calls == [{"city": "Oslo", "value": None}, {"expr": "1+1", "value": None}, {"key": "a", "value": None}]


NULL = [
    ({"type": "string"}, False),
    ({"type": ["string", "null"]}, True),
    ({"type": "null"}, True),
    ({"anyOf": [{"type": "string"}, {"type": "null"}]}, True),
    ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, False),
    ({"allOf": [{"type": ["string", "null"]}, {"type": "string"}]}, False),
    ({"type": "string", "nullable": True}, True),
    ({"enum": ["a", None]}, True),
    ({"enum": ["a", "b"]}, False),
    ({"const": 1}, False),
    ({}, True),
    ({"description": "anything"}, True),
    ({"$ref": "#/$defs/Maybe"}, True),
    ({"$ref": "#/$defs/Name"}, False),
    ({"$ref": "https://example.com/schema"}, True),
]


@pytest.mark.parametrize(("schema", "stays"), NULL)
def test_a_null_stays_where_the_schema_allows_it(schema: dict[str, Any], stays: bool) -> None:
    defs = {"Maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "Name": {"type": "string"}}
    offered = tool("put", {"key": {"type": "string"}, "value": schema}, **{"$defs": defs})
    record = from_json(row("put", {"key": "k", "value": None}, [offered]))
    arguments = record.messages[1]["tool_calls"][0]["function"]["arguments"]  # type: ignore[union-attr]
    assert arguments == ({"key": "k", "value": None} if stays else {"key": "k"})


def test_nulls_in_depth_and_of_free_objects() -> None:
    offered = tool(
        "find",
        {"where": {"type": "object", "properties": {"path": {"type": "string"}}},
         "all": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "integer"}}}},
         "free": {"type": "object"}},
        additionalProperties={"type": ["string", "null"]},
    )  # fmt: skip
    given = {"where": {"path": "x", "city": None}, "all": [{"a": 1, "b": None}], "free": {"x": None}, "more": None}
    record = from_json(row("find", given, [offered]))
    assert record.messages[1]["tool_calls"][0]["function"]["arguments"] == {  # type: ignore[union-attr]
        "where": {"path": "x"}, "all": [{"a": 1}], "free": {"x": None}, "more": None,
    }  # fmt: skip


def test_true_nulls_of_schemas_stay() -> None:
    maybe = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    offered = tool("put", {"value": maybe, "kind": {"type": ["string", "null"], "enum": ["a", None]}})
    record = from_json(row("put", {"value": None, "kind": None}, [offered]))
    assert record.tools == (offered,)  # type: ignore[union-attr]
    stray = tool("put", {"value": {"type": "string", "default": None, "enum": None, "items": None}, "city": None})
    record = from_json(row("put", {"value": "x"}, [stray]))
    assert record.tools == (tool("put", {"value": {"type": "string"}}),)  # type: ignore[union-attr]
