"""Going on after memory ran out: fewer tokens at once, then checkpointing, then without the longest rows.

Rows of a step and their order stay, so what was trained before stays as good as it was. Every change is reported and
kept with the run, so that a resumed one begins with it.
"""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vibecoder.errors import OutOfMemory
from vibecoder.training.order import regroup, without_long_rows
from vibecoder.training.packing import computed_tokens
from vibecoder.types import Backend, Batch, Events, LossSum, ModelSpec, Schedule, TrainJob, TrainResult

__all__ = ["Recovering", "Relief"]

_MOST_DROPPED = 0.5
"""A run that would train on less than this share of its rows is not the one that was asked for."""


@dataclass(frozen=True, slots=True)
class Relief:
    """What a run was changed to after memory ran out: bounds on `tokens` and `longest` (None: as planned)."""

    tokens: int | None = None
    checkpointing: bool = False
    longest: int | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any] | None) -> Relief:
        return cls(**values) if values else cls()

    def as_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def applied(self, schedule: Schedule) -> Schedule:
        if self.tokens is not None:
            schedule = regroup(schedule, self.tokens)
        return schedule if self.longest is None else without_long_rows(schedule, self.longest)[0]


class Recovering:
    """A backend that carries on with less when memory runs out; otherwise the one that `open_model` opens.

    `changed(stage, step, relief, text)` is called with every change before training goes on from `step`.
    `can_checkpoint` says whether the backend has `model.checkpointing`.
    """

    def __init__(
        self,
        open_model: Callable[[ModelSpec], Backend],
        model: ModelSpec,
        relief: Relief,
        changed: Callable[[str, int, Relief, str], None],
        can_checkpoint: bool = True,
    ) -> None:
        self._open, self._model, self.relief, self._changed = open_model, model, relief, changed
        self._can_checkpoint = can_checkpoint
        self._checkpointing = model.checkpointing or relief.checkpointing
        self._backend = self._opened()

    def train(self, job: TrainJob, events: Events) -> TrainResult:
        """Train, with less memory from wherever it runs out.

        Raises:
            OutOfMemory: single rows with checkpointing, without the longest half of them, are still too much.
        """
        planned = job.schedule
        while True:
            job = dataclasses.replace(job, schedule=self.relief.applied(planned))
            try:
                return self._backend.train(job, events)
            except OutOfMemory as error:
                reason, step, checkpoint = str(error), error.step, error.checkpoint
            gc.collect()  # the frames that the error held, and what they held
            job = dataclasses.replace(job, resume=checkpoint or job.resume)
            text = self._relieve(job.schedule, reason)
            self._changed(job.stage, step, self.relief, f"stage {job.stage}, after step {step}: {reason}; {text}")

    def loss(self, batches: Sequence[Batch], adapter: Path | None) -> LossSum:
        return self._backend.loss(batches, adapter)

    def log_probabilities(self, batches: Sequence[Batch], adapter: Path | None) -> list[NDArray[np.float32]]:
        return self._backend.log_probabilities(batches, adapter)

    def generate(
        self, prompts: Sequence[Sequence[int]], adapter: Path | None, max_new_tokens: int, stop: Sequence[int]
    ) -> list[list[int]]:
        """Generate replies, in order; where memory runs out, for half of the prompts at a time, and so on."""
        try:
            return self._backend.generate(prompts, adapter, max_new_tokens, stop)
        except OutOfMemory:
            if len(prompts) < 2:
                raise
        gc.collect()
        middle = len(prompts) // 2
        first = self.generate(prompts[:middle], adapter, max_new_tokens, stop)
        return first + self.generate(prompts[middle:], adapter, max_new_tokens, stop)

    def peak_memory(self) -> int:
        return self._backend.peak_memory()

    def close(self) -> None:
        self._backend.close()

    def _opened(self) -> Backend:
        return self._open(dataclasses.replace(self._model, checkpointing=self._checkpointing))

    def _relieve(self, schedule: Schedule, reason: str) -> str:
        """Take the next measure after those in effect, and say which."""
        groups = [group for step in schedule.steps for group in step if group.rows]
        several = [computed_tokens(schedule, group) for group in groups if len(group.rows) > 1]
        if several:
            tokens = max(several) // 2
            self.relief = dataclasses.replace(self.relief, tokens=tokens)
            return f"going on with at most {tokens:,} tokens at once instead of {max(several):,}"
        if not self._checkpointing and self._can_checkpoint:
            self.relief = dataclasses.replace(self.relief, checkpointing=True)
            self._checkpointing = True
            self._backend.close()
            self._backend = self._opened()
            return "going on with model.checkpointing"
        longest = max((len(schedule.rows[i]) for group in groups for i in group.rows), default=0)
        shorter = longest * 3 // 4
        dropped = without_long_rows(schedule, shorter)[1]
        if dropped > len(schedule.rows) * _MOST_DROPPED:
            raise OutOfMemory(
                f"{reason}, with every row alone{', checkpointing' * self._checkpointing} and no row over {longest} "
                "tokens; close other programs, set model.quantization=4bit, or choose a smaller --model"
            )
        self.relief = dataclasses.replace(self.relief, longest=shorter)
        return f"going on without the {dropped} rows of more than {shorter:,} tokens"
