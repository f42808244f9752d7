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


def input_squares(
    model: PreTrainedModel, rows: Sequence[Sequence[int]], weights: Sequence[NDArray[np.float32]]
) -> dict[str, NDArray[np.float32]]:
    """Compute the mean square of each input of each linear layer over the positions of `rows`: our name -> [in].

    `weights` says how much each position of each row counts, [T] float32.
    """
    model.eval()
    sums: dict[str, torch.Tensor] = {}
    counted = sum(float(each.sum()) for each in weights) or 1.0
    current: list[torch.Tensor] = []
    with torch.no_grad(), autocast(model), _recording(model, current, sums):
        for row, counts in zip(rows, weights, strict=True):
            current[:] = [torch.tensor(counts, dtype=torch.float64, device=model.device)]
            model(input_ids=torch.tensor([list(row)], device=model.device), use_cache=False)
    return {name: (total / counted).float().cpu().numpy() for name, total in sums.items()}


@contextmanager
def _recording(model: PreTrainedModel, current: list[torch.Tensor], sums: dict[str, torch.Tensor]) -> Iterator[None]:
    hooks = []
    for theirs, module in model.named_modules():
        if not isinstance(module, torch.nn.Linear) or ".lora_" in theirs:
            continue
        name = layer_name(theirs.removesuffix(".base_layer"))

        def record(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...], name: str = name) -> None:
            squares = current[0] @ inputs[0].flatten(0, -2).double().square()
            sums[name] = sums[name] + squares if name in sums else squares

        hooks.append(module.register_forward_pre_hook(record))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
