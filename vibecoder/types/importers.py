"""What reads rows out of a person's own work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vibecoder.types.records import Record

__all__ = ["ImportJob", "ImportOption", "Imported", "ImporterSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOption:
    """An option of one importer, `--name` of its command; `name` has underscores, as in `ImportJob.options`.

    `type` is `int`, `float`, `text`, `path`, `flag`, or a tuple of the values to choose from. `minimum` bounds numbers.
    """

    name: str
    help: str
    type: Literal["int", "float", "text", "path", "flag"] | tuple[str, ...] = "text"
    default: Any = None
    minimum: float | None = None
    metavar: str | None = None


@dataclass(frozen=True, slots=True)
class ImportJob:
    """What an importer is asked for: records from `source`, the same ones for the same `seed` and source.

    `count` is the most records wanted (None: all); the host stops there, so it is only a hint of how far to plan.
    `options` has a value for every option of the importer. `done(unit)` says whether an earlier import into the same
    dataset has finished a unit, so that slow work need not be done again.
    """

    source: Path
    count: int | None = None
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    done: Callable[[str], bool] = lambda unit: False


@dataclass(frozen=True, slots=True)
class Imported:
    """What one unit of a source (a commit, a file, a session) gave.

    `records` may be empty; `skipped` says why others were left out (reason -> how many). `unit` names the unit the same
    way each time, "" where it is cheap to read again. `parts` names smaller units the same way, with the places of
    their records, where a unit grows: each is done when its records are in the dataset. `notes` are sentences for the
    user, each told once.
    """

    records: Sequence[Record] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    unit: str = ""
    notes: Sequence[str] = ()
    parts: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImporterSpec:
    """Records out of a person's own work: the command `vibecoder data from-NAME SOURCE`.

    `rows(job)` yields one `Imported` a unit, in a fixed order and constant memory, and raises `DataError` for a source
    it cannot read. `units(job)` is how many units that will be, if it is cheap to know. `exact` marks rows whose bytes
    were checked (a diff that applies, a span that rebuilds its file): where a secret would have to be masked in one, it
    is dropped instead. `seeded` says that the seed changes what is chosen. `unit` is the name of one in the singular.
    """

    name: str
    summary: str
    source: Literal["repo", "folder", "file"]
    rows: Callable[[ImportJob], Iterator[Imported]]
    options: tuple[ImportOption, ...] = ()
    exact: bool = False
    units: Callable[[ImportJob], int | None] | None = None
    unit: str = "unit"
    seeded: bool = False
    epilog: str = ""
