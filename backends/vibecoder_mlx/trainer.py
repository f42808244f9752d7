"""The training loop: flat, one stage from the first step to the adapter on disk."""

from __future__ import annotations

import math
import time
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
from mlx.utils import tree_flatten, tree_map

from vibecoder.training.job import (
    Best,
    diverged,
    finish,
    load_checkpoint,
    save_adapter,
    save_checkpoint,
    start_weights,
    step_seed,
)
from vibecoder.training.packing import step_batches
from vibecoder.types import Evaluated, Events, Saved, Stepped, TrainJob, TrainResult
from vibecoder_mlx.generate import greedy
from vibecoder_mlx.memory.limits import bounded_cache, peak_memory, saving_when_memory_runs_out
from vibecoder_mlx.model.lora import attach, layer_shapes, read_weights
from vibecoder_mlx.optimizers import load_optimizer, save_optimizer
from vibecoder_mlx.passes.checkpointing import checkpointed
from vibecoder_mlx.passes.forward import loss_sum
from vibecoder_mlx.passes.gradients import step_gradients
from vibecoder_mlx.passes.parts import Parts

__all__ = ["train"]


def train(
    model: nn.Module,
    parts: Parts,
    job: TrainJob,
    events: Events,
    group: mx.distributed.Group,
    recompute: bool,
) -> TrainResult:
    """Train one stage on the base `model`, which is left with the adapter attached.

    Raises:
        OutOfMemory: a step needs more than there is; the steps before it are saved.
        TrainingDiverged: the loss or the gradient norm is not finite; the weights before it are saved.
    """
    resumed = load_checkpoint(job)
    start, best, weights = 0, Best(), start_weights(job, layer_shapes(model, job.lora))
    if resumed:
        start, best, weights = resumed[0], resumed[1], resumed[2].weights
    attach(model, weights, job.lora)
    optimizer = _optimizer(model, job)
    if resumed and job.resume:
        load_optimizer(optimizer, job.resume)

    step, stopped, good = start, None, model.trainable_parameters()
    done = start, good, _copied(optimizer)

    def save_done() -> tuple[int, Path | None]:
        if done[0] == start:
            return start, job.resume
        model.update(done[1])
        optimizer.state = done[2]
        return done[0], _save(job, done[0], model, best, optimizer)

    with checkpointed(model, recompute), bounded_cache(), saving_when_memory_runs_out(save_done):
        for step in range(start + 1, len(job.schedule) + 1):
            begun = time.perf_counter()
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
            seconds = time.perf_counter() - begun
            done = step, model.trainable_parameters(), _copied(optimizer)
            total = sum(batch.tokens for batch in batches)
            events.emit(Stepped(step, loss, tokens, total, rate, norm, seconds, peak_memory()))

            last = step == len(job.schedule)
            if job.held_out and (last or _due(step, job.evaluate_every)):
                best = _evaluate(model, parts, job, events, group, step, best)
            stopped = _agreed(events.should_stop(), group)
            if stopped or (not last and _due(step, job.save_every)):
                folder = _save(job, step, model, best, optimizer)
                events.emit(Saved(step, folder, () if stopped else _probed(model, job)))
            if stopped:
                break
    return finish(job, step, read_weights(model), best, stopped)


def _optimizer(model: nn.Module, job: TrainJob) -> optim.AdamW:
    """AdamW as torch computes it: with bias correction, which MLX leaves out by default."""
    settings = job.optimizer
    optimizer = optim.AdamW(
        0.0, betas=list(settings.betas), eps=settings.eps, weight_decay=settings.weight_decay, bias_correction=True
    )
    optimizer.init(model.trainable_parameters())
    return optimizer


def _copied(optimizer: optim.Optimizer) -> dict[str, object]:
    """The optimizer's state as it is now: the same arrays, which never change in place, in other containers."""
    state: dict[str, object] = tree_map(lambda value: value, optimizer.state)
    return state


def _save(job: TrainJob, step: int, model: nn.Module, best: Best, optimizer: optim.Optimizer) -> Path:
    return save_checkpoint(job, step, read_weights(model), best, lambda path: save_optimizer(optimizer, path))


def _norm(gradients: dict[str, object]) -> float:
    return math.sqrt(sum(float((g * g).sum()) for _, g in tree_flatten(gradients)))


def _clip_factor(norm: float, bound: float) -> float:
    return min(1.0, bound / (norm + 1e-6)) if bound > 0 else 1.0


def _update(model: nn.Module, optimizer: optim.AdamW, gradients: dict[str, object], rate: float, factor: float) -> None:
    if factor != 1.0:
        gradients = tree_map(lambda g: g * factor, gradients)
    optimizer.learning_rate = rate
    optimizer.update(model, gradients)
    mx.eval(model.trainable_parameters(), optimizer.state)


def _evaluate(
    model: nn.Module,
    parts: Parts,
    job: TrainJob,
    events: Events,
    group: mx.distributed.Group,
    step: int,
    best: Best,
) -> Best:
    loss = loss_sum(model, parts, job.held_out, group).mean
    improved = best.improved_by(loss)
    if improved:
        best = Best(step, loss)
        save_adapter(job.folder / "best", job, read_weights(model))
    events.emit(Evaluated(step, loss, improved))
    return best


def _probed(model: nn.Module, job: TrainJob) -> list[list[int]]:
    return greedy(model, job.probe.prompts, job.probe.max_new_tokens, job.probe.stop) if job.probe else []


def _due(step: int, every: int) -> bool:
    return every > 0 and step % every == 0


def _agreed(reason: str | None, group: mx.distributed.Group) -> str | None:
    """Stop everywhere when any process was asked to."""
    if group.size() == 1:
        return reason
    asked = float(mx.distributed.all_sum(mx.array(1.0 if reason else 0.0), group=group))
    return (reason or "another process was stopped") if asked else None
