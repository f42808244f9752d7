"""Measure MLX's peak memory, bound its cache, and recognise its ways of saying that memory ran out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import mlx.core as mx

__all__ = ["bounded_cache", "out_of_memory", "peak_memory", "release", "reset_peak"]

_SAYINGS = {
    "Insufficient Memory": "the GPU's memory ran out",
    "Attempting to allocate": "memory ran out",
    "Unable to allocate": "memory ran out",
    "Impacting Interactivity": "macOS broke off a kernel that kept the display waiting",
    "GPU Timeout": "macOS broke off a kernel that took too long",
}
"""Pieces of MLX's messages, all of RuntimeError. What helps against the last two is smaller kernels, too."""
_CACHE = 1 << 30


def peak_memory() -> int:
    """Return the peak of MLX's allocator in bytes, on Metal and on CPUs."""
    return int(mx.get_peak_memory())


def reset_peak() -> None:
    """Count the peak from here on."""
    mx.reset_peak_memory()


def out_of_memory(error: BaseException) -> str | None:
    """Say in a few words what happened if `error` is MLX's way of saying that memory ran out."""
    if not isinstance(error, RuntimeError):
        return None
    return next((meaning for saying, meaning in _SAYINGS.items() if saying in str(error)), None)


def release() -> None:
    """Free the memory of finished work, which MLX caches."""
    mx.clear_cache()


@contextmanager
def bounded_cache() -> Iterator[None]:
    """Bound MLX's cache of freed memory to 1 GiB inside the `with` block; on Metal it would keep nearly all."""
    if not mx.metal.is_available():
        yield
        return
    before = mx.set_cache_limit(_CACHE)
    try:
        yield
    finally:
        mx.set_cache_limit(before)
