"""Messages of other clients' forms say the same afterwards, or the row is refused."""

from __future__ import annotations

from typing import Any

import pytest

from vibecoder.curation.foreign import from_row
from vibecoder.dataset.records import from_json
from vibecoder.errors import DataError
from vibecoder.types import Comparison, Example

ASK = {"role": "user", "content": "Zone?"}
REPLY = {"role": "assistant", "content": "CET"}
FUNCTION = {"name": "zone", "arguments": '{"city": "Oslo"}'}
CALL = {"id": "c1", "type": "function", "function": FUNCTION}
CALLED = {"id": "c1", "type": "function", "function": {"name": "zone", "arguments": {"city": "Oslo"}}}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "CET"}
SCHEMA = {"name": "zone", "description": "Zone", "parameters": {"type": "object", "properties": {}}}
TOOL = {"type": "function", "function": SCHEMA}


def example(*messages: Any, **more: Any) -> Example:
    record = from_row({"messages": list(messages), **more})
    assert isinstance(record, Example)
    return record


@pytest.mark.parametrize(
    "calling",
    [
        {"role": "assistant", "content": None, "tool_calls": [CALL], "refusal": None, "annotations": []},
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "assistant", "content": "", "tool_calls": [CALL], "function_call": None},
        {"role": "assistant", "content": [], "tool_calls": [CALL]},
    ],
)
def test_a_turn_that_calls_needs_no_content(calling: dict[str, Any]) -> None:
    row = example(ASK, calling, RESULT, REPLY)
    assert row.messages[1] == {"role": "assistant", "content": "", "tool_calls": [CALLED]}


def test_old_function_calls_are_calls_and_their_results() -> None:
    calling = {"role": "assistant", "content": None, "function_call": FUNCTION}
    row = example(ASK, calling, {"role": "function", "name": "zone", "content": "CET"}, REPLY, functions=[SCHEMA])
    assert row.messages[1]["tool_calls"] == [{"type": "function", "function": CALLED["function"]}]
    assert row.messages[2] == {"role": "tool", "name": "zone", "content": "CET"}
    assert row.tools == (TOOL,)
    assert row.provenance == {}


@pytest.mark.parametrize("arguments", ["", None, "{}", {}])
def test_a_call_without_arguments(arguments: Any) -> None:
    call = {"type": "function", "function": {"name": "now", "arguments": arguments}}
    assert example(ASK, {**REPLY, "tool_calls": [call]}).messages[1]["tool_calls"][0]["function"]["arguments"] == {}


def test_text_parts_of_all_clients_are_text() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "input_text", "text": "b"}, {"type": "text", "value": "c"}, "d"]
    row = example(
        {"role": "system", "content": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}]},
        {"role": "user", "content": parts},
        {
            "role": "assistant",
            "content": [{"type": "thinking", "thinking": "hm"}, {"type": "output_text", "text": "e"}],
        },
    )
    assert [turn["content"] for turn in row.messages] == ["s", "a\nb\nc\nd", "e"]


def test_a_refusal_is_what_the_assistant_said() -> None:
    assert (
        example(ASK, {"role": "assistant", "content": None, "refusal": "I can't."}).messages[1]["content"] == "I can't."
    )
    refused = {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}
    assert example(ASK, refused).messages[1]["content"] == "No."


def test_blocks_of_calls_and_results_become_turns() -> None:
    use = {"type": "tool_use", "id": "t1", "name": "zone", "input": {"city": "Oslo"}}
    again = {"type": "tool_use", "id": "t2", "name": "zone", "input": {"city": "Rome"}}
    row = example(
        ASK,
        {"role": "assistant", "content": [{"type": "text", "text": "I look."}, use, again]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "t2", "content": [{"type": "text", "text": "Rome: CET"}]},
            {"type": "tool_result", "tool_use_id": "t1", "content": "Oslo: CET"},
            {"type": "text", "text": "Quickly."}]},
        {"role": "assistant", "content": [{"type": "text", "text": "Both CET."}]},
        system=[{"type": "text", "text": "Be brief."}],
        tools=[{"name": "zone", "description": "Zone", "input_schema": {"type": "object", "properties": {}}}],
    )  # fmt: skip
    assert [(turn["role"], turn["content"]) for turn in row.messages] == [
        ("system", "Be brief."), ("user", "Zone?"), ("assistant", "I look."), ("tool", "Oslo: CET"),
        ("tool", "Rome: CET"), ("user", "Quickly."), ("assistant", "Both CET."),
    ]  # fmt: skip
    calls = [call["function"]["arguments"]["city"] for call in row.messages[2]["tool_calls"]]
    assert calls == ["Oslo", "Rome"]
    assert row.tools == (TOOL,)


IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"role": "user", "content": [IMAGE]}, "image_url"),
        ({"role": "user", "content": [{"type": "text", "text": "Who?"}, IMAGE]}, "image_url"),
        ({"role": "user", "content": [{"type": "file", "file": {"filename": "a.pdf"}}, "Sum it up"]}, "file"),
        ({"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "aGk="}}]}, "input_audio"),
        ({"role": "user", "content": [{"type": "document", "source": {}}]}, "document"),
        ({"role": "user", "content": [{"type": "video", "video": "a.mp4"}]}, "video"),
        ({"role": "user", "content": [{"text": "no type"}]}, "of no known type"),
        ({"role": "user", "content": [{"type": "text"}]}, "text"),
        ({"role": "user", "content": [7]}, "of no known type"),
        ({"role": "user", "content": [{"type": "a b; c"}]}, "of no known type"),
        ({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x", "content": [IMAGE]}]}, "image_url"),
        ({"role": "assistant", "content": [{"type": "server_tool_use", "name": "web"}]}, "server_tool"),
        ({"role": "assistant", "content": None, "audio": {"id": "a", "transcript": "hello"}}, "audio"),
    ],
)  # fmt: skip
def test_a_part_that_is_no_text_costs_the_row(message: dict[str, Any], kind: str) -> None:
    with pytest.raises(DataError, match=r"a part that is no text") as told:
        example(ASK, REPLY, message, REPLY)
    assert kind in str(told.value)


@pytest.mark.parametrize("name", ["images", "image", "videos", "audios", "audio", "documents"])
def test_media_beside_the_messages_cost_the_row(name: str) -> None:
    rows = [
        {"messages": [ASK, REPLY]},
        {"instruction": "Who?", "output": "Two players."},
        {"prompt": "Who?", "completion": "Two players."},
        {"prompt": "Who?", "chosen": "Two", "rejected": "One"},
    ]
    for row in rows:
        from_row({**row, name: []})
        from_row({**row, name: None})
        with pytest.raises(DataError, match=rf"has {name}, a part that is no text"):
            from_row({**row, name: ["1.jpg"]})
    with pytest.raises(DataError, match=rf"has {name}"):
        from_json({"messages": [ASK, REPLY], name: ["1.jpg"]})


@pytest.mark.parametrize(
    "tools",
    [
        '[{"name": "zone", "description": "Zone", "parameters": {"type": "object", "properties": {}}}]',
        [f'{{"type": "function", "function": {{"name": "zone", "description": "Zone", "parameters": {d}}}}}'
         for d in ('{"type": "object", "properties": {}}',)],
        [{"type": "function", **SCHEMA}],
        [TOOL],
    ],
)  # fmt: skip
def test_tools_in_every_spelling(tools: Any) -> None:
    assert example(ASK, REPLY, tools=tools).tools == (TOOL,)
    pair = from_row({"prompt": [ASK], "chosen": [REPLY], "rejected": [{**REPLY, "content": "UTC"}], "tools": tools})
    assert isinstance(pair, Comparison)
    assert pair.tools == (TOOL,)
    alpaca = from_row({"instruction": "Zone?", "output": "CET", "tools": tools})
    assert isinstance(alpaca, Example)
    assert alpaca.tools == (TOOL,)


@pytest.mark.parametrize("tools", ["", "[]", [], None])
def test_no_tools_in_every_spelling(tools: Any) -> None:
    assert example(ASK, REPLY, tools=tools).tools == ()


def test_a_system_prompt_beside_the_messages_comes_first_once() -> None:
    row = example(ASK, REPLY, system="Be brief.")
    assert row.messages[0] == {"role": "system", "content": "Be brief."}
    assert example(*row.messages, system="Be brief.") == row
    with pytest.raises(DataError, match="another system turn"):
        example(*row.messages, system="Be long.")
    pair = from_row({"system": "Be brief.", "prompt": "Zone?", "chosen": "CET", "rejected": "UTC"})
    assert isinstance(pair, Comparison)
    assert pair.messages[0]["content"] == "Be brief."
