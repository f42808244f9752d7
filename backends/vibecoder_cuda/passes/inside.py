"""Look inside a forward pass: the distribution at every position, and the inputs that linear layers get."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import log_softmax
from transformers import PreTrainedModel

from vibecoder.adapters.names import layer_name
from vibecoder_cuda.model.load import autocast

__all__ = ["distributions", "input_squares"]


def distributions(model: PreTrainedModel, rows: Sequence[Sequence[int]]) -> Iterator[NDArray[np.float32]]:
    """Compute log p of every token at every position, one [T, V] float32 array a row of T ids."""
    model.eval()
    for row in rows:
        with torch.no_grad(), autocast(model):
            logits = model(input_ids=torch.tensor([list(row)], device=model.device), use_cache=False).logits[0]
        yield log_softmax(logits.float(), -1).cpu().numpy()


def input_squares(model: PreTrainedModel, rows: Sequence[Sequence[int]]) -> dict[str, NDArray[np.float32]]:
    """Compute the mean square of each input of each linear layer over the positions of `rows`: our name -> [in]."""
    model.eval()
    sums: dict[str, torch.Tensor] = {}
    positions = 0
    with torch.no_grad(), autocast(model), _recording(model, sums):
        for row in rows:
            model(input_ids=torch.tensor([list(row)], device=model.device), use_cache=False)
            positions += len(row)
    return {name: (total / max(positions, 1)).float().cpu().numpy() for name, total in sums.items()}


@contextmanager
def _recording(model: PreTrainedModel, sums: dict[str, torch.Tensor]) -> Iterator[None]:
    hooks = []
    for theirs, module in model.named_modules():
        if not isinstance(module, torch.nn.Linear) or ".lora_" in theirs:
            continue
        name = layer_name(theirs.removesuffix(".base_layer"))

        def record(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...], name: str = name) -> None:
            squares = inputs[0].flatten(0, -2).double().square().sum(0)
            sums[name] = sums[name] + squares if name in sums else squares

        hooks.append(module.register_forward_pre_hook(record))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
