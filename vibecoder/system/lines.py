"""Bytes of an append-only file of lines: reading what is whole, and writing all or nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["is_json", "sync_folder", "whole_lines", "write_at"]

_CHUNK = 1 << 20


def whole_lines(file: BinaryIO, limit: int | None) -> Iterator[bytes]:
    """Yield the lines up to the last newline at the start, then an unterminated last one if it is whole JSON.

    Bytes before that newline never change; those behind it may be cut off and replaced while we read.
    """
    size = os.fstat(file.fileno()).st_size
    size = end = size if limit is None else min(size, limit)
    while end > 0:
        start = max(0, end - _CHUNK)
        found = os.pread(file.fileno(), end - start, start).rfind(b"\n")
        if found >= 0:
            end = start + found + 1
            break
        end = start
    tail = os.pread(file.fileno(), size - end, end) if size > end else b""
    position = 0
    while position < end:
        line = file.readline()
        if not line:
            return
        position += len(line)
        yield line
    if tail.strip() and (is_json(tail) or not position):
        yield tail


def is_json(line: bytes) -> bool:
    """Tell whether the line is whole JSON, of whatever meaning."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def write_at(file: BinaryIO, data: bytes, end: int) -> None:
    """Put `data` at `end`, the end of the file, and on disk; when that fails the file still ends there."""
    try:
        file.seek(end)
        view = memoryview(data)
        while view:
            view = view[os.write(file.fileno(), view) :]
        os.fsync(file.fileno())
    except BaseException:
        # An interrupted or failed write leaves nothing of itself behind.
        with suppress(OSError):
            file.truncate(end)
        raise


def sync_folder(folder: Path) -> None:
    """Make a new file's name survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
