"""Words for the numbers of metrics: `3 magic numbers`, `1 level`."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

__all__ = ["label", "labels", "noun"]


def noun(field: str) -> str:
    """Return what a field counts, in words."""
    return field.replace("_", " ")


def label(metrics: Any, field: str) -> str:
    """Return one number with what it counts: `3 magic numbers`, `1 level`."""
    value = getattr(metrics, field)
    return f"{value} {noun(field) if value != 1 else noun(field).removesuffix('s')}"


def labels(metrics: Any) -> str:
    """Return all numbers of a dataclass of metrics, with commas between them."""
    return ", ".join(label(metrics, field.name) for field in fields(metrics))
