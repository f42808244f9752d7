"""Matches calls with the calls expected by structure: names, arguments, types and allowed values, in any order.

The rules are those of the Berkeley Function Calling Leaderboard's AST check (Patil et al., 2025): every required
argument is there, none that the tool does not know, each of the schema's type and among the allowed values; one left
out is right where it is optional, and so is its default where the answer leaves it out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Answer", "answers_of", "match"]

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "float": (int, float), "double": (int, float),
    "boolean": (bool,), "array": (list,), "tuple": (list,), "object": (dict,), "dict": (dict,), "null": (type(None),),
}  # fmt: skip
_LOOSE = re.compile(r"[ ,./\-_*^]")


@dataclass(frozen=True, slots=True)
class Answer:
    """A call expected: for each argument the values allowed. One in `optional` may be left out.

    `loose` compares as the leaderboard does: strings without case, spaces, quotes and some punctuation, and values of
    the answer's own type whatever the schema says.
    """

    name: str
    allowed: Mapping[str, Sequence[Any]]
    optional: frozenset[str] = frozenset()
    loose: bool = False


def answers_of(calls: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]] = ()) -> list[Answer]:
    """Answers for calls that stand in a record: exactly these values; what equals a tool's default may be left out."""
    found = []
    for call in calls:
        properties = _parameters(call["name"], tools).get("properties") or {}
        allowed = {name: [value] for name, value in call["arguments"].items()}
        optional = {
            name
            for name, value in call["arguments"].items()
            if "default" in properties.get(name, {}) and _equal(properties[name]["default"], value)
        }
        found.append(Answer(call["name"], allowed, frozenset(optional)))
    return found


def match(
    answers: Sequence[Answer], given: Sequence[Mapping[str, Any]] | None, tools: Sequence[Mapping[str, Any]] = ()
) -> str:
    """Say in a line why the calls are not those expected; nothing where they are."""
    if given is None:
        return "the calls cannot be read"
    if not answers:
        return f"calls {given[0]['name']} where no tool fits" if given else ""
    if not given:
        return "calls nothing"
    if len(given) != len(answers):
        return f"{len(given)} calls where {len(answers)} {'is' if len(answers) == 1 else 'are'} expected"
    reasons = [[_differs(answer, call, tools) for call in given] for answer in answers]
    if _assignable(reasons):
        return ""
    for row in reasons:
        if all(row):
            return min(row, key=lambda reason: (reason.startswith("calls "), row.index(reason)))
    return "two of the expected calls are met by one call"


def _assignable(reasons: Sequence[Sequence[str]]) -> bool:
    """Tell whether every answer has a call of its own that meets it: augmenting paths in the bipartite graph."""
    owner: dict[int, int] = {}

    def place(answer: int, seen: set[int]) -> bool:
        for at, reason in enumerate(reasons[answer]):
            if reason or at in seen:
                continue
            seen.add(at)
            if at not in owner or place(owner[at], seen):
                owner[at] = answer
                return True
        return False

    return all(place(answer, set()) for answer in range(len(reasons)))


def _differs(answer: Answer, call: Mapping[str, Any], tools: Sequence[Mapping[str, Any]]) -> str:
    name, arguments = call["name"], call["arguments"]
    if name != answer.name:
        return f"calls {name} instead of {answer.name}"
    parameters = _parameters(name, tools)
    properties = parameters.get("properties") or {}
    required = parameters.get("required") or ()
    for key in [*answer.allowed, *required]:
        if key not in arguments and (key not in answer.optional or key in required):
            return f"{name} lacks the argument {key}"
    for key, value in arguments.items():
        schema = properties.get(key, {})
        if properties and key not in properties:
            return f"{name} has no argument {key}"
        if key not in answer.allowed:
            if "default" in schema and _equal(schema["default"], value):
                continue
            return f"{name} is given {key}, which was not asked for"
        if not _fits(value, schema) and not (answer.loose and _stands_in(value, answer.allowed[key])):
            return f"{key} of {name} is of the wrong type"
        if not any(_allows(allowed, value, schema, answer.loose) for allowed in answer.allowed[key]):
            return f"{key} of {name} has another value: {json.dumps(value, ensure_ascii=False)[:80]}"
    return ""


def _parameters(name: str, tools: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    for tool in tools:
        function = tool.get("function", tool)
        if function.get("name") == name:
            found: Mapping[str, Any] = function.get("parameters") or {}
            return found
    return {}


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Tell whether the value is of the schema's type, items and properties included."""
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if any(kind not in _TYPES for kind in kinds):
        return True  # no type, or one that says nothing about JSON, such as `any`
    if not any(_is(value, kind) for kind in kinds):
        return False
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return all(_fits(item, schema["items"]) for item in value)
    if isinstance(value, dict):
        inner = schema.get("properties") or {}
        return all(_fits(item, inner[key]) for key, item in value.items() if key in inner)
    return True


def _stands_in(value: Any, allowed: Sequence[Any]) -> bool:
    """Tell whether the leaderboard's answer is of another type than the schema's: a variable's name, or null."""
    return next((type(each) for each in allowed if each != ""), None) is type(value)


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, float) and value.is_integer())


def _allows(allowed: Any, value: Any, schema: Mapping[str, Any], loose: bool) -> bool:
    if not loose:
        return _equal(allowed, value)
    if isinstance(value, dict) and isinstance(allowed, dict):
        inner = schema.get("properties") or {}
        return _allows_object(allowed, value, inner)
    if isinstance(value, list) and isinstance(allowed, list):
        items = schema.get("items") or {}
        return len(value) == len(allowed) and all(
            _allows(a, v, items, True) for a, v in zip(allowed, value, strict=True)
        )
    if isinstance(value, str) and isinstance(allowed, str):
        return _plain(allowed) == _plain(value)
    return _equal(allowed, value)


def _allows_object(allowed: Mapping[str, Any], value: Mapping[str, Any], inner: Mapping[str, Any]) -> bool:
    """Tell whether an object is allowed: each value is in the answer's list of those allowed, `""` for left out."""
    for key, options in allowed.items():
        options = options if isinstance(options, list) else [options]
        if key not in value:
            if "" not in options:
                return False
        elif not any(_allows(option, value[key], inner.get(key, {}), True) for option in options):
            return False
    return all(key in allowed for key in value)


def _equal(one: Any, other: Any) -> bool:
    """Equality as in JSON: 1 and 1.0 are one number, true is none."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return one == other
    return type(one) is type(other) and bool(one == other)


def _plain(text: str) -> str:
    return _LOOSE.sub("", text).lower().replace("'", '"')
