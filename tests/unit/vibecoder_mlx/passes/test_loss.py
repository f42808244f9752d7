"""backends/vibecoder_mlx/passes/loss.py: the loss by chunks and its gradient are those of full logits."""

from __future__ import annotations

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest

from vibecoder_mlx.passes.loss import head_loss, token_losses


def near(one: mx.array, other: mx.array, tolerance: float = 2e-6) -> None:
    one, other = np.array(one), np.array(other)
    np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * max(1e-9, float(np.abs(other).max())))


@pytest.mark.parametrize("rows", [64, 3, 1])
def test_head_loss_and_its_gradient_whatever_the_chunks(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr("vibecoder_mlx.passes.loss.chunk_rows", lambda *_: rows)
    weight = mx.random.normal((97, 16), key=mx.random.key(1))
    hidden = mx.random.normal((11, 16), key=mx.random.key(2)) * 3
    targets = mx.array(np.random.default_rng(0).integers(0, 97, 11))

    def plain(hidden: mx.array) -> mx.array:
        return nn.losses.cross_entropy(hidden @ weight.T, targets).sum()

    loss, grown = mx.value_and_grad(lambda h: 2 * head_loss(lambda x: x @ weight.T, h, targets))(hidden)
    expected, reference = mx.value_and_grad(lambda h: 2 * plain(h))(hidden)
    near(loss, expected)
    near(grown, reference)
    near(token_losses(hidden @ weight.T, targets), nn.losses.cross_entropy(hidden @ weight.T, targets))


def test_chunks_of_the_head_are_computed_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vibecoder_mlx.passes.loss.chunk_rows", lambda *_: 256)
    weight = mx.random.normal((1024, 16), key=mx.random.key(1))

    def peak(positions: int) -> int:
        hidden = mx.random.normal((positions, 16), key=mx.random.key(2))
        targets = mx.zeros(positions, mx.int32)
        mx.eval(weight, hidden, targets)
        mx.reset_peak_memory()
        before = mx.get_active_memory()
        mx.eval(mx.value_and_grad(lambda h: head_loss(lambda x: x @ weight.T, h, targets))(hidden))
        return int(mx.get_peak_memory()) - before

    assert peak(256 * 16) < 1.5 * peak(256 * 2)


def test_no_position_has_no_loss() -> None:
    loss, grown = mx.value_and_grad(lambda h: head_loss(lambda x: x, h, mx.array([], dtype=mx.int32)) + h.sum())(
        mx.zeros((0, 4))
    )
    assert float(loss) == 0
    assert grown.shape == (0, 4)
