"""List every setting as a flat, dotted key with its type, default and documentation, from the schema's fields."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from vibecoder.config.schema import Settings

__all__ = ["STAGE_SECTION", "Key", "keys", "stage_key"]

STAGE_SECTION = "train"
"""The one section that a stage can override."""


@dataclass(frozen=True, slots=True)
class Key:
    """One setting: dotted `name`, the Python type `kind`, and what the schema says of it.

    `minimum` and `maximum` are inclusive, `above` and `below` exclusive bounds; with `host_only` no backend is
    concerned; `section_doc` is its section's documentation.
    """

    name: str
    kind: Any
    default: Any
    doc: str
    choices: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    above: float | None
    below: float | None
    host_only: bool
    section_doc: str


@functools.cache
def keys() -> Mapping[str, Key]:
    """List all settings by dotted name in the schema's order, without `stages`, whose keys depend on the plugins."""
    return {key.name: key for key in _walk(Settings, "")}


def _walk(cls: type, prefix: str) -> Iterator[Key]:
    hints = get_type_hints(cls)
    for field in dataclasses.fields(cls):
        name, kind = prefix + field.name, hints[field.name]
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            yield from _walk(kind, f"{name}.")
        elif field.metadata:
            yield Key(name, kind, field.default, section_doc=(cls.__doc__ or "").strip(), **field.metadata)


def stage_key(name: str) -> tuple[str, str] | None:
    """Split `stages.NAME.train.epochs` into `("NAME", "train.epochs")`; return None for another form."""
    parts = name.split(".")
    if parts[0] != "stages" or len(parts) < 4 or parts[-2] != STAGE_SECTION:
        return None
    return ".".join(parts[1:-2]), ".".join(parts[-2:])
