"""Convert frozen dataclasses to JSON values and back, by their annotations, naming the place of a wrong value."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

__all__ = ["OMITTED", "WrongValue", "decode", "encode"]

T = TypeVar("T")
OMITTED = {"omit": True}
"""Metadata of a field that is left out of the JSON while it has its default."""
EXTRA = "extra"
"""The field that keeps keys which the class does not know, so that writing a record back loses nothing."""


class WrongValue(ValueError):
    """A value that does not have its field's type; the message names where."""


def encode(value: Any) -> Any:
    """Convert a dataclass, and everything inside, to JSON values in the order of its fields."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = {item.name: (item, getattr(value, item.name)) for item in dataclasses.fields(value)}
        extra = dict(pairs.pop(EXTRA, (None, {}))[1])
        known = {
            name: encode(held)
            for name, (item, held) in pairs.items()
            if not item.metadata.get("omit") or held != item.default
        }
        return known | extra
    if isinstance(value, Mapping):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    return value


def decode(kind: type[T], value: Any, where: str = "") -> T:
    """Convert JSON values to the dataclass `kind`; fields that are missing get their defaults.

    Raises:
        WrongValue: a value has another type, or a field without a default is missing.
    """
    decoded: T = _decode(kind, value, where)
    return decoded


def _decode(kind: Any, value: Any, where: str) -> Any:
    if kind is Any:
        return value
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _dataclass(kind, value, where)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        options = [option for option in inner if option is not type(None)]
        return None if value is None and type(None) in inner else _decode(options[0], value, where)
    if origin is tuple:
        items = _of(list, value, where, "a list")
        return tuple(_decode(inner[0], item, f"{where}[{at}]") for at, item in enumerate(items))
    if origin is not None and issubclass(origin, Mapping):
        pairs = _of(dict, value, where, "an object")
        return {key: _decode(inner[1], item, f"{where}.{key}") for key, item in pairs.items()}
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    names = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
    return _of(kind, value, where, names[kind])


def _dataclass(kind: Any, value: Any, where: str) -> Any:
    given = _of(dict, value, where, "an object")
    hints = _hints(kind)
    found = {name: _decode(hint, given[name], f"{where}.{name}") for name, hint in hints.items() if name in given}
    if EXTRA in hints:
        found[EXTRA] = {key: item for key, item in given.items() if key not in hints}
    try:
        return kind(**found)
    except TypeError as error:
        missing = [item.name for item in dataclasses.fields(kind) if item.name not in found and _is_needed(item)]
        raise WrongValue(f"{f'{where}.{missing[0]}'.lstrip('.')} is missing") from error


def _is_needed(item: dataclasses.Field[Any]) -> bool:
    return item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING


@lru_cache(maxsize=32)
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _of(kind: type, value: Any, where: str, name: str) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        shown: Any = "a list" if isinstance(value, Sequence) and not isinstance(value, str) else repr(value)[:60]
        raise WrongValue(f"{where.lstrip('.') or 'it'} is {shown}, not {name}")
    return value
