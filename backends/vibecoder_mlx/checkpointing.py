"""Activation checkpointing that can be switched on once per model and off again; mlx-lm's own nests when repeated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import mlx.core as mx
import mlx.nn as nn

__all__ = ["checkpointed"]


@contextmanager
def checkpointed(model: nn.Module, on: bool) -> Iterator[None]:
    """Inside the block, each transformer block recomputes its activations in the backward pass."""
    layers = getattr(model, "layers", None) if on else None
    if not layers:
        yield
        return
    kinds = {type(layer) for layer in layers}
    plain = {kind: kind.__call__ for kind in kinds}
    for kind, call in plain.items():
        kind.__call__ = _recomputing(call)
    try:
        yield
    finally:
        for kind, call in plain.items():
            kind.__call__ = call


def _recomputing(call: Any) -> Any:
    def recompute(block: nn.Module, *inputs: Any, **named: Any) -> Any:
        def pure(parameters: Any, *inputs: Any, **named: Any) -> Any:
            block.update(parameters)
            return call(block, *inputs, **named)

        return mx.checkpoint(pure)(block.trainable_parameters(), *inputs, **named)

    return recompute
