"""Attention and SwiGLU for x86 CPUs, where MLX has no vectorised exponential and spends much of its time in it.

MLX computes exp there one number at a time through calls of fmaf, 12 to 23 ns each; a polynomial of plain operations
takes 3 to 6. `install` puts these functions where mlx-lm's models look for them, before a model's
module is imported. Elsewhere (Metal, ARM) MLX's own stay.
"""

from __future__ import annotations

import platform
import sys
from functools import lru_cache
from typing import Any, cast

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.models import activations

__all__ = ["ORIGINAL", "attention", "exp", "exp_of_difference", "install", "needed", "softmax", "swiglu"]

# e^x = 2^n e^r with n = round(x / ln 2); e^r = sum r^k / k! for r in [-0.35, 0.35], whose first missing term is 1e-7.
_TERMS = (1.0, 1.0, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720)
_LOG2E = 1.44269504
_LN2 = (0.693359375, -2.12194440e-4)  # n times the first is exact, and both add up to ln 2 (Cody and Waite, 1980)
_ROUND = 12582912.0  # 1.5 * 2^23: adding it rounds to an integer, which then stands in the lowest bits
_LEAST = -87.0  # exp of anything less is no normal float32


def exp(x: mx.array) -> mx.array:
    """Compute e^x of float32 within 5e-7 relative, below -87 as at -87 (1.6e-38); it has no gradient."""
    x = mx.minimum(mx.maximum(x, _LEAST), -_LEAST)
    rounded = x * _LOG2E + _ROUND
    n = rounded - _ROUND
    rest = x - n * _LN2[0] - n * _LN2[1]
    value = rest * _TERMS[6] + _TERMS[5]
    for term in _TERMS[4::-1]:
        value = value * rest + term
    return (value.view(mx.int32) + (rounded.view(mx.int32) << 23)).view(mx.float32)


@mx.compile
def _sigmoid(x: mx.array) -> mx.array:
    return 1 / (1 + exp(-x))


@mx.compile
def _gated(gate: mx.array, x: mx.array) -> mx.array:
    return gate * x / (1 + exp(-gate))


@mx.compile
def _gated_back(gate: mx.array, x: mx.array, grown: mx.array) -> tuple[mx.array, mx.array]:
    share = 1 / (1 + exp(-gate))
    silu = gate * share
    return grown * x * (share + silu * (1 - share)), grown * silu


@mx.compile
def exp_of_difference(x: mx.array, most: mx.array) -> mx.array:
    """Compute e^(x - most), float32, fused."""
    return exp(x - most)


@mx.custom_function
def swiglu(gate: mx.array, x: mx.array) -> mx.array:
    """Compute silu(gate) * x (Shazeer, 2002.05202), float32."""
    out: mx.array = _gated(gate, x)
    return out


@swiglu.vjp
def _(primals: tuple[mx.array, mx.array], grown: mx.array, _out: mx.array) -> tuple[mx.array, mx.array]:
    back: tuple[mx.array, mx.array] = _gated_back(*primals, grown)
    return back


@mx.custom_function
def softmax(x: mx.array) -> mx.array:
    """Compute softmax over the last axis, float32."""
    raised = exp_of_difference(x, x.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


@softmax.vjp
def _(_x: mx.array, grown: mx.array, out: mx.array) -> mx.array:
    weighted = grown * out
    return weighted - out * weighted.sum(-1, keepdims=True)


@lru_cache(maxsize=1)
def _causal(queries: int, keys: int) -> mx.array:
    """Build the additive causal mask: 0 where a query may look, else -inf; the last query is at the last key.

    Kept for the next layer, and no longer: one for each length that a run has would come to 100 MiB and more.
    """
    allowed = mx.arange(keys - queries, keys)[:, None] >= mx.arange(keys)[None]
    return mx.where(allowed, 0.0, -mx.inf)


def attention(
    q: mx.array, k: mx.array, v: mx.array, *, scale: float, mask: mx.array | str | None = None, **rest: Any
) -> mx.array:
    """Compute softmax(q k^T scale + mask) v: q [B, H, T, D], k and v [B, G, S, D], G a divisor of H, as `mx.fast`."""
    if q.dtype != mx.float32 or any(value is not None for value in rest.values()):
        original: mx.array = ORIGINAL(q, k, v, scale=scale, mask=mask, **rest)
        return original
    batch, heads, length, width = q.shape
    groups, keys = k.shape[1], k.shape[2]
    folded = (q * scale).reshape(batch, groups, heads // groups * length, width)
    scores = (folded @ k.swapaxes(-1, -2)).reshape(batch, groups, heads // groups, length, keys)
    if isinstance(mask, str):
        mask = _causal(length, keys) if length > 1 else None
    elif mask is not None:
        mask = mx.where(mask, 0.0, -mx.inf) if mask.dtype == mx.bool_ else mask
        if mask.ndim == 4 and mask.shape[1] == heads:
            mask = mask.reshape(mask.shape[0], groups, heads // groups, *mask.shape[2:])
        elif mask.ndim == 4:
            mask = mask[:, :, None]
    scores = cast(mx.array, softmax(scores if mask is None else scores + mask))
    return (scores.reshape(batch, groups, -1, keys) @ v).reshape(batch, heads, length, -1)


ORIGINAL = mx.fast.scaled_dot_product_attention
"""MLX's own attention, which other dtypes keep."""


def needed() -> bool:
    """Tell whether MLX computes on an x86 CPU."""
    return mx.default_device().type == mx.DeviceType.cpu and platform.machine() in ("x86_64", "AMD64")


def install() -> None:
    """Put these functions in place of mlx-lm's, once, and only where MLX's own are slow."""
    if not needed() or mx.fast.scaled_dot_product_attention is attention:
        return
    plain_swiglu, plain_silu = activations.swiglu, nn.silu

    def gated(gate: mx.array, x: mx.array) -> mx.array:
        fast = gate.dtype == x.dtype == mx.float32
        return cast(mx.array, swiglu(gate, x) if fast else plain_swiglu(gate, x))

    def silu(x: mx.array) -> mx.array:
        return x * _sigmoid(x) if x.dtype == mx.float32 else plain_silu(x)

    def precise(h: mx.array, gate: mx.array, x: mx.array) -> mx.array:
        return cast(mx.array, swiglu(gate.astype(mx.float32), x.astype(mx.float32))).astype(h.dtype)

    for plain, ours in ((activations.swiglu, gated), (activations.precise_swiglu, precise)):
        name = plain.__name__
        for module in [module for key, module in sys.modules.items() if key.startswith("mlx_lm.models.")]:
            if getattr(module, name, None) is plain:
                setattr(module, name, ours)
    nn.silu = nn.layers.activations.silu = silu
    mx.fast.scaled_dot_product_attention = attention
