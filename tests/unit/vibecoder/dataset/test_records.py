"""Records as JSON: exact round trips, ids that name the content alone, and reasons for every row that is no record."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibecoder.dataset.records import content_id, from_json, identified, parse, to_json, to_line
from vibecoder.errors import DataError
from vibecoder.types import Comparison, Example, Infill, Rated, Record, Task

USER = {"role": "user", "content": "hi"}
REPLY = {"role": "assistant", "content": "hello"}
CALL = {"id": "c1", "type": "function", "function": {"name": "read", "arguments": {"path": "a.py"}}}
CALLING = {"role": "assistant", "content": "", "tool_calls": [CALL]}
RESULT = {"role": "tool", "content": "x = 1", "tool_call_id": "c1"}
TOOL = {"type": "function", "function": {"name": "read", "parameters": {"type": "object", "properties": {}}}}

text = st.text(st.characters(exclude_categories=["Cs"]))
name = text.filter(str.strip)
value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=12,
)
objects = st.dictionaries(text, value, max_size=3)
calls = st.builds(lambda n, a: {"type": "function", "function": {"name": n, "arguments": a}}, text, objects)
labels = {
    "category": text,
    "subcategory": text,
    "group": text,
    "provenance": objects,
    "verification": st.sampled_from(["executed", "parsed", "imported", "none"]),
}


@st.composite
def conversations(draw: st.DrawFn) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = [
        {"role": draw(st.sampled_from(["system", "developer", "user"])), "content": draw(text)}
    ]
    for _ in range(draw(st.integers(0, 3))):
        made = draw(st.lists(calls, max_size=2))
        turns.append({"role": "assistant", "content": draw(name), **({"tool_calls": made} if made else {})})
        turns += [{"role": "tool", "content": draw(text)} for _ in made]
        turns.append({"role": "user", "content": draw(text)})
    return turns


replies = st.builds(lambda content: [{"role": "assistant", "content": content}], name)
fields = st.dictionaries(text, value.filter(lambda given: given is not None), max_size=3)  # null is no schema's keyword
tools = st.lists(st.builds(lambda n, p: {"type": "function", "function": {"name": n, **p}}, text, fields), max_size=2)
tools = tools.filter(lambda made: all(isinstance(tool["function"]["name"], str) for tool in made))
records: st.SearchStrategy[Record] = st.one_of(
    st.builds(lambda m, r, **k: Example(messages=[*m, *r], **k), conversations(), replies, tools=tools, **labels),
    st.builds(Infill, prefix=text, middle=text.filter(len), suffix=text, path=text, **labels),
    st.builds(
        lambda pair, **k: Comparison(chosen=pair[0], rejected=pair[1], **k),
        st.tuples(replies, replies).filter(lambda pair: pair[0] != pair[1]),
        messages=conversations(), tools=tools, **labels,
    ),
    st.builds(Rated, messages=conversations(), completion=replies, label=st.booleans(), tools=tools, **labels),
    st.builds(Task, messages=conversations(), reference=objects, tools=tools, **labels),
)  # fmt: skip


def exact(row: Any) -> str:
    """JSON text with key order, so that 1 and 1.0, -0.0 and 0, and orders of arguments differ."""
    return json.dumps(row)


@given(records)
def test_a_record_reads_back_exactly_from_its_line(record: Record) -> None:
    line = to_line(record)
    again = parse(line)
    assert exact(to_json(again)) == exact(to_json(record)) == exact(json.loads(line))
    assert again.id == content_id(record) == content_id(again) == identified(record).id
    assert to_line(again) == line
    assert len(line.splitlines()) == len(line.decode().splitlines()) == 1
    assert line.endswith(b"}\n")


@given(records, objects, text)
def test_labels_do_not_change_the_id_and_content_does(record: Record, provenance: dict[str, Any], label: str) -> None:
    labelled = replace(record, category=label, group=label, provenance=provenance, id="0" * 32)
    assert content_id(labelled) == content_id(record)
    if isinstance(record, Infill):
        assert content_id(replace(record, middle=record.middle + "x")) != content_id(record)
    else:
        assert content_id(replace(record, messages=[*record.messages, USER])) != content_id(record)


def test_the_id_is_stable() -> None:
    """Ids are on users' disks: a change of the canonical form is a new format."""
    example = Example(messages=[USER, CALLING, RESULT, REPLY], tools=[TOOL], category="tool-use")
    assert content_id(example) == "35a15acf6205588c4a16112c5f1c08c4"
    assert content_id(Infill(prefix="a", middle="é\n", suffix="c", path="m.py")) == "625dbead0f044e70413b10c3898fbf24"


