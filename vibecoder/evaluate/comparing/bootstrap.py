"""What chance alone could explain of a paired difference: bootstrap intervals, and McNemar's exact test."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np

__all__ = ["RESAMPLES", "fell_by_chance", "mcnemar", "paired_interval"]

RESAMPLES = 10_000


def paired_interval(
    differences: Sequence[float], *, confidence: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """Return the percentile bootstrap interval (Efron, 1979) of the mean of paired `differences`; (0, 0) of none.

    Prompts are drawn with replacement, both answers to a prompt together. Percentile rather than BCa: verdicts make
    differences of -1, 0 and 1, often nearly all 0, where BCa's acceleration is undefined or unstable. Where no
    difference varies the interval is a point: the prompts then say nothing of their own noise.
    """
    if not len(differences):
        return 0.0, 0.0
    values, counts = np.unique(np.asarray(differences, np.float64), return_counts=True)
    # Resampling n differences is a multinomial draw over their distinct values: exact, and three columns for verdicts.
    draws = np.random.default_rng(seed).multinomial(counts.sum(), counts / counts.sum(), size=resamples)
    means = draws @ values / counts.sum()
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, (tail, 1 - tail))
    return float(low), float(high)


def mcnemar(gained: int, lost: int) -> float:
    """Return the two-sided exact p (McNemar, 1947, by the binomial) that `gained` and `lost` are equally likely."""
    return min(1.0, 2 * _tail(max(gained, lost), gained + lost))


def fell_by_chance(gained: int, lost: int) -> float:
    """Return the one-sided exact p that at least `lost` changed verdicts are losses, were both equally likely."""
    return _tail(lost, gained + lost)


def _tail(at_least: int, total: int) -> float:
    """Return P(X >= at_least) for X ~ Binomial(total, 1/2), from exact integers, so that no count is too large."""
    return float(sum(comb(total, k) for k in range(at_least, total + 1)) / 2**total)
