"""Random conversations on every template of TRL's: all that is said is rendered, and the replies alone are learned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support import templates
from vibecoder.errors import RowError
from vibecoder.rendering import ChatTokenizer, render, spans
from vibecoder.types import Example

Family = Callable[[str], tuple[ChatTokenizer, Path]]
TOOL = {
    "type": "function",
    "function": {
        "name": "find_zone",
        "description": "Tells the zone",
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
    },
}
PADDING = st.sampled_from(["", "\n", " and 'more'", ' {"key": 1}', "\n\n- a\n- b", " é ñ 漢", "?"])
TURNS = st.lists(st.tuples(st.booleans(), st.integers(0, 2), PADDING, PADDING), min_size=1, max_size=3)


def conversation(system: bool, turns: list[tuple[bool, int, str, str]]) -> list[dict[str, Any]]:
    """Make a conversation in which every text, name and value holds a word of its own."""
    words = (f"{kind}w{number}q" for number in range(999) for kind in [""])
    messages: list[dict[str, Any]] = []
    if system:
        messages.append({"role": "system", "content": f"sys{next(words)}"})
    for with_text, calls, before, after in turns:
        messages.append({"role": "user", "content": f"user{next(words)}{before}"})
        if calls:
            made = [
                {
                    "type": "function",
                    "id": f"call{at}abcd",
                    "function": {"name": "find_zone", "arguments": {"town": f"reply{next(words)}{after.strip()}"}},
                }
                for at in range(calls)
            ]
            said = f"reply{next(words)}" if with_text else ""
            messages.append({"role": "assistant", "content": said, "tool_calls": made})
            messages += [
                {"role": "tool", "tool_call_id": call["id"], "name": "find_zone", "content": f"tool{next(words)}"}
                for call in made
            ]
        messages.append({"role": "assistant", "content": f"reply{next(words)}{after}"})
    return messages


def words_of(text: str) -> set[str]:
    """Find the words of `conversation` in a text."""
    return {part[: part.index("q") + 1] for part in _split(text) if "q" in part}


def _split(text: str) -> list[str]:
    found, at = [], 0
    while (at := text.find("w", at)) >= 0:
        kind = next((k for k in ("sys", "user", "reply", "tool") if text[:at].endswith(k)), None)
        if kind and text[at + 1 : at + 2].isdigit():
            found.append(kind + text[at : at + 8])
        at += 1
    return found


@pytest.mark.parametrize("name", sorted(templates.trl_families()))
def test_what_is_said_is_rendered_and_replies_alone_are_learned(name: str, family: Family) -> None:
    tokenizer = family(name)[0]
    whole = 0

    @settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.booleans(), TURNS)
    def check(system: bool, turns: list[tuple[bool, int, str, str]]) -> None:
        nonlocal whole
        messages = conversation(system, turns)
        tools = [TOOL] if any(calls for _, calls, _, _ in turns) else []
        try:
            rendered = render(Example(messages=messages, tools=tools, id="f" * 32), tokenizer)
        except RowError:
            return
        whole += 1
        pieces = spans(rendered, tokenizer)
        everything = words_of(str(messages))
        assert words_of("".join(text for text, _ in pieces)) == everything
        learned = set().union(*(words_of(text) for text, flag in pieces if flag))
        assert learned == {word for word in everything if word.startswith("reply")}

    check()
    assert whole
