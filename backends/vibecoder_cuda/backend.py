"""The `Backend` protocol on torch: one loaded base model, adapters attached and detached around each call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vibecoder.adapters.folder import check_fits, read_adapter
from vibecoder.training.memory import saving_when_memory_runs_out
from vibecoder.training.tables import entry
from vibecoder.types import Batch, Events, LossSum, ModelSpec, TrainJob, TrainResult
from vibecoder_cuda.generate import greedy
from vibecoder_cuda.memory.limits import out_of_memory, pass_over_imports, peak_memory, release, reset_peak
from vibecoder_cuda.model.load import load_base
from vibecoder_cuda.model.lora import attach, detach, layer_shapes
from vibecoder_cuda.objectives import OBJECTIVES
from vibecoder_cuda.passes.forward import log_probabilities, loss_sum
from vibecoder_cuda.passes.inside import distributions, input_squares
from vibecoder_cuda.processes import join
from vibecoder_cuda.quiet import quiet
from vibecoder_cuda.trainer import train

__all__ = ["CudaBackend"]


class CudaBackend:
    """Holds a base model in torch. Under `accelerate launch` every process holds one and they share each step."""

    def __init__(self, spec: ModelSpec) -> None:
        self._spec = spec
        pass_over_imports()
        with quiet():
            join()
            self.model = load_base(spec)

    def train(self, job: TrainJob, events: Events) -> TrainResult:
        """Train one stage.

        Raises:
            ConfigError: this backend has no such objective or optimizer.
            OutOfMemory: a step needs more than there is; the steps before it are saved.
            TrainingDiverged: the loss or the gradient norm is not finite; the last good weights are saved.
        """
        build_trainer = entry(OBJECTIVES, job.objective.name, "objective")
        release()  # what a job before this one left when memory ran out
        reset_peak()
        try:
            with quiet():
                return train(self.model, job, events, self._spec, build_trainer)
        finally:
            release()

    def loss(self, batches: Sequence[Batch], adapter: Path | None) -> LossSum:
        """Sum the loss over `batches` without gradients."""
        with quiet(), self.adapted(adapter):
            return loss_sum(self.model, batches)

    def log_probabilities(self, batches: Sequence[Batch], adapter: Path | None) -> list[NDArray[np.float32]]:
        """Compute log p of every target, one [B, T] float32 array a batch, 0 where there is no target."""
        with quiet(), self.adapted(adapter):
            return [log_probabilities(self.model, batch) for batch in batches]

    def generate(
        self, prompts: Sequence[Sequence[int]], adapter: Path | None, max_new_tokens: int, stop: Sequence[int]
    ) -> list[list[int]]:
        """Generate greedy continuations, in the order of `prompts`.

        Raises:
            OutOfMemory: memory ran out.
        """
        nothing = saving_when_memory_runs_out(out_of_memory, release, lambda: (0, None))
        with quiet(), self.adapted(adapter), nothing:
            return greedy(self.model, prompts, max_new_tokens, stop)

    def distributions(self, rows: Sequence[Sequence[int]], adapter: Path | None) -> Iterator[NDArray[np.float32]]:
        """Compute log p of every token at every position, one [T, V] float32 array a row of T ids."""
        with quiet(), self.adapted(adapter):
            yield from distributions(self.model, rows)

    def input_squares(
        self, rows: Sequence[Sequence[int]], weights: Sequence[NDArray[np.float32]], adapter: Path | None
    ) -> dict[str, NDArray[np.float32]]:
        """Compute the weighted mean square of each input of each linear layer: our name -> [in] float32."""
        with quiet(), self.adapted(adapter):
            return input_squares(self.model, rows, weights)

    def peak_memory(self) -> int:
        """Return the most bytes in use since the latest training job began."""
        return peak_memory()

    @contextmanager
    def adapted(self, folder: Path | None) -> Iterator[None]:
        """Attach the adapter in `folder` inside the `with` block; None attaches none."""
        if folder is None:
            yield
            return
        adapter = read_adapter(folder)
        check_fits(folder, adapter.weights, layer_shapes(self.model, adapter.lora))
        wrapped = attach(self.model, adapter.weights, adapter.lora)
        try:
            yield
        finally:
            detach(wrapped)

    def close(self) -> None:
        """Drop the model and give its memory back."""
        del self.model
        release()
