"""The kit around a training loop: where a job starts, what is due after a step, the best adapter, checkpoints."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from vibecoder.adapters.folder import check_fits, read_adapter, write_adapter
from vibecoder.adapters.initial import LoraWeights, initial_weights
from vibecoder.errors import ModelError, TrainingDiverged
from vibecoder.system.writing import atomic_folder
from vibecoder.training.checkpoints import checkpoint_folder, prune_checkpoints, read_state
from vibecoder.types import Evaluated, Events, TrainJob, TrainResult

__all__ = [
    "Best",
    "Start",
    "diverged",
    "evaluated",
    "evaluation_is_due",
    "finish",
    "save_checkpoint",
    "save_is_due",
    "start_of",
    "start_weights",
    "step_seed",
]


@dataclass(frozen=True, slots=True)
class Best:
    """The lowest held-out loss so far and the step it was measured at."""

    step: int | None = None
    loss: float = math.inf

    def improved_by(self, loss: float) -> bool:
        """Tell whether `loss` is lower still."""
        return loss < self.loss


@dataclass(frozen=True, slots=True)
class Start:
    """Where a job starts: `step` steps are done, with these weights; `checkpoint` has the optimizer's state, if any."""

    step: int
    best: Best
    weights: LoraWeights
    checkpoint: Path | None


def start_of(job: TrainJob, shapes: dict[str, tuple[int, int]]) -> Start:
    """Read where to start: at the checkpoint `job.resume`, else before the first step.

    Args:
        shapes: layer -> (in, out) of the model's layers that get an adapter.

    Raises:
        ModelError: the checkpoint belongs to another schedule (other rows, settings or seed), or see `start_weights`.
    """
    if job.resume is None:
        return Start(0, Best(), start_weights(job, shapes), None)
    state = read_state(job.resume)
    if state["schedule"] != job.schedule.digest:
        raise ModelError(f"{job.resume} belongs to another training order; start a new run without --resume")
    return Start(int(state["step"]), Best(**state["best"]), read_adapter(job.resume).weights, job.resume)


def start_weights(job: TrainJob, shapes: dict[str, tuple[int, int]]) -> LoraWeights:
    """Read the weights of the adapter `job.start`, or draw fresh ones from the seed.

    Raises:
        ModelError: the adapter is of another base model, rank, scale or choice of layers than the job's, or the model
            has no layer of one of the names in `job.lora.targets`.
    """
    named = {name.rsplit(".", 1)[-1] for name in shapes}
    if named and (missing := [target for target in job.lora.targets if target not in named]):
        raise ModelError(
            f"the model has no linear layer named {', '.join(missing)} that could have an adapter; "
            f"use --set lora.targets=[{','.join(target for target in job.lora.targets if target in named)}]"
        )
    if job.start is None:
        return initial_weights(((name, i, o) for name, (i, o) in shapes.items()), job.lora, job.seed)
    adapter = read_adapter(job.start)
    check_fits(job.start, adapter.weights, shapes)
    theirs, ours = adapter.lora, job.lora
    if theirs.rank != ours.rank or not math.isclose(theirs.scale, ours.scale, rel_tol=1e-6):
        raise ModelError(
            f"the adapter {job.start} has rank {theirs.rank} and scale {theirs.scale:g}, the settings ask for rank "
            f"{ours.rank} and scale {ours.scale:g}; "
            f"use --set lora.rank={theirs.rank} --set lora.alpha={theirs.alpha!r}"
        )
    if set(adapter.lora.targets) != set(job.lora.targets):
        raise ModelError(
            f"the adapter {job.start} is on {', '.join(adapter.lora.targets)}, the settings ask for "
            f"{', '.join(sorted(job.lora.targets))}; use --set lora.targets=[{','.join(adapter.lora.targets)}]"
        )
    return adapter.weights


def step_seed(job: TrainJob, step: int, rank: int) -> int:
    """Derive the seed of dropout in a step on a process, so that a resumed run draws what the whole one would have."""
    digest = hashlib.sha256(f"{job.seed}:{job.stage}:{step}:{rank}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def evaluation_is_due(job: TrainJob, step: int) -> bool:
    """Tell whether held-out loss is measured after `step`: every `evaluate_every` steps and after the last."""
    return bool(job.held_out) and (step == len(job.schedule) or _is_due(step, job.evaluate_every))


def save_is_due(job: TrainJob, step: int) -> bool:
    """Tell whether a checkpoint is written after `step`: every `save_every` steps, but after the last."""
    return step != len(job.schedule) and _is_due(step, job.save_every)


def _is_due(step: int, every: int) -> bool:
    return every > 0 and step % every == 0


def evaluated(
    job: TrainJob, events: Events, step: int, loss: float, best: Best, read_weights: Callable[[], LoraWeights]
) -> Best:
    """Report the held-out `loss` after `step`, save the weights in `best/` if it is the lowest, return the best."""
    improved = best.improved_by(loss)
    if improved:
        best = Best(step, loss)
        _save_adapter(job.folder / "best", job, read_weights())
    events.emit(Evaluated(step, loss, improved))
    return best


def save_checkpoint(
    job: TrainJob, step: int, weights: LoraWeights, best: Best, write_optimizer: Callable[[Path], None]
) -> Path:
    """Write everything step `step + 1` needs: adapter, optimizer state, cursor; then drop older checkpoints."""
    folder = checkpoint_folder(job.folder, step)
    with atomic_folder(folder) as scratch:
        write_adapter(scratch, weights, job.lora, job.base_name, job.layer_names)
        write_optimizer(scratch)
        state = {"step": step, "stage": job.stage, "schedule": job.schedule.digest, "best": asdict(best)}
        (scratch / "state.json").write_text(json.dumps(state) + "\n")
    prune_checkpoints(job.folder, job.keep_checkpoints)
    return folder


def diverged(job: TrainJob, step: int, weights: LoraWeights, what: str) -> TrainingDiverged:
    """Save the last good weights as the result and build the error to raise."""
    _save_adapter(job.folder / "adapter", job, weights)
    return TrainingDiverged(
        f"stage {job.stage} diverged at step {step}: the {what} is not finite; the adapter before it is kept in "
        f"{job.folder / 'adapter'}; lower train.learning_rate or raise train.warmup"
    )


def _save_adapter(folder: Path, job: TrainJob, weights: LoraWeights) -> None:
    """Write a universal adapter to `folder`, whole or not at all."""
    with atomic_folder(folder) as scratch:
        write_adapter(scratch, weights, job.lora, job.base_name, job.layer_names)


def _best_folder(job: TrainJob) -> Path:
    """Find `best/` of this job; where another process wrote it before the run was resumed, beside the checkpoint."""
    own = job.folder / "best"
    return own if own.exists() or job.resume is None else job.resume.parent.parent / "best"


def finish(job: TrainJob, step: int, weights: LoraWeights, best: Best, stopped: str | None) -> TrainResult:
    """Write `adapter/`: the best evaluated weights where the job keeps those and ended by itself, else the last."""
    keep_best = job.keep == "best" and best.step is not None and stopped is None
    if keep_best:
        weights = read_adapter(_best_folder(job)).weights
    _save_adapter(job.folder / "adapter", job, weights)
    loss = best.loss if best.step is not None else None
    return TrainResult(job.folder / "adapter", step, best.step, loss, stopped)
