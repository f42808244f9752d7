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


def input_squares(
    model: nn.Module, rows: Sequence[Sequence[int]], weights: Sequence[NDArray[np.float32]]
) -> dict[str, NDArray[np.float32]]:
    """Compute the mean square of each input of each linear layer over the positions of `rows`: our name -> [in].

    `weights` says how much each position of each row counts, [T] float32.
    """
    model.eval()
    sums: dict[str, mx.array] = {}
    counted = sum(float(each.sum()) for each in weights) or 1.0
    current: list[mx.array] = []
    with _recording(model, current, sums):
        for row, counts in zip(rows, weights, strict=True):
            current[:] = [mx.array(counts)[None]]
            mx.eval(model(mx.array([list(row)])), *sums.values())
    return {name: np.array(total / counted, np.float32) for name, total in sums.items()}


class _Recorded(nn.Module):  # type: ignore[misc]
    """Stands in the place of `inner` and adds up the squares of what it multiplies."""

    def __init__(self, inner: nn.Module, adder: _Adder) -> None:
        super().__init__()
        self.inner = inner
        self._record = adder

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

    def __init__(self, name: str, current: list[mx.array], sums: dict[str, mx.array]) -> None:
        self.name, self.current, self.sums = name, current, sums

    def add(self, x: mx.array) -> None:
        flat = x.reshape(-1, x.shape[-1]).astype(mx.float32)
        squares = (self.current[0] @ flat.square())[0]  # MLX on CPU sums columns slowly
        self.sums[self.name] = self.sums[self.name] + squares if self.name in self.sums else squares


@contextmanager
def _recording(model: nn.Module, current: list[mx.array], sums: dict[str, mx.array]) -> Iterator[None]:
    wrapped = [name for name, module in model.named_modules() if isinstance(module, LoRALinear)]
    kept = {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, (*_LINEAR, *_EMBEDDING, LoRALinear))
        and not any(name.startswith(f"{outer}.") for outer in wrapped)
    }
    named = [
        (name, _Recorded(module, _Adder(_HEAD if isinstance(module, _EMBEDDING) else layer_name(name), current, sums)))
        for name, module in kept.items()
    ]
    model.update_modules(tree_unflatten(named))
    try:
        yield
    finally:
        model.update_modules(tree_unflatten(list(kept.items())))
