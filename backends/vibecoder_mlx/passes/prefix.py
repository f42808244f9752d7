"""Record a prefix's keys and values once and share them with its suffixes, through mlx-lm's cache protocol.

Two passes of the unmodified model: the prefix fills `Recorded` caches, the suffixes read `Shared` ones. Gradients flow
through both, so the sum equals that of the rows computed whole (as in Prefix Grouper, 2506.05433).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx_lm.models.base import create_causal_mask
from mlx_lm.models.cache import KVCache, make_prompt_cache

__all__ = ["Recorded", "Shared", "after", "can_share", "record"]


class Recorded:
    """Keeps the keys and values [1, heads, P, D] that one layer computes for the prefix."""

    offset = 0

    keys: mx.array
    values: mx.array

    def update_and_fetch(self, keys: mx.array, values: mx.array) -> tuple[mx.array, mx.array]:
        self.keys, self.values = keys, values
        return keys, values

    def make_mask(
        self, length: int, return_array: bool = False, window_size: int | None = None
    ) -> mx.array | str | None:
        return _mask(length, 0, return_array, window_size)


class Shared:
    """Puts a prefix's keys and values before those of every row of a batch."""

    def __init__(self, keys: mx.array, values: mx.array) -> None:
        self.keys, self.values = keys, values
        self.offset = keys.shape[2]

    def update_and_fetch(self, keys: mx.array, values: mx.array) -> tuple[mx.array, mx.array]:
        return _joined(self.keys, keys), _joined(self.values, values)

    def make_mask(
        self, length: int, return_array: bool = False, window_size: int | None = None
    ) -> mx.array | str | None:
        return _mask(length, self.offset, return_array, window_size)


def _joined(before: mx.array, own: mx.array) -> mx.array:
    return mx.concatenate([mx.broadcast_to(before, (own.shape[0], *before.shape[1:])), own], axis=2)


def _mask(length: int, offset: int, return_array: bool, window: int | None) -> mx.array | str | None:
    """Choose the mask; `causal` is aligned to the last key, which is what suffixes after a prefix need."""
    if return_array or (window and offset + length > window):
        mask: mx.array = create_causal_mask(length, offset, window_size=window)
        return mask
    return None if length == 1 else "causal"


def record(call: Callable[..., mx.array], layers: int, prefix: mx.array) -> list[mx.array]:
    """Compute keys and values [1, heads, P, D] of every layer, in turns, by `call` on ids `prefix` [1, P]."""
    recorded = [Recorded() for _ in range(layers)]
    call(prefix, cache=recorded)
    return [state for layer in recorded for state in (layer.keys, layer.values)]


def after(call: Callable[..., mx.array], states: Sequence[mx.array], suffixes: mx.array) -> mx.array:
    """Run `call` (a model or its body) on `suffixes` [B, T], each after the prefix whose `states` are given."""
    return call(suffixes, cache=[Shared(*layer) for layer in zip(states[::2], states[1::2], strict=True)])


def can_share(model: nn.Module, call: Callable[..., mx.array]) -> bool:
    """Try on a few tokens whether `call` gives the same with a shared prefix as without.

    Architectures whose cache holds more than keys and values (state-space layers, for one) can't.
    """
    if not all(type(cache) is KVCache for cache in make_prompt_cache(model)):
        return False
    ids = np.arange(1, 13, dtype=np.int32)
    rows = np.stack([ids, np.concatenate([ids[:5], ids[:4:-1]])])
    try:
        whole = call(mx.array(rows))[:, 5:]
        states = record(call, len(model.layers), mx.array(rows[:1, :5]))
        shared = after(call, states, mx.array(rows[:, 5:]))
        near = mx.allclose(whole.astype(mx.float32), shared.astype(mx.float32), rtol=2e-2, atol=2e-2)
    except Exception:
        return False
    return whole.shape == shared.shape and bool(near)
