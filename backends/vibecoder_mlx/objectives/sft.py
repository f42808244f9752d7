"""Supervised fine-tuning: the mean cross-entropy of a step's supervised tokens."""

from __future__ import annotations

from collections.abc import Sequence

import mlx.core as mx
import mlx.nn as nn

from vibecoder.types import Batch
from vibecoder_mlx.passes.forward import summed_loss
from vibecoder_mlx.passes.gradients import Gradients, step_gradients
from vibecoder_mlx.passes.parts import Parts

__all__ = ["step"]


def step(
    model: nn.Module, parts: Parts, batches: Sequence[Batch], prefix_once: bool, group: mx.distributed.Group
) -> tuple[float, Gradients]:
    """Compute the mean cross-entropy, in nats, over the supervised tokens of all `batches`, and its gradients."""
    tokens = sum(batch.supervised for batch in batches)
    return step_gradients(summed_loss, tokens, model, parts, batches, prefix_once, group)
