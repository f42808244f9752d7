"""Describes lines of a file that take the place of others."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Hunk"]


@dataclass(frozen=True, slots=True)
class Hunk:
    """Puts `lines` in place of the lines `first` (included, 0-based) to `last` (excluded) of a file."""

    first: int
    last: int
    lines: tuple[str, ...]
