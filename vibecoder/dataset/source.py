"""Load a run's rows from the user's dataset, or from the package's rows where there is none."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.config.schema import SHIPPED, DataSettings
from vibecoder.dataset.generating import generated_records
from vibecoder.dataset.store import Dataset
from vibecoder.errors import DataError, OutputError
from vibecoder.plugins import Registry
from vibecoder.types import Record

__all__ = ["DataSource", "load_rows"]

_SHOWN_BAD_LINES = 3


@dataclass(frozen=True, slots=True)
class DataSource:
    """The rows of a run and their identity: the first `size` bytes of the file hash to `digest`."""

    path: str
    records: tuple[Record, ...]
    size: int
    digest: str
    bad: int
    notices: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        return dict(sorted(Counter(record.category for record in self.records).items()))

    def as_dict(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "size": self.size,
            "sha256": self.digest,
            "rows": len(self.records),
            "bad": self.bad,
            "counts": self.counts,
        }


def load_rows(
    path: str, registry: Registry, expected: Mapping[str, Any] | None = None, shipped: str = SHIPPED[0]
) -> DataSource:
    """Load the rows at `path`; where the default path does not exist, those of the package called `shipped`.

    `expected` is `DataSource.as_dict` of an earlier run: the same first bytes are read again, whatever was appended.

    Raises:
        DataError: the file is missing, empty, malformed throughout, of another format, or no longer what it was.
    """
    if expected and expected["path"] in SHIPPED:
        return _same(_of_package(expected["path"], registry, ()), expected)
    if not Path(path).exists() and path == DataSettings().path:
        notice = f"no {path} here: training on the {shipped} rows that come with vibecoder"
        return _of_package(shipped, registry, (notice,))
    dataset = Dataset(Path(path))
    contents = dataset.read(limit=expected["size"] if expected else None)
    notices = [f"{path}:{line.number}: {line.reason}; the line is left out" for line in contents.bad[:_SHOWN_BAD_LINES]]
    if contents.bad:
        try:
            kept = f"copied to {dataset.quarantine(contents.bad)}"
        except OutputError as error:
            kept = f"not copied anywhere ({error})"
        notices.append(f"{len(contents.bad)} bad lines of {path} are left out and {kept}")
    notices += [f"{n} {what} of {path} are left out" for what, n in contents.changed.items()]
    records = tuple(contents.records)
    source = DataSource(path, records, contents.size, contents.digest, len(contents.bad), tuple(notices))
    return _same(source, expected) if expected else source


def _of_package(name: str, registry: Registry, notices: tuple[str, ...]) -> DataSource:
    if name not in registry.generators:
        raise DataError(f"there is no dataset.jsonl and no {name} rows are installed; give --data FILE")
    records = tuple(generated_records(registry.generators[name]))
    digest = hashlib.sha256("".join(record.id for record in records).encode()).hexdigest()
    return DataSource(name, records, len(records), digest, 0, notices)


def _same(source: DataSource, expected: Mapping[str, Any]) -> DataSource:
    if source.digest != expected["sha256"]:
        raise DataError(f"{source.path} is no longer what the run began with; start a new run without --resume")
    return source
