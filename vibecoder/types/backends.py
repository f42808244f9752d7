"""Backends: a loaded model that trains adapters, and the descriptor that says what it can do and opens it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from vibecoder.types.batches import Batch
from vibecoder.types.events import Events
from vibecoder.types.jobs import LossSum, ModelSpec, TrainJob, TrainResult
from vibecoder.types.memory import MemoryModel

__all__ = ["Backend", "BackendSpec", "Inspectable"]


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


@runtime_checkable
class Inspectable(Protocol):
    """Methods that a backend has beside those of `Backend` if exports are to be tested and weighed by its model."""

    def distributions(self, rows: Sequence[Sequence[int]], adapter: Path | None) -> Iterator[NDArray[np.float32]]:
        """Yield log p of every token at every position, one [T, V] float32 array a row of T ids."""

    def input_squares(
        self, rows: Sequence[Sequence[int]], weights: Sequence[NDArray[np.float32]], adapter: Path | None
    ) -> Mapping[str, NDArray[np.float32]]:
        """Return the mean square of each input of each linear layer over the positions of `rows`, [in] float32.

        `weights` says how much each position of each row counts, [T] float32. Layers have our names
        (`model.layers.0.mlp.up_proj`), the output layer is `lm_head`, tied or not.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSpec:
    """Describe a backend without importing it; nothing heavy is loaded until `open`.

    Planning refuses what is not listed here: `objectives` by `name`, `optimizers` as `train.optimizer` names them,
    `quantizations` and `precisions` as `model.*` does, and `checkpointing` where it is False.

    `unusable` says in one line why this machine cannot run it and the command that fixes that, or None.
    `rank_and_world` reads this process's rank and the number of processes from the launcher's environment. Without a
    `memory` model, runs are neither refused nor made to fit beforehand. `prefix_once` tells whether consecutive
    micro-batches of a step that have the same prefix compute it once. `convert`, where there is one, writes the
    model in one folder as another that the backend's library opens, in one of `quantizations`.
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
    convert: Callable[[Path, Path, str], None] | None = None
