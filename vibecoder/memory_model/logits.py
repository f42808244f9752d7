"""Choose how many positions have logits at once, for both backends and for the memory model."""

from __future__ import annotations

__all__ = ["LOGITS", "chunk_rows"]

LOGITS = {"cpu": 1 << 22, "gpu": 1 << 25}
"""Most logits at once: 128 MiB in float32 on a GPU. A CPU is as fast with fewer, and MLX holds a dozen such arrays."""
_ROWS = 64
"""Least positions at once for any vocabulary: with fewer, reading the head's weights dominates."""


def chunk_rows(vocabulary: int, cpu: bool) -> int:
    """Compute how many supervised positions have logits at once."""
    return max(_ROWS, LOGITS["cpu" if cpu else "gpu"] // vocabulary)
