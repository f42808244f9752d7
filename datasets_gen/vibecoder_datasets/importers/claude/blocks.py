"""Read the blocks of messages: their texts, and the results of calls by the id of their call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vibecoder_datasets.importers.claude.envelopes import REMINDER, opened

__all__ = ["Result", "blocks_of", "listed", "queued_in", "results_of", "text_of", "without_reminders"]

_REJECTED = re.compile(
    r"The user doesn't want to (?:proceed with this tool use|take this action)|tool use was rejected"
)
_WORDS = re.compile(
    r"(?:the user said|provided the following (?:reason for the rejection|feedback)):\s*(.+?)\s*(?:\n\nNote: .*)?\Z",
    re.DOTALL,
)
_TEXTS = ("text", "tool_reference")


@dataclass(frozen=True, slots=True)
class Result:
    """Holds what a call gave: its `text`, and the object that Claude Code keeps beside it (`data`).

    `rejected` by the user, who then did not let it happen and said why in `words`; `is_lost` where it is not all text.
    """

    text: str
    is_error: bool = False
    rejected: bool = False
    words: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    is_lost: bool = False


def results_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, Result]:
    """Read the results of calls in lines of a log, by the id of their call."""
    found: dict[str, Result] = {}
    for row in rows:
        for block in blocks_of(row.get("message")):
            if block.get("type") == "tool_result" and isinstance(block.get("tool_use_id"), str):
                found[block["tool_use_id"]] = _result(block, row.get("toolUseResult"))
    return found


def queued_in(blocks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what the person typed while the assistant worked, as reminders in blocks tell the model."""
    for block in blocks:
        if block.get("type") == "tool_result":
            content = block.get("content")
            texts = [content] if isinstance(content, str) else [text_of(part.get("text")) for part in listed(content)]
        else:
            texts = [text_of(block.get("text"))]
        for text in texts:
            if "<system-reminder>" in text:
                yield from opened(text).queued


def without_reminders(text: str) -> str:
    """Return a text without what only reminds the model."""
    return REMINDER.sub("\n", text) if "<system-reminder>" in text else text


def blocks_of(message: Any) -> list[Mapping[str, Any]]:
    """Return the blocks of a message; a text alone is one."""
    content = message.get("content") if isinstance(message, Mapping) else None
    return [{"type": "text", "text": content}] if isinstance(content, str) else listed(content)


def listed(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list, none where it is no list."""
    return [block for block in value if isinstance(block, Mapping)] if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """Return a string, or "" where it is none."""
    return value if isinstance(value, str) else ""


def _result(block: Mapping[str, Any], data: Any) -> Result:
    content = block.get("content")
    parts = listed(content)
    is_lost = any(part.get("type") not in _TEXTS for part in parts)
    text = content if isinstance(content, str) else "\n\n".join(filter(None, (text_of(p.get("text")) for p in parts)))
    text = without_reminders(text).rstrip()
    is_error = bool(block.get("is_error"))
    rejected = is_error and _REJECTED.search(text) is not None
    words = _WORDS.search(text) if rejected else None
    kept = data if isinstance(data, Mapping) else {}
    return Result(text, is_error, rejected, words[1] if words else "", kept, is_lost)
