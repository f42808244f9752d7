"""The x86 functions give what MLX's own give, values and gradients, for every kind of mask the models use."""

from __future__ import annotations

import mlx.core as mx
import numpy as np
import pytest

from vibecoder_mlx.cpu import functions as cpu


def near(one: mx.array, other: mx.array, tolerance: float = 2e-6) -> None:
    one, other = np.array(one), np.array(other)
    np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * max(1e-9, float(np.abs(other).max())))


def test_exp_over_the_whole_range() -> None:
    x = np.linspace(-87, 87, 200_001).astype(np.float32)
    np.testing.assert_allclose(np.array(cpu.exp(mx.array(x))), np.exp(x.astype(np.float64)), rtol=5e-7)
    assert np.array(cpu.exp(mx.array([-np.inf, -1e9]))).max() < 1e-37


@pytest.mark.parametrize("scale", [0.1, 3.0, 40.0])
def test_swiglu(scale: float) -> None:
    gate, x, weight = (
        mx.random.normal((3, 5, 67, 29), key=mx.random.key(0)) * mx.array([scale, 1, 1])[:, None, None, None]
    )
    near(cpu.swiglu(gate, x), gate * mx.sigmoid(gate) * x)
    for ours, theirs in zip(
        mx.grad(lambda g, x: (cpu.swiglu(g, x) * weight).sum(), argnums=(0, 1))(gate, x),
        mx.grad(lambda g, x: (g * mx.sigmoid(g) * x * weight).sum(), argnums=(0, 1))(gate, x),
        strict=True,
    ):
        near(ours, theirs)


@pytest.mark.parametrize("heads", [(4, 2), (4, 4), (6, 1)])
@pytest.mark.parametrize("mask", ["causal", None, "boolean", "additive", "one query", "per row"])
def test_attention(heads: tuple[int, int], mask: str | None) -> None:
    length, keys = (1, 23) if mask == "one query" else (9, 23)
    draw = [mx.random.key(i) for i in range(4)]
    q = mx.random.normal((2, heads[0], length, 16), key=draw[0])
    k, v = (mx.random.normal((2, heads[1], keys, 16), key=key) for key in draw[1:3])
    weight = mx.random.normal(q.shape, key=draw[3])
    allowed = mx.arange(keys)[None] <= mx.arange(keys - length, keys)[:, None]
    given = {
        "boolean": allowed,
        "additive": mx.where(allowed, 0.0, -mx.inf),
        "one query": "causal",
        "per row": mx.stack([allowed, allowed & (mx.arange(keys) > 2)])[:, None],
    }.get(mask, mask)

    def call(function, q, k, v):
        return (function(q, k, v, scale=0.25, mask=given) * weight).sum()

    near(cpu.attention(q, k, v, scale=0.25, mask=given), cpu.ORIGINAL(q, k, v, scale=0.25, mask=given))
    grown = [mx.grad(lambda *a, f=f: call(f, *a), argnums=(0, 1, 2))(q, k, v) for f in (cpu.attention, cpu.ORIGINAL)]
    for ours, theirs in zip(*grown, strict=True):
        near(ours, theirs, 5e-6)


def test_half_precision_keeps_mlx_s_own_attention() -> None:
    q = mx.random.normal((1, 2, 4, 8)).astype(mx.float16)
    assert cpu.attention(q, q, q, scale=1.0, mask="causal").dtype == mx.float16


def test_masks_of_earlier_lengths_are_not_kept() -> None:
    def held_after(length: int) -> int:
        q = mx.zeros((1, 2, length, 8))
        mx.eval(cpu.attention(q, q, q, scale=1.0, mask="causal"))
        del q
        return int(mx.get_active_memory())

    before = held_after(8)
    held_after(512)
    held_after(640)
    assert held_after(8) < before + 512 * 512
