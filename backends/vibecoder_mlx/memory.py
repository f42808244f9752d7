"""How much memory MLX has used at most."""

from __future__ import annotations

import resource
import sys

import mlx.core as mx

__all__ = ["peak_memory", "reset_peak"]


def peak_memory() -> int:
    """Bytes: MLX's own count on Metal, the process's largest resident size on the CPU build."""
    if mx.metal.is_available():
        return int(mx.get_peak_memory())
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def reset_peak() -> None:
    mx.reset_peak_memory()
