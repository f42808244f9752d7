"""Spell messages of other clients' forms with one text and OpenAI's calls, or refuse what no text model can be shown.

Read are OpenAI's chat messages with old `function_call`s and text parts (platform.openai.com/docs/api-reference),
Anthropic's `tool_use` and `tool_result` blocks (docs.anthropic.com/en/api/messages) and LLaMA-Factory's text parts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vibecoder.errors import DataError

__all__ = ["NO_TEXT", "parsed", "refuse_media", "spelt", "spelt_tool", "with_system"]

NO_TEXT = "a part that is no text"
_TEXTS = ("text", "input_text", "output_text")
_THOUGHTS = ("thinking", "redacted_thinking", "reasoning")
_UNSAID = ("refusal", "annotations", "function_call", "reasoning", "reasoning_details")
"""Fields of OpenAI-style replies that are no part of the conversation, or are read into others."""
_MEDIA = ("images", "image", "videos", "video", "audios", "audio", "documents")


def refuse_media(row: Mapping[str, Any]) -> None:
    """Refuse a row with pictures, sound, films or documents beside its texts.

    Raises:
        DataError: a field of that name is not empty.
    """
    for name in _MEDIA:
        if row.get(name):
            raise DataError(f"has {name}, {NO_TEXT}: a model would learn to answer what it is not shown; leave it out")


def with_system(messages: Any, system: Any) -> Any:
    """Put a system prompt that is given beside the messages, as Anthropic and LLaMA-Factory do, before them.

    Raises:
        DataError: the messages begin with another one.
    """
    if not system or isinstance(messages, str) or not isinstance(messages, Sequence):
        return messages
    first = messages[0] if messages else None
    if isinstance(first, Mapping) and first.get("role") in ("system", "developer"):
        if first.get("content") == system:
            return messages
        raise DataError("has a field system and messages that begin with another system turn; leave one of them out")
    return [{"role": "system", "content": system}, *messages]


def spelt(message: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """List the messages that one message says: results of tools, each its own, then what else it holds.

    Raises:
        DataError: it has a part that cannot be kept; `name` says which message.
    """
    turn = {key: value for key, value in message.items() if key not in _UNSAID}
    if turn.pop("audio", None):
        raise DataError(f"{name} has {NO_TEXT} (audio)")
    if turn.get("role") == "function":
        turn["role"] = "tool"
    old = message.get("function_call")
    if isinstance(old, Mapping) and not turn.get("tool_calls"):
        turn["tool_calls"] = [{"type": "function", "function": dict(old)}]
    content = turn.get("content")
    if isinstance(content, Sequence) and not isinstance(content, str):
        texts, calls, results = _parts(content, name)
        yield from results
        if results and not texts:
            return
        turn["content"] = "\n".join(texts) if texts or turn.get("role") in ("assistant", "tool") else None
        if calls:
            turn["tool_calls"] = [*(turn.get("tool_calls") or ()), *calls]
    elif content is None:
        refused = message.get("refusal")
        if isinstance(refused, str) and refused:
            turn["content"] = refused
        elif turn.get("role") == "tool" or (turn.get("role") == "assistant" and turn.get("tool_calls")):
            turn["content"] = ""
    yield turn


def spelt_tool(tool: Any, name: str) -> Any:
    """Write a tool as `{"type": "function", "function": ...}`: a bare function, Anthropic's form, or JSON text of one.

    Raises:
        DataError: it is text that is not JSON.
    """
    if isinstance(tool, str):
        tool = parsed(tool, name)
    if not isinstance(tool, Mapping) or "function" in tool or "name" not in tool:
        return tool
    function = {key: value for key, value in tool.items() if key not in ("type", "input_schema", "cache_control")}
    if "input_schema" in tool:
        function["parameters"] = tool["input_schema"]
    return {"type": "function", "function": function}


def parsed(text: str, name: str) -> Any:
    """Parse JSON text that stands for a value.

    Raises:
        DataError: it is not JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{name} is a string that is not JSON; write a list of schemas") from error


_Parts = tuple[list[str], list[dict[str, Any]], list[dict[str, Any]]]


def _parts(content: Sequence[Any], name: str) -> _Parts:
    """Sort the parts of a message into texts, calls and results."""
    texts: list[str] = []
    calls: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for part in content:
        kind = part.get("type") if isinstance(part, Mapping) else None
        said = _text(part, kind)
        if said is not None:
            texts.append(said)
        elif kind == "tool_use" and isinstance(part.get("name"), str):
            function = {"name": part["name"], "arguments": part.get("input")}
            calls.append({"id": part.get("id"), "type": "function", "function": function})
        elif kind == "tool_result":
            results.append(
                {"role": "tool", "tool_call_id": part.get("tool_use_id"), "content": _result(part.get("content"), name)}
            )
        elif kind not in _THOUGHTS:
            raise DataError(f"{name} has {NO_TEXT} ({_kind_name(part, kind)})")
    return texts, calls, results


def _text(part: Any, kind: Any) -> str | None:
    if isinstance(part, str):
        return part
    if kind in _TEXTS:
        found = next((part[key] for key in ("text", "value") if isinstance(part.get(key), str)), None)
    else:
        found = part.get("refusal") if kind == "refusal" else None
    return found if isinstance(found, str) else None


def _result(content: Any, name: str) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, Sequence):
        raise DataError(f"{name} has {NO_TEXT} (a result)")
    texts, calls, results = _parts(content, name)
    if calls or results:
        raise DataError(f"{name} has {NO_TEXT} (a result)")
    return "\n".join(texts)


def _kind_name(part: Any, kind: Any) -> str:
    """Name a part's kind for a message, without its content."""
    known = isinstance(kind, str) and len(kind) <= 30 and kind.replace("_", "").replace("-", "").isalnum()
    return str(kind) if known and isinstance(part, Mapping) else "of no known type"
