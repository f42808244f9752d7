"""From a packed group to what is said about its targets: their loss, or the log-probability of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from vibecoder.batching import halves
from vibecoder.types import Batch, LossSum
from vibecoder_cuda.grouping import model_inputs
from vibecoder_cuda.memory import out_of_memory, release
from vibecoder_cuda.model import autocast
from vibecoder_cuda.processes import rank_and_world, total

__all__ = ["log_probabilities", "loss_sum", "summed_loss"]

_CHUNK = 256
IGNORED = -100


def _losses(model: PreTrainedModel, batch: Batch, reduction: str) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Cross-entropy of chunks of positions, and the loss mask of those positions [B, chunk].

    Only positions that some row supervises reach the LM head, and float32 logits exist for `_CHUNK` of them at a time.
    """
    inputs, mask = model_inputs(batch)
    kept = mask[:, 1:].any(0).nonzero().flatten()
    if kept.numel() == 0:
        return
    targets = inputs["input_ids"].masked_fill(~mask, IGNORED)[:, 1:].to(model.device)
    inputs = {name: tensor.to(model.device) for name, tensor in inputs.items()}
    logits = model(**inputs, logits_to_keep=kept.to(model.device), use_cache=False).logits
    for part, positions in zip(logits.split(_CHUNK, 1), kept.split(_CHUNK), strict=True):
        wanted = targets[:, positions]
        yield cross_entropy(part.flatten(0, 1).float(), wanted.flatten(), reduction=reduction), wanted != IGNORED


def summed_loss(model: PreTrainedModel, batch: Batch) -> torch.Tensor:
    """Cross-entropy in nats summed over the targets of `batch`, in float32."""
    return sum((loss for loss, _ in _losses(model, batch, "sum")), torch.zeros((), device=model.device))


def loss_sum(model: PreTrainedModel, batches: Sequence[Batch]) -> LossSum:
    """The loss over `batches`, shared between processes, without gradients."""
    model.eval()
    rank, world = rank_and_world()
    summed = torch.zeros((), dtype=torch.float64, device=model.device)
    with torch.no_grad(), autocast(model):
        for batch in batches[rank::world]:
            summed += _batch_loss(model, batch)
    return LossSum(float(total(summed)), sum(batch.supervised for batch in batches))


def _batch_loss(model: PreTrainedModel, batch: Batch) -> torch.Tensor:
    """The summed loss; half of the rows at a time, and so on, where memory does not hold them all."""
    try:
        return summed_loss(model, batch)
    except RuntimeError as error:
        if len(batch.ids) < 2 or not out_of_memory(error):
            raise
    release(model.device)
    first, second = halves(batch)
    return _batch_loss(model, first) + _batch_loss(model, second)


def log_probabilities(model: PreTrainedModel, batch: Batch) -> NDArray[np.float32]:
    """log p of every target of `batch`, [B, T] as its `ids`; 0 where there is no target."""
    model.eval()
    with torch.no_grad(), autocast(model):
        parts = [(-loss.view(here.shape), here) for loss, here in _losses(model, batch, "none")]
    out = np.zeros(batch.ids.shape, np.float32)
    if parts:
        values, here = (torch.cat(side, 1).cpu() for side in zip(*parts, strict=True))
        out[:, 1:][batch.loss_mask[:, 1:]] = values[here].numpy()  # row by row, as a group's suffixes follow each other
    return out
