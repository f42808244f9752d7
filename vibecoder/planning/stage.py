"""Deciding one stage: its rows as the model reads them, their order, and as many tokens at once as memory holds."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vibecoder import memory_model
from vibecoder.config.honoured import alternatives, check_settings
from vibecoder.config.schema import Settings
from vibecoder.errors import ConfigError, DataError, ModelError, RowError
from vibecoder.models import ResolvedModel, read_config
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.system.machine import Machine
from vibecoder.training.learning_rates import learning_rates
from vibecoder.training.order import make_schedule, regroup, without_long_rows
from vibecoder.types import BackendSpec, Dimensions, MemoryModel, Record, Rendered, Schedule, Stage

__all__ = ["RenderedRows", "StagePlan", "check_stage", "memory_of", "plan_stage", "within_memory"]


@dataclass(frozen=True, slots=True)
class StagePlan:
    """One stage: its rows, what was left out and why, the order, a learning rate per step.

    `tokens` are computed at once at the most; `fit` is the memory that they take, None where it cannot be predicted.
    """

    spec: Stage
    settings: Settings
    schedule: Schedule
    rates: NDArray[np.float64]
    held_out: Sequence[Rendered]
    counts: Mapping[str, int]
    dropped: Mapping[str, int]
    tokens: int
    fit: memory_model.Fit | None = None

    @property
    def supervised_share(self) -> float:
        """Supervised tokens over all tokens of the stage's rows."""
        return sum(r.supervised for r in self.schedule.rows) / max(1, sum(len(r) for r in self.schedule.rows))


_REASONS = 5
"""Reasons for refused rows that a plan names, the commonest first."""


class RenderedRows:
    """Rows rendered once however many stages use them; those the template refuses are counted with the reason."""

    def __init__(self, records: Sequence[Record], tokenizer: ChatTokenizer) -> None:
        self.records = records
        self.rows: dict[str, Rendered | None] = {}
        self.refused: Counter[str] = Counter()
        for record in records:
            try:
                row = render(record, tokenizer)
            except RowError as error:
                self.rows[record.id] = None
                self.refused[error.reason] += 1
            else:
                self.rows[record.id] = dataclasses.replace(row, record_id=record.id, category=record.category)

    def usable(self, records: Sequence[Record], max_length: int) -> tuple[list[Rendered], dict[str, int]]:
        dropped = {"over_length": 0, "unsupervised": 0, "refused": 0}
        rows = []
        for record in records:
            row = self.rows[record.id]
            if row is None:
                dropped["refused"] += 1
            elif len(row) > max_length:
                dropped["over_length"] += 1
            elif not row.supervised:
                dropped["unsupervised"] += 1
            else:
                rows.append(row)
        return rows, dropped

    def notices(self) -> tuple[str, ...]:
        first = self.refused.most_common(_REASONS)
        others = self.refused.total() - sum(count for _, count in first)
        rest = (
            f"{others} rows left out for {len(self.refused) - len(first)} other reasons; see vibecoder data lengths",
        )
        return tuple(f"{count} rows left out: {reason}" for reason, count in first) + rest * bool(others)


def check_stage(stage: Stage, settings: Settings, backend: BackendSpec, backends: Iterable[BackendSpec]) -> None:
    """Refuse a stage whose objective or settings the chosen one of `backends` lacks.

    Raises:
        ConfigError: naming the stage or the setting, what the backend has, and the fix.
    """
    wanted, others = stage.objective.name, list(backends)
    if wanted not in backend.objectives:
        fixes = [*alternatives(other for other in others if wanted in other.objectives), "--stage without it"]
        raise ConfigError(
            f"stage {stage.name} asks for the objective {wanted}; the backend {backend.name} has "
            f"{', '.join(backend.objectives)}; use {' or '.join(fixes)}"
        )
    check_settings(settings, backend, others)


def plan_stage(
    stage: Stage, settings: Settings, train: RenderedRows, held: RenderedRows, backend: BackendSpec
) -> StagePlan:
    """Choose a stage's rows, their order and its learning rates; DataError where it has no row to train on."""
    wanted = [record for record in train.records if stage.takes(record.category)]
    categories = "any category" if stage.categories is None else ", ".join(stage.categories)
    if not wanted:
        raise DataError(
            f"stage {stage.name} has no rows: the dataset has none of {categories}; add some or leave it out"
        )
    rows, dropped = train.usable(wanted, settings.data.max_length)
    if not rows:
        words = "".join(f": {reason}" for reason, _ in train.refused.most_common(1)) if dropped["refused"] else ""
        raise DataError(
            f"stage {stage.name} has no usable row: of {len(wanted)}, {dropped['over_length']} are over "
            f"data.max_length ({settings.data.max_length} tokens), {dropped['unsupervised']} have nothing to learn "
            f"from and {dropped['refused']} are refused by the model's template{words}; raise data.max_length or fix "
            "the rows"
        )
    options = settings.train
    schedule = make_schedule(
        rows,
        rows_per_step=options.batch_size * options.accumulation,
        tokens=settings.tokens_at_once,
        share=options.share_prefixes,
        prefix_once=backend.prefix_once,
        epochs=options.epochs,
        seed=_stage_seed(settings.seed, stage),
        max_steps=options.max_steps,
    )
    rates = learning_rates(len(schedule), options.learning_rate, options.warmup, options.schedule)
    held_rows, _ = held.usable(
        [record for record in held.records if stage.takes(record.category)], settings.data.max_length
    )
    counts = Counter(row.category for row in rows)
    counted = dict(sorted(counts.items()))
    return StagePlan(stage, settings, schedule, rates, held_rows, counted, dropped, settings.tokens_at_once)


Memory: TypeAlias = tuple[MemoryModel, Dimensions]


def memory_of(model: ResolvedModel, backend: BackendSpec) -> tuple[Memory | None, tuple[str, ...]]:
    """Return what predicts the memory of training `model` on `backend`, or None and a notice of the reason."""
    if backend.memory is None:
        return None, ()
    try:
        return (backend.memory, memory_model.dimensions_of(read_config(model.folder))), ()
    except ModelError as error:
        return None, (str(error),)


def within_memory(stage: StagePlan, model: ResolvedModel, machine: Machine, memory: Memory | None) -> StagePlan:
    """Regroup a stage's rows into as many tokens at once as the machine holds, in the same steps and order.

    Raises:
        ConfigError: not even single rows fit; the message has the settings that would make them fit.
    """
    settings, schedule = stage.settings, stage.schedule
    if memory is None:
        tokens = settings.train.tokens or settings.full_rows
        return dataclasses.replace(stage, schedule=regroup(schedule, tokens), tokens=tokens)
    backend, dimensions = memory
    budget = memory_model.budget_of(machine, backend)
    setup = memory_model.setup_of(settings, dimensions, budget.device)
    found = memory_model.fit(
        backend, setup, budget, stage.tokens, lambda tokens: memory_model.workloads(regroup(schedule, tokens))
    )
    if not found.fits:
        alone = regroup(schedule, 0)
        raise memory_model.refuse(
            model.name,
            backend,
            setup,
            found,
            lambda longest: memory_model.workloads(without_long_rows(alone, longest)[0]),
        )
    return dataclasses.replace(stage, schedule=regroup(schedule, found.tokens), tokens=found.tokens, fit=found)


def _stage_seed(seed: int, stage: Stage) -> int:
    return int.from_bytes(hashlib.sha256(json.dumps([seed, stage.name]).encode()).digest()[:4], "big")
