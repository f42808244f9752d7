"""Take tool calls out of replies, whole or as they come, and repair those that are written in another form.

A call counts as repaired if it names an offered tool but is bare JSON, in a JSON fence, or in tags without their line
breaks or their end: what clients would show as text (ollama#12174).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vibecoder.rendering.calls import CallReader
from vibecoder.rendering.tool_calls import bare_calls, fenced_calls, hermes_calls

__all__ = ["Parsed", "ReplyStream", "parse_reply", "tool_call", "without_end"]

_FENCE = re.compile(r"```(?:json)?\s*\n.*?\n?```", re.DOTALL)
_OPEN_FENCE = re.compile(r"```(?:json)?[ \t]*\n|```[a-z]*$")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A reply in two parts: `content` and `calls` (`{"name", "arguments"}`); `repaired` names what was mended."""

    content: str
    calls: tuple[dict[str, Any], ...] = ()
    repaired: str = ""


def parse_reply(text: str, reader: CallReader, tools: Sequence[Mapping[str, Any]]) -> Parsed:
    """Take the calls out of a whole reply; without offered tools it is all content."""
    spoken = reader.spoken(text)
    if not tools:
        return Parsed(text if spoken == text else spoken)
    calls = reader.read(text, tools)
    if calls:
        return Parsed(reader.text_beside(text), tuple(map(dict, calls)))
    names = {(tool.get("function") or tool).get("name") for tool in tools}
    found: tuple[tuple[str, list[dict[str, Any]] | None, str], ...] = (
        ("hermes", hermes_calls(spoken), spoken.split("<tool_call>")[0]),
        ("fenced", fenced_calls(spoken), _FENCE.sub("", spoken)),
        ("bare", bare_calls(spoken), ""),
    )
    for form, made, beside in found:
        if made and all(call["name"] in names for call in made):
            return Parsed(beside.strip(), tuple(made), form)
    return Parsed(spoken)


class ReplyStream:
    """A reply as it comes: gives out text that is no part of a call, and keeps back what may become one."""

    def __init__(self, reader: CallReader, tools: Sequence[Mapping[str, Any]]) -> None:
        self._reader, self._tools = reader, tools
        self._opener = reader.form.before.strip() or "<tool_call>"
        self._text, self._given = "", 0

    def add(self, piece: str) -> str:
        """Take a piece and return the text that can be shown now."""
        self._text += piece
        safe = self._safe() if self._tools else len(without_end(self._text, self._reader.ends))
        shown = self._text[self._given : max(self._given, safe)]
        self._given += len(shown)
        return shown

    def end(self) -> tuple[str, Parsed]:
        """Return the text that was kept back and is no call after all, and the reply in its parts."""
        parsed = parse_reply(self._text, self._reader, self._tools)
        whole = self._text if not parsed.calls else self._text[: self._given]
        return without_end(whole[self._given :], self._reader.ends), parsed

    def _safe(self) -> int:
        """Return how many characters are certainly no part of a call."""
        text = self._text
        if text.lstrip()[:1] in ("{", "["):
            return 0
        places = [at for mark in (self._opener, "<tool_call>") if (at := text.find(mark)) >= 0]
        if (fence := _OPEN_FENCE.search(text)) is not None:
            places.append(fence.start())
        places += [len(text) - size for mark in (self._opener, "```") if (size := _overlap(text, mark))]
        shown = without_end(text[: min([len(text), *places])], self._reader.ends)
        return len(shown.rstrip())


def without_end(text: str, ends: Sequence[str]) -> str:
    """Return a text without the token that ends a reply."""
    return next((text.removesuffix(end) for end in ends if end and text.endswith(end)), text)


def _overlap(text: str, mark: str) -> int:
    """Return how many characters at the end of a text begin a mark."""
    return next((size for size in range(min(len(text), len(mark)), 0, -1) if text.endswith(mark[:size])), 0)


def tool_call(call: Mapping[str, Any]) -> dict[str, Any]:
    """Write a call in OpenAI's form, with an id of its own."""
    arguments = json.dumps(call["arguments"], ensure_ascii=False)
    identity = f"call_{uuid.uuid4().hex[:24]}"
    return {"id": identity, "type": "function", "function": {"name": call["name"], "arguments": arguments}}
