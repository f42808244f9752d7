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

    `repo` is a git repository to make them from, `workers` the number of processes (0: one per CPU), which must not
    change the records. `made` holds the records of the batches that an earlier, interrupted job has finished, `others`
    all that the dataset had when the job began. A `teacher` may reword what users say and why calls are made, and
    nothing else.
    """

    count: int | None = None
    seed: int = 0
    repo: Path | None = None
    workers: int = 0
    made: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    others: Sequence[Record] = ()
    teacher: Teacher | None = None


@dataclass(frozen=True, slots=True)
class Generated:
    """A finished part of a job: its records, and why others were left out (`skipped`: reason -> how many).

    `batch` names the part: equal for equal work, different for any other seed, count or source.
    """

    batch: str
    records: Sequence[Record]
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GeneratorSpec:
    """A source of records: `generate(count, seed)` yields up to `count` records (None: all it has by default).

    A generator that takes long offers `batches` as well, which is used instead: it yields parts in a fixed order, so
    that an interrupted job goes on where it was. `replay(records, job)` yields for each record, in order, what comes
    out otherwise when its stored calls are run again (nothing: all is as stored).
    """

    name: str
    category: str
    summary: str
    generate: Callable[[int | None, int], Iterator[Record]]
    default_count: int = 0
    batches: Callable[[GenerateJob], Iterator[Generated]] | None = None
    replay: Callable[[Sequence[Record], GenerateJob], Iterator[Sequence[str]]] | None = None
