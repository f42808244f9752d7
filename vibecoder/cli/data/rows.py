"""The rows that a command of `vibecoder data` looks at: those of a file, of dataset.jsonl, or those of the package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vibecoder.types import Record

__all__ = ["DEFAULT", "rows_of"]

DEFAULT = "dataset.jsonl"


def rows_of(path: Path | None) -> tuple[str, tuple[Record, ...]]:
    """Read the records of a dataset, or those of the package without one, and return their source and them."""
    from vibecoder.dataset.store import Dataset

    if path is None and not Path(DEFAULT).exists():
        from vibecoder import plugins
        from vibecoder.dataset.source import load_rows

        found = load_rows(DEFAULT, plugins.load())
        return found.path, found.records
    return str(path or DEFAULT), Dataset(path or DEFAULT).read().records
