"""Write a file of rows atomically, and never over another without being told to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from vibecoder.dataset.records import to_line
from vibecoder.errors import OutputError
from vibecoder.types import Record

__all__ = ["refuse", "write_array", "write_json_lines", "write_records"]


def refuse(paths: Iterable[Path], force: bool, other: str = "name") -> None:
    """Raise OutputError if one of the files exists and must not be replaced; `other` names what to choose instead."""
    for path in paths:
        if path.exists() and not force:
            raise OutputError(f"{path} is there already; choose another {other}, or replace it with --force")


def write_records(path: Path, records: Iterable[Record]) -> int:
    """Write records as a dataset and return how many.

    Raises:
        DataError: a record is malformed; OutputError: the file cannot be written. What was there stays.
    """
    return _write(path, map(to_line, records))


def write_json_lines(path: Path, rows: Iterable[Any]) -> int:
    """Write rows as JSON, one a line, and return how many.

    Raises:
        OutputError: the file cannot be written; what was there stays.
    """
    return _write(path, (json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows))


def write_array(path: Path, rows: Iterable[Any]) -> int:
    """Write rows as one JSON array and return how many.

    Raises:
        OutputError: the file cannot be written; what was there stays.
    """
    listed = list(rows)
    _write(path, [json.dumps(listed, ensure_ascii=False, indent=2).encode() + b"\n"])
    return len(listed)


def _write(path: Path, lines: Iterable[bytes]) -> int:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    count = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "wb") as file:
            for line in lines:
                file.write(line)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise OutputError.of(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return count
