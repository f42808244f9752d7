"""Forward passes: the summed loss of a packed group, or the log-probability of each of its targets."""

from __future__ import annotations

from collections.abc import Sequence

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from numpy.typing import NDArray

from vibecoder.training.memory import in_halves
from vibecoder.training.packing import unshared
from vibecoder.types import Batch, LossSum
from vibecoder_mlx.memory.limits import out_of_memory, release
from vibecoder_mlx.passes.loss import head_loss, token_losses
from vibecoder_mlx.passes.parts import Parts
from vibecoder_mlx.passes.prefix import after, record
from vibecoder_mlx.processes import total

__all__ = ["log_probabilities", "loss_sum", "prefix_states", "summed_loss"]


def _targets(parts: Parts, batch: Batch, states: Sequence[mx.array] = ()) -> tuple[mx.array, mx.array]:
    """Compute the hidden states [N, D] that predict the batch's N targets, row by row, and return both.

    `states` are those of the batch's prefix where they have been recorded before.
    """
    if not parts.shares:
        batch = unshared(batch)
    inputs, targets = mx.array(batch.ids[:, :-1]), batch.ids[:, 1:]
    kept = np.flatnonzero(batch.loss_mask[:, 1:])
    if len(batch.prefix):
        hidden = after(parts.body, states or prefix_states(parts, batch), inputs)
    else:
        hidden = parts.body(inputs)
    return hidden.flatten(0, 1)[mx.array(kept)], mx.array(targets.reshape(-1)[kept])


def prefix_states(parts: Parts, batch: Batch) -> list[mx.array]:
    """Compute the keys and values of the batch's prefix, as `record` does."""
    return record(parts.body, parts.layers, mx.array(batch.prefix[None]))


def summed_loss(parts: Parts, batch: Batch, states: Sequence[mx.array] = ()) -> mx.array:
    """Sum the cross-entropy over the targets of `batch`, in nats, float32; only they reach the LM head."""
    hidden, targets = _targets(parts, batch, states)
    return head_loss(parts.head, hidden, targets)


def loss_sum(model: nn.Module, parts: Parts, batches: Sequence[Batch], group: mx.distributed.Group) -> LossSum:
    """Sum the loss over `batches`, shared between processes, without gradients."""

    def computed(batch: Batch) -> mx.array:
        loss = summed_loss(parts, batch)
        mx.eval(loss)
        return loss

    model.eval()
    summed = mx.array(0.0)
    for batch in batches[group.rank() :: group.size()]:
        summed = summed + in_halves(out_of_memory, release, computed, batch)
    return LossSum(float(total(summed, group)), sum(batch.supervised for batch in batches))


def log_probabilities(model: nn.Module, parts: Parts, batch: Batch) -> NDArray[np.float32]:
    """Compute log p of every target of `batch`: [B, T] float32 as its `ids`, 0 where there is no target."""
    model.eval()
    out = np.zeros(batch.ids.shape, np.float32)
    if batch.supervised:
        hidden, targets = _targets(parts, batch)
        out[:, 1:][batch.loss_mask[:, 1:]] = -np.array(token_losses(parts.head(hidden), targets))
    return out
