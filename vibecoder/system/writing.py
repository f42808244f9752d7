"""Write files and folders atomically: complete or absent, after `kill -9` and on a full disk."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vibecoder.errors import OutputError

__all__ = ["atomic_folder", "write_json"]


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield a scratch folder that replaces `target` when the block ends well, and is removed when it does not.

    Raises:
        OutputError: the disk is full or the folder cannot be written.
    """
    scratch = target.with_name(f".{target.name}.writing")
    retired = target.with_name(f".{target.name}.old")
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        yield scratch
        for file in scratch.iterdir():
            with file.open("rb") as handle:
                os.fsync(handle.fileno())
        shutil.rmtree(retired, ignore_errors=True)
        if target.exists():
            target.rename(retired)
        scratch.rename(target)
        shutil.rmtree(retired, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(scratch, ignore_errors=True)
        raise OutputError.of(target, error) from error
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Replace `path` by the JSON of `value`, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    scratch = path.with_name(f".{path.name}.writing")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        scratch.replace(path)
    except OSError as error:
        raise OutputError.of(path, error) from error
