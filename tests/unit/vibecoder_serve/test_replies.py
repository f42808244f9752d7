"""Calls taken out of replies, in the model's form and in others, whole and piece by piece."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.rows import READ_FILE
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer
from vibecoder_serve.replies import ReplyStream, parse_reply, tool_call

READER = ChatTokenizer.load(NANO).calls
CALL = {"name": "read_file", "arguments": {"path": "a.py"}}
TEXT = json.dumps(CALL)
TAGGED = f"<tool_call>\n{TEXT}\n</tool_call>"
REPLIES = {
    "tagged": (TAGGED, "", 1, ""),
    "text before it": (f"I look.\n{TAGGED}", "I look.", 1, ""),
    "two": (f"{TAGGED}\n{TAGGED}", "", 2, ""),
    "no end": (f"I look.\n<tool_call>\n{TEXT}", "I look.", 1, "hermes"),
    "a fence": (f"Sure:\n```json\n{TEXT}\n```", "Sure:", 1, "fenced"),
    "bare": (TEXT, "", 1, "bare"),
    "a bare list": (f"[{TEXT}, {TEXT}]", "", 2, "bare"),
    "nothing": ("Hello.", "Hello.", 0, ""),
    "code in a fence": ("```python\nprint(1)\n```", "```python\nprint(1)\n```", 0, ""),
    "JSON that is no call": ('{"a": 1}', '{"a": 1}', 0, ""),
    "a tool that was not offered": (TEXT.replace("read_file", "rm"), TEXT.replace("read_file", "rm"), 0, ""),
    "less than a call": ("a < b and <tool", "a < b and <tool", 0, ""),
}


@pytest.mark.parametrize("name", REPLIES)
def test_calls_are_found_and_others_repaired(name: str) -> None:
    text, content, calls, repaired = REPLIES[name]
    parsed = parse_reply(f"{text}<|im_end|>", READER, [READ_FILE])
    assert (parsed.content, len(parsed.calls), parsed.repaired) == (content, calls, repaired)
    assert all(call == CALL for call in parsed.calls)


def test_without_tools_a_call_is_text() -> None:
    assert parse_reply(TEXT, READER, []).content == TEXT
    assert parse_reply(TAGGED, READER, []).calls == ()


@given(name=st.sampled_from(sorted(REPLIES)), cuts=st.lists(st.integers(0, 120), max_size=6))
def test_a_stream_gives_out_what_the_whole_has(name: str, cuts: list[int]) -> None:
    text = REPLIES[name][0]
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    stream = ReplyStream(READER, [READ_FILE])
    shown = "".join(stream.add(text[start:end]) for start, end in pairwise(places))
    rest, parsed = stream.end()
    whole = parse_reply(text, READER, [READ_FILE])
    assert parsed == whole
    assert (shown + rest).strip() == whole.content.strip()


def test_text_is_not_kept_back_where_no_call_can_begin() -> None:
    stream = ReplyStream(READER, [READ_FILE])
    assert stream.add("I will ") == "I will"
    assert stream.add("look at <to") == " look at"
    assert stream.add("p>. ```python\nx") == " <top>. ```python\nx"
    assert ReplyStream(READER, []).add(TEXT) == TEXT


def test_the_token_that_ends_a_reply_is_not_shown() -> None:
    stream = ReplyStream(READER, [])
    assert stream.add("Four.") == "Four."
    assert stream.add("<|im_end|>") == ""
    assert stream.end()[0] == ""


def test_calls_in_openais_form_have_an_id_and_arguments_as_text() -> None:
    made = tool_call(CALL)
    assert json.loads(made["function"]["arguments"]) == {"path": "a.py"}
    assert made["id"] != tool_call(CALL)["id"]
