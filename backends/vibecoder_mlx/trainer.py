"""The training loop of one stage, from the first step to the adapter on disk."""

from __future__ import annotations

import math
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
from mlx.utils import tree_flatten, tree_map

from vibecoder.system.work_clock import worked_seconds
from vibecoder.training.job import (
    Best,
    diverged,
    evaluated,
    evaluation_is_due,
    finish,
    save_checkpoint,
    save_is_due,
    start_of,
    step_seed,
)
from vibecoder.training.memory import saving_when_memory_runs_out
from vibecoder.training.packing import step_batches
from vibecoder.types import Events, Saved, Stepped, TrainJob, TrainResult
from vibecoder_mlx.generate import greedy
from vibecoder_mlx.memory.limits import bounded_cache, out_of_memory, peak_memory, release
from vibecoder_mlx.model.lora import attach, layer_shapes, read_weights
from vibecoder_mlx.objectives import Step
from vibecoder_mlx.optimizers import build_optimizer, load_optimizer, save_optimizer
from vibecoder_mlx.passes.checkpointing import checkpointed
from vibecoder_mlx.passes.forward import loss_sum
from vibecoder_mlx.passes.gradients import Gradients
from vibecoder_mlx.passes.parts import Parts
from vibecoder_mlx.processes import agreed

__all__ = ["train"]


def train(
    model: nn.Module,
    parts: Parts,
    job: TrainJob,
    events: Events,
    group: mx.distributed.Group,
    recompute: bool,
    step_gradients: Step,
) -> TrainResult:
    """Train one stage on the base `model`, which is left with the adapter attached; `step_gradients` is its objective.

    Raises:
        OutOfMemory: a step needs more than there is; the steps before it are saved.
        TrainingDiverged: the loss or the gradient norm is not finite; the weights before it are saved.
    """
    start = start_of(job, layer_shapes(model, job.lora))
    attach(model, start.weights, job.lora)
    optimizer = build_optimizer(model, job.optimizer)
    if start.checkpoint:
        load_optimizer(optimizer, start.checkpoint)

    step, best, stopped, good = start.step, start.best, None, model.trainable_parameters()
    done = step, good, _copied(optimizer)

    def save_done() -> tuple[int, Path | None]:
        if done[0] == start.step:
            return done[0], start.checkpoint
        model.update(done[1])
        optimizer.state = done[2]
        return done[0], _save(job, done[0], model, best, optimizer)

    saving = saving_when_memory_runs_out(out_of_memory, release, save_done)
    with checkpointed(model, recompute), bounded_cache(), saving:
        for step in range(start.step + 1, len(job.schedule) + 1):
            begun = worked_seconds()
            batches = step_batches(job.schedule, step - 1)
            tokens = sum(batch.supervised for batch in batches)
            mx.random.seed(step_seed(job, step, group.rank()))
            loss, gradients = step_gradients(model, parts, batches, job.schedule.prefix_once, group)
            norm = _norm(gradients)
            if not math.isfinite(loss) or not math.isfinite(norm):
                model.update(good)  # the last update spoilt the weights that this loss was computed from
                raise diverged(job, step, read_weights(model), "gradient" if math.isfinite(loss) else "loss")
            good = model.trainable_parameters()
            rate = float(job.optimizer.learning_rates[step - 1])
            _update(model, optimizer, gradients, rate, _clip_factor(norm, job.optimizer.clip))
            seconds = worked_seconds() - begun
            done = step, model.trainable_parameters(), _copied(optimizer)
            total = sum(batch.tokens for batch in batches)
            events.emit(Stepped(step, loss, tokens, total, rate, norm, seconds, peak_memory()))

            if evaluation_is_due(job, step):
                loss = loss_sum(model, parts, job.held_out, group).mean
                best = evaluated(job, events, step, loss, best, lambda: read_weights(model))
            stopped = agreed(events.should_stop(), group)
            if stopped or save_is_due(job, step):
                folder = _save(job, step, model, best, optimizer)
                events.emit(Saved(step, folder, () if stopped else _probed(model, job)))
            if stopped:
                break
    return finish(job, step, read_weights(model), best, stopped)


def _copied(optimizer: optim.Optimizer) -> dict[str, object]:
    """Copy the optimizer's state: the same arrays, which never change in place, in other containers."""
    state: dict[str, object] = tree_map(lambda value: value, optimizer.state)
    return state


def _save(job: TrainJob, step: int, model: nn.Module, best: Best, optimizer: optim.Optimizer) -> Path:
    return save_checkpoint(job, step, read_weights(model), best, lambda path: save_optimizer(optimizer, path))


def _norm(gradients: Gradients) -> float:
    return math.sqrt(sum(float((g * g).sum()) for _, g in tree_flatten(gradients)))


def _clip_factor(norm: float, bound: float) -> float:
    return min(1.0, bound / (norm + 1e-6)) if bound > 0 else 1.0


def _update(
    model: nn.Module, optimizer: optim.Optimizer, gradients: dict[str, object], rate: float, factor: float
) -> None:
    if factor != 1.0:
        gradients = tree_map(lambda g: g * factor, gradients)
    optimizer.learning_rate = rate
    optimizer.update(model, gradients)
    mx.eval(model.trainable_parameters(), optimizer.state)


def _probed(model: nn.Module, job: TrainJob) -> list[list[int]]:
    return greedy(model, job.probe.prompts, job.probe.max_new_tokens, job.probe.stop) if job.probe else []
