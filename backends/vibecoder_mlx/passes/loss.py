"""Cross-entropy that never holds all logits: each chunk of positions becomes its gradient at once.

The gradient by the hidden states, softmax(z) - onehot through the head, has their size, so it is kept instead of the
logits and nothing is computed twice (as in Cut Cross-Entropy, 2411.09009, and Liger). Frozen heads only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import mlx.core as mx

from vibecoder.memory_model.logits import chunk_rows
from vibecoder_mlx.cpu import functions

__all__ = ["head_loss", "token_losses"]


def token_losses(logits: mx.array, targets: mx.array) -> mx.array:
    """Compute -log softmax(logits)[target] of each position: [N, V] and [N] to [N], float32, differentiable."""
    logits = logits.astype(mx.float32)
    losses: mx.array = _lse(logits) - mx.take_along_axis(logits, targets[:, None], -1)[:, 0]
    return losses


def head_loss(head: Callable[[mx.array], mx.array], hidden: mx.array, targets: mx.array) -> mx.array:
    """Sum the cross-entropy of head(hidden) over positions: [N, D] and [N] to a float32 scalar, in nats.

    No gradient reaches the weights of `head`.
    """
    if len(targets) == 0:
        return mx.array(0.0)
    rows = chunk_rows(head(hidden[:1]).shape[-1], functions.needed())

    @mx.custom_function
    def summed(hidden: mx.array) -> tuple[mx.array, mx.array]:
        total = mx.array(0.0)
        grown: list[mx.array] = []
        for start in range(0, hidden.shape[0], rows):
            part = hidden[start : start + rows]
            if grown:  # MLX would begin up to twenty chunks before it ends the first
                part = mx.depends([part], [total, grown[-1]])[0]
            loss, slope = _chunk(head, part, targets[start : start + rows])
            total = total + loss
            grown.append(slope)
        return total, mx.concatenate(grown) if len(grown) > 1 else grown[0]

    @summed.vjp
    def _(_hidden: mx.array, cotangents: tuple[mx.array, mx.array], outputs: tuple[mx.array, mx.array]) -> mx.array:
        return (outputs[1] * cotangents[0]).astype(hidden.dtype)

    return cast(tuple[mx.array, mx.array], summed(hidden))[0]


def _chunk(head: Callable[[mx.array], mx.array], hidden: mx.array, targets: mx.array) -> tuple[mx.array, mx.array]:
    """Compute the loss of some positions and its gradient by `hidden`; lazy, so without training that costs nothing."""
    logits = head(hidden)
    wide = logits.astype(mx.float32)
    log_of_sum = _lse(wide)
    loss = (log_of_sum - mx.take_along_axis(wide, targets[:, None], -1)[:, 0]).sum()
    slope = _exp_of_difference(wide, log_of_sum[:, None])
    hit = mx.arange(wide.shape[-1])[None] == targets[:, None]
    _, (grown,) = mx.vjp(head, [hidden], [(slope - hit).astype(logits.dtype)])
    return loss, grown


def _lse(x: mx.array) -> mx.array:
    return cast(mx.array, _log_of_sum(x))


@mx.custom_function
def _log_of_sum(x: mx.array) -> mx.array:
    """Compute log sum exp over the last axis, float32."""
    most = x.max(-1, keepdims=True)
    return (most + mx.log(_exp_of_difference(x, most).sum(-1, keepdims=True)))[..., 0]


@_log_of_sum.vjp
def _(x: mx.array, grown: mx.array, out: mx.array) -> mx.array:
    return grown[..., None] * _exp_of_difference(x, out[..., None])


def _exp_of_difference(x: mx.array, most: mx.array) -> mx.array:
    return functions.exp_of_difference(x, most) if functions.needed() else mx.exp(x - most)
