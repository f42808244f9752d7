"""Estimate what quantization took from a model's weights, from the steps between the values that were left.

A weight that was rounded to a grid of step s is off by s / sqrt(12) on average, and each block's step is its range
divided by the number of steps that its bits allow. The figure is the error relative to the weights themselves.
"""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

__all__ = ["Losses"]

_BLOCK = 32


class Losses:
    """Sums over the tensors of a file."""

    def __init__(self) -> None:
        self._errors = self._squares = 0.0
        self._weights: dict[str, int] = {}

    def add(self, kind: str, values: NDArray[np.float32]) -> None:
        """Count a tensor that was held in the form `kind`, such as `Q4_K`."""
        self._weights[kind] = self._weights.get(kind, 0) + values.size
        bits = re.search(r"\d", kind)
        blocks = values.reshape(-1, _BLOCK if values.size % _BLOCK == 0 else values.shape[-1])
        steps = (blocks.max(1) - blocks.min(1)) / (2 ** int(bits[0] if bits else 4) - 1)
        self._errors += float(np.square(steps, dtype=np.float64).sum()) * blocks.shape[1] / 12
        self._squares += float(np.square(values, dtype=np.float64).sum())

    @property
    def relative(self) -> float:
        """The root mean square of the rounding, as a share of that of the quantized weights."""
        return math.sqrt(self._errors / self._squares) if self._squares else 0.0

    def warning(self, name: str) -> str | None:
        """Say what was lost; None where nothing was quantized."""
        if not self._weights:
            return None
        most = max(self._weights, key=lambda kind: self._weights[kind])
        return (
            f"{name} is quantized ({most}): its weights are off by about {self.relative:.1%} of their size, which "
            "dequantizing does not bring back; an adapter for it fits the original model only roughly"
        )
