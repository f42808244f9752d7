"""What takes long is made once a session of tests, by the first of its processes that needs it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

__all__ = ["once"]


def once(shared: Path, name: str, make: Callable[[Path], None]) -> Path:
    """Return the folder `name` below `shared`, filled by `make` if no process has done so."""
    folder, done = shared / name, shared / f"{name}.done"
    with FileLock(shared / f"{name}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            make(folder)
            done.touch()
    return folder
