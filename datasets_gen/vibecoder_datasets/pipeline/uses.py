"""Finds what a row is about: the functions it uses and the tests that fail in it, as keys counted over a dataset."""

from __future__ import annotations

import re
from collections.abc import Iterable

from vibecoder.types import Example
from vibecoder_datasets.code.index import CodeIndex, Function

__all__ = ["failing_tests", "test_key", "used_functions"]


def used_functions(row: Example, drawn: Iterable[Function], code_index: CodeIndex) -> set[str]:
    """Keys of the functions that a row was built on or that it looks up by name."""
    text = "\n".join(message["content"] for message in row.messages)
    asked = [
        str(value)
        for message in row.messages
        for call in message.get("tool_calls", ())
        for value in call["function"]["arguments"].values()
        if isinstance(value, str) and value.isidentifier()
    ]
    found = [function for function in drawn if re.search(rf"\b{re.escape(function.name)}\b", text)]
    found += [code_index.by_name[name] for name in asked if name in code_index.by_name]
    return {f"{function.path}:{function.name}" for function in found if not function.is_class}


def test_key(test: str) -> str:
    """Return the key of a test, from its pytest id."""
    path, *names = test.split("::")
    return f"{path}::{names[-1]}" if names else path


def failing_tests(row: Example) -> set[str]:
    """Keys of the tests that fail in a row; a run's result names each on a line."""
    found: set[str] = set()
    paths: list[str] = []
    for message in row.messages:
        for call in message.get("tool_calls", ()):
            given = [str(value).split("::")[0] for value in call["function"]["arguments"].values()]
            paths.append(next((value for value in given if value.endswith(".py")), ""))
        if message["role"] == "tool":
            path = paths.pop(0) if paths else ""
            if re.search(r"exit [1-9]\d*\]$", message["content"]):
                names = re.findall(r"^(?:\w+\.)?(test_\w+)$", message["content"], re.MULTILINE)
                found.update(f"{path}::{name}" for name in names)
    return found
