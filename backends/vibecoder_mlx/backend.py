"""The `Backend` protocol on MLX: one loaded base model, adapters attached and detached around each call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from vibecoder_mlx.cpu.blas import keep_freed_memory, load_blas
from vibecoder_mlx.cpu.denormals import flush_denormals

load_blas()
keep_freed_memory()
flush_denormals()

import numpy as np  # noqa: E402  (all of these must be set before MLX computes)
from numpy.typing import NDArray  # noqa: E402

from vibecoder.adapters.folder import check_fits, read_adapter  # noqa: E402
from vibecoder.training.memory import saving_when_memory_runs_out  # noqa: E402
from vibecoder.training.tables import entry  # noqa: E402
from vibecoder.types import Batch, Events, LossSum, ModelSpec, TrainJob, TrainResult  # noqa: E402
from vibecoder_mlx.cpu.functions import install  # noqa: E402
from vibecoder_mlx.generate import greedy  # noqa: E402
from vibecoder_mlx.memory.limits import out_of_memory, peak_memory, release, reset_peak  # noqa: E402
from vibecoder_mlx.model.load import load_base  # noqa: E402
from vibecoder_mlx.model.lora import attach, detach, layer_shapes  # noqa: E402
from vibecoder_mlx.objectives import OBJECTIVES  # noqa: E402
from vibecoder_mlx.passes.forward import log_probabilities, loss_sum  # noqa: E402
from vibecoder_mlx.passes.inside import distributions, input_squares  # noqa: E402
from vibecoder_mlx.passes.parts import split  # noqa: E402
from vibecoder_mlx.processes import join  # noqa: E402
from vibecoder_mlx.trainer import train  # noqa: E402

__all__ = ["MlxBackend"]

install()


class MlxBackend:
    """Holds a base model in MLX. Under `mlx.launch` every process holds one and they share each step."""

    def __init__(self, spec: ModelSpec) -> None:
        self._spec = spec
        self._group = join()
        self.model = load_base(spec)
        self._parts = split(self.model)

    def train(self, job: TrainJob, events: Events) -> TrainResult:
        """Train one stage.

        Raises:
            ConfigError: this backend has no such objective or optimizer.
            OutOfMemory: a step needs more than there is; the steps before it are saved.
            TrainingDiverged: the loss or the gradient norm is not finite; the last good weights are saved.
        """
        step = entry(OBJECTIVES, job.objective.name, "objective")
        reset_peak()
        try:
            return train(self.model, self._parts, job, events, self._group, self._spec.checkpointing, step)
        finally:
            detach(self.model)
            release()

    def loss(self, batches: Sequence[Batch], adapter: Path | None) -> LossSum:
        """Sum the loss over `batches` without gradients."""
        with self.adapted(adapter):
            return loss_sum(self.model, self._parts, batches, self._group)

    def log_probabilities(self, batches: Sequence[Batch], adapter: Path | None) -> list[NDArray[np.float32]]:
        """Compute log p of every target, one [B, T] float32 array a batch, 0 where there is no target."""
        with self.adapted(adapter):
            return [log_probabilities(self.model, self._parts, batch) for batch in batches]

    def generate(
        self, prompts: Sequence[Sequence[int]], adapter: Path | None, max_new_tokens: int, stop: Sequence[int]
    ) -> list[list[int]]:
        """Generate greedy continuations, in the order of `prompts`.

        Raises:
            OutOfMemory: memory ran out.
        """
        nothing = saving_when_memory_runs_out(out_of_memory, release, lambda: (0, None))
        with self.adapted(adapter), nothing:
            return greedy(self.model, prompts, max_new_tokens, stop)

    def distributions(self, rows: Sequence[Sequence[int]], adapter: Path | None) -> Iterator[NDArray[np.float32]]:
        """Compute log p of every token at every position, one [T, V] float32 array a row of T ids."""
        with self.adapted(adapter):
            yield from distributions(self.model, rows)

    def input_squares(
        self, rows: Sequence[Sequence[int]], weights: Sequence[NDArray[np.float32]], adapter: Path | None
    ) -> dict[str, NDArray[np.float32]]:
        """Compute the weighted mean square of each input of each linear layer: our name -> [in] float32."""
        with self.adapted(adapter):
            return input_squares(self.model, rows, weights)

    def peak_memory(self) -> int:
        """Return the most bytes in use since the latest training job began."""
        return peak_memory()

    @contextmanager
    def adapted(self, folder: Path | None) -> Iterator[None]:
        """Attach the adapter in `folder` inside the `with` block; None attaches none."""
        if folder is not None:
            adapter = read_adapter(folder)
            check_fits(folder, adapter.weights, layer_shapes(self.model, adapter.lora))
            attach(self.model, adapter.weights, adapter.lora)
        try:
            yield
        finally:
            detach(self.model)

    def close(self) -> None:
        """Drop the model and give its memory back."""
        del self.model, self._parts
        release()
