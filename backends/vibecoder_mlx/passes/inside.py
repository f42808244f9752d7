"""Look inside a forward pass: the distribution at every position, and the inputs that linear layers get."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_unflatten
from mlx_lm.tuner.lora import LoRALinear
from numpy.typing import NDArray

from vibecoder.adapters.names import layer_name

__all__ = ["distributions", "input_squares"]

_HEAD = "lm_head"
_LINEAR = (nn.Linear, nn.QuantizedLinear)
_EMBEDDING = (nn.Embedding, nn.QuantizedEmbedding)


def distributions(model: nn.Module, rows: Sequence[Sequence[int]]) -> Iterator[NDArray[np.float32]]:
    """Compute log p of every token at every position, one [T, V] float32 array a row of T ids."""
    model.eval()
    for row in rows:
        logits = model(mx.array([list(row)]))[0].astype(mx.float32)
        yield np.array(logits - mx.logsumexp(logits, -1, keepdims=True))


def input_squares(model: nn.Module, rows: Sequence[Sequence[int]]) -> dict[str, NDArray[np.float32]]:
    """Compute the mean square of each input of each linear layer over the positions of `rows`: our name -> [in]."""
    model.eval()
    sums: dict[str, mx.array] = {}
    positions = 0
    with _recording(model, sums):
        for row in rows:
            mx.eval(model(mx.array([list(row)])), *sums.values())
            positions += len(row)
    return {name: np.array(total / max(positions, 1), np.float32) for name, total in sums.items()}


class _Recorded(nn.Module):  # type: ignore[misc]
    """Stands in the place of `inner` and adds up the squares of what it multiplies."""

    def __init__(self, inner: nn.Module, name: str, sums: dict[str, mx.array]) -> None:
        super().__init__()
        self.inner = inner
        self._record = _Adder(name, sums)

    def __call__(self, x: mx.array, *more: Any) -> mx.array:
        if not isinstance(self.inner, _EMBEDDING):
            self._record.add(x)
        found: mx.array = self.inner(x, *more)
        return found

    def as_linear(self, x: mx.array) -> mx.array:
        self._record.add(x)
        found: mx.array = self.inner.as_linear(x)
        return found


class _Adder:
    """Keeps a sum outside of MLX's tree of modules."""

    def __init__(self, name: str, sums: dict[str, mx.array]) -> None:
        self.name, self.sums = name, sums

    def add(self, x: mx.array) -> None:
        flat = x.reshape(-1, x.shape[-1]).astype(mx.float32)
        squares = (mx.ones((1, flat.shape[0])) @ flat.square())[0]  # MLX on CPU sums columns slowly
        self.sums[self.name] = self.sums[self.name] + squares if self.name in self.sums else squares


@contextmanager
def _recording(model: nn.Module, sums: dict[str, mx.array]) -> Iterator[None]:
    wrapped = [name for name, module in model.named_modules() if isinstance(module, LoRALinear)]
    kept = {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, (*_LINEAR, *_EMBEDDING, LoRALinear))
        and not any(name.startswith(f"{outer}.") for outer in wrapped)
    }
    named = [
        (name, _Recorded(module, _HEAD if isinstance(module, _EMBEDDING) else layer_name(name), sums))
        for name, module in kept.items()
    ]
    model.update_modules(tree_unflatten(named))
    try:
        yield
    finally:
        model.update_modules(tree_unflatten(list(kept.items())))
