"""Reading tool calls out of a reply and comparing them exactly with those expected."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["expected_calls", "fenced_calls", "same_calls", "tagged_calls"]

_TAGGED = re.compile(r"<tool_call>\s*(.*?)\s*</tool_call>", re.DOTALL)
_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)\n?```", re.DOTALL)


def expected_calls(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls of an assistant turn as `{"name", "arguments"}`."""
    functions = [call["function"] for call in message.get("tool_calls") or ()]
    return [{"name": f["name"], "arguments": f["arguments"]} for f in functions]


def tagged_calls(text: str) -> list[dict[str, Any]] | None:
    """The calls in `<tool_call>` blocks (the Hermes and Qwen form), or None if a block is not a well-formed call."""
    return _calls(_TAGGED.findall(text))


def fenced_calls(text: str) -> list[dict[str, Any]] | None:
    """The calls in ```json fences, the form Qwen2.5-Coder falls into, or None if a fence is not a well-formed call."""
    return _calls(_FENCED.findall(text))


def _calls(blocks: Sequence[str]) -> list[dict[str, Any]] | None:
    calls = []
    for block in blocks:
        try:
            call = json.loads(block)
        except ValueError:
            return None
        if not isinstance(call, dict) or set(call) != {"name", "arguments"} or not isinstance(call["arguments"], dict):
            return None
        calls.append(call)
    return calls


def same_calls(expected: Sequence[Mapping[str, Any]], given: Sequence[Mapping[str, Any]] | None) -> bool:
    """Whether both are the same calls: names and arguments equal, values with their types, in any order of calls."""
    return given is not None and Counter(map(_canonical, expected)) == Counter(map(_canonical, given))


def _canonical(call: Mapping[str, Any]) -> str:
    return json.dumps([call["name"], call["arguments"]], sort_keys=True)
