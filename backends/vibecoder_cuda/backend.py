"""The `Backend` protocol on torch: one loaded base model, adapters put in and taken out around each call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vibecoder.adapters.folder import check_fits, read_adapter
from vibecoder.types import Batch, Events, LossSum, ModelSpec, TrainJob, TrainResult
from vibecoder_cuda.generate import greedy
from vibecoder_cuda.memory.limits import peak_memory, release, reset_peak, saving_when_memory_runs_out
from vibecoder_cuda.model.load import load_base
from vibecoder_cuda.model.lora import attach, detach, layer_shapes
from vibecoder_cuda.passes.forward import log_probabilities, loss_sum
from vibecoder_cuda.processes import device, join
from vibecoder_cuda.quiet import quiet
from vibecoder_cuda.trainer import train

__all__ = ["CudaBackend"]


class CudaBackend:
    """A base model held by torch. Under `accelerate launch` every process holds one and they share each step."""

    def __init__(self, spec: ModelSpec) -> None:
        self._spec = spec
        with quiet():
            join()
            self.model = load_base(spec)

    def train(self, job: TrainJob, events: Events) -> TrainResult:
        """Train one stage.

        Raises:
            OutOfMemory: a step needs more than there is; the steps before it are saved.
            TrainingDiverged: the loss or the gradient norm is not finite; the last good weights are saved.
        """
        release(device())  # what a job before this one left when memory ran out
        reset_peak(device())
        try:
            with quiet():
                return train(self.model, job, events, self._spec)
        finally:
            release(device())

    def loss(self, batches: Sequence[Batch], adapter: Path | None) -> LossSum:
        with quiet(), self.adapted(adapter):
            return loss_sum(self.model, batches)

    def log_probabilities(self, batches: Sequence[Batch], adapter: Path | None) -> list[NDArray[np.float32]]:
        with quiet(), self.adapted(adapter):
            return [log_probabilities(self.model, batch) for batch in batches]

    def generate(
        self, prompts: Sequence[Sequence[int]], adapter: Path | None, max_new_tokens: int, stop: Sequence[int]
    ) -> list[list[int]]:
        with quiet(), self.adapted(adapter), saving_when_memory_runs_out(lambda: (0, None)):
            return greedy(self.model, prompts, max_new_tokens, stop)

    def peak_memory(self) -> int:
        return peak_memory(device())

    @contextmanager
    def adapted(self, folder: Path | None) -> Iterator[None]:
        """The model with the adapter in `folder` for the length of the block; without one for None."""
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
        del self.model
        release(device())
