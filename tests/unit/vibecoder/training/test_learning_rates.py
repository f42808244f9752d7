"""Learning rates by hand-computed values."""

from __future__ import annotations

import numpy as np
import pytest

from vibecoder.training.learning_rates import learning_rates


def test_warm_up_rises_evenly_to_the_peak_and_cosine_falls() -> None:
    rates = learning_rates(10, 1.0, 0.2, "cosine")
    np.testing.assert_allclose(rates[:2], [0.5, 1.0])
    expected = [0.5 * (1 + np.cos(np.pi * k / 9)) for k in range(1, 9)]
    np.testing.assert_allclose(rates[2:], expected)
    assert rates[-1] > 0


def test_linear_and_constant() -> None:
    np.testing.assert_allclose(learning_rates(4, 2.0, 0, "linear"), [1.6, 1.2, 0.8, 0.4])
    np.testing.assert_allclose(learning_rates(3, 2.0, 0, "constant"), [2.0, 2.0, 2.0])


@pytest.mark.parametrize("kind", ["cosine", "linear", "constant"])
def test_warm_up_as_a_number_of_steps_may_be_longer_than_the_run(kind: str) -> None:
    np.testing.assert_allclose(learning_rates(2, 1.0, 4, kind), [0.25, 0.5])
    assert learning_rates(0, 1.0, 0.1, kind).shape == (0,)
