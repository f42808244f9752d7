"""Runs an importer: every record scrubbed, appended part by part, counted by what became of it, resumable.

Units that an importer names are noted in a journal beside the dataset once their records are in it. A record that
cannot be written costs itself alone. Whatever ends an import, the records made before are kept.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Set
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vibecoder.dataset.journal import Journal
from vibecoder.dataset.records import identified
from vibecoder.dataset.store import Dataset
from vibecoder.errors import DataError, UserError
from vibecoder.system.work_clock import worked_seconds
from vibecoder.types import Imported, ImporterSpec, ImportJob, Record

__all__ = ["ImportResult", "checked_options", "run_import"]

_PART = 64
"""Records that are appended at once."""
_PATIENCE = 5.0
"""Seconds after which a smaller part is appended too, so that slow work is on disk."""


@dataclass(slots=True)
class ImportResult:
    """How an import went: units read, records `kept`, of those `added` to the file, the others left out by reason.

    `masked` counts what was masked in the kept records, by the type of secret; `by` counts the kept ones by category
    and verification.
    """

    importer: str
    units: int = 0
    kept: int = 0
    added: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    by: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return all counts of the import as JSON."""
        return {
            "importer": self.importer, "units": self.units, "kept": self.kept, "added": self.added,
            "there already": self.kept - self.added, "dropped": dict(self.dropped.most_common()),
            "masked": dict(self.masked.most_common()), "notes": self.notes, "seconds": round(self.seconds, 3),
            "rows": [{"category": c, "verification": v, "rows": n} for (c, v), n in sorted(self.by.items())],
        }  # fmt: skip


def run_import(
    spec: ImporterSpec, job: ImportJob, into: Path | None, advance: Callable[[ImportResult], None] = lambda _: None
) -> ImportResult:
    """Import into the dataset `into` (None: count what would come, write nothing); `advance` hears of every unit.

    Raises:
        DataError: the source cannot be read, or an option is wrong; what was made before is in the dataset.
        OutputError: the dataset cannot be written; what was appended stays.
    """
    job = replace(job, source=_source(spec, job.source), options=checked_options(spec, job.options))
    result, begun = ImportResult(spec.name), worked_seconds()
    sink = _Sink(spec.name, into, result)
    if into:
        job = replace(job, done=sink.done)
    try:
        with closing(_units(spec, job)) as units:
            for unit in units:
                result.units += 1
                result.dropped.update(unit.skipped)
                result.notes += [note for note in unit.notes if note not in result.notes]
                made = dict(_scrubbed(spec, unit.records, result))
                wanted = len(made) if job.count is None else job.count - result.kept
                kept = dict(list(made.items())[:wanted])
                names = {name: [kept[at].id for at in places] for name, places in unit.parts.items()
                         if all(at in kept for at in places)}  # fmt: skip
                if unit.unit and len(kept) == len(made):
                    names[unit.unit] = [record.id for record in kept.values()]
                sink.take(names, list(kept.values()))
                result.seconds = worked_seconds() - begun
                advance(result)
                if job.count is not None and result.kept >= job.count:
                    break
    finally:
        sink.flush()
        result.seconds = worked_seconds() - begun
    return result


def _units(spec: ImporterSpec, job: ImportJob) -> Generator[Imported, None, None]:
    yield from spec.rows(job)


def checked_options(spec: ImporterSpec, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check the given options and return them with defaults for those not given.

    Raises:
        DataError: there is no such option, or a value is not allowed.
    """
    known = {option.name: option for option in spec.options}
    for name in given:
        if name not in known:
            raise DataError(f"from-{spec.name} has no option {name}; known: {', '.join(sorted(known)) or 'none'}")
    values = {name: given[name] if given.get(name) is not None else option.default for name, option in known.items()}
    for name, value in values.items():
        option = known[name]
        if isinstance(option.type, tuple) and value is not None and value not in option.type:
            raise DataError(f"--{name.replace('_', '-')} must be one of {', '.join(option.type)}, not {value}")
        if option.minimum is not None and value is not None and value < option.minimum:
            raise DataError(f"--{name.replace('_', '-')} must be at least {option.minimum:g}, not {value}")
    return values


def _source(spec: ImporterSpec, path: Path) -> Path:
    kind = {"repo": "git repository", "folder": "folder", "file": "file"}[spec.source]
    path = Path(os.path.expanduser(path))
    if not path.exists():
        raise DataError(f"no {kind} at {path}; check the path")
    if path.is_dir() == (spec.source == "file"):
        raise DataError(f"{path} is a {'folder' if path.is_dir() else 'file'}; from-{spec.name} reads a {kind}")
    return path


def _scrubbed(
    spec: ImporterSpec, records: Iterable[Record], result: ImportResult
) -> Generator[tuple[int, Record], None, None]:
    """Yield the records with secrets masked, each with its index; an `exact` importer's are dropped instead."""
    from vibecoder.dataset.scrub.records import scrub

    for at, record in enumerate(records):
        clean, masked = scrub(record)
        if masked and spec.exact:
            result.dropped["holds a secret or an address"] += 1
            continue
        try:
            clean = identified(clean)
        except DataError as error:
            result.dropped[f"not a row: {error}"] += 1
            continue
        result.masked.update(masked)
        yield at, clean


class _Sink:
    """Collects records into parts and puts them into the dataset."""

    def __init__(self, importer: str, into: Path | None, result: ImportResult) -> None:
        self._dataset = Dataset(into) if into else None
        self._result = result
        self._units: list[tuple[str, list[str]]] = []
        self._records: list[Record] = []
        self._seen: set[str] = set()
        self._last = time.monotonic()
        self._importer, self._into = importer, into
        self._journal = Journal(into or Path(), "imported")
        self._done: Set[str] | None = None

    def done(self, unit: str) -> bool:
        """Tell whether an earlier import finished the unit and its records are still in the dataset."""
        if self._done is None:
            try:
                present = {record.id for record in Dataset(self._into or Path()).read().records}
            except UserError:
                present = set()
            self._done = self._journal.finished(self._importer, present).keys()
        return unit in self._done

    def take(self, units: Mapping[str, list[str]], records: list[Record]) -> None:
        """Keep records and the ids of those that each finished unit has, and append what has gathered if it is time."""
        self._units += units.items()
        self._records += records
        self._result.kept += len(records)
        if len(self._records) >= _PART or time.monotonic() - self._last > _PATIENCE:
            self.flush()

    def flush(self) -> None:
        """Append what has gathered."""
        records, units, self._records, self._units = self._records, self._units, [], []
        self._last = time.monotonic()
        good = self._append(records)
        self._result.by.update((record.category, record.verification) for record in good)
        if self._dataset is not None:
            self._journal.note(self._importer, units)

    def _append(self, records: list[Record]) -> list[Record]:
        if self._dataset is None:
            new = {record.id for record in records} - self._seen
            self._seen |= new
            self._result.added += len(new)
            return records
        try:
            self._result.added += self._dataset.append(records)
            return records
        except DataError:
            return [record for record in records if self._alone(record)]

    def _alone(self, record: Record) -> bool:
        assert self._dataset is not None
        try:
            self._result.added += self._dataset.append([record])
        except DataError as error:
            self._result.kept -= 1
            self._result.dropped[f"not a row: {error.__cause__ or error}"] += 1
            return False
        return True
