"""Take out the nulls that Arrow put in: `datasets` keeps calls and schemas in one struct type for the whole file.

A row that `Dataset.to_json` wrote or that came through Parquet has the arguments and schema properties of every other
tool as null (huggingface.co/docs/datasets). A null that a tool's schema allows is an argument.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from vibecoder.types import Record

__all__ = ["NULLS", "ForeignNulls", "without_foreign_nulls", "without_schema_nulls", "without_unallowed_nulls"]

NULLS = "nulls that a column type put in (arguments or schema properties of other tools)"
_R = TypeVar("_R", bound=Record)
_SPOKEN = ("messages", "chosen", "rejected", "completion")
_VALUES = ("default", "const", "enum", "examples")
"""Keywords of a JSON schema whose values are data, null among them."""
_MAPS = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")


def without_schema_nulls(tools: Sequence[Mapping[str, Any]]) -> tuple[tuple[dict[str, Any], ...], int]:
    """Remove null properties and keywords of every tool's schema, and count them."""
    counts: Counter[str] = Counter()
    clean = []
    for tool in tools:
        made = _filled(tool, counts)
        if isinstance(made.get("function"), Mapping):
            made["function"] = _filled(made["function"], counts)
            if isinstance(made["function"].get("parameters"), Mapping):
                made["function"]["parameters"] = _schema(made["function"]["parameters"], counts)
        clean.append(made)
    return tuple(clean), counts.total()


def without_unallowed_nulls(
    messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]
) -> tuple[tuple[dict[str, Any], ...], int]:
    """Remove null arguments that the called tool's schema lacks or does not allow, and count them."""
    schemas = _schemas(tools)
    counts: Counter[str] = Counter()

    def clean(function: Mapping[str, Any]) -> Mapping[str, Any]:
        schema = schemas.get(function["name"])
        if schema is None:
            return function
        return {**function, "arguments": _object(function["arguments"], schema, schema, counts)}

    return tuple(_mapped(message, clean) for message in messages), counts.total()


class ForeignNulls:
    """Null arguments that belong to another tool, where a tool has no schema: what all records of a file show.

    Such an argument is null in every call of its tool and has a value in a call of another one.
    """

    def __init__(self) -> None:
        self._given: dict[str, set[str]] = {}
        self._owners: set[str] = set()

    def learn(self, record: Record) -> None:
        """Note which arguments have a value."""
        for function in _functions(record):
            filled = {key for key, value in function["arguments"].items() if value is not None}
            self._given.setdefault(function["name"], set()).update(filled)
            self._owners |= filled

    def without(self, record: _R) -> tuple[_R, int]:
        """Remove them from a record, which comes back without an id if it changed, and count them."""
        schemas = _schemas(getattr(record, "tools", ()))
        counts: Counter[str] = Counter()

        def clean(function: Mapping[str, Any]) -> Mapping[str, Any]:
            name, arguments = function["name"], function["arguments"]
            if name in schemas:
                return function
            foreign = {key for key, value in arguments.items()
                       if value is None and key in self._owners and key not in self._given[name]}  # fmt: skip
            counts["argument"] += len(foreign)
            return {**function, "arguments": {key: value for key, value in arguments.items() if key not in foreign}}

        names = [field.name for field in fields(record) if field.name in _SPOKEN]
        changed: dict[str, Any] = {
            name: tuple(_mapped(turn, clean) for turn in getattr(record, name)) for name in names
        }
        return (replace(record, **changed, id="") if counts.total() else record), counts.total()


def without_foreign_nulls(records: Iterable[_R]) -> tuple[list[_R], int]:
    """Remove null arguments of other tools from all records of a file (`ForeignNulls`), and count them."""
    rows = list(records)
    known = ForeignNulls()
    for row in rows:
        known.learn(row)
    cleaned = [known.without(row) for row in rows]
    return [row for row, _ in cleaned], sum(count for _, count in cleaned)


def _functions(row: Record) -> Iterable[Mapping[str, Any]]:
    for name in _SPOKEN:
        for message in getattr(row, name, ()):
            for call in message.get("tool_calls", ()):
                yield call["function"]


