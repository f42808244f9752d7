"""Archive session logs, which expire: copy new and grown files without their secrets."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from vibecoder.dataset.scrub.records import scrub_json
from vibecoder.errors import DataError, OutputError, os_reason
from vibecoder.system.writing import write_json

__all__ = ["Archived", "archive"]

_INDEX = ".archived.json"


@dataclass(slots=True)
class Archived:
    """Counts of files that are `new`, have `grown`, are unchanged, or were `kept` because the source became smaller."""

    new: int = 0
    grown: int = 0
    same: int = 0
    kept: int = 0
    unreadable: int = 0
    masked: Counter[str] = field(default_factory=Counter)
    damaged: int = 0

    def to_json(self) -> dict[str, Any]:
        """Convert everything to JSON values."""
        return {
            "new": self.new, "grown": self.grown, "same": self.same, "kept": self.kept, "unreadable": self.unreadable,
            "damaged lines": self.damaged, "masked": dict(self.masked.most_common()),
        }  # fmt: skip


def archive(source: Path, into: Path) -> Archived:
    """Copy every `.jsonl` below `source` that is new or larger than at the last copy, to the same relative path.

    Lines that are not whole JSON stay behind: a half-written last one comes with the next run. Nothing in the archive
    is ever deleted; where the source's file has become smaller, the longer copy stays.

    Raises:
        DataError: there is no such folder. OutputError: the archive cannot be written; files are whole or not there.
    """
    if not source.is_dir():
        raise DataError(f"no folder at {source}; Claude Code keeps its sessions in ~/.claude/projects")
    result = Archived()
    try:
        into.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(into / f"{_INDEX}.lock"):
            index = _read_index(into / _INDEX)
            for path in _logs(source, into):
                name = path.relative_to(source).as_posix()
                try:
                    size = path.stat().st_size
                    lines = list(_lines(path, size, result)) if size > index.get(name, -1) else []
                except OSError:
                    result.unreadable += 1
                    continue
                if size <= index.get(name, -1):
                    result.same += size == index[name]
                    result.kept += size < index[name]
                    continue
                _replace(into / name, lines)
                result.grown += name in index
                result.new += name not in index
                index[name] = size
                write_json(into / _INDEX, index)
    except OSError as error:
        raise OutputError(f"cannot write the archive {into}: {os_reason(error)}") from error
    return result


def _logs(source: Path, into: Path) -> list[Path]:
    """List the files to copy, without those of an archive inside the source."""
    own = into.resolve()
    return sorted(p for p in source.rglob("*.jsonl") if p.is_file() and not p.resolve().is_relative_to(own))


def _lines(path: Path, size: int, result: Archived) -> Iterator[bytes]:
    with open(path, "rb") as file:
        for line in file.read(size).split(b"\n"):
            if not line.strip():
                continue
            try:
                clean, masked = scrub_json(json.loads(line))
            except (ValueError, RecursionError):
                result.damaged += 1
                continue
            result.masked.update(masked)
            yield json.dumps(clean, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def _replace(path: Path, lines: list[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _read_index(path: Path) -> dict[str, int]:
    """Read the sizes of the source's files at their last copy; a damaged index copies all again."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): size for name, size in found.items() if isinstance(size, int)} if isinstance(found, dict) else {}
