"""Compare distributions over tokens: Kullback-Leibler divergence, and whether the first choice is the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Divergence", "diverge"]

_NEAR_TIE = 0.02
"""Nats between the two likeliest tokens below which arithmetic alone may decide between them."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """`mean` and `worst` KL in nats over `positions`; `first` is the share of those decided that agree."""

    mean: float
    worst: float
    first: float
    positions: int
    ties: int


def diverge(pairs: Iterable[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> Divergence:
    """Compare pairs of log-probabilities [N, V], the reference before the file's; V may be larger in the file's."""
    found: list[NDArray[np.float64]] = []
    same = decided = 0
    for reference, given in pairs:
        given = given[:, : reference.shape[1]]
        exact = reference.astype(np.float64)
        found.append((np.exp(exact) * (exact - given)).sum(-1))
        top = np.partition(reference, -2, axis=-1)[:, -2:]
        clear = top[:, 1] - top[:, 0] > _NEAR_TIE
        decided += int(clear.sum())
        same += int(((reference.argmax(-1) == given.argmax(-1)) & clear).sum())
    values = np.concatenate(found) if found else np.zeros(0)
    count = len(values)
    if not count:
        return Divergence(float("nan"), float("nan"), 0.0, 0, 0)
    return Divergence(float(values.mean()), float(values.max()), same / max(decided, 1), count, count - decided)
