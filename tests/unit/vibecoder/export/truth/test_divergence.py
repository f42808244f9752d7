"""Distributions are compared as their definition says, near ties apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vibecoder.export.truth.divergence import diverge


def log_p(rows: list[list[float]]) -> np.ndarray:
    return torch.tensor(rows).log_softmax(-1).numpy()


def test_the_mean_is_that_of_torch() -> None:
    torch.manual_seed(0)
    ours, theirs = torch.randn(7, 11).log_softmax(-1), torch.randn(7, 11).log_softmax(-1)
    expected = torch.nn.functional.kl_div(theirs, ours, log_target=True, reduction="none").sum(-1)
    found = diverge([(ours[:3].numpy(), theirs[:3].numpy()), (ours[3:].numpy(), theirs[3:].numpy())])
    assert found.mean == pytest.approx(expected.mean().item(), rel=1e-5)
    assert found.worst == pytest.approx(expected.max().item(), rel=1e-5)
    assert found.positions == 7


def test_near_ties_decide_nothing() -> None:
    ours, theirs = log_p([[1.0, 1.001, 0.0], [3.0, 0.0, 0.0]]), log_p([[1.001, 1.0, 0.0], [3.0, 0.0, 0.0]])
    found = diverge([(ours, theirs)])
    assert (found.first, found.ties) == (1.0, 1)
    other = diverge([(log_p([[3.0, 0.0]]), log_p([[0.0, 3.0]]))])
    assert (other.first, other.ties) == (0.0, 0)


def test_padding_of_the_vocabulary_is_left_out() -> None:
    ours = log_p([[1.0, 2.0]])
    padded = np.concatenate([ours, np.full((1, 3), -99.0, np.float32)], 1)
    assert diverge([(ours, padded)]).mean == pytest.approx(0)


def test_nothing_compared_is_no_agreement() -> None:
    found = diverge([])
    assert (found.positions, found.first) == (0, 0.0)
    assert np.isnan(found.mean)
