"""Exact comparison of tool calls: what is right is accepted, everything else refused."""

from __future__ import annotations

import json

import pytest

from vibecoder.rendering.calls import HERMES
from vibecoder.rendering.tool_calls import expected_calls, fenced_calls, same_calls

CALL = {"name": "grep", "arguments": {"pattern": "def run", "path": "src", "limit": 5}}
OTHER = {"name": "read_file", "arguments": {"path": "a.py"}}


def tagged(*calls: dict) -> str:
    return "\n".join(f"<tool_call>\n{json.dumps(call)}\n</tool_call>" for call in calls)


def test_the_calls_of_a_turn() -> None:
    turn = {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": CALL}]}
    assert expected_calls(turn) == [CALL]
    assert expected_calls({"role": "assistant", "content": "Done."}) == []


@pytest.mark.parametrize(
    "text",
    [tagged(CALL, OTHER), tagged(OTHER, CALL), "First.\n" + tagged(CALL) + "\n" + tagged(OTHER)],
)
def test_order_and_text_around_do_not_matter(text: str) -> None:
    assert same_calls([CALL, OTHER], HERMES.read(text))


@pytest.mark.parametrize(
    "text",
    [
        tagged({**CALL, "name": "glob"}),
        tagged({**CALL, "arguments": {**CALL["arguments"], "limit": "5"}}),
        tagged({**CALL, "arguments": {**CALL["arguments"], "extra": 1}}),
        tagged({**CALL, "arguments": {"pattern": "def run", "path": "src"}}),
        tagged({**CALL, "id": 1}),
        tagged(CALL, CALL),
        tagged(CALL)[:-20],
        tagged(CALL).replace("}\n", "\n"),
        "",
        json.dumps(CALL),
    ],
)
def test_anything_else_is_wrong(text: str) -> None:
    assert not same_calls([CALL], HERMES.read(text))


def test_a_call_where_none_is_wanted_is_wrong() -> None:
    assert same_calls([], HERMES.read("Nothing fits."))
    assert not same_calls([], HERMES.read(tagged(CALL)))


def test_fences_are_read_apart() -> None:
    text = f"```json\n{json.dumps(CALL)}\n```"
    assert same_calls([CALL], fenced_calls(text))
    assert not same_calls([CALL], HERMES.read(text))