def _mapped(message: Mapping[str, Any], clean: Any) -> dict[str, Any]:
    """Copy a message with each of its calls' functions changed."""
    turn = dict(message)
    if turn.get("tool_calls"):
        turn["tool_calls"] = [{**call, "function": clean(call["function"])} for call in turn["tool_calls"]]
    return turn


def _schemas(tools: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the parameters' schema of every tool that has one, by name."""
    functions = [tool["function"] for tool in tools if isinstance(tool.get("function"), Mapping)]
    return {
        function["name"]: function["parameters"] for function in functions
        if isinstance(function.get("name"), str) and isinstance(function.get("parameters"), Mapping)
    }  # fmt: skip


def _filled(value: Mapping[str, Any], counts: Counter[str]) -> dict[str, Any]:
    counts["schema"] += sum(item is None for item in value.values())
    return {key: item for key, item in value.items() if item is not None}


def _schema(schema: Mapping[str, Any], counts: Counter[str]) -> dict[str, Any]:
    """Remove null keywords and null properties at every depth; values that may be null stay where null is allowed."""
    made: dict[str, Any] = {}
    for key, value in schema.items():
        if value is None and not (key in _VALUES and _allows_null(schema, schema)):
            counts["schema"] += 1
        elif key in _VALUES:
            made[key] = value
        elif key in _MAPS and isinstance(value, Mapping):
            filled = _filled(value, counts)
            made[key] = {n: _schema(sub, counts) if isinstance(sub, Mapping) else sub for n, sub in filled.items()}
        elif isinstance(value, Mapping):
            made[key] = _schema(value, counts)
        elif isinstance(value, list):
            made[key] = [_schema(sub, counts) if isinstance(sub, Mapping) else sub for sub in value]
        else:
            made[key] = value
    return made


def _value(value: Any, schema: Any, root: Mapping[str, Any], counts: Counter[str]) -> Any:
    schema = _resolved(schema, root)
    if isinstance(value, Mapping) and isinstance(schema, Mapping) and isinstance(schema.get("properties"), Mapping):
        return _object(value, schema, root, counts)
    if isinstance(value, list) and isinstance(schema, Mapping) and isinstance(schema.get("items"), Mapping):
        return [_value(item, schema["items"], root, counts) for item in value]
    return value


def _object(
    value: Mapping[str, Any], schema: Mapping[str, Any], root: Mapping[str, Any], counts: Counter[str]
) -> dict[str, Any]:
    known = schema.get("properties")
    properties = known if isinstance(known, Mapping) else {}
    others = schema.get("additionalProperties")
    made: dict[str, Any] = {}
    for key, item in value.items():
        allowed = properties.get(key, others)
        if item is None and not _allows_null(allowed, root):
            counts["argument"] += 1
        else:
            made[key] = _value(item, allowed, root, counts)
    return made


def _allows_null(schema: Any, root: Mapping[str, Any]) -> bool:
    """Tell whether a JSON schema takes null; one that cannot be followed is taken to."""
    schema = _resolved(schema, root)
    if not isinstance(schema, Mapping):
        return schema is True
    if schema.get("nullable") is True:
        return True
    for name in ("anyOf", "oneOf"):
        if isinstance(schema.get(name), list):
            return any(_allows_null(branch, root) for branch in schema[name])
    if isinstance(schema.get("allOf"), list):
        return all(_allows_null(branch, root) for branch in schema["allOf"])
    if isinstance(schema.get("enum"), list):
        return None in schema["enum"]
    if "const" in schema:
        return schema["const"] is None
    kind = schema.get("type")
    return kind is None or kind == "null" or (isinstance(kind, list) and "null" in kind)


def _resolved(schema: Any, root: Mapping[str, Any], depth: int = 8) -> Any:
    """Follow `$ref` within the tool's own schema; True, which takes anything, where it leads elsewhere."""
    if not isinstance(schema, Mapping) or not isinstance(schema.get("$ref"), str):
        return schema
    found: Any = root
    for step in schema["$ref"].removeprefix("#/").split("/"):
        found = found.get(step) if isinstance(found, Mapping) else None
    return True if found is None or not depth else _resolved(found, root, depth - 1)
