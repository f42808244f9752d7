"""Note which parts of a long job are in a dataset, so that a job that was killed goes on where it was.

A hidden file beside the dataset has one JSON line `[job, part, ids]` for each part whose records were appended. Several
jobs may write at once; a line that was cut off by a kill is skipped, and its part is done again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence, Set
from pathlib import Path
from typing import Literal

from filelock import FileLock

from vibecoder.errors import OutputError

__all__ = ["Journal"]


class Journal:
    """The finished parts of the jobs of one kind on one dataset, and the ids of their records."""

    def __init__(self, dataset: Path, kind: Literal["generated", "imported"]) -> None:
        real = Path(os.path.realpath(dataset))
        self._path = real.with_name(f".{real.name}.{kind}")
        self._lock = FileLock(real.with_name(f".{real.name}.{kind}.lock"))

    def finished(self, job: str, present: Set[str]) -> dict[str, list[str]]:
        """Return the ids of each finished part of `job` whose records are all `present` in the dataset."""
        found: dict[str, list[str]] = {}
        if not self._path.exists():
            return found
        for line in self._path.read_text("utf-8", "replace").splitlines():
            try:
                name, part, ids = json.loads(line)
            except ValueError:  # a process was killed while it wrote
                continue
            if name == job and set(ids) <= present:
                found[part] = ids
        return found

    def note(self, job: str, parts: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Note the finished parts of a job, each with the ids of its records.

        Raises:
            OutputError: the journal cannot be written.
        """
        data = "".join(json.dumps([job, part, list(ids)]) + "\n" for part, ids in parts)
        if not data:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock, open(self._path, "ab") as file:
                if file.tell() and not self._ends_line():
                    data = "\n" + data
                file.write(data.encode())
        except OSError as error:
            raise OutputError.of(self._path, error) from error

    def _ends_line(self) -> bool:
        with open(self._path, "rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
