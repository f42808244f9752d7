"""Forward passes: the summed loss of a packed group, or the log-probability of each of its targets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from vibecoder.training.memory import in_halves
from vibecoder.types import Batch, LossSum
from vibecoder_cuda.memory.limits import out_of_memory, release
from vibecoder_cuda.model.load import autocast
from vibecoder_cuda.passes.loss import is_plain, token_losses
from vibecoder_cuda.passes.prefix import model_inputs
from vibecoder_cuda.processes import rank_and_world, total

__all__ = ["log_probabilities", "loss_sum", "summed_loss"]

_CHUNK = 256


def _target_losses(model: PreTrainedModel, batch: Batch) -> torch.Tensor:
    """Compute the cross-entropy of every target of `batch` in nats, float32, row by row in one dimension.

    Only supervised positions reach the LM head. Where the logits are more than the head's output, those of all
    positions that some row supervises exist at once, in float32 `_CHUNK` of them at a time.
    """
    inputs, mask = model_inputs(batch)
    here = mask[:, 1:].to(model.device)
    if not here.any():
        return torch.zeros(0, device=model.device)
    inputs = {name: tensor.to(model.device) for name, tensor in inputs.items()}
    targets = inputs["input_ids"][:, 1:]
    if is_plain(model):
        head = model.get_output_embeddings()
        hidden = model.base_model(**inputs, use_cache=False).last_hidden_state[:, :-1]
        return token_losses(hidden[here], head.weight, head.bias, targets[here])
    kept = here.any(0).nonzero().flatten()
    logits = model(**inputs, logits_to_keep=kept, use_cache=False).logits
    parts = zip(logits.split(_CHUNK, 1), kept.split(_CHUNK), strict=True)
    losses = [cross_entropy(part.mT.float(), targets[:, positions], reduction="none") for part, positions in parts]
    return torch.cat(losses, 1)[here[:, kept]]


def summed_loss(model: PreTrainedModel, batch: Batch) -> torch.Tensor:
    """Sum the cross-entropy over the targets of `batch`, in nats, float32."""
    return _target_losses(model, batch).sum()


def loss_sum(model: PreTrainedModel, batches: Sequence[Batch]) -> LossSum:
    """Sum the loss over `batches`, shared between processes, without gradients."""
    model.eval()
    rank, world = rank_and_world()
    summed = torch.zeros((), dtype=torch.float64, device=model.device)
    with torch.no_grad(), autocast(model):
        for batch in batches[rank::world]:
            summed += in_halves(out_of_memory, release, lambda part: summed_loss(model, part), batch)
    return LossSum(float(total(summed)), sum(batch.supervised for batch in batches))


def log_probabilities(model: PreTrainedModel, batch: Batch) -> NDArray[np.float32]:
    """Compute log p of every target of `batch`: [B, T] float32 as its `ids`, 0 where there is no target."""
    model.eval()
    with torch.no_grad(), autocast(model):
        losses = _target_losses(model, batch).cpu()
    out = np.zeros(batch.ids.shape, np.float32)
    out[:, 1:][batch.loss_mask[:, 1:]] = -losses.numpy()  # row by row, as a group's suffixes follow each other
    return out
