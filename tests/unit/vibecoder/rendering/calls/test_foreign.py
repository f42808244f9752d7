"""Calls in the forms of many models are seen as calls; code and prose are not."""

from __future__ import annotations

import pytest

from vibecoder.rendering.calls.foreign import foreign_call

CALLS = [
    '{"name": "lookup_zone", "parameters": {"city": "X"}}',
    '[TOOL_CALLS]lookup_zone[ARGS]{"city": "X"}',
    "<|tool_call_start|>[lookup_zone(city='X')]<|tool_call_end|>",
    '<|tool_call>call:lookup_zone{city:<|"|>X<|"|>}<tool_call|>',
    '<function=lookup_zone>{"city": "X"}</function>',
    "<tool_call>\n<function=lookup_zone>",
    ' to=functions.lookup_zone<|channel|>commentary json<|message|>{"city": "X"}',
    '<invoke name="lookup_zone">\n<parameter name="city">X</parameter>\n</invoke>',
    '<|python_tag|>{"name": "lookup_zone"}',
    "[lookup_zone(city='X')]",
    '```json\n{"name": "lookup_zone", "arguments": {"city": "X"}}\n```',
    "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function",
    '>>>lookup_zone\n{"city": "X"}',
]
WORDS = [
    "None of my tools does that.",
    "Call `lookup_zone(city='X')` yourself.",
    "```python\nfound = [lookup(city='X') for city in cities]\n```",
    'The file holds `{"name": "vibecoder", "version": "1.0"}`.',
    "Functions such as this take parameters: a name and a city.",
    "print(call)",
    "def f(x: dict) -> None: ...",
]


@pytest.mark.parametrize("reply", CALLS)
def test_a_call_of_any_form(reply: str) -> None:
    assert foreign_call(reply)


@pytest.mark.parametrize("reply", WORDS)
def test_words_and_code_are_no_calls(reply: str) -> None:
    assert not foreign_call(reply)
