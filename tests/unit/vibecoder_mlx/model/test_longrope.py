"""LongRoPE takes the factors for short texts up to the trained length and those for long ones beyond it."""

from __future__ import annotations

import mlx.core as mx
import numpy as np
import pytest

from vibecoder_mlx.model.longrope import LongRoPE


@pytest.mark.parametrize("offset", [0, mx.array(0), mx.array([0, 3])])
def test_factors_follow_the_length(offset: int | mx.array) -> None:
    short, long = np.array([1.0, 0.1]), np.array([0.5, 0.01])
    rope = LongRoPE(4, short, long, 2.0, trained=10)
    start = offset if isinstance(offset, int) else np.array(offset).reshape(-1, 1, 1)
    batch = 1 if isinstance(offset, int) or offset.ndim == 0 else 2
    for length, angles in ((7, short), (12, long)):
        turned = np.array(rope(mx.ones((batch, 1, length, 4)), offset=offset))[:, 0]
        by = (start + np.arange(length)[None, :, None]) * angles
        expected = 2.0 * np.concatenate([np.cos(by) - np.sin(by), np.cos(by) + np.sin(by)], axis=-1)
        np.testing.assert_allclose(turned, np.broadcast_to(expected, turned.shape), atol=1e-4)


def test_numbers_beyond_the_turned_ones_stay() -> None:
    rope = LongRoPE(2, np.array([1.0]), np.array([1.0]), 3.0, trained=10)
    turned = np.array(rope(mx.ones((1, 1, 5, 4))))
    np.testing.assert_array_equal(turned[..., 2:], 1.0)
