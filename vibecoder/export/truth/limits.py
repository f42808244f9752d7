"""How far an exported file may be from the trainer's model, by quantization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["LIMITS", "Limit", "limit_of"]


@dataclass(frozen=True, slots=True)
class Limit:
    """`divergence`: mean KL in nats; `first`: share of positions with the same first choice, near ties left out.

    `calls` is the share of the trainer's exact tool calls that may be lost.
    """

    divergence: float
    first: float
    calls: float


LIMITS: Mapping[str, Limit] = {
    "F32": Limit(1e-3, 1.0, 0.1),
    "F16": Limit(1e-3, 1.0, 0.1),
    "BF16": Limit(5e-3, 0.97, 0.1),
    "8bit": Limit(0.02, 0.95, 0.15),
    "Q8_0": Limit(0.01, 0.95, 0.15),
    "Q6_K": Limit(0.04, 0.92, 0.2),
    "Q5_K_M": Limit(0.1, 0.85, 0.3),
    "Q4_K_M": Limit(0.2, 0.75, 0.4),
    "4bit": Limit(0.4, 0.7, 0.5),
}
"""Twice to three times what small models show, whose numbers suffer most: a wrong permutation, scale or token is far
beyond any of these (a model that rotates the wrong rows has a divergence above 1)."""


def limit_of(quantization: str) -> Limit:
    """Look up the limits of a quantization."""
    return LIMITS[quantization]
