"""What makes rows: generators, and what they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vibecoder.types.records import Record

__all__ = ["GenerateJob", "Generated", "GeneratorSpec", "Teacher"]


@dataclass(frozen=True, slots=True)
class Teacher:
    """A language model `model` at the OpenAI-compatible `url` that may reword rows; `cache` keeps what it answered."""

    url: str
    model: str
    cache: Path


@dataclass(frozen=True, slots=True)
class GenerateJob:
    """What a generator is asked for: up to `count` records (None: its default), the same ones for the same `seed`.

    `repo` is a git repository to make them from, `workers` the number of processes (0: one per CPU), `cluster` the
    address of a Ray cluster to run on instead, if any; neither may change the records. `made` holds the records of the
    batches that an earlier, interrupted job has finished, `others` all that the dataset had when the job began. A
    `teacher` may reword what users say and why calls are made, and nothing else.
    """

    count: int | None = None
    seed: int = 0
    repo: Path | None = None
    workers: int = 0
    cluster: str = ""
    made: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    others: Sequence[Record] = ()
    teacher: Teacher | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A finished part of a job: its records, and why others were left out (`skipped`: reason -> how many).

    `batch` names a part that need not be made again: equal for equal work, different for any other seed, count or
    source. Parts that are cheap to make have no name.
    """

    records: Sequence[Record] = ()
    batch: str = ""
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorSpec:
    """A source of records: `generate(job)` yields parts in a fixed order, up to `job.count` records in all.

    One that takes long names its parts, so that an interrupted job goes on where it was: `job.made` has what is done.
    `replay(records, job)` yields for each record, in order, what differs when its stored calls are run again (nothing
    where all is as stored).
    """

    name: str
    category: str
    summary: str
    generate: Callable[[GenerateJob], Iterator[Generated]]
    default_count: int = 0
    replay: Callable[[Sequence[Record], GenerateJob], Iterator[Sequence[str]]] | None = None
