"""Loss and gradients of a step, one micro-batch after the other, a prefix that several share computed once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_map

from vibecoder.training.packing import prefix_runs
from vibecoder.types import Batch
from vibecoder_mlx.passes.forward import prefix_states
from vibecoder_mlx.passes.parts import Parts
from vibecoder_mlx.processes import total

__all__ = ["BatchLoss", "Gradients", "run_gradients", "step_gradients"]

Gradients: TypeAlias = dict[str, object]
"""Of the trainable parameters, in their tree."""
BatchLoss: TypeAlias = Callable[[Parts, Batch, Sequence[mx.array]], mx.array]
"""The summed loss of a micro-batch, float32, given its prefix's states where they are recorded, else none."""


def step_gradients(
    batch_loss: BatchLoss,
    units: int,
    model: nn.Module,
    parts: Parts,
    batches: Sequence[Batch],
    prefix_once: bool,
    group: mx.distributed.Group,
) -> tuple[float, Gradients]:
    """Sum `batch_loss` and its gradients over a step, whichever process has its `batches`, divided by `units`.

    With `prefix_once` consecutive `batches` that have the same prefix compute it once.
    """
    model.train()
    loss = mx.array(0.0)
    gradients = tree_map(mx.zeros_like, model.trainable_parameters())
    own = [batch for batch in batches[group.rank() :: group.size()] if batch.supervised]
    for run in prefix_runs(own) if prefix_once else [[batch] for batch in own]:
        part, grown = run_gradients(batch_loss, model, parts, run)
        loss, gradients = loss + part, tree_map(mx.add, gradients, grown)
        mx.eval(loss, gradients)
    scale = 1 / max(1, units)
    gradients = tree_map(lambda g: total(g, group) * scale, gradients)
    loss = total(loss, group) * scale
    mx.eval(loss, gradients)
    return float(loss), gradients


def run_gradients(
    batch_loss: BatchLoss, model: nn.Module, parts: Parts, run: Sequence[Batch]
) -> tuple[mx.array, Gradients]:
    """Sum the loss of consecutive micro-batches that have one prefix, and its gradients.

    A single one is a single graph. Several take the prefix's keys and values as given, one after the other; what their
    losses say about these adds up and goes back through the prefix, computed a second time for that. So at no time
    there are activations of more than one micro-batch or of the prefix.
    """
    if len(run) == 1 or not parts.shares:
        return _added(nn.value_and_grad(model, lambda batch: batch_loss(parts, batch, ())), run)
    parameters = model.trainable_parameters()
    again, onward = (int(seed) for seed in mx.random.randint(0, 1 << 30, [2]))
    mx.random.seed(again)
    states = prefix_states(parts, run[0])
    mx.eval(states)

    def suffix_loss(parameters: Gradients, states: list[mx.array], batch: Batch) -> mx.array:
        model.update(parameters)
        return batch_loss(parts, batch, states)

    def pulled(parameters: Gradients, by_states: list[mx.array]) -> mx.array:
        model.update(parameters)
        return sum(((a * b).sum() for a, b in zip(prefix_states(parts, run[0]), by_states, strict=True)), mx.array(0.0))

    by_suffixes = mx.value_and_grad(suffix_loss, argnums=(0, 1))
    loss, (gradients, by_states) = _added(lambda batch: by_suffixes(parameters, states, batch), run)
    mx.random.seed(again)  # the same dropout
    gradients = tree_map(mx.add, gradients, mx.grad(pulled)(parameters, by_states))
    model.update(parameters)
    mx.random.seed(onward)
    return loss, gradients


def _added(value_and_grad: Callable[[Batch], tuple[mx.array, Any]], run: Sequence[Batch]) -> tuple[mx.array, Any]:
    """Sum losses and gradients, computing each micro-batch before the next begins."""
    loss, gradients = value_and_grad(run[0])
    mx.eval(loss, gradients)
    for batch in run[1:]:
        part, grown = value_and_grad(batch)
        loss, gradients = loss + part, tree_map(mx.add, gradients, grown)
        mx.eval(loss, gradients)
    return loss, gradients
