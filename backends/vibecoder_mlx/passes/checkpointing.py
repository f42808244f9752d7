"""Activation checkpointing that is switched on and off again; mlx-lm's own nests when repeated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten, tree_unflatten

from vibecoder.errors import ModelError
from vibecoder_mlx.passes.prefix import Recorded, Shared

__all__ = ["checkpointed"]


@contextmanager
def checkpointed(model: nn.Module, on: bool) -> Iterator[None]:
    """Recompute each transformer block's activations in the backward pass inside the `with` block, if `on`.

    Raises:
        ModelError: the model does not name its blocks `layers`, as all of mlx-lm's do.
    """
    if not on:
        yield
        return
    layers = getattr(model, "layers", None)
    if not layers:
        raise ModelError(f"{type(model).__module__} has no layers to recompute; use --set model.checkpointing=false")
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
        """Pass what a cache takes or gives through `mx.checkpoint`, or its gradient would be lost."""
        if not block.training:  # nothing to go back through, and the cache of a reply keeps what it is given
            return call(block, hidden, mask, cache, **named)

        def pure(parameters: Any, hidden: mx.array, *shared: mx.array) -> Any:
            block.update(parameters)
            if isinstance(cache, Recorded):
                inner = Recorded()
                out = call(block, hidden, mask, inner, **named)
                return out, inner.keys, inner.values
            return call(block, hidden, mask, Shared(*shared) if shared else cache, **named)

        own = tree_flatten(block.trainable_parameters())
        states: tuple[mx.array, ...] = (cache.keys, cache.values) if isinstance(cache, Shared) else ()
        tied = cast(tuple[mx.array, ...], _tied(hidden, *[value for _, value in own], *states))
        values, states = tied[1 : len(own) + 1], tied[len(own) + 1 :]
        parameters = tree_unflatten([(name, value) for (name, _), value in zip(own, values, strict=True)])
        result = mx.checkpoint(pure)(parameters, tied[0], *states)
        if isinstance(cache, Recorded):
            result, cache.keys, cache.values = result
        return result

    return recompute


@mx.custom_function
def _tied(hidden: mx.array, *others: mx.array) -> tuple[mx.array, ...]:
    """Return the same arrays; the gradient goes on to the block before only when those by `others` are computed.

    Nothing else may need these until the end, and up to then they hold on to what the block has recomputed.
    """
    return hidden, *others


@_tied.vjp
def _(
    _primals: Sequence[mx.array], cotangents: Sequence[mx.array], _outputs: Sequence[mx.array]
) -> tuple[mx.array, ...]:
    return mx.depends([cotangents[0]], list(cotangents[1:]))[0], *cotangents[1:]
