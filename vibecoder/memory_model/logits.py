"""How many positions have logits at once: both backends compute so many, and the memory model counts them."""

from __future__ import annotations

__all__ = ["LOGITS", "chunk_rows"]

LOGITS = {"cpu": 1 << 22, "gpu": 1 << 25}
"""The most at once: 128 MiB in float32 on a GPU. A CPU is as fast with fewer, and MLX holds a dozen such arrays."""
_ROWS = 64
"""Positions at once whatever the vocabulary: with fewer, reading the head's weights takes longer."""


def chunk_rows(vocabulary: int, cpu: bool) -> int:
    """How many supervised positions have logits at once."""
    return max(_ROWS, LOGITS["cpu" if cpu else "gpu"] // vocabulary)
