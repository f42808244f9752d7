"""Requests of OpenAI's API, read and refused."""

from __future__ import annotations

from typing import Any

import pytest

from support.rows import READ_FILE
from vibecoder_serve.requests import BadRequest, completion_prompt, read_chat, read_sampling

ASKED = {"role": "user", "content": "Open it"}


def test_a_conversation_is_put_into_the_datasets_form() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "read_file", "arguments": '{"path": "a"}'}}
    messages = [
        {"role": "developer", "content": [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}]},
        ASKED,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "x = 1"},
    ]
    read = read_chat({"messages": messages, "tools": [READ_FILE]})
    made = {"type": "function", "function": {"name": "read_file", "arguments": {"path": "a"}}}
    assert read.messages == [
        {"role": "system", "content": "Be brief."},
        ASKED,
        {"role": "assistant", "content": "", "tool_calls": [made]},
        {"role": "tool", "content": "x = 1", "name": "read_file"},
    ]
    assert read.tools == [READ_FILE]
    assert read_chat({"messages": [ASKED], "tools": [READ_FILE], "tool_choice": "none"}).tools == []


def test_how_to_generate_is_read() -> None:
    body = {"max_completion_tokens": 5, "temperature": 0.5, "stop": "x", "stream": True, "seed": 3}
    read = read_sampling({**body, "stream_options": {"include_usage": True}})
    assert (read.max_tokens, read.temperature, read.stop, read.seed) == (5, 0.5, ("x",), 3)
    assert (read.stream, read.usage) == (True, True)
    assert read.asked == ("temperature", "seed")
    assert read_sampling({}).temperature == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "messages must be a list"),
        ({"messages": [{"role": "robot", "content": ""}]}, "must be one of system"),
        ({"messages": ["x"]}, "is no object"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "must be text"),
        ({"messages": [{"role": "assistant", "tool_calls": [{}]}]}, "cannot be read"),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "a", "arguments": "[]"}}]}]},
            "whose arguments are no object",
        ),
        ({"messages": [ASKED], "tools": [{"name": "x"}]}, "tools must be a list"),
        ({"messages": [ASKED], "tool_choice": "required"}, "tool_choice must be auto or none"),
        ({"messages": [ASKED], "functions": [{}]}, "give tools"),
        ({"messages": [ASKED], "n": 2}, "n must be 1"),
        ({"messages": [ASKED], "logprobs": True}, "logprobs are not given"),
        ({"messages": [ASKED], "response_format": {"type": "json_object"}}, "is not supported"),
        ({"messages": [ASKED], "max_tokens": "many"}, "a number is none"),
    ],
)
def test_what_cannot_be_done_is_refused(body: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        read_chat(body)


def test_a_completion_has_one_prompt() -> None:
    assert completion_prompt({"prompt": ["x"]}) == "x"
    with pytest.raises(BadRequest, match="one text"):
        completion_prompt({"prompt": ["x", "y"]})
