"""Extract the text of a record of any kind, for comparing records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vibecoder.types import Comparison, Example, Infill, Rated, Record, Task

__all__ = ["pieces", "text"]


def text(record: Record) -> str:
    """Join all that a model reads and writes of a record, in order, without tool schemas and labels."""
    return "\n".join(pieces(record))


def pieces(record: Record) -> Iterator[str]:
    """List the texts of a record one by one: turns, names and values of calls, a whole file, a reference."""
    if isinstance(record, Infill):
        yield record.prefix + record.middle + record.suffix
        yield from (file["text"] for file in record.context)
        return
    yield from _turns(record.messages)
    if isinstance(record, Comparison):
        yield from _turns(record.chosen)
        yield from _turns(record.rejected)
    elif isinstance(record, Rated):
        yield from _turns(record.completion)
    elif isinstance(record, Task):
        yield from _leaves(record.reference)
    else:
        assert isinstance(record, Example)


def _turns(messages: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for message in messages:
        if message["content"]:
            yield message["content"]
        if message.get("reasoning_content"):
            yield message["reasoning_content"]
        for call in message.get("tool_calls", ()):
            function = call["function"]
            yield function["name"]
            yield from _leaves(function["arguments"])


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _leaves(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    elif value is not None and value != "":
        yield str(value)
