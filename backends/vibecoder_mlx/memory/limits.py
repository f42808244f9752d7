"""How much memory MLX has used at most, how much of it stays cached, and what it says when there is no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import mlx.core as mx

from vibecoder.errors import OutOfMemory

__all__ = ["bounded_cache", "out_of_memory", "peak_memory", "reset_peak", "saving_when_memory_runs_out"]

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
    """Bytes that MLX's allocator held at most, on Metal and on CPUs."""
    return int(mx.get_peak_memory())


@contextmanager
def bounded_cache() -> Iterator[None]:
    """Inside the block MLX keeps at most 1 GiB of freed memory for itself; Metal alone would keep nearly all."""
    if not mx.metal.is_available():
        yield
        return
    before = mx.set_cache_limit(_CACHE)
    try:
        yield
    finally:
        mx.set_cache_limit(before)


def out_of_memory(error: BaseException) -> str | None:
    """What happened, in a few words, if `error` is MLX's way of saying that memory ran out."""
    if not isinstance(error, RuntimeError):
        return None
    return next((meaning for saying, meaning in _SAYINGS.items() if saying in str(error)), None)


@contextmanager
def saving_when_memory_runs_out(save: Callable[[], tuple[int, Path | None]]) -> Iterator[None]:
    """Turn MLX's error into the host's; `save` writes the last step that is done and says which and where.

    Raises:
        OutOfMemory: memory ran out inside the block.
    """
    try:
        yield
        return
    except RuntimeError as error:
        reason = out_of_memory(error)
        if reason is None:
            raise
        error.__traceback__ = None  # whose frames hold the arrays that were too many
    mx.clear_cache()
    step, folder = save()
    raise OutOfMemory(reason, step, folder)


def reset_peak() -> None:
    mx.reset_peak_memory()
