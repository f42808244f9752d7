"""Fills a dataset with generators: which ones, how many rows each, appended part by part and resumable.

What is finished is noted in a journal beside the dataset, so that a killed job goes on where it was. Several jobs may
append to one dataset at once: appends and notes are whole lines under a lock, and a row is never there twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from vibecoder.dataset.journal import Journal
from vibecoder.dataset.records import content_id
from vibecoder.dataset.store import Dataset
from vibecoder.errors import DataError, suggestion
from vibecoder.plugins import Registry
from vibecoder.types import Generated, GenerateJob, GeneratorSpec, Record

__all__ = ["Quota", "QuotaResult", "apportion", "choose_generators", "fill", "generated_records", "orders"]

_PART = 20
"""Records without a named batch that are appended at once."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What one generator is to do; `count` None is all it has."""

    spec: GeneratorSpec
    count: int | None


@dataclass(slots=True)
class QuotaResult:
    """How an order went: records `made` by it, `added` to the file (the others were there), `skipped` by reason."""

    name: str
    wanted: int | None
    made: int = 0
    added: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def missing(self) -> int:
        return max(0, (self.wanted or 0) - self.made)


def choose_generators(names: Sequence[str], registry: Registry) -> list[GeneratorSpec]:
    """Return the generators of the named categories or names; `all`, or no name, means those of every category.

    Raises:
        DataError: there is no such category, or no generator at all.
    """
    specs = {name: spec for name, spec in registry.generators.items() if spec.category != "all"}
    categories = {spec.category for spec in specs.values()}
    chosen: dict[str, GeneratorSpec] = {}
    for name in names or ("all",):
        if name in registry.generators:
            chosen[name] = registry.generators[name]
        elif name == "all" or name in categories:
            chosen.update({key: spec for key, spec in specs.items() if name in ("all", spec.category)})
        else:
            raise DataError(f"no generator of {name}{suggestion(name, [*registry.generators, *categories, 'all'])}")
    if not chosen:
        raise DataError("no generator is installed; see `vibecoder plugins`")
    return list(chosen.values())


def orders(specs: Sequence[GeneratorSpec], count: int | None) -> list[Quota]:
    """Decide how many rows each generator makes: its default, or its part of `count` in proportion to the defaults."""
    if count is None:
        return [Quota(spec, spec.default_count or None) for spec in specs]
    shares = apportion(count, [spec.default_count for spec in specs])
    return [Quota(spec, share) for spec, share in zip(specs, shares, strict=True) if share]


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` into whole parts in proportion to `weights` (equal if all are 0), by largest remainders."""
    weights = weights if sum(weights) else [1] * len(weights)
    whole = [total * weight // sum(weights) for weight in weights]
    order = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % sum(weights)), at))
    for at in order[: total - sum(whole)]:
        whole[at] += 1
    return whole


def fill(
    path: Path, wanted: Sequence[Quota], job: GenerateJob, advance: Callable[[Quota, int], None] = lambda *_: None
) -> Iterator[QuotaResult]:
    """Carry out the orders one after the other, appending to `path`; `advance` hears of every record made.

    Raises:
        DataError: a generator cannot work; its message says why.
        OutputError: the dataset or its journal cannot be written; what was appended stays.
    """
    dataset, journal = Dataset(path), Journal(path, "generated")
    for order in wanted:
        outcome = QuotaResult(order.spec.name, order.count)
        present = _records(dataset)
        by_id = {record.id: record for record in present}
        finished = journal.finished(order.spec.name, by_id.keys())
        known = {part: [by_id[identity] for identity in ids] for part, ids in finished.items()}
        with closing(_parts(order, replace(job, count=order.count, made=known, others=present))) as parts:
            for part in parts:
                outcome.made += len(part.records)
                outcome.added += dataset.append(part.records)
                outcome.skipped.update(part.skipped)
                if part.batch and part.batch not in known:
                    journal.note(order.spec.name, [(part.batch, [content_id(record) for record in part.records])])
                advance(order, len(part.records))
        yield outcome


def _records(dataset: Dataset) -> Sequence[Record]:
    exists = dataset.path.exists() and dataset.path.stat().st_size
    return dataset.read().records if exists else ()


def generated_records(spec: GeneratorSpec, count: int | None = None, seed: int = 0) -> Iterator[Record]:
    """Yield the records of a generator, up to `count` (None: all it has by default)."""
    for part in spec.generate(GenerateJob(count=count, seed=seed)):
        yield from part.records


def _parts(order: Quota, job: GenerateJob) -> Generator[Generated, None, None]:
    """Yield the parts of an order; small ones without a name are joined, since every append waits for the disk."""
    records: list[Record] = []
    skipped: Counter[str] = Counter()
    for part in order.spec.generate(job):
        if not part.batch and len(records) + len(part.records) < _PART:
            records += part.records
            skipped.update(part.skipped)
            continue
        if records or skipped:
            yield Generated(records=records, skipped=skipped)
            records, skipped = [], Counter()
        yield part
    if records or skipped:
        yield Generated(records=records, skipped=skipped)