def test_the_id_ignores_the_order_of_keys_but_the_line_keeps_it() -> None:
    def example(arguments: dict[str, Any]) -> Example:
        call = {"type": "function", "function": {"name": "f", "arguments": arguments}}
        return Example(messages=[USER, {"role": "assistant", "content": "", "tool_calls": [call]}])

    one, other = example({"b": 1, "a": 2}), example({"a": 2, "b": 1})
    assert content_id(one) == content_id(other)
    assert b'{"b": 1, "a": 2}' in to_line(one)


def test_a_line_holds_its_fields_in_order_and_no_empty_tools() -> None:
    row = to_json(Example(messages=[USER, REPLY], category="agentic"))
    metadata = ["id", "kind", "category", "subcategory", "group", "verification", "provenance"]
    assert list(row) == [*metadata, "messages"]
    assert list(to_json(Example(messages=[USER, REPLY], tools=[TOOL]))) == [*metadata, "tools", "messages"]
    assert list(to_json(Infill(prefix="a", middle="b", suffix="c"))) == [
        *metadata,
        "path",
        "prefix",
        "middle",
        "suffix",
    ]
    assert row["kind"] == "example"


def test_rows_of_others_are_taken_and_made_regular() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "read", "arguments": '{"path": "a.py"}'}}
    row = {
        "messages": [USER, {**CALLING, "tool_calls": [call], "name": None}, RESULT, {**REPLY, "tool_calls": None}],
        "tools": None,
        "source": "elsewhere",
        "id": 7,
    }
    before = exact(row)
    record = from_json(row)
    assert isinstance(record, Example)
    assert list(record.messages) == [USER, CALLING, RESULT, REPLY]
    assert record.provenance == {"source": "elsewhere", "id": 7}
    assert record.tools == ()
    assert len(record.id) == 32
    assert exact(row) == before
    flat = {"role": "assistant", "content": "", "tool_calls": [{"name": "read", "arguments": {"path": "a.py"}}]}
    taken = from_json({"messages": [USER, flat], "tools": [{"name": "read"}]})
    assert isinstance(taken, Example)
    assert taken.messages[1]["tool_calls"][0]["function"] == CALL["function"]
    assert taken.tools[0] == {"type": "function", "function": {"name": "read"}}


def test_an_id_of_the_row_as_it_was_written_is_accepted() -> None:
    call = {"type": "function", "function": {"name": "read", "arguments": '{"path": "a.py"}'}}
    written = Example(messages=[USER, {"role": "assistant", "content": "", "tool_calls": [call]}])
    row = {"kind": "example", "id": content_id(written), "messages": list(written.messages)}
    assert from_json(row).id != content_id(written)
    assert parse(to_line(written)).id == from_json(row).id


