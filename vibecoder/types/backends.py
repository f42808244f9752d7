"""Backends: a loaded model that trains adapters, and the descriptor that says what it can do and opens it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vibecoder.types.batches import Batch
from vibecoder.types.events import Events
from vibecoder.types.jobs import LossSum, ModelSpec, TrainJob, TrainResult
from vibecoder.types.memory import MemoryModel

__all__ = ["Backend", "BackendSpec"]


class Backend(Protocol):
    """A loaded base model that trains adapters. Opened by `BackendSpec.open`; owns its loop, reports `Event`s.

    With several processes every rank runs the same calls; a backend shares the work and keeps ranks equal.
    """

    def train(self, job: TrainJob, events: Events) -> TrainResult: ...

    def loss(self, batches: Sequence[Batch], adapter: Path | None) -> LossSum: ...

    def log_probabilities(self, batches: Sequence[Batch], adapter: Path | None) -> list[NDArray[np.float32]]:
        """Return log p of every target, one [B, T] float32 array a batch, 0 where there is none; prefixes read once.

        The sum over a row is the log-probability of its reply: what preference and policy objectives are made of.
        """

    def generate(
        self, prompts: Sequence[Sequence[int]], adapter: Path | None, max_new_tokens: int, stop: Sequence[int]
    ) -> list[list[int]]:
        """Generate greedily and return the ids without prompt and stop token, in the order of `prompts`."""

    def peak_memory(self) -> int:
        """Return the most bytes in use at once since the process or its latest training job began."""

    def close(self) -> None:
        """Give memory back; the backend is not used afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSpec:
    """Describe a backend without importing it; nothing heavy is loaded until `open`.

    Planning refuses what is not listed here: `objectives` by `name`, `optimizers` as `train.optimizer` names them,
    `quantizations` and `precisions` as `model.*` does, and `checkpointing` where it is False.

    `unusable` says in one line why this machine cannot run it and the command that fixes that, or None.
    `rank_and_world` reads this process's rank and the number of processes from the launcher's environment. Without a
    `memory` model, runs are neither refused nor made to fit beforehand. `prefix_once` tells whether consecutive
    micro-batches of a step that have the same prefix compute it once.
    """

    name: str
    summary: str
    objectives: tuple[str, ...]
    optimizers: tuple[str, ...]
    unusable: Callable[[], str | None]
    open: Callable[[ModelSpec], Backend]
    rank_and_world: Callable[[], tuple[int, int]] = lambda: (0, 1)
    memory: MemoryModel | None = None
    prefix_once: bool = False
    quantizations: tuple[str, ...] = ("none",)
    precisions: tuple[str, ...] = ("auto",)
    checkpointing: bool = False
