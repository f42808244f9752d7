"""What every backend does the same way around its loop: start weights, best adapter, checkpoints, the result."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from vibecoder.adapters.folder import Adapter, check_fits, read_adapter, write_adapter
from vibecoder.adapters.initial import LoraWeights, initial_weights
from vibecoder.errors import ModelError, TrainingDiverged
from vibecoder.system.writing import atomic_folder
from vibecoder.training.checkpoints import checkpoint_folder, prune_checkpoints, read_state
from vibecoder.types import TrainJob, TrainResult

__all__ = [
    "Best",
    "diverged",
    "finish",
    "load_checkpoint",
    "save_adapter",
    "save_checkpoint",
    "start_weights",
    "step_seed",
]


@dataclass(frozen=True, slots=True)
class Best:
    """The lowest held-out loss so far and the step it was measured at."""

    step: int | None = None
    loss: float = math.inf

    def improved_by(self, loss: float) -> bool:
        return loss < self.loss


def start_weights(job: TrainJob, shapes: dict[str, tuple[int, int]]) -> LoraWeights:
    """The weights a stage begins with: those of `job.start`, or fresh ones from the seed.

    Raises:
        ModelError: the adapter is of another base model or of another rank.
    """
    if job.start is None:
        return initial_weights(((name, i, o) for name, (i, o) in shapes.items()), job.lora, job.seed)
    adapter = read_adapter(job.start)
    check_fits(job.start, adapter.weights, shapes)
    if (adapter.lora.rank, adapter.lora.scale) != (job.lora.rank, job.lora.scale):
        raise ModelError(
            f"the adapter {job.start} has rank {adapter.lora.rank} and scale {adapter.lora.scale:g}, the settings ask "
            f"for rank {job.lora.rank} and scale {job.lora.scale:g}; set lora.rank and lora.alpha to the adapter's"
        )
    return adapter.weights


def step_seed(job: TrainJob, step: int, rank: int) -> int:
    """The seed of dropout in one step on one process, so that a resumed run draws what the whole one would have."""
    digest = hashlib.sha256(f"{job.seed}:{job.stage}:{step}:{rank}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def save_adapter(folder: Path, job: TrainJob, weights: LoraWeights) -> None:
    """Write a universal adapter to `folder`, whole or not at all."""
    with atomic_folder(folder) as scratch:
        write_adapter(scratch, weights, job.lora, job.base_name)


def save_checkpoint(
    job: TrainJob, step: int, weights: LoraWeights, best: Best, write_optimizer: Callable[[Path], None]
) -> Path:
    """Write everything step `step + 1` needs: adapter, optimizer state, cursor; then drop older checkpoints."""
    folder = checkpoint_folder(job.folder, step)
    with atomic_folder(folder) as scratch:
        write_adapter(scratch, weights, job.lora, job.base_name)
        write_optimizer(scratch)
        state = {"step": step, "stage": job.stage, "schedule": job.schedule.digest, "best": asdict(best)}
        (scratch / "state.json").write_text(json.dumps(state) + "\n")
    prune_checkpoints(job.folder, job.keep_checkpoints)
    return folder


def load_checkpoint(job: TrainJob) -> tuple[int, Best, Adapter] | None:
    """The step, best loss and adapter of `job.resume`, or None where there is nothing to resume.

    Raises:
        ModelError: the checkpoint belongs to another schedule (other rows, settings or seed).
    """
    if job.resume is None:
        return None
    state = read_state(job.resume)
    if state["schedule"] != job.schedule.digest:
        raise ModelError(f"{job.resume} belongs to another training order; start a new run without --resume")
    return int(state["step"]), Best(**state["best"]), read_adapter(job.resume)


def diverged(job: TrainJob, step: int, weights: LoraWeights, what: str) -> TrainingDiverged:
    """Save the last good weights as the result and build the error to raise."""
    save_adapter(job.folder / "adapter", job, weights)
    return TrainingDiverged(
        f"stage {job.stage} diverged at step {step}: the {what} is not finite; the adapter before it is kept in "
        f"{job.folder / 'adapter'}; lower train.learning_rate or raise train.warmup"
    )


def _best_folder(job: TrainJob) -> Path:
    """`best/` of this job; where another process wrote it before the run was resumed, beside the checkpoint."""
    own = job.folder / "best"
    return own if own.exists() or job.resume is None else job.resume.parent.parent / "best"


def finish(job: TrainJob, step: int, weights: LoraWeights, best: Best, stopped: str | None) -> TrainResult:
    """Write `adapter/`: the best evaluated weights where the job keeps those and ended by itself, else the last."""
    keep_best = job.keep == "best" and best.step is not None and stopped is None
    if keep_best:
        weights = read_adapter(_best_folder(job)).weights
    save_adapter(job.folder / "adapter", job, weights)
    loss = best.loss if best.step is not None else None
    return TrainResult(job.folder / "adapter", step, best.step, loss, stopped)
