"""Makes sound rows wrong on purpose, one thing at a time, to measure what the validators catch."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from vibecoder.dataset.records import identified
from vibecoder.types import Example

__all__ = ["WAYS", "spoiled"]

Messages: TypeAlias = list[dict[str, Any]]
Way: TypeAlias = Callable[[Example, Messages, random.Random], bool]
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"`(?:[^`\n]*\W)?([A-Za-z_]\w{2,})(?=\W[^`\n]*`|`)")
_PATH = re.compile(r"\b[\w-]+(?:/[\w.-]+)*/[\w-]+\.\w+|\b\w+\.py\b")
_NAMES = ("resolve_backend", "flush_ledger", "HandlerPool", "count_widgets", "merge_tokens", "is_stale", "Outbox")
_PATHS = ("src/core/engine.py", "lib/handlers/base.py", "app/models/ledger.py", "scripts/deploy_all.py")


def spoiled(row: Example, rng: random.Random) -> Iterator[tuple[str, Example]]:
    """For each way that fits the row, its name and the row made wrong in that way."""
    for name, way in WAYS.items():
        messages: Messages = copy.deepcopy([dict(message) for message in row.messages])
        if way(row, messages, rng):
            changed = Example(
                category=row.category,
                subcategory=row.subcategory,
                group=row.group,
                provenance=row.provenance,
                verification=row.verification,
                tools=row.tools,
                messages=messages,
            )
            yield name, identified(changed)


def _in_prose(pattern: re.Pattern[str], put: Callable[[str, random.Random], str]) -> Way:
    """Changes one match of `pattern` in what the assistant says, the only group of it or all."""

    def way(row: Example, messages: Messages, rng: random.Random) -> bool:
        found = [
            (message, match)
            for message in messages
            if message["role"] == "assistant"
            for match in pattern.finditer(_FENCE.sub(lambda fence: " " * len(fence[0]), message["content"]))
        ]
        if not found:
            return False
        message, match = rng.choice(found)
        start, end = match.span(pattern.groups)
        text = message["content"]
        message["content"] = text[:start] + put(text[start:end], rng) + text[end:]
        return True

    return way


def _other_number(text: str, rng: random.Random) -> str:
    """A number near it, or any of as many digits."""
    if "." in text:
        return f"{float(text) * rng.uniform(1.2, 3):.{len(text.partition('.')[2])}f}1"
    value = int(text)
    low, high = 10 ** (len(text) - 1) if len(text) > 1 else 0, 10 ** len(text) - 1
    choices = {value + 1, value + 2, abs(value - 1), rng.randint(low, high), rng.randint(low, high)} - {value}
    return str(rng.choice(sorted(choices)))


def _other_name(text: str, rng: random.Random) -> str:
    return rng.choice([name for name in (*_NAMES, f"{text}_all", f"_{text}s") if name != text])


def _other_path(text: str, rng: random.Random) -> str:
    folder, _, name = text.rpartition("/")
    return rng.choice([*_PATHS, f"{folder or 'src'}/new_{name}", f"src/{text}"])


def _on_arguments(change: Callable[[dict[str, Any], dict[str, Any], random.Random], bool]) -> Way:
    """Changes one call, given what its tool requires."""

    def way(row: Example, messages: Messages, rng: random.Random) -> bool:
        calls = [call for message in messages for call in message.get("tool_calls", ())]
        if not calls:
            return False
        function = rng.choice(calls)["function"]
        offered = {tool["function"]["name"]: tool["function"]["parameters"] for tool in row.tools}
        return change(function, offered[function["name"]], rng)

    return way


def _wrong_type(function: dict[str, Any], schema: dict[str, Any], rng: random.Random) -> bool:
    if not function["arguments"]:
        return False
    name = rng.choice(sorted(function["arguments"]))
    value = function["arguments"][name]
    function["arguments"][name] = str(value) if isinstance(value, int) else rng.choice([7, True, [value], {}])
    return True


def _missing(function: dict[str, Any], schema: dict[str, Any], rng: random.Random) -> bool:
    required = [name for name in schema["required"] if name in function["arguments"]]
    if not required:
        return False
    del function["arguments"][rng.choice(required)]
    return True


def _extra(function: dict[str, Any], schema: dict[str, Any], rng: random.Random) -> bool:
    function["arguments"][rng.choice(["timeout", "recursive", "Path", "limit"])] = rng.choice([True, 10, "yes"])
    return True


def _no_such_tool(function: dict[str, Any], schema: dict[str, Any], rng: random.Random) -> bool:
    function["name"] = rng.choice(["search_ast", "apply_patch", f"{function['name']}s"])
    return True


def _without_call(row: Example, messages: Messages, rng: random.Random) -> bool:
    turns = [message for message in messages if message.get("tool_calls")]
    if not turns:
        return False
    message = rng.choice(turns)
    message["tool_calls"].pop()
    if not message["tool_calls"]:
        del message["tool_calls"]
    return True


def _without_result(row: Example, messages: Messages, rng: random.Random) -> bool:
    results = [at for at, message in enumerate(messages) if message["role"] == "tool"]
    if not results:
        return False
    del messages[rng.choice(results)]
    return True


WAYS: dict[str, Way] = {
    "a number changed": _in_prose(_NUMBER, _other_number),
    "a name changed": _in_prose(_NAME, _other_name),
    "an invented path": _in_prose(_PATH, _other_path),
    "an argument of a wrong type": _on_arguments(_wrong_type),
    "a missing argument": _on_arguments(_missing),
    "an extra argument": _on_arguments(_extra),
    "a tool that is not offered": _on_arguments(_no_such_tool),
    "a result without its call": _without_call,
    "a call without its result": _without_result,
}
"""Each takes a row's messages, changes them in place, and says whether it could."""
