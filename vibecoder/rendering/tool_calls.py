"""Reading tool calls out of a reply, strictly and as serving stacks do, and comparing them with those expected."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = [
    "FORMS",
    "bare_calls",
    "expected_calls",
    "fenced_calls",
    "hermes_calls",
    "lenient_calls",
    "same_calls",
]

_OPEN = "<tool_call>"
_HERMES = re.compile(r"<tool_call>(.*?)</tool_call>|<tool_call>(.*)", re.DOTALL)
_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)\n?```", re.DOTALL)
_DECODER = json.JSONDecoder()

FORMS = ("tagged", "hermes", "fenced", "bare")
"""How a call can be written: strictly in tags, in tags as servers accept them, in a JSON fence, as JSON alone."""


def expected_calls(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the calls of an assistant turn as `{"name", "arguments"}`."""
    functions = [call["function"] for call in message.get("tool_calls") or ()]
    return [{"name": f["name"], "arguments": f["arguments"]} for f in functions]


def hermes_calls(text: str) -> list[dict[str, Any]] | None:
    """Read the calls that vLLM's `hermes` parser hands on: a last block may lack its end, a call have further keys.

    It reads every block with `json.loads` and gives up on the whole reply where one fails; None then.
    """
    blocks = [closed or opened for closed, opened in _HERMES.findall(text)]
    return _calls(blocks, strict=False)


def fenced_calls(text: str) -> list[dict[str, Any]] | None:
    """Read calls in ```json fences, the form Qwen2.5-Coder falls into; None if a fence is no well-formed call."""
    return _calls(_FENCED.findall(text))


def bare_calls(text: str) -> list[dict[str, Any]] | None:
    """Read the calls of a reply that is JSON and nothing else: an object, a list of them, or one a line; else None."""
    found: list[Any] = []
    at, text = 0, text.strip()
    while at < len(text):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        found += value if isinstance(value, list) else [value]
        while at < len(text) and text[at] in " \t\r\n,;":
            at += 1
    return _checked(found, strict=False) if found else []


def lenient_calls(text: str) -> dict[str, list[dict[str, Any]] | None]:
    """Read a reply in each way of `FORMS` but the model's own, `tagged`; None where it fails."""
    return {
        "hermes": hermes_calls(text),
        "fenced": fenced_calls(text) if _OPEN not in text else [],
        "bare": bare_calls(text),
    }


def same_calls(expected: Sequence[Mapping[str, Any]], given: Sequence[Mapping[str, Any]] | None) -> bool:
    """Tell whether both are the same calls: names, arguments and types of values equal, in any order of calls."""
    return given is not None and Counter(map(_canonical, expected)) == Counter(map(_canonical, given))


def _calls(blocks: Sequence[str], *, strict: bool = True) -> list[dict[str, Any]] | None:
    try:
        return _checked([json.loads(block) for block in blocks], strict=strict)
    except (ValueError, RecursionError):
        return None


def _checked(values: Sequence[Any], *, strict: bool) -> list[dict[str, Any]] | None:
    """Return the values if each is a call. Unless `strict`, other keys are dropped and arguments may be JSON text."""
    calls = []
    for call in values:
        if not isinstance(call, dict) or not isinstance(call.get("name"), str):
            return None
        arguments = call.get("arguments")
        if not strict and isinstance(arguments, str):
            try:
                arguments = json.loads(arguments)
            except (ValueError, RecursionError):
                return None
        if not isinstance(arguments, dict) or (strict and set(call) != {"name", "arguments"}):
            return None
        calls.append({"name": call["name"], "arguments": arguments})
    return calls


def _canonical(call: Mapping[str, Any]) -> str:
    return json.dumps([call["name"], call["arguments"]], sort_keys=True)
