"""Predict the peak of a training run: the permanent part plus the largest micro-batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vibecoder.system.units import memory
from vibecoder.training.packing import group_runs
from vibecoder.training.prefixes import padded
from vibecoder.types import MemoryModel, MemorySetup, Rendered, Schedule, Workload

__all__ = ["Prediction", "full_rows", "predict", "workload", "workloads"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """A peak in bytes by purpose, and the micro-batch that causes it."""

    parts: Mapping[str, int]
    largest: Workload

    @property
    def total(self) -> int:
        return sum(self.parts.values())

    def __str__(self) -> str:
        return f"{memory(self.total)} ({', '.join(f'{name} {memory(size)}' for name, size in self.parts.items())})"


def predict(model: MemoryModel, setup: MemorySetup, work: Iterable[Workload]) -> Prediction:
    """Predict the peak of training on micro-batches like `work`; without any, the permanent part."""
    sizes = [(dict(model.working(setup, each)), each) for each in work] or [({}, Workload(0, 0, 0, 0))]
    parts, largest = max(sizes, key=lambda size: sum(size[0].values()))
    return Prediction({**model.standing(setup), **parts}, largest)


def full_rows(tokens: int, longest: int) -> Workload:
    """Return the largest micro-batch that `tokens` allows for unknown rows: full rows, every token a target."""
    rows, width = max(1, tokens // padded(longest)), padded(longest)
    return Workload(rows, width, 0, rows * width)


def workload(rows: Iterable[Rendered], prefix: int) -> Workload:
    """Describe a group of `rows` that share `prefix` tokens by its size."""
    members = list(rows)
    longest = max((len(row) for row in members), default=1)
    return Workload(len(members), padded(longest - prefix), prefix, sum(row.supervised for row in members))


def workloads(schedule: Schedule) -> set[Workload]:
    """List the different sizes of a schedule's micro-batches and of its separately computed prefixes."""
    found = set()
    supervised = [row.supervised for row in schedule.rows]
    lengths = [len(row) for row in schedule.rows]
    for step in range(len(schedule)):
        for run in group_runs(schedule, step):
            apart = len(run) > 1
            if apart:
                found.add(Workload(1, run[0].prefix, 0, 0))
            for group in run:
                width = padded(max(lengths[i] for i in group.rows) - group.prefix)
                targets = sum(supervised[i] for i in group.rows)
                found.add(Workload(len(group.rows), width, group.prefix, targets, apart))
    return found
