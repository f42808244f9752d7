"""Check the disk before something large is written, and write it beside its place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vibecoder.errors import ANOTHER_PATH, OutputError
from vibecoder.system.units import memory

__all__ = ["check_space", "fresh_file"]

_MARGIN = 64 * 2**20
"""Bytes that stay free, for what a file system needs itself."""


def check_space(folder: Path, size: int) -> None:
    """Refuse to begin writing `size` bytes under `folder`, which need not exist, where the disk has not so many.

    Raises:
        OutputError: it has not.
    """
    place = next((part for part in (folder, *folder.parents) if part.exists()), Path("/"))
    free = shutil.disk_usage(place).free
    if free < size + _MARGIN:
        raise OutputError(
            f"{place} has {memory(free)} free, and {memory(size + _MARGIN)} are needed; free some space or "
            f"{ANOTHER_PATH}"
        )


@contextmanager
def fresh_file(target: Path) -> Iterator[Path]:
    """Yield the path of a scratch file that replaces `target` when the block ends well, and is removed otherwise.

    Raises:
        OutputError: the disk is full or the file cannot be written.
    """
    scratch = target.with_name(f".{target.name}.writing")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield scratch
        with scratch.open("rb") as handle:
            os.fsync(handle.fileno())
        scratch.replace(target)
    except OSError as error:
        raise OutputError.of(target, error) from error
    finally:
        scratch.unlink(missing_ok=True)
