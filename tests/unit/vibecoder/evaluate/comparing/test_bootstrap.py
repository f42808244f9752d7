"""Intervals and exact tests: against scipy-free references, by coverage on simulated verdicts, and at the edges."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibecoder.evaluate.comparing.bootstrap import fell_by_chance, mcnemar, paired_interval

COUNTS = st.integers(0, 60)


def test_the_interval_of_known_differences_is_the_normal_one_where_there_are_many() -> None:
    draw = np.random.default_rng(1)
    differences = draw.choice([-1.0, 0.0, 1.0], size=2000, p=[0.1, 0.6, 0.3])
    low, high = paired_interval(differences)
    half = 1.96 * differences.std() / 2000**0.5
    assert low == pytest.approx(differences.mean() - half, abs=0.003)
    assert high == pytest.approx(differences.mean() + half, abs=0.003)


def test_the_interval_covers_the_truth_in_about_95_of_100_samples() -> None:
    draw = np.random.default_rng(2)
    truth = 0.15
    covered = 0
    for sample in range(400):
        low, high = paired_interval(
            draw.choice([-1.0, 0.0, 1.0], size=64, p=[0.1, 0.65, 0.25]), resamples=1000, seed=sample
        )
        covered += low <= truth <= high
    assert 0.92 <= covered / 400 <= 0.98


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=40), st.integers(0, 5))
def test_an_interval_lies_within_the_differences_and_is_the_same_every_time(values: list[float], seed: int) -> None:
    low, high = paired_interval(values, resamples=200, seed=seed)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert (low, high) == paired_interval(list(reversed(values)), resamples=200, seed=seed)


def test_no_differences_and_equal_ones_make_a_point() -> None:
    assert paired_interval([]) == (0.0, 0.0)
    assert paired_interval([0.0] * 9) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("gained", "lost", "p"), [(0, 0, 1.0), (5, 5, 1.0), (0, 6, 2 / 64), (6, 0, 2 / 64), (1, 9, 22 / 1024)]
)
def test_mcnemar_by_hand(gained: int, lost: int, p: float) -> None:
    assert mcnemar(gained, lost) == pytest.approx(p)


@given(COUNTS, COUNTS)
def test_exact_tests_are_probabilities_and_mirror_each_other(gained: int, lost: int) -> None:
    total = gained + lost
    point = comb(total, lost) / 2**total
    assert 0 < fell_by_chance(gained, lost) <= 1
    assert mcnemar(gained, lost) == mcnemar(lost, gained)
    assert fell_by_chance(gained, lost) + fell_by_chance(lost, gained) == pytest.approx(1 + point)


def test_thousands_of_prompts_do_not_overflow() -> None:
    assert fell_by_chance(2000, 2600) < 1e-15
    assert mcnemar(2300, 2300) == 1.0


def test_a_fall_by_chance_alone_is_called_one_no_more_often_than_it_says() -> None:
    draw = np.random.default_rng(3)
    losses = draw.binomial(20, 0.5, size=4000)
    assert np.mean([fell_by_chance(20 - lost, lost) <= 0.05 for lost in losses]) <= 0.05
