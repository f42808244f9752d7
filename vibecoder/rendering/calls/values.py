"""Turn the text of an argument between tags into the value that a tool's schema asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from vibecoder.rendering.calls.literals import NotALiteral, parse_literal

__all__ = ["typed", "types_of"]


def types_of(tools: Sequence[Mapping[str, Any]], name: str, key: str) -> frozenset[str]:
    """Look up the JSON types that the tool `name` allows for its argument `key`; none where it does not say."""
    for tool in tools:
        function = tool.get("function") or tool
        if function.get("name") != name:
            continue
        schema = function.get("parameters") or function.get("input_schema") or {}
        properties = schema.get("properties") if isinstance(schema, Mapping) else None
        found = properties.get(key) if isinstance(properties, Mapping) else None
        return _types(found) if isinstance(found, Mapping) else frozenset()
    return frozenset()


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    given = schema.get("type")
    found = {given} if isinstance(given, str) else set(given) if isinstance(given, list) else set()
    for key in ("anyOf", "oneOf"):
        for each in schema.get(key) or ():
            found |= _types(each) if isinstance(each, Mapping) else set()
    if not found and (values := schema.get("enum")):
        found = {"string"} if all(isinstance(value, str) for value in values) else set()
    return frozenset(found)


def typed(text: str, allowed: frozenset[str]) -> Any:
    """Read an argument's text: as it is where only text is allowed, else as JSON or Python's literal if it is one."""
    if allowed == {"string"}:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        value, end = parse_literal(text, 0)
    except NotALiteral:
        return text
    return text if text[end:].strip() or isinstance(value, str) else value