def example(*messages: Any, **fields: Any) -> dict[str, Any]:
    return {"kind": "example", "messages": list(messages), **fields}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["a"], "a row must be a JSON object, not a list"),
        ({"kind": "exampel", "messages": [USER, REPLY]}, "unknown kind exampel; did you mean example?"),
        ({"kind": 3}, "unknown kind 3; known: comparison, example"),
        ({}, "neither a kind nor messages among its fields (none)"),
        ({"instruction": "a", "output": "b"}, "another format, Alpaca (instruction/output); write it as"),
        ({"conversations": []}, "ShareGPT (conversations)"),
        ({"prompt": "a", "completion": "b"}, "prompt/completion"),
        ({"prompt": [], "chosen": [], "rejected": []}, 'TRL preference (prompt/chosen/rejected); write it as {"kind"'),
        ({"text": "a"}, "plain text (text)"),
        ({"messages": [USER], "chosen": [REPLY]}, 'has chosen but no kind; add "kind": "comparison"'),
        (example(USER, REPLY, subcategry="x"), "unknown field subcategry; did you mean subcategory?"),
        (example(USER), "an example needs at least one assistant turn"),
        (example(), "messages is empty"),
        ({"kind": "example"}, "an example needs messages"),
        ({"kind": "infill", "prefix": "a"}, "an infill needs middle and suffix"),
        ({"kind": "infill", "prefix": "a", "middle": "", "suffix": ""}, "an empty middle"),
        (example({"role": "bot", "content": ""}), "messages[0] has the unknown role bot"),
        (example({"from": "human", "value": "hi"}), "ShareGPT's from/value; write role and content"),
        (example({"role": "user", "content": None}, REPLY), 'messages[0] (user) has no content; write ""'),
        (example(USER, {"role": "assistant"}), 'has no content; write ""'),
        (example({"role": "user", "content": [{"type": "text"}]}), "messages[0] has a part that is no text (text)"),
        (example({"role": "user", "content": 7}), "content must be a string, not a number"),
        (example(USER, {"role": "assistant", "content": ""}), "says nothing and calls nothing"),
        (example({**USER, "tool_calls": [CALL]}), "only assistant turns call tools"),
        (example(USER, RESULT, REPLY), "messages[1] is a tool result, but the assistant turn before it has no call"),
        (example(USER, CALLING, RESULT, RESULT, REPLY), "messages[3] is a tool result"),
        (example(USER, CALLING, {**RESULT, "tool_call_id": "c2"}), "call c2, which is not open; known: c1"),
        (example(USER, REPLY, tools=[{"type": "function"}]), "function of tool 1 must be an object, not null"),
        (example(USER, REPLY, tools="read"), "tools is a string that is not JSON; write a list of schemas"),
        (example(USER, REPLY, verification="checked"), "unknown verification checked"),
        (example(USER, REPLY, category=3), "category must be a string, not a number"),
        (example(USER, REPLY, id="abc"), "id does not match its content (it should be "),
        ({"kind": "rated", "messages": [USER], "completion": [REPLY], "label": 1}, "label must be true or false"),
        ({"kind": "rated", "messages": [USER], "completion": "hello", "label": True}, "must be a list of messages"),
        ({"kind": "comparison", "messages": [USER], "chosen": [REPLY], "rejected": [REPLY]}, "are the same"),
        ({"kind": "comparison", "messages": [USER], "chosen": [USER], "rejected": [REPLY]}, "must start with an assi"),
        ({"kind": "task", "messages": [USER], "reference": "x"}, "reference must be an object, not a string"),
        (example(USER, {"role": "assistant", "content": "\ud800"}), "half of a surrogate pair"),
        (example(USER, REPLY, provenance={"x": "\udfff"}), "half of a surrogate pair"),
        (example(USER, REPLY, provenance={"x": float("nan")}), "not JSON"),
        ({"kind": "task", "messages": [USER], "reference": {"x": float("inf")}}, "not JSON"),
    ],
)  # fmt: skip
def test_what_is_no_record_is_told_why(row: Any, reason: str) -> None:
    with pytest.raises(DataError) as told:
        from_json(row)
    assert reason in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ('{"path": ', "a string that is not JSON; write an object"),
        ('["a"]', "arguments must be an object, not a list"),
        ('{"a": NaN}', "a string that is not JSON"),
    ],
)
def test_arguments_must_be_an_object_or_spell_one(arguments: Any, reason: str) -> None:
    call = {"function": {"name": "f", "arguments": arguments}}
    with pytest.raises(DataError) as told:
        from_json(example(USER, {"role": "assistant", "content": "", "tool_calls": [call]}))
    assert reason in str(told.value)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"messages": ', "not JSON: Expecting value at column 14"),
        (b"\xff\xfe{", "not UTF-8"),
        (b"[", "part of a JSON array; write one JSON object a line"),
        (b'[{"messages": []},', "part of a JSON array"),
        (b"{", "JSON spread over several lines"),
        (b"instruction,output", "looks like CSV"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' * 100_000, "nested too deeply"),
        (b'{"a": "\\ud800", "messages": [{"role": "assistant", "content": "x"}]}', "half of a surrogate pair"),
        (b'{"messages": [{"role": "assistant", "content": "x\x00"}]}', "not JSON: Invalid control character"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_told_why(line: bytes, reason: str) -> None:
    with pytest.raises(DataError) as told:
        parse(line)
    assert reason in str(told.value)


@given(st.binary(max_size=200) | value.map(lambda row: json.dumps(row).encode()))
def test_anything_else_is_a_record_or_a_reason(line: bytes) -> None:
    with suppress(DataError):
        to_line(parse(line))


def test_deep_arguments_survive() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = {"x": [deep]}
    call = {"type": "function", "function": {"name": "f", "arguments": {"a": deep}}}
    record = Example(messages=[USER, {"role": "assistant", "content": "", "tool_calls": [call]}])
    again = parse(to_line(record))
    assert isinstance(again, Example)
    assert again.messages[1]["tool_calls"] == [call]
