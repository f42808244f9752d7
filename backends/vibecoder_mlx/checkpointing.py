"""Activation checkpointing that can be switched on once per model and off again; mlx-lm's own nests when repeated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import mlx.core as mx
import mlx.nn as nn

from vibecoder_mlx.prefix import Recorded, Shared

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
    def recompute(block: nn.Module, hidden: mx.array, mask: Any = None, cache: Any = None, **named: Any) -> Any:
        """What a cache takes in or gives out must pass through `mx.checkpoint`, or its gradient is lost."""
        if not block.training:  # nothing to go back through, and the cache of a reply keeps what it is given
            return call(block, hidden, mask, cache, **named)

        def pure(parameters: Any, hidden: mx.array, *shared: mx.array) -> Any:
            block.update(parameters)
            if isinstance(cache, Recorded):
                inner = Recorded()
                out = call(block, hidden, mask, inner, **named)
                return out, inner.keys, inner.values
            return call(block, hidden, mask, Shared(*shared) if shared else cache, **named)

        shared = (cache.keys, cache.values) if isinstance(cache, Shared) else ()
        result = mx.checkpoint(pure)(block.trainable_parameters(), hidden, *shared)
        if isinstance(cache, Recorded):
            result, cache.keys, cache.values = result
        return result

    return recompute
