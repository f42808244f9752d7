"""Compute the learning rate of every optimizer step once, so that every backend uses the same numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["learning_rates"]


def learning_rates(steps: int, peak: float, warmup: float, kind: str) -> NDArray[np.float64]:
    """Compute rates [steps] float64: linear warm-up over the share `warmup` of the steps, then decay by `kind`.

    `kind` is `cosine`, `linear` or `constant`. The first step already learns (peak / warm-up steps) and the last one
    too; cosine and linear would reach zero on the step after the last. `warmup` of 1 or more is a number of steps.
    """
    warm = int(warmup) if warmup >= 1 else int(np.ceil(warmup * steps)) if warmup > 0 else 0
    step = np.arange(steps, dtype=np.float64)
    rising = (step + 1) / max(1, warm)
    progress = np.clip((step - warm + 1) / max(1, steps - warm + 1), 0.0, 1.0)
    falling = {
        "cosine": 0.5 * (1 + np.cos(np.pi * progress)),
        "linear": 1 - progress,
        "constant": np.ones(steps),
    }[kind]
    return peak * np.where(step < warm, rising, falling)
